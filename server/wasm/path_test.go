package wasm

import (
	"slices"
	"testing"

	w "github.com/drawbridge-soar/drawbridge/server/wasm/wasmtest"
)

// TestLongestWay holds what is charged for to ways counted by hand.
func TestLongestWay(t *testing.T) {
	for _, c := range []struct {
		name string
		code []byte
		want []int
	}{
		{"straight", w.Code(w.Nop, w.Nop), []int{3}},
		{"the longer side of a condition", w.Code(w.LocalGet(0), w.If(w.Void), w.Nop, w.Else, w.Nop, w.Nop, w.Nop, w.End), []int{7}},
		{"what a branch skips", w.Code(w.Block(w.Void), w.Br(0), w.Nop, w.Nop, w.End, w.Nop), []int{4}},
		{"what a condition skips", w.Code(w.Block(w.Void), w.LocalGet(0), w.BrIf(0), w.Nop, w.Nop, w.End), []int{7}},
		{"one case of a table", w.Code(w.Block(w.Void), w.Block(w.Void), w.LocalGet(0), w.BrTable(0, 1), w.End,
			w.Nop, w.Nop, w.Nop, w.Return, w.End, w.Nop), []int{8}},
		{"loops alone", w.Code(w.Nop, w.Loop(w.Void), w.Nop, w.Loop(w.Void), w.Nop, w.Nop, w.Br(0), w.End, w.Nop, w.Br(0), w.End, w.Nop), []int{2, 2, 3}},
		{"after a loop", w.Code(w.Loop(w.Void), w.Nop, w.LocalGet(0), w.BrIf(0), w.End, w.Nop, w.Nop), []int{4, 4}},
		{"out of a loop", w.Code(w.Block(w.Void), w.Loop(w.Void), w.LocalGet(0), w.BrIf(1), w.Br(0), w.End, w.End, w.Nop), []int{4, 3}},
		{"dead code", w.Code(w.Unreachable, w.Nop, w.Loop(w.Void), w.Nop, w.End), []int{1, 0}},
	} {
		m, err := Parse(w.Module{Pages: 1, Funcs: []w.Func{{Type: w.Sig([]byte{w.I32}, nil), Code: c.code}}}.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		p, err := (&rewriter{Module: m}).study(0)
		if err != nil || !slices.Equal(p.costs, c.want) {
			t.Errorf("%s: %v, not %v (%v)", c.name, p.costs, c.want, err)
		}
	}
}
