package sdk

import (
	"unsafe"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// encodeOutput writes the answer of an action that went well. hint is about how
// many bytes it will have.
func encodeOutput(output unsafe.Pointer, t *plan, hint int) ([]byte, error) {
	const before = `{"output":`
	w := writer{b: append(make([]byte, 0, hint+len(before)+256), before...), full: true}
	if err := w.value(output, t); err != nil {
		return nil, err
	}
	if n := len(w.b) - len(before); n > abi.MaxOutput {
		return nil, TooLarge("the output has %d bytes, at most %d are allowed; give large values as blobs", n, abi.MaxOutput)
	}
	return append(w.b, '}'), nil
}
