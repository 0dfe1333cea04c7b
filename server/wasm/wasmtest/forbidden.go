package wasmtest

import "slices"

// Forbidden are modules that can be read and must not be compiled: too much
// work, or more than the sandbox gives.
func Forbidden() []Case {
	refused := func(name, check string, m Module) Case { return Case{Name: name, Bytes: made(m), Check: check} }
	running := func(name, check string, code ...any) Case {
		return refused(name, check, Running(Code(append(code, answering())...)))
	}
	sound := func(change func(*Module)) Module {
		m := Connector(Answer)
		change(&m)
		return m
	}
	table := func(name string, code ...any) Case {
		m := Running(Code(append(code, answering())...))
		m.Tables = []TableDef{{Type: FuncRef, Min: 1, Max: -1}, {Type: FuncRef, Min: 1, Max: -1}}
		m.Elements = [][]byte{Functions(0, 0), slices.Concat([]byte{1, 0}, Vec(U(0)))}
		return refused(name, name+" changes", m)
	}
	segments := func(name string, code ...any) Case {
		m := Running(Code(append(code, answering())...))
		m.DataCount = true
		m.Elements = [][]byte{slices.Concat([]byte{1, 0}, Vec(U(0)))}
		m.Tables = []TableDef{{Type: FuncRef, Min: 1, Max: -1}}
		return refused(name, name+" changes", m)
	}
	const deep, targets = 50_000, 500_000
	return []Case{
		running("50,000 nested blocks", "nested more than", slices.Repeat(Block(Void), deep), slices.Repeat([]byte{End}, deep)),
		running("50,000 nested loops", "nested more than", slices.Repeat(Loop(Void), deep), slices.Repeat([]byte{End}, deep)),
		running("a br_table of 500,000", "a br_table has 500000 targets", Block(Void), LocalGet(0), BrTable(make([]uint32, targets+1)...), End),
		running("4 MB of straight code", "bytes of code", Repeat(4<<20, Code(LocalGet(1), I32Const(7), I32Add, LocalSet(1)))),
		running("400 KB of small blocks", "too long to compile", Repeat(400<<10, Code(LocalGet(0), If(Void), LocalGet(0), LocalSet(1), End))),
		running("400 KB of branches to one place", "too long to compile", Block(Void), Repeat(400<<10, Code(LocalGet(0), BrIf(0))), End),
		running("400 KB of fills", "too long to compile", Repeat(400<<10, Code(I32Const(0), I32Const(0), I32Const(0), Misc(11, 0)))),
		refused("blocks with many locals", "too long to compile", sound(func(m *Module) {
			m.Funcs[1].Locals = slices.Repeat([]byte{I32}, 4000)
			m.Funcs[1].Code = Code(Repeat(8000, Code(LocalGet(0), If(Void), LocalGet(1), LocalSet(2), End)), answering())
		})),
		refused("many functions at the limit", "make an effort of", sound(func(m *Module) {
			block := Code(LocalGet(0), If(Void), LocalGet(0), LocalSet(0), End)
			f := Func{Type: Sig([]byte{I32}, nil), Code: slices.Repeat(block, 3000)}
			m.Funcs = append(m.Funcs, slices.Repeat([]Func{f}, 140)...)
		})),
		refused("a call of many results", "has 500 parameters or results", sound(func(m *Module) {
			m.Types = []Type{Sig(nil, slices.Repeat([]byte{I32}, 500))}
		})),
		refused("50,000 locals", "locals, the limit is", sound(func(m *Module) { m.Funcs[1].Locals = slices.Repeat([]byte{I64}, 50_000) })),
		refused("2 billion locals", "locals, the limit is", sound(func(m *Module) {
			m.Types = []Type{Sig(nil, nil)}
			m.Funcs, m.Exports = nil, nil
			body := slices.Concat(Vec(append(U(1<<31-1), I32)), []byte{End})
			m.Sections = [][]byte{Section(10, Vec(append(U(uint64(len(body))), body...)))}
			m.RawFunctions = Section(3, Vec(U(0)))
		})),
		refused("60,000 functions", "functions, the limit is", sound(func(m *Module) {
			m.Funcs = append(m.Funcs, slices.Repeat([]Func{{Type: Sig(nil, nil)}}, 60_000)...)
		})),
		refused("a table of 10 million", "begins with 10000000 elements", sound(func(m *Module) {
			m.Tables = []TableDef{{Type: FuncRef, Min: 10_000_000, Max: -1}}
		})),
		refused("a memory of 4 GiB", "begins with 65536 pages", sound(func(m *Module) { m.Pages = 65536 })),
		refused("two memories", "has 2 memories", sound(func(m *Module) { m.RawMemories = Section(5, Vec([]byte{0, 1}, []byte{0, 1})) })),
		refused("no memory", "has no memory", Module{Types: []Type{Sig(nil, nil)}}),
		refused("a start function", "start function", sound(func(m *Module) {
			m.Funcs = append(m.Funcs, Func{Type: Sig(nil, nil)})
			m.Start = 5
		})),
		refused("an import that isn't there", "imports env.system", sound(func(m *Module) { m.Imports = []Import{{Module: "env", Name: "system", Type: Sig(nil, nil)}} })),
		refused("an import of another type", "it is iii->", sound(func(m *Module) { m.Imports = []Import{{Module: HostModule, Name: "log", Type: Sig(nil, nil)}} })),
		refused("the tick imported", "sandbox's own", sound(func(m *Module) {
			m.Imports = []Import{{Module: "drawbridge_fuel", Name: "tick", Type: Sig(nil, nil)}}
		})),
		refused("an imported memory", "imports the memory env.memory", sound(func(m *Module) { m.RawImports = [][]byte{slices.Concat(Str("env"), Str("memory"), []byte{2, 0, 1})} })),
		refused("an imported table", "imports the table env.table", sound(func(m *Module) {
			m.RawImports = [][]byte{slices.Concat(Str("env"), Str("table"), []byte{1, FuncRef, 0, 1})}
		})),
		refused("an imported global", "imports the global env.g", sound(func(m *Module) { m.RawImports = [][]byte{slices.Concat(Str("env"), Str("g"), []byte{3, I32, 1})} })),
		refused("a mutable vector", "mutable v128", sound(func(m *Module) {
			m.Globals = []GlobalDef{{Type: V128, Mutable: true, Init: append([]byte{0xfd, 0x0c}, make([]byte, 16)...)}}
		})),
		refused("a mutable reference", "mutable externref", sound(func(m *Module) {
			m.Globals = []GlobalDef{{Type: ExternRef, Mutable: true, Init: []byte{0xd0, ExternRef}}}
		})),
		refused("an export of the sandbox's", "sandbox's own", sound(func(m *Module) {
			m.Globals = []GlobalDef{{Type: I64, Mutable: true, Init: I64Const(0), Export: "drawbridge.fuel"}}
		})),
		running("the fuel's own global", "names the global 0, there are 0", I64Const(1<<62), GlobalSet(0)),
		running("a function beyond the end", "names the function 4, there are 4", Call(4)),
		running("the fuel's own local", "names the local 3, there are 3", LocalGet(3), Drop),
		running("a branch out of the function", "goes out of 2 blocks, it is in 1", Block(Void), Br(2), End),
		running("a table of branches out of the function", "goes out of 1 blocks, it is in 0", LocalGet(0), BrTable(0, 1)),
		table("table.set", I32Const(0), []byte{0xd0, FuncRef}, []byte{0x26, 0}),
		table("table.grow", []byte{0xd0, FuncRef}, I32Const(1<<24), Misc(15, 0), Drop),
		table("table.fill", I32Const(0), []byte{0xd0, FuncRef}, I32Const(1), Misc(17, 0)),
		table("table.copy", I32Const(0), I32Const(0), I32Const(1), Misc(14, 0, 1)),
		table("table.init", I32Const(0), I32Const(0), I32Const(1), Misc(12, 1, 0)),
		segments("elem.drop", Misc(13, 0)),
		segments("data.drop", Misc(9, 0)),
		running("a tail call", "tail call", []byte{0x12, 0}),
		running("an exception", "exception-handling", []byte{0x08, 0}),
		running("an atomic access", "threads", []byte{0xfe, 0x10, 2, 0}),
		running("an unknown instruction", "is unknown", []byte{0x27}),
		// To a compiler that reads one byte of the number, a loop stands here.
		running("a loop behind a vector instruction", "relaxed SIMD", []byte{0xfd, 0x80, 0x03, Void, 0x0c, 0, End}),
		running("instructions after the end", "follow the end", End, Nop),
		running("an else without if", "belongs to no if", Block(Void), Else, End),
	}
}
