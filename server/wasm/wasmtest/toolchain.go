package wasmtest

import "slices"

// Toolchains are small modules in the shape that toolchains give them: how their
// tables, memories, globals, segments and start-up look. They are sound but for
// the one that says why not.
func Toolchains() []Case {
	runs := func(name string, m Module) Case { return Case{Name: name, Bytes: m.Bytes, Run: Answers} }
	started := func(m Module, code []byte) Module {
		m.Funcs = append(m.Funcs, Func{Type: Sig(nil, nil), Export: "_initialize", Code: code})
		return m
	}
	stackPointer := GlobalDef{Type: I32, Mutable: true, Init: I32Const(66576)}

	// Clang and Rust: a stack pointer that isn't exported, a table of exactly its
	// functions, and calls through it whose table index is padded to five bytes.
	c := Connector(Answer)
	c.Types = []Type{Sig(nil, nil)}
	c.Globals = []GlobalDef{stackPointer, {Type: I32, Init: I32Const(1024)}}
	c.Tables = []TableDef{{Type: FuncRef, Min: 2, Max: 2}}
	c.Elements = [][]byte{Functions(1, 5)}
	c.Customs = map[string][]byte{"producers": {0}, "target_features": {0}, ".debug_info": make([]byte, 64)}
	c = started(c, Code(I32Const(1), []byte{0x11, 0x80, 0x80, 0x80, 0x80, 0, 0x80, 0x80, 0x80, 0x80, 0}, GlobalGet(0), I32Const(16), I32Sub, GlobalSet(0)))
	c.Funcs = append(c.Funcs, Func{Type: Sig(nil, nil), Code: Code(I32Const(2000), I32Const(0), I32Const(64), Misc(11, 0))})

	// Go: a table without a maximum, as many data segments as there are runs of
	// bytes that aren't zero, and functions that are one loop over a br_table.
	g := Connector(Answer)
	g.Tables = []TableDef{{Type: FuncRef, Min: 8269, Max: -1}}
	for i := range int32(300) {
		g.Data = append(g.Data, Data{At: 1000 + 8*i, Bytes: []byte{byte(i)}})
	}
	const depth = 549 // runtime.initMetrics
	labels := make([]uint32, depth)
	for i := range labels {
		labels[i] = uint32(i)
	}
	g = started(g, Code(Loop(Void), slices.Repeat(Block(Void), depth), I32Const(depth+7), BrTable(labels...), slices.Repeat([]byte{End}, depth), End))

	// AssemblyScript with --exportStart _initialize: a data count though no
	// instruction needs one, a table of two, a memory without a maximum.
	a := started(Connector(Answer), Code(I32Const(3000), I32Const(0), I32Const(4), Misc(10, 0, 0)))
	a.DataCount = true
	a.Tables = []TableDef{{Type: FuncRef, Min: 2, Max: 2}}
	a.Elements = [][]byte{Functions(1, 1)}
	a.Globals = []GlobalDef{stackPointer, stackPointer}
	bare := a
	bare.Start = 5

	return []Case{
		runs("clang and rustc", c),
		runs("go", g),
		runs("assemblyscript", a),
		{Name: "assemblyscript without --exportStart", Bytes: bare.Bytes, Check: "--exportStart _initialize"},
	}
}
