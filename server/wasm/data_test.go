package wasm_test

import (
	"bytes"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// TestDataSegmentsAreJoined holds the memory of instances with and without the
// rewriting against one another.
func TestDataSegmentsAreJoined(t *testing.T) {
	far := bytes.Repeat([]byte("far"), 50)
	names := wasmtest.Func{Code: []byte{0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 1, 0}} // memory.init 1
	for name, c := range map[string]struct {
		data  []wasmtest.Data
		funcs []wasmtest.Func
		left  int
	}{
		"side by side":    {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {At: 19, Bytes: []byte("two")}}, nil, 1},
		"a gap":           {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {At: 27, Bytes: []byte("two")}, {At: 286, Bytes: far}}, nil, 1},
		"too large a gap": {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {At: 276, Bytes: []byte("two")}, {At: 300, Bytes: far}}, nil, 2},
		"one over other":  {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {At: 18, Bytes: []byte("two")}, {At: 0, Bytes: far}}, nil, 3},
		"none":            {[]wasmtest.Data{{At: 9}, {At: 9}}, nil, 1},
		"passive":         {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {Passive: true, Bytes: []byte("no")}, {At: 19, Bytes: []byte("two")}}, nil, 3},
		"named":           {[]wasmtest.Data{{At: 16, Bytes: []byte("one")}, {At: 19, Bytes: []byte("two")}}, []wasmtest.Func{names}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			plain := wasmtest.Module{Pages: 1, MaxPages: 1, Data: c.data, DataCount: true, Funcs: c.funcs}.Bytes()
			joined, _ := instrument(t, plain)
			m, err := wasm.Parse(joined)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Data) != c.left || m.DataCount != c.left {
				t.Errorf("%d segments are left, and %d are announced", len(m.Data), m.DataCount)
			}
			if want, got := memoryOf(t, plain), memoryOf(t, joined); !bytes.Equal(want, got) {
				t.Errorf("memory begins with %q, want %q", got[:400], want[:400])
			}
		})
	}
}

func memoryOf(t *testing.T, code []byte) []byte {
	t.Helper()
	g, err := instantiate(t, code, wazero.NewRuntimeConfigInterpreter(), 0)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := g.Memory().Read(0, g.Memory().Size())
	return bytes.Clone(all)
}
