package wasmtest

import "slices"

// ControlFlow is a module with every kind of control flow and of index that a
// rewriting may get wrong. Each exported function takes an i32 and answers an
// i32; some trap for some arguments. It imports env.twice (i32) -> (i32).
func ControlFlow() []byte {
	i, pair := []byte{I32}, []byte{I32, I32}
	const (
		unary     = 0 // i -> i
		swapper   = 1 // i i -> i i
		two       = 2 // -> i i
		thunk     = 3 // -> i
		firstFunc = 1 // after the import
	)
	m := Module{
		Pages: 1, MaxPages: 4, DataCount: true,
		Types:   []Type{Sig(i, i), Sig(pair, pair), Sig(nil, pair), Sig(nil, i)},
		Imports: []Import{{Module: "env", Name: "twice", Type: Sig(i, i)}},
		Tables:  []TableDef{{Type: FuncRef, Min: 12, Max: -1}, {Type: FuncRef, Min: 4, Max: 4}},
		Globals: []GlobalDef{
			{Type: I32, Mutable: true, Init: I32Const(7)},
			{Type: I64, Mutable: true, Init: I64Const(-1), Export: "counter"},
			{Type: F64, Mutable: true, Init: F64Const(1.5)},
			{Type: FuncRef, Init: RefFunc(firstFunc)},
			{Type: I32, Init: I32Const(3), Export: "three"},
			{Type: V128, Init: append([]byte{0xfd, 0x0c}, make([]byte, 16)...)},
		},
		Data: []Data{{At: 16, Bytes: []byte("some data in memory")}, {Passive: true, Bytes: []byte("passive data")}},
	}
	add := func(name string, code ...any) {
		m.Funcs = append(m.Funcs, Func{Type: Sig(i, i), Locals: []byte{I32, I64, F64}, Export: name, Code: Code(code...)})
	}
	add("identity", LocalGet(0))
	add("import", LocalGet(0), Call(0), Call(1))
	add("early", Loop(Void), LocalGet(0), I32Const(10), I32LtS, If(Void), LocalGet(0), I32Const(1), I32Add, Return, End,
		LocalGet(0), I32Const(3), I32Sub, LocalSet(0), Br(0), End, Unreachable)
	add("early with calls", Block(Void), Loop(Void), LocalGet(0), I32Const(5), I32LtS, If(Void), LocalGet(0), Call(1), Return, End,
		LocalGet(0), I32Const(2), I32Sub, LocalTee(0), I32Eqz, BrIf(1), Br(0), End, End, I32Const(99))
	add("branch to the function", LocalGet(0), LocalGet(0), BrIf(0), Drop, I32Const(5), Call(1), Br(0))
	add("table of branches", Block(Void), Block(Void), Block(Void), LocalGet(0), BrTable(0, 1, 2, 0), End,
		I32Const(10), Return, End, I32Const(20), Return, End, I32Const(30))
	add("table with values", Block(I32), Block(I32), LocalGet(0), LocalGet(0), BrTable(0, 1, 2), End, I32Const(1), I32Add, End, I32Const(100), I32Add)
	add("table with values and calls", Block(I32), Block(I32), LocalGet(0), Call(1), LocalGet(0), BrTable(0, 1, 2), End, I32Const(1), I32Add, End, I32Const(100), I32Add)
	add("loop with parameters", LocalGet(0), I32Const(1), Typed(3, swapper), // (n, product)
		LocalGet(0), I32Const(1), I32LtS, If(Void), Else, LocalGet(0), I32Const(1), I32Sub, LocalSet(0), End,
		LocalGet(0), I32Mul, LocalGet(1), I32Const(1), I32Add, LocalTee(1), I32Const(6), I32LtS, BrIf(0), End, I32Add)
	add("if with parameters", LocalGet(0), I32Const(4), LocalGet(0), Typed(4, swapper), I32Add, LocalGet(0), Else, I32Sub, I32Const(8), End, I32Xor)
	add("two results", Call(firstFunc+40), I32Sub, LocalGet(0), I32Add)
	add("indirect", I32Const(11), LocalGet(0), CallIndirect(unary, 0)) // traps beyond the table and for other types
	add("second table", LocalGet(0), LocalGet(0), CallIndirect(unary, 1))
	add("fibonacci", LocalGet(0), I32Const(2), I32LtS, If(I32), LocalGet(0), Else,
		LocalGet(0), I32Const(1), I32Sub, Call(firstFunc+13), LocalGet(0), I32Const(2), I32Sub, Call(firstFunc+13), I32Add, End)
	add("globals", GlobalGet(0), LocalGet(0), I32Add, GlobalSet(0), GlobalGet(1), I64Const(3), I64Mul, GlobalSet(1),
		GlobalGet(2), F64Const(0.5), F64Add, GlobalSet(2), GlobalGet(0), GlobalGet(4), I32Add)
	add("copy", I32Const(100), I32Const(16), LocalGet(0), Misc(10, 0, 0), I32Const(100), I32Load(0))
	add("fill", I32Const(200), LocalGet(0), LocalGet(0), Misc(11, 0), I32Const(200), I32Load(0))
	add("init", I32Const(300), I32Const(0), LocalGet(0), Misc(8, 1, 0), I32Const(300), I32Load(0)) // traps beyond the data
	add("grow", LocalGet(0), MemoryGrow(), MemorySize(), I32Const(16), I32Shl, I32Add)
	add("divide", I32Const(100), LocalGet(0), I32DivS)
	add("numbers", LocalGet(0), F64ConvertI, F64Const(2.5), F64Mul, I32TruncF64, LocalGet(0), I64ExtendI, I64Const(40), I64ShrU, I32WrapI64, I32Xor)
	add("dead code", LocalGet(0), Return, Call(1), Loop(Void), Br(0), End, Br(0))
	add("dead loop", Block(I32), LocalGet(0), Br(0), Loop(I32), Unreachable, End, Drop, End, Call(1))
	add("references", RefFunc(firstFunc+13), []byte{0xd1}, I32Const(3), []byte{0x25, 0}, []byte{0xd1}, I32Const(1), I32Shl, I32Add, LocalGet(0), I32Add)
	add("select", LocalGet(0), I32Const(9), LocalGet(0), Select, LocalGet(0), I32Const(8), LocalGet(0), []byte{0x1c, 1, I32}, I32Add)
	add("vectors", LocalGet(0), []byte{0xfd, 0x11}, LocalGet(0), []byte{0xfd, 0x11}, []byte{0xfd, 0xae, 0x01}, []byte{0xfd, 0x1b, 2})
	add("nested loops", Loop(Void), I32Const(3), LocalSet(1), Loop(Void), LocalGet(2), I64Const(1), I64Add, LocalSet(2),
		LocalGet(1), I32Const(1), I32Sub, LocalTee(1), BrIf(0), End, LocalGet(0), I32Const(1), I32Sub, LocalTee(0), I32Const(0), I32GtS, BrIf(0), End, LocalGet(2), I32WrapI64)
	for len(m.Funcs) < 40 {
		m.Funcs = append(m.Funcs, Func{Type: Sig(i, i), Code: Code(LocalGet(0), I32Const(int32(len(m.Funcs))), I32Add)})
	}
	m.Funcs = append(m.Funcs, Func{Type: Sig(nil, pair), Code: Code(I32Const(40), I32Const(2), Call(firstFunc), I32Const(1), BrIf(0), Return)},
		Func{Type: Sig(nil, i), Code: I32Const(77)})
	m.Exports = [][]byte{append(Str("table"), Table, 0), append(Str("same function"), Function, firstFunc)}
	m.Elements = [][]byte{
		Functions(0, 0, firstFunc, firstFunc+13),
		slices.Concat([]byte{1, 0}, Vec(U(firstFunc))),
		slices.Concat([]byte{2, 1}, I32Const(0), []byte{End, 0}, Vec(U(firstFunc+2), U(0))),
		slices.Concat([]byte{3, 0}, Vec(U(firstFunc), U(firstFunc+13))),
		slices.Concat([]byte{4}, I32Const(3), []byte{End}, Vec(append(RefFunc(firstFunc+13), End), []byte{0xd0, FuncRef, End}, append(RefFunc(firstFunc), End))),
		slices.Concat([]byte{5, FuncRef}, Vec(append(RefFunc(0), End))),
		slices.Concat([]byte{6, 0}, I32Const(6), []byte{End, FuncRef}, Vec(append(RefFunc(0), End), append(RefFunc(firstFunc+41), End))),
		slices.Concat([]byte{7, FuncRef}, Vec([]byte{0xd0, FuncRef, End})),
	}
	m.Names = map[uint32]string{0: "twice", 1: "identity", 14: "fibonacci"}
	m.Customs = map[string][]byte{"drawbridge.manifest": []byte("{}"), "producers": {0}}
	return m.Bytes()
}
