package wasm

import "strings"

func (w *rewriter) typeSection() []byte {
	var b []byte
	for _, t := range w.types {
		b = appendType(b, t)
	}
	return b
}

func (w *rewriter) importSection() []byte {
	var b []byte
	add := func(module, name string, t uint32) {
		b = append(appendName(appendName(b, module), name), byte(KindFunction))
		b = appendU(b, t)
	}
	for _, i := range w.Imports {
		add(i.Module, i.Name, i.Type)
	}
	add(FuelModule, FuelFunction, w.voidType)
	return b
}

func (w *rewriter) functionSection() []byte {
	var b []byte
	for _, t := range w.Functions {
		b = appendU(b, t)
	}
	return b
}

func (w *rewriter) tableSection() []byte {
	var b []byte
	for _, t := range w.Tables {
		l := t.Limits
		if most := max(l.Min, maxTableElements); !l.HasMax || l.Max > most {
			l.Max, l.HasMax = most, true
		}
		b = appendLimits(append(b, byte(t.Type)), l)
	}
	return b
}

func (w *rewriter) memorySection() []byte {
	var b []byte
	for _, m := range w.Memories {
		b = appendLimits(b, m.Limits)
	}
	return b
}

func (w *rewriter) globalSection() []byte {
	var b []byte
	for _, g := range w.Globals {
		mutable := byte(0)
		if g.Mutable {
			mutable = 1
		}
		b = w.appendConstant(append(b, byte(g.Type), mutable), g.Init)
	}
	for _, initial := range []int64{0, int64(w.opts.Stack)} {
		b = append(appendS(append(b, byte(I64), 1, opI64Const), initial), opEnd)
	}
	return b
}

// appendConstant copies a constant expression, with the index of its function
// moved.
func (w *rewriter) appendConstant(b []byte, r Range) []byte {
	if w.File[r.Start] != opRefFunc {
		return append(b, w.bytes(r)...)
	}
	f, _ := uleb32(w.File[r.Start+1 : r.End])
	return append(appendU(append(b, opRefFunc), w.shift(f)), opEnd)
}

func (w *rewriter) exportSection(l *Layout) ([]byte, int) {
	var b []byte
	n := 0
	add := func(name string, kind Kind, index uint32) {
		b = appendU(append(appendName(b, name), byte(kind)), index)
		n++
	}
	for _, e := range w.Exports {
		index := e.Index
		if e.Kind == KindFunction {
			index = w.shift(index)
		}
		add(e.Name, e.Kind, index)
	}
	for _, g := range l.Globals {
		if strings.HasPrefix(g.Export, OwnPrefix) {
			add(g.Export, KindGlobal, g.Index)
		}
	}
	return b, n
}

func (w *rewriter) elementSection() []byte {
	var b []byte
	for i := range w.Elements {
		b = w.appendElement(b, &w.Elements[i])
	}
	return b
}

// appendElement writes an element segment in the form that its parts ask for.
func (w *rewriter) appendElement(b []byte, e *Element) []byte {
	flag := byte(0)
	if e.Expressions {
		flag = 4
	}
	// The short form of an active segment is for the first table and functions.
	long := e.Table != 0 || e.Type != FuncRef
	switch {
	case e.Mode == Passive:
		b = append(b, flag|1)
	case e.Mode == Declarative:
		b = append(b, flag|3)
	case long:
		b = w.appendConstant(appendU(append(b, flag|2), e.Table), e.Offset)
	default:
		b = w.appendConstant(append(b, flag), e.Offset)
	}
	if e.Mode != Active || long {
		if e.Expressions {
			b = append(b, byte(e.Type))
		} else {
			b = append(b, 0)
		}
	}
	b = appendU(b, e.Count)
	r := &reader{file: w.File, at: e.Items.Start, end: e.Items.End}
	for range e.Count {
		if e.Expressions {
			b = w.appendConstant(b, w.constant(r))
		} else {
			b = appendU(b, w.shift(r.u32("")))
		}
	}
	return b
}

// nameSection writes the names of functions, for the traces of crashes.
func (w *rewriter) nameSection() []byte {
	names := w.functionNames()
	if len(names) == 0 {
		return nil
	}
	var list []byte
	for _, n := range names {
		list = appendU(list, w.shift(n.index))
		list = append(appendU(list, len(n.name)), n.name...)
	}
	count := appendU(nil, len(names))
	body := append(appendName(nil, "name"), 1)
	body = appendU(body, len(count)+len(list))
	body = append(append(body, count...), list...)
	return appendSection(nil, SectionCustom, body)
}
