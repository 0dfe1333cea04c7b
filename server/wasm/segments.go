package wasm

// constant reads over a constant expression with its end (spec 3.3.10) and
// answers its range. One instruction is all it may have; indices of functions
// and globals must be there.
func (m *Module) constant(r *reader) Range {
	start := r.at
	switch op := r.byte("an initial value"); op {
	case opI32Const:
		r.skipSigned(32)
	case opI64Const:
		r.skipSigned(64)
	case opF32Const:
		r.skip(4)
	case opF64Const:
		r.skip(8)
	case opGlobalGet:
		if g := r.u32("the index of a global"); r.err == nil && int(g) >= m.GlobalCount() {
			r.failAt(start, "an initial value names the global %d, which isn't there yet: the file is damaged", g)
		}
	case opRefNull:
		r.refType("the type of ref.null")
	case opRefFunc:
		if f := r.u32("the index of a function"); r.err == nil && int(f) >= m.FunctionCount() {
			r.failAt(start, "an initial value names the function %d, there are %d: the file is damaged", f, m.FunctionCount())
		}
	case prefixVector:
		if sub := r.byte("an initial value"); sub != 0x0c {
			r.failAt(start, "an initial value has the instruction 0xfd %#x, which isn't allowed there", sub)
		}
		r.skip(16)
	default:
		r.failAt(start, "an initial value has the instruction %#x, which isn't allowed there", op)
	}
	at := r.at
	if end := r.byte("the end of an initial value"); r.err == nil && end != opEnd {
		r.failAt(at, "an initial value is computed: build without the extended-const feature")
	}
	return Range{start, r.at}
}

func (r *reader) skip(n int) {
	if n > r.left() {
		r.failAt(r.at, "a value is cut off: the file is damaged")
		return
	}
	r.at += n
}

func (r *reader) skipSigned(size int) {
	_, n := sleb(r.file[r.at:r.end], size)
	if n == 0 {
		r.failAt(r.at, "a constant is not a number of %d bits: the file is damaged", size)
		return
	}
	r.at += n
}

// decodeElements reads the element section (spec 5.5.12). The three low bits of
// a segment's flag say: not active, a table index or declarative, expressions.
func (m *Module) decodeElements(r *reader) {
	n := r.count("element segments", 2, maxSegments)
	m.Elements = make([]Element, 0, n)
	for range n {
		e := Element{At: r.at, Type: FuncRef}
		flag := r.u32("the form of an element segment")
		if flag > 7 {
			r.failAt(e.At, "an element segment has the form %d, which is unknown", flag)
		}
		e.Expressions = flag&4 != 0
		switch {
		case flag&1 == 0:
			if flag&2 != 0 {
				e.Table = r.u32("the table of an element segment")
			}
			e.Offset = m.constant(r)
		case flag&2 == 0:
			e.Mode = Passive
		default:
			e.Mode = Declarative
		}
		if flag&3 != 0 {
			e.Type = m.elementType(r, e.Expressions)
		}
		m.items(r, &e)
		if r.err != nil {
			return
		}
		m.Elements = append(m.Elements, e)
	}
}

func (m *Module) elementType(r *reader, expressions bool) ValueType {
	if expressions {
		return r.refType("the type of an element segment")
	}
	at := r.at
	if kind := r.byte("the kind of an element segment"); kind != 0 {
		r.failAt(at, "an element segment has the kind %d, which is unknown", kind)
	}
	return FuncRef
}

// items reads over the items of an element segment.
func (m *Module) items(r *reader, e *Element) {
	least := 1
	if e.Expressions {
		least = 3
	}
	e.Count = r.count("elements", least, MaxFile)
	e.Items.Start = r.at
	for range e.Count {
		at := r.at
		if e.Expressions {
			m.constant(r)
		} else if f := r.u32("the index of a function"); r.err == nil && int(f) >= m.FunctionCount() {
			r.failAt(at, "an element is the function %d, there are %d: the file is damaged", f, m.FunctionCount())
		}
		if r.err != nil {
			return
		}
	}
	e.Items.End = r.at
}

func (m *Module) decodeData(r *reader) {
	n := r.count("data segments", 2, maxSegments)
	m.Data = make([]Data, 0, n)
	for range n {
		d := Data{At: r.at}
		switch flag := r.u32("the form of a data segment"); flag {
		case 0:
			d.Offset = m.constant(r)
		case 1:
			d.Mode = Passive
		case 2:
			if memory := r.u32("the memory of a data segment"); memory != 0 {
				r.failAt(d.At, "a data segment is for the memory %d: build without the multi-memory feature", memory)
			}
			d.Offset = m.constant(r)
		default:
			r.failAt(d.At, "a data segment has the form %d, which is unknown", flag)
		}
		size := len(r.bytes("data"))
		d.Bytes = Range{r.at - size, r.at}
		if r.err != nil {
			return
		}
		m.Data = append(m.Data, d)
	}
}
