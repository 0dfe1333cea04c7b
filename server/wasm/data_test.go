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
		"over an earlier": {[]wasmtest.Data{{At: 100, Bytes: []byte("early")}, {At: 0, Bytes: []byte("one")}, {At: 200, Bytes: []byte("two")}}, nil, 3},
		"back and forth":  {[]wasmtest.Data{{At: 300, Bytes: []byte("early")}, {At: 0, Bytes: []byte("one")}, {At: 10, Bytes: []byte("two")}, {At: 309, Bytes: []byte("late")}}, nil, 3},
		"beside it":       {[]wasmtest.Data{{At: 100, Bytes: []byte("early")}, {At: 105, Bytes: []byte("one")}, {At: 300, Bytes: []byte("two")}, {At: 90, Bytes: []byte("late")}}, nil, 2},
		"above it":        {[]wasmtest.Data{{At: 0, Bytes: far}, {At: 600, Bytes: []byte("one")}, {At: 610, Bytes: []byte("two")}}, nil, 2},
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
				t.Errorf("memory begins with %q, want %q", got[:500], want[:500])
			}
		})
	}
}

// TestDataSegmentsOfUnknownPlace sees that none is joined over a gap where one before
// them may have written, and that they are where there is no gap.
func TestDataSegmentsOfUnknownPlace(t *testing.T) {
	data := []wasmtest.Data{
		{At: 0, Bytes: []byte("one")},
		{At: 9, Bytes: []byte("two")},
		{Offset: wasmtest.GlobalGet(0), Bytes: []byte("early")},
		{At: 20, Bytes: []byte("three")},
		{At: 25, Bytes: []byte("four")},
		{At: 40, Bytes: []byte("five")},
	}
	joined, _ := instrument(t, wasmtest.Module{Pages: 1, MaxPages: 1, Data: data, Globals: []wasmtest.GlobalDef{{Type: wasmtest.I32, Init: wasmtest.I32Const(29)}}}.Bytes())
	if m, err := wasm.Parse(joined); err != nil || len(m.Data) != 4 {
		t.Errorf("%v, %d segments are left", err, len(m.Data))
	}
}

// TestManyDataSegmentsAreJoined has segments in an order that no range is kept for
// each of.
func TestManyDataSegmentsAreJoined(t *testing.T) {
	var data []wasmtest.Data
	for i := range int32(300) { // up and down, far apart, with some in the gaps of others
		data = append(data, wasmtest.Data{At: i * 7919 % 60_000, Bytes: []byte("here")}, wasmtest.Data{At: i*7919%60_000 + 100, Bytes: []byte("there")})
	}
	plain := wasmtest.Module{Pages: 1, MaxPages: 1, Data: data}.Bytes()
	joined, _ := instrument(t, plain)
	if m, err := wasm.Parse(joined); err != nil || len(m.Data) >= len(data) {
		t.Errorf("%v, of %d segments %d are left", err, len(data), len(m.Data))
	}
	if !bytes.Equal(memoryOf(t, plain), memoryOf(t, joined)) {
		t.Error("memory differs")
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
