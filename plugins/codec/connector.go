// Package codec takes off and puts on what texts and files are wrapped in.
package codec

import (
	"strconv"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of one call.
const (
	mostInput  = 8 << 20
	mostOutput = 16 << 20 // after each step, so that what is packed tightly does no harm
	mostSteps  = 10
)

// DecodeInput is the input of decode: one of text and data.
type DecodeInput struct {
	Text  sdk.Text `json:"text,omitempty" media:"text/plain" doc:"At most 8 MiB."`
	Data  sdk.Blob `json:"data,omitempty" title:"File" doc:"A file: base64, or what another step gave. At most 8 MiB."`
	Steps []string `json:"steps" enum:"base64,hex,url,form,html,quoted-printable,gzip,utf-16le" doc:"What it is wrapped in, the outermost first, such as base64 and gzip. At most ten."`
}

// EncodeInput is the input of encode: one of text and data.
type EncodeInput struct {
	Text  sdk.Text `json:"text,omitempty" media:"text/plain" doc:"At most 8 MiB."`
	Data  sdk.Blob `json:"data,omitempty" title:"File" doc:"A file: base64, or what another step gave. At most 8 MiB."`
	Steps []string `json:"steps" enum:"base64,base64url,hex,url,form,html,quoted-printable,gzip,utf-16le" doc:"What to wrap it in, the innermost first, such as gzip and base64. At most ten."`
}

// Output is the output of both.
type Output struct {
	Text sdk.Text `json:"text,omitzero" media:"text/plain" doc:"What came out, where it is text (UTF-8)."`
	Data sdk.Blob `json:"data,omitzero" doc:"What came out, where it isn't."`
	Size int      `json:"size" doc:"How many bytes came out."`
}

// Connector makes the codec connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "codec", Version: "1.0.0", Name: "Codec", Icon: "binary", Category: "Data",
		Description: "Decodes and encodes base64, hex, URL and HTML escapes, quoted-printable and gzip, several in a row.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("decode", sdk.ActionInfo{
		Name: "Decode", Description: "Takes off what a text or file is wrapped in, step by step.",
		Effect: abi.EffectNone, Idempotent: true, Inverse: "encode", MemoryPages: abi.MaxPages, Examples: decodeExamples,
	}, decode), sdk.Act("encode", sdk.ActionInfo{
		Name: "Encode", Description: "Wraps a text or file, step by step.",
		Effect: abi.EffectNone, Idempotent: true, Inverse: "decode", MemoryPages: abi.MaxPages, Examples: encodeExamples,
	}, encode))
}

func decode(c *sdk.Context, in DecodeInput) (Output, error) {
	return apply(c, in.Text, in.Data, in.Steps, decoders)
}

func encode(c *sdk.Context, in EncodeInput) (Output, error) {
	return apply(c, in.Text, in.Data, in.Steps, encoders)
}

// apply goes through the steps with what one of text and data holds.
func apply(c *sdk.Context, text sdk.Text, data sdk.Blob, steps []string, by map[string]func([]byte) ([]byte, error)) (Output, error) {
	switch {
	case !text.IsZero() && !data.IsZero():
		return Output{}, sdk.BadInput("/data", "give a text or a file, not both")
	case len(steps) == 0:
		return Output{}, sdk.BadInput("/steps", "name at least one step")
	case len(steps) > mostSteps:
		return Output{}, sdk.BadInput("/steps", "there are %d steps, at most %d are taken", len(steps), mostSteps)
	}
	value, err := text.Bytes(mostInput)
	if !data.IsZero() {
		value, err = data.Bytes(mostInput)
	}
	if err != nil {
		return Output{}, err
	}
	for i, step := range steps {
		if value, err = by[step](value); err != nil {
			return Output{}, sdk.BadInput("/steps/"+strconv.Itoa(i), "%v", err)
		}
		if len(value) > mostOutput {
			return Output{}, sdk.TooLarge("step %d (%s) gives more than %d MiB", i+1, step, mostOutput>>20)
		}
	}
	return stored(c, value)
}

func stored(c *sdk.Context, value []byte) (Output, error) {
	out := Output{Size: len(value)}
	var err error
	if utf8.Valid(value) {
		out.Text, err = c.StoreText(string(value), "text/plain")
		return out, err
	}
	if len(value) <= sdk.InlineMax {
		out.Data = sdk.BlobOf(value)
		return out, nil
	}
	out.Data, err = c.StoreBlob("application/octet-stream", writing(value))
	return out, err
}
