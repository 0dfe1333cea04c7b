package wasm_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/drawbridge-soar/drawbridge/server/wasm"
	"github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// TestInstrumentedBehavesTheSame runs every function of a module with and
// without instrumentation and compares results, traps, globals and memory.
func TestInstrumentedBehavesTheSame(t *testing.T) {
	plain := wasmtest.ControlFlow()
	code, layout := instrument(t, plain)
	var sides [2]*guest
	for i, c := range [][]byte{plain, code} {
		g, err := instantiate(t, c, wazero.NewRuntimeConfigCompiler(), 0)
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = g
	}
	names := slices.Sorted(maps.Keys(sides[0].compiled.ExportedFunctions()))
	if len(names) < 25 {
		t.Fatalf("%d functions: the test would hold little", len(names))
	}
	traps, results := 0, 0
	for _, name := range names {
		for arg := int32(-3); arg < 22; arg++ {
			want, got := answer(t, sides[0], name, arg), answer(t, sides[1], name, arg)
			if want != got {
				t.Errorf("%s(%d): %s, instrumented %s", name, arg, want, got)
			}
			if strings.HasPrefix(want, "trap") {
				traps++
			} else {
				results++
			}
		}
	}
	if traps < 30 || results < 300 {
		t.Errorf("%d traps and %d results: the test holds little", traps, results)
	}
	memory := func(g *guest) []byte { b, _ := g.Memory().Read(0, g.Memory().Size()); return b }
	if !bytes.Equal(memory(sides[0]), memory(sides[1])) {
		t.Error("the memories differ")
	}
	if a, b := sides[0].ExportedGlobal("counter").Get(), sides[1].ExportedGlobal("counter").Get(); a != b {
		t.Errorf("counter is %d and %d", a, b)
	}
	want := []wasm.MutableGlobal{
		{Index: 0, Type: wasm.I32, Export: "drawbridge.global.0"},
		{Index: 1, Type: wasm.I64, Export: "counter"},
		{Index: 2, Type: wasm.F64, Export: "drawbridge.global.2"},
		{Index: 6, Type: wasm.I64, Export: "drawbridge.fuel"},
		{Index: 7, Type: wasm.I64, Export: "drawbridge.stack"},
	}
	if !slices.Equal(layout.Globals, want) || layout.Tick != 1 || layout.TableElements != 16 {
		t.Errorf("layout %+v", layout)
	}
}

func answer(t *testing.T, g *guest, name string, arg int32) string {
	t.Helper()
	res, err := g.ExportedFunction(name).Call(t.Context(), api.EncodeI32(arg))
	if s, ok := g.ExportedGlobal(wasm.StackExport).(api.MutableGlobal); ok {
		if left := int64(s.Get()); err == nil && left != wasm.DefaultStack {
			t.Errorf("%s(%d): %d bytes of stack are left of %d", name, arg, left, wasm.DefaultStack)
		}
		s.Set(wasm.DefaultStack) // of a trap nothing is given back
	}
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return "trap " + first
	}
	return fmt.Sprint(res)
}

func TestInstrumentedFormIsWhatItSays(t *testing.T) {
	code, _ := instrument(t, wasmtest.ControlFlow())
	m, err := wasm.Parse(code)
	if err != nil {
		t.Fatal(err)
	}
	for i, table := range m.Tables {
		if want := []uint32{10_000, 4}[i]; !table.HasMax || table.Max != want {
			t.Errorf("table %d: %+v", i, table.Limits)
		}
	}
	if l := m.Memories[0].Limits; l.Min != 1 || l.Max != 4 {
		t.Errorf("memory %+v", l)
	}
	last := m.Imports[len(m.Imports)-1]
	if last.Module != wasm.FuelModule || last.Name != wasm.FuelFunction || m.Types[last.Type].Signature() != "->" {
		t.Errorf("the last import is %+v", last)
	}
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCustom && s.Name != "name" {
			t.Errorf("section %q is still there", s.Name)
		}
	}
	// A trap names the function by its new index.
	g, err := instantiate(t, code, wazero.NewRuntimeConfigCompiler(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if d := g.compiled.ExportedFunctions()["fibonacci"]; d.Name() != "fibonacci" || d.Index() != 15 {
		t.Errorf("fibonacci is called %q at %d", d.Name(), d.Index())
	}
	// A table that begins larger keeps its size.
	big := wasmtest.Connector("")
	big.Tables = []wasmtest.TableDef{{Type: wasmtest.FuncRef, Min: 20_000, Max: -1}}
	code, _ = instrument(t, big.Bytes())
	if m, err := wasm.Parse(code); err != nil || m.Tables[0].Max != 20_000 {
		t.Errorf("a table of 20,000: %+v, %v", m.Tables, err)
	}
}
