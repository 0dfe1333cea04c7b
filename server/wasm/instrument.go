package wasm

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxTableElements is the largest size that a table gets that declares none.
const maxTableElements = 10_000

// Instrument answers a module that does what m does and can be stopped, with
// the layout of what a snapshot must hold. The same module and options give the
// same bytes. m must have passed Check; what Check refuses is refused here too
// where it would make the answer wrong, and limits aren't looked at.
//
//   - At the entry of functions and at the head of loops the fuel is lowered by
//     the cost of what follows, and before memory.copy, memory.fill and
//     memory.init by their length / 64. Below zero drawbridge_fuel.tick is
//     called, which refills the fuel or ends the call by a panic.
//   - Functions that call others take from the stack and give it back; without
//     any left they trap.
//   - Every mutable global is exported.
//   - Tables without a maximum, or with a larger one, get one of 10,000 elements
//     or of their first size.
//   - Data segments that lie close together become one, where no code names them.
//   - Custom sections are left out, but for the names of functions.
//   - The memory stays as it is.
func Instrument(m *Module, opts Options) ([]byte, *Layout, error) {
	if opts.Stack == 0 {
		opts.Stack = DefaultStack
	}
	w := &rewriter{Module: m, opts: opts, tick: uint32(m.imported[KindFunction])}
	if err := w.suited(); err != nil {
		return nil, nil, err
	}
	w.types = append(w.types, m.Types...)
	w.fuel = uint32(len(m.Globals))
	w.stack = w.fuel + 1
	w.voidType = w.typeOf(nil)
	layout := w.layout()
	code, err := w.code()
	if err != nil {
		return nil, nil, err
	}
	out := append(make([]byte, 0, len(m.File)+len(m.File)/4+1024), header[:]...)
	section := func(id SectionID, items int, body []byte) {
		if items > 0 {
			count := appendU(nil, items)
			out = appendU(append(out, byte(id)), len(count)+len(body))
			out = append(append(out, count...), body...)
		}
	}
	section(SectionType, len(w.types), w.typeSection())
	section(SectionImport, len(m.Imports)+1, w.importSection())
	section(SectionFunction, len(m.Functions), w.functionSection())
	section(SectionTable, len(m.Tables), w.tableSection())
	section(SectionMemory, len(m.Memories), w.memorySection())
	section(SectionGlobal, len(m.Globals)+2, w.globalSection())
	exports, n := w.exportSection(layout)
	section(SectionExport, n, exports)
	if m.Start >= 0 {
		out = appendSection(out, SectionStart, appendU(nil, w.shift(uint32(m.Start))))
	}
	section(SectionElement, len(m.Elements), w.elementSection())
	data, segments := w.dataSection()
	if m.DataCount >= 0 {
		out = appendSection(out, SectionDataCount, appendU(nil, segments))
	}
	section(SectionCode, len(m.Code), code)
	section(SectionData, segments, data)
	out = append(out, w.nameSection()...)
	return out, layout, nil
}

// rewriter makes the sections of an instrumented module.
type rewriter struct {
	*Module
	opts        Options
	types       []FuncType
	voidType    uint32 // () -> ()
	tick        uint32
	fuel, stack uint32
	named       bool // code names data segments
}

// suited refuses what the rewriting relies upon not to be there.
func (w *rewriter) suited() error {
	for _, i := range w.Imports {
		if i.Kind != KindFunction {
			return fmt.Errorf("the module imports the %s %s.%s: a connector imports functions alone", i.Kind, i.Module, i.Name)
		}
		if i.Module == FuelModule {
			return fmt.Errorf("the module imports from %s: it must not be instrumented twice", FuelModule)
		}
	}
	for _, e := range w.Exports {
		if strings.HasPrefix(e.Name, OwnPrefix) {
			return fmt.Errorf("the module exports %q: names that begin with %q are the sandbox's own", e.Name, OwnPrefix)
		}
	}
	for i, g := range w.Globals {
		if g.Mutable && (g.Type == V128 || g.Type.IsRef()) {
			return fmt.Errorf("the global %d is a mutable %s, which can't be put back", i, g.Type)
		}
	}
	if len(w.Types) > maxTypes-1000 {
		return errors.New("the module has too many types: split the connector")
	}
	return nil
}

// shift answers the index that a function has after the rewriting.
func (w *rewriter) shift(f uint32) uint32 {
	if f >= w.tick {
		return f + 1
	}
	return f
}

// typeOf answers the index of the type without parameters and with the results.
func (w *rewriter) typeOf(results []byte) uint32 {
	for i, t := range w.types {
		if len(t.Params) == 0 && string(t.Results) == string(results) {
			return uint32(i)
		}
	}
	w.types = append(w.types, FuncType{Results: results})
	return uint32(len(w.types) - 1)
}

func (w *rewriter) layout() *Layout {
	l := &Layout{Tick: w.tick}
	for _, t := range w.Tables {
		l.TableElements += int(t.Min)
	}
	exported := make(map[uint32]string)
	for _, e := range w.Exports {
		if _, twice := exported[e.Index]; e.Kind == KindGlobal && !twice {
			exported[e.Index] = e.Name
		}
	}
	for i, g := range w.Globals {
		if !g.Mutable {
			continue
		}
		name, ok := exported[uint32(i)]
		if !ok {
			name = globalExport + strconv.Itoa(i)
		}
		l.Globals = append(l.Globals, MutableGlobal{uint32(i), g.Type, name})
	}
	l.Globals = append(l.Globals, MutableGlobal{w.fuel, I64, FuelExport}, MutableGlobal{w.stack, I64, StackExport})
	return l
}
