package wasm

func (m *Module) decodeTypes(r *reader) {
	n := r.count("types", 3, maxTypes)
	m.Types = make([]FuncType, 0, n)
	for range n {
		at := r.at
		switch form := r.byte("the form of a type"); form {
		case 0x60:
		case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
			r.failAt(at, "a type is made for garbage collection: build without the GC feature")
		default:
			r.failAt(at, "a type has the form %#x, function types alone are known", form)
		}
		t := FuncType{Params: m.typeList(r, "parameters"), Results: m.typeList(r, "results")}
		if r.err != nil {
			return
		}
		m.Types = append(m.Types, t)
	}
}

func (m *Module) typeList(r *reader, what string) []byte {
	n := r.count(what, 1, maxTypeArity)
	list := r.file[r.at : r.at+n]
	for range n {
		r.valueType("the type of " + what)
	}
	if r.err != nil {
		return nil
	}
	return list
}

// valueType reads a value type. Types of later versions of the format are
// refused by name.
func (r *reader) valueType(what string) ValueType {
	at := r.at
	b := r.byte(what)
	switch t := ValueType(b); t {
	case I32, I64, F32, F64, V128, FuncRef, ExternRef:
		return t
	}
	switch b {
	case 0x69, 0x74:
		r.failAt(at, "%s is an exception reference: build without exception handling", what)
	case 0x63, 0x64, 0x65, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73:
		r.failAt(at, "%s is a typed reference: build without the GC and function-references features", what)
	default:
		r.failAt(at, "%s is %#x, which is no type", what, b)
	}
	return 0
}

func (r *reader) refType(what string) ValueType {
	at := r.at
	t := r.valueType(what)
	if r.err == nil && !t.IsRef() {
		r.failAt(at, "%s is %s, it must be a reference", what, t)
	}
	return t
}

// limits reads the bounds of a table or a memory (spec 5.3.7).
func (r *reader) limits(what string) Limits {
	at := r.at
	flag := r.byte("the form of the limits of a " + what)
	switch {
	case flag&4 != 0 && flag < 8:
		r.failAt(at, "a %s has addresses of 64 bits: build for wasm32", what)
	case flag&2 != 0 && flag < 8:
		r.failAt(at, "a %s is shared between threads: build without threads", what)
	case flag > 1:
		r.failAt(at, "the limits of a %s have the form %#x, which is unknown", what, flag)
	}
	l := Limits{Min: r.u32("the least size of a " + what), HasMax: flag == 1}
	if l.HasMax {
		l.Max = r.u32("the largest size of a " + what)
		if l.Max < l.Min {
			r.failAt(at, "a %s has at least %d and at most %d: the file is damaged", what, l.Min, l.Max)
		}
	}
	return l
}

func (m *Module) decodeImports(r *reader) {
	n := r.count("imports", 4, maxImports)
	m.Imports = make([]Import, 0, n)
	for range n {
		i := Import{Offset: r.at, Module: r.name("the module of an import", maxName), Name: r.name("the name of an import", maxName)}
		at := r.at
		kind := r.byte("the kind of an import")
		i.Kind = Kind(kind)
		switch {
		case kind == byte(KindFunction):
			i.Type = r.u32("the type of an imported function")
			if r.err == nil && int(i.Type) >= len(m.Types) {
				r.failAt(at, "%s.%s has the type %d, there are %d types: the file is damaged", i.Module, i.Name, i.Type, len(m.Types))
			}
		case kind == byte(KindTable):
			r.refType("the type of an imported table")
			r.limits("table")
		case kind == byte(KindMemory):
			r.limits("memory")
		case kind == byte(KindGlobal):
			r.globalType()
		case kind == 4:
			r.failAt(at, "%s.%s is a tag: build without exception handling", i.Module, i.Name)
		default:
			r.failAt(at, "%s.%s has the kind %d, which is unknown", i.Module, i.Name, kind)
		}
		if r.err != nil {
			return
		}
		m.Imports = append(m.Imports, i)
		m.imported[i.Kind]++
	}
}

func (m *Module) decodeFunctions(r *reader) {
	n := r.count("functions", 1, maxFunctions)
	m.Functions = make([]uint32, 0, n)
	for range n {
		m.Functions = append(m.Functions, r.u32("the type of a function"))
	}
}

func (m *Module) decodeTables(r *reader) {
	n := r.count("tables", 3, maxTables)
	for range n {
		t := Table{Offset: r.at}
		if r.left() > 0 && r.file[r.at] == 0x40 {
			r.failAt(r.at, "a table has an initial value: build without the function-references feature")
		}
		t.Type = r.refType("the type of a table")
		t.Limits = r.limits("table")
		if r.err != nil {
			return
		}
		m.Tables = append(m.Tables, t)
	}
}

func (m *Module) decodeMemories(r *reader) {
	n := r.count("memories", 2, 1<<10)
	for range n {
		at := r.at
		mem := Memory{Offset: at, Limits: r.limits("memory")}
		if mem.Min > 1<<16 || mem.Max > 1<<16 {
			r.failAt(at, "a memory has more than 65,536 pages, which is 4 GiB: declare less")
		}
		if r.err != nil {
			return
		}
		m.Memories = append(m.Memories, mem)
	}
}

func (r *reader) globalType() (ValueType, bool) {
	t := r.valueType("the type of a global")
	at := r.at
	mutable := r.byte("the mutability of a global")
	if mutable > 1 {
		r.failAt(at, "the mutability of a global is %#x, it must be 0 or 1", mutable)
	}
	return t, mutable == 1
}

func (m *Module) decodeGlobals(r *reader) {
	n := r.count("globals", 4, maxGlobals)
	m.Globals = make([]Global, 0, n)
	for range n {
		g := Global{Offset: r.at}
		g.Type, g.Mutable = r.globalType()
		g.Init = m.constant(r)
		if r.err != nil {
			return
		}
		m.Globals = append(m.Globals, g)
	}
}

func (m *Module) decodeExports(r *reader) {
	n := r.count("exports", 3, maxExports)
	m.Exports = make([]Export, 0, n)
	for range n {
		e := Export{Offset: r.at, Name: r.name("the name of an export", maxName)}
		at := r.at
		kind := r.byte("the kind of an export")
		if kind > byte(KindGlobal) {
			r.failAt(at, "the export %q has the kind %d, which is unknown", e.Name, kind)
		}
		e.Kind, e.Index = Kind(kind), r.u32("the index of an export")
		if r.err != nil {
			return
		}
		m.Exports = append(m.Exports, e)
	}
}

func (m *Module) decodeCode(r *reader) {
	n := r.count("function bodies", 3, maxFunctions)
	m.Code = make([]Code, 0, n)
	for range n {
		at := r.at
		size := r.u32("the size of a function body")
		if uint64(size) > uint64(r.left()) {
			r.failAt(at, "a function body has %d bytes, the section ends after %d: the file is damaged", size, r.left())
			return
		}
		b := reader{file: r.file, at: r.at, end: r.at + int(size), section: r.section}
		c := decodeBody(&b)
		if b.err != nil {
			r.err = b.err
			return
		}
		r.at = b.end
		m.Code = append(m.Code, c)
	}
}

// decodeBody reads the locals of a body and leaves its instructions.
func decodeBody(r *reader) Code {
	c := Code{Locals: Range{Start: r.at}}
	groups := r.count("groups of locals", 2, MaxFile)
	total := uint64(0)
	for range groups {
		at := r.at
		total += uint64(r.u32("a number of locals"))
		r.valueType("the type of a local")
		if total > 1<<31-1 {
			r.failAt(at, "a function has more than 2 billion locals: the file is damaged")
		}
	}
	c.Locals.End = r.at
	c.Body = Range{r.at, r.end}
	c.LocalCount = int(total)
	if r.err == nil && (r.left() == 0 || r.file[r.end-1] != opEnd) {
		r.failAt(r.end, "a function body has no end: the file is damaged")
	}
	return c
}
