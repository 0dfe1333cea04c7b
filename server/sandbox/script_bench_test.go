package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// echoScript is testdata/echojs with the engine.
func echoScript(b *testing.B) []byte {
	b.Helper()
	script, err := js.Bundle("testdata/echojs")
	if err != nil {
		b.Fatal(err)
	}
	return scriptCode(b, string(script.Code))
}

// echoInput is the input of 1 KB that BenchmarkCodec measures Go with.
func echoInput(b *testing.B) []byte {
	b.Helper()
	var items []map[string]any
	for i := range 8 {
		items = append(items, map[string]any{"id": i, "name": "host-" + strings.Repeat("x", 20), "tags": []string{"edr", "windows", "finance"}, "score": float64(i) * 1.25})
	}
	input, err := json.Marshal(map[string]any{"text": strings.Repeat("An alert \"of\" the EDR. ", 10), "items": items})
	if err != nil {
		b.Fatal(err)
	}
	return input
}

// BenchmarkScript measures a call of a connector in JavaScript in this process, by
// the SDK, with an input of 1 KB that is checked by its schema. Compare it within
// one run with BenchmarkCodec/standard, which does the same in Go by
// encoding/json.
func BenchmarkScript(b *testing.B) {
	bare, err := sandbox.NewBare(b.Context(), echoScript(b))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	request := func(action string) []byte {
		return fmt.Appendf(nil, `{"action":%q,"input":%s,"run":{"id":"r","step":"s","attempt":1,"key":"k"}}`, action, echoInput(b))
	}
	for _, action := range []string{"echo", "later"} {
		input := request(action)
		answer, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false)
		if err != nil || !strings.HasPrefix(answer, `{"output":{`) {
			b.Fatal(answer, err)
		}
		b.Run("pristine/"+action, func(b *testing.B) {
			for b.Loop() {
				if _, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	input := request("echo")
	var warm func([]byte) error
	b.Run("warm/echo", func(b *testing.B) {
		// Nothing is freed between calls, because an image takes its place: a new
		// instance now and then.
		const calls = 500
		for n := 0; b.Loop(); n++ {
			if n%calls == 0 {
				b.StopTimer()
				run, end, err := bare.Warm(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				defer end()
				warm = run
				b.StartTimer()
			}
			if err := warm(input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reset/echo", func(b *testing.B) {
		run, end, err := bare.Reset(b.Context(), input)
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		for b.Loop() {
			if err := run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScriptStart measures what a start costs in a child: without compiled
// code the engine is compiled first, then a script is loaded and its image taken.
func BenchmarkScriptStart(b *testing.B) {
	code := echoScript(b)
	for b.Loop() {
		bare, err := sandbox.NewBare(b.Context(), code)
		if err != nil {
			b.Fatal(err)
		}
		if err := bare.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
