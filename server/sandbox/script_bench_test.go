package sandbox_test

import (
	"testing"

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
