package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// BenchmarkScript measures a call of a connector in JavaScript in this process,
// an echo of 1 KB, as BenchmarkPristine does of one in Go. Compare the two within
// one run.
func BenchmarkScript(b *testing.B) {
	code := scriptCode(b, bareScript(`echo: (input) => input`))
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	input := []byte(`{"action":"echo","input":{"text":"` + strings.Repeat("x", 1000) + `"},"run":{"id":"r","step":"s","attempt":1,"key":"k"}}`)
	var warm func([]byte) error
	b.Run("pristine", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("warm", func(b *testing.B) {
		// Nothing is freed between calls, because an image takes its place: a new
		// instance now and then.
		const calls = 1000
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
	b.Run("reset", func(b *testing.B) {
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

// BenchmarkScriptStart measures what a start without compiled code costs: the
// engine is compiled, then a script is loaded and its image taken.
func BenchmarkScriptStart(b *testing.B) {
	code := scriptCode(b, bareScript(`echo: (input) => input`))
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
