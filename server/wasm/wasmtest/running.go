package wasmtest

import (
	"slices"
	"strings"
)

// Misbehaving are modules that may be compiled. They do harm when they run.
func Misbehaving() []Case {
	runs := func(name string, run Outcome, m Module) Case { return Case{Name: name, Bytes: made(m), Run: run} }
	does := func(name string, run Outcome, code ...any) Case { return runs(name, run, Running(Code(code...))) }
	flood := func(name string, sig Type, args ...any) Case {
		function, _, _ := strings.Cut(name, " ")
		imp := Import{Module: HostModule, Name: function, Type: sig}
		drop := slices.Repeat([]byte{Drop}, len(sig.Results))
		return runs("a flood of "+name, Endless, Running(Code(append(append([]any{Loop(Void)}, args...), Call(0), drop, Br(0), End, Unreachable)...), imp))
	}
	return []Case{
		runs("nothing wrong", Answers, Connector(Answer)),
		{Name: "4 Gi names", Bytes: Names4G, Run: Answers},
		does("an endless loop", Endless, Loop(Void), Br(0), End, Unreachable),
		runs("an endless loop with a value", Endless, loopWithValue()),
		does("an endless loop over a jump table", Endless, Loop(Void), Block(Void), LocalGet(0), BrTable(1, 0, 1), End, Br(0), End, Unreachable),
		does("a loop over long straight code", Endless, Loop(Void), Repeat(100<<10, Code(LocalGet(1), I32Const(7), I32Mul, LocalSet(1))), Br(0), End, Unreachable),
		does("a loop of fills of all memory", Endless, Loop(Void), I32Const(0), I32Const(0), MemorySize(), I32Const(16), I32Shl, Misc(11, 0), Br(0), End, Unreachable),
		does("a loop of growth that fails", Endless, Loop(Void), I32Const(65535), MemoryGrow(), Drop, Br(0), End, Unreachable),
		does("growth to the limit", Answers, Loop(Void), I32Const(1), MemoryGrow(), I32Const(-1), I32Ne, BrIf(0), End, answering()),
		does("growth to the limit, touched", Answers, Loop(Void),
			I32Const(16), MemoryGrow(), LocalTee(1), I32Const(-1), I32Ne, If(Void),
			LocalGet(1), I32Const(16), I32Shl, I32Const(1), I32Const(16<<16), Misc(11, 0), Br(1), End,
			End, answering()),
		runs("endless recursion", Overflows, recursion(nil)),
		runs("endless recursion with large frames", Overflows, recursion(slices.Repeat(Code(LocalGet(0), I32Load(0)), 2000))),
		runs("endless recursion through a table", Overflows, throughTable()),
		runs("calls that double", Endless, doubling()),
		does("a trap", Traps, Unreachable),
		does("a read outside of memory", Traps, I32Const(-4), I32Load(0), Drop, answering()),
		does("a division by zero", Traps, I32Const(1), I32Const(0), I32DivS, Drop, answering()),
		does("an answer of 4 GiB", Giant, I64Const(1<<32-1)),
		does("an answer of 1 GB", Giant, I64Const(1<<30)),
		does("an answer of 1 GB at the end of memory", Giant, I64Const(0xffff<<32|1<<30)),
		does("an answer of 9 MiB", Giant, I64Const(9<<20)),
		does("an answer outside of memory", Giant, I64Const(-1)),
		flood("now", Sig(nil, []byte{I64})),
		flood("log", Sig([]byte{I32, I32, I32}, nil), I32Const(0), I32Const(0), I32Const(1000)),
		flood("log of much", Sig([]byte{I32, I32, I32}, nil), I32Const(0), I32Const(0), I32Const(2<<16)),
		flood("random", Sig([]byte{I32, I32}, []byte{I32}), I32Const(0), I32Const(65536)),
		flood("http", Sig([]byte{I32, I32}, []byte{I32}), I32Const(0), I32Const(int32(len(Answer)))),
		flood("progress", Sig([]byte{I32, I32}, nil), I32Const(0), I32Const(1000)),
		flood("blob_write", Sig([]byte{I32, I32, I32}, []byte{I32}), I32Const(0), I32Const(0), I32Const(65536)),
		runs("a flood of lines on standard error, of all memory a thousand times at once", Endless, printing()),
		flood("kv_get", Sig([]byte{I32, I32}, []byte{I32}), I32Const(0), I32Const(2)),
	}
}

// printing prints 15 MiB of memory by each of a thousand places of one call of
// fd_write, again and again.
func printing() Module {
	const vectors, size = 1000, 15 << 20
	m := Running(Code(
		I32Const(238), MemoryGrow(), Drop,
		Loop(Void), LocalGet(1), I32Const(8), I32Mul, I32Const(size), Access(0x36, 4), // the length of each; it begins at 0
		LocalGet(1), I32Const(1), I32Add, LocalTee(1), I32Const(vectors), I32LtU, BrIf(0), End,
		Loop(Void), I32Const(2), I32Const(0), I32Const(vectors), I32Const(65536), Call(0), Drop, Br(0), End, Unreachable,
	), Import{Module: WASI, Name: "fd_write", Type: Sig([]byte{I32, I32, I32, I32}, []byte{I32})})
	return m
}

// recursion calls itself under what before leaves on the stack.
func recursion(before []byte) Module {
	m := Running(Code(LocalGet(0), Call(4), Drop, answering()))
	sums := slices.Repeat([]byte{Drop}, len(before)/5)
	m.Funcs = append(m.Funcs, Func{Type: Sig([]byte{I32}, []byte{I32}), Code: Code(before, LocalGet(0), Call(4), LocalSet(0), sums, LocalGet(0))})
	return m
}

func throughTable() Module {
	m := Running(Code(LocalGet(0), I32Const(0), CallIndirect(0, 0), Drop, answering()))
	m.Types = []Type{Sig([]byte{I32}, []byte{I32})}
	m.Tables = []TableDef{{Type: FuncRef, Min: 1, Max: -1}}
	m.Elements = [][]byte{Functions(0, 4)}
	m.Funcs = append(m.Funcs, Func{Type: m.Types[0], Code: Code(LocalGet(0), I32Const(0), CallIndirect(0, 0), I32Const(1), I32Add)})
	return m
}

// doubling has 64 functions without a loop, each of which calls the next twice.
func doubling() Module {
	m := Running(Code(Call(4), answering()))
	for i := range uint32(64) {
		m.Funcs = append(m.Funcs, Func{Type: Sig(nil, nil), Code: Code(Call(5+i), Call(5+i))})
	}
	m.Funcs = append(m.Funcs, Func{Type: Sig(nil, nil)})
	return m
}

// loopWithValue carries a value from pass to pass.
func loopWithValue() Module {
	m := Running(Code(I64Const(1), Typed(3, 0), Br(0), End))
	m.Types = []Type{Sig([]byte{I64}, []byte{I64})}
	return m
}
