package wasmtest

// Arithmetic is a tight loop: run(n) answers a number made in n passes.
func Arithmetic() []byte {
	return Module{Pages: 1, Funcs: []Func{{
		Type: Type{[]byte{I32}, []byte{I32}}, Locals: []byte{I32}, Export: "run",
		Code: Code(
			Loop(Void),
			LocalGet(1), I32Const(31), I32Mul, LocalGet(0), I32Add, LocalSet(1),
			LocalGet(1), LocalGet(1), I32Const(13), I32ShrU, I32Xor, LocalSet(1),
			LocalGet(0), I32Const(1), I32Sub, LocalTee(0), BrIf(0),
			End, LocalGet(1)),
	}}}.Bytes()
}

// Fibonacci calls itself twice: run(n).
func Fibonacci() []byte {
	return Module{Pages: 1, Funcs: []Func{{
		Type: Type{[]byte{I32}, []byte{I32}}, Export: "run",
		Code: Code(
			LocalGet(0), I32Const(2), I32LtS, If(Void), LocalGet(0), Return, End,
			LocalGet(0), I32Const(1), I32Sub, Call(0),
			LocalGet(0), I32Const(2), I32Sub, Call(0), I32Add),
	}}}.Bytes()
}

// Sieve counts the primes below n, at most 65,536, in memory.
func Sieve() []byte {
	return Module{Pages: 1, Funcs: []Func{{
		Type: Type{[]byte{I32}, []byte{I32}}, Locals: []byte{I32, I32, I32}, Export: "run", // i, j, count
		Code: Code(
			I32Const(0), I32Const(0), LocalGet(0), Misc(11, 0), // memory.fill
			I32Const(2), LocalSet(1),
			Block(Void), Loop(Void),
			LocalGet(1), LocalGet(0), I32LtU, I32Eqz, BrIf(1),
			LocalGet(1), Access(0x2d, 0), I32Eqz, If(Void),
			LocalGet(3), I32Const(1), I32Add, LocalSet(3),
			LocalGet(1), LocalGet(1), I32Add, LocalSet(2),
			Block(Void), Loop(Void),
			LocalGet(2), LocalGet(0), I32LtU, I32Eqz, BrIf(1),
			LocalGet(2), I32Const(1), Access(0x3a, 0),
			LocalGet(2), LocalGet(1), I32Add, LocalSet(2), Br(0),
			End, End, End,
			LocalGet(1), I32Const(1), I32Add, LocalSet(1), Br(0),
			End, End, LocalGet(3)),
	}}}.Bytes()
}

// Filler has fill(n), which fills n bytes of memory, count(n), which counts to
// n, and straight(), of 20,000 instructions.
func Filler() []byte {
	one := Sig([]byte{I32}, nil)
	return Module{Pages: 1, Funcs: []Func{
		{Type: one, Export: "fill", Code: Code(I32Const(0), I32Const(1), LocalGet(0), Misc(11, 0))},
		{Type: one, Export: "count", Code: Code(Loop(Void), LocalGet(0), I32Const(1), I32Sub, LocalTee(0), BrIf(0), End)},
		{Type: one, Export: "straight", Code: Repeat(35_000, Code(LocalGet(0), I32Const(1), I32Add, LocalSet(0)))},
	}}.Bytes()
}
