package wasm_test

import (
	"bytes"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

func TestInstrumentTwiceGivesTheSameBytes(t *testing.T) {
	echo, err := echoModule()
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string][]byte{"echo": echo, "sieve": wasmtest.Sieve()} {
		first, _ := instrument(t, code)
		second, _ := instrument(t, code)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two readings differ", name)
		}
		m, err := wasm.Parse(first)
		if err != nil {
			t.Fatalf("%s: what was written can't be read: %v", name, err)
		}
		if _, _, err := wasm.Instrument(m, wasm.Options{}); err == nil {
			t.Errorf("%s: instrumented twice", name)
		}
	}
}

func TestGoConnectorRunsInstrumented(t *testing.T) {
	echo, err := echoModule()
	if err != nil {
		t.Fatal(err)
	}
	code, layout := instrument(t, echo)
	g, err := instantiate(t, code, wazero.NewRuntimeConfigCompiler(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, global := range layout.Globals {
		if g.ExportedGlobal(global.Export) == nil {
			t.Errorf("global %d isn't exported as %q", global.Index, global.Export)
		}
	}
	if g.ticks == 0 {
		t.Error("starting a Go program took no fuel")
	}
}
