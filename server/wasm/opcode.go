package wasm

// Opcodes that the package names. The others are known to the tables below by
// what follows them alone.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI64LtS       = 0x53
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64ShrU      = 0x88
	opI64ExtendU   = 0xad
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	prefixMisc     = 0xfc
	prefixVector   = 0xfd
	typeVoid       = 0x40

	// Instructions with a prefix: the prefix, then the number.
	opMemoryInit = prefixMisc<<8 | 8
	opDataDrop   = prefixMisc<<8 | 9
	opMemoryCopy = prefixMisc<<8 | 10
	opMemoryFill = prefixMisc<<8 | 11
	opTableInit  = prefixMisc<<8 | 12
	opElemDrop   = prefixMisc<<8 | 13
	opTableCopy  = prefixMisc<<8 | 14
	opTableGrow  = prefixMisc<<8 | 15
	opTableFill  = prefixMisc<<8 | 17
)

// immediate is what follows an opcode.
type immediate byte

const (
	immUnknown     immediate = iota
	immNone                  // nothing
	immBlock                 // a block type
	immIndex                 // an index
	immIndices               // two indices
	immTargets               // the targets of br_table
	immMemory                // alignment and offset
	immMemoryLane            // alignment, offset and lane
	immLane                  // a lane
	immZero                  // a reserved byte
	immZeros                 // two reserved bytes
	immIndexZero             // an index and a reserved byte
	immI32                   // a constant
	immI64                   // a constant
	immF32                   // a constant
	immF64                   // a constant
	imm16                    // 16 bytes
	immTypes                 // the one type of select
	immRef                   // a reference type
	immException             // refused: exceptions
	immTailCall              // refused: tail calls
	immFunctionRef           // refused: typed function references
	immGC                    // refused: garbage collection
	immThreads               // refused: threads
)

// refusedFeature says for an instruction of a feature that is off what to do.
var refusedFeature = map[immediate]string{
	immException:   "is of the exception-handling feature: build without it",
	immTailCall:    "is a tail call: build without the tail-call feature",
	immFunctionRef: "is of the function-references feature: build without it",
	immGC:          "is of the garbage-collection feature: build without it",
	immThreads:     "is of the threads feature: build without threads",
}

// opcodes tells what follows each opcode of one byte (spec 5.4).
var opcodes = func() (t [256]immediate) {
	fill := func(from, to int, i immediate) {
		for op := from; op <= to; op++ {
			t[op] = i
		}
	}
	fill(0x00, 0x01, immNone) // unreachable, nop
	fill(0x02, 0x04, immBlock)
	t[opElse] = immNone
	fill(0x06, 0x0a, immException)
	t[opEnd] = immNone
	fill(0x0c, 0x0d, immIndex) // br, br_if
	t[opBrTable] = immTargets
	t[opReturn] = immNone
	t[opCall] = immIndex
	t[opCallIndirect] = immIndices
	fill(0x12, 0x13, immTailCall)
	fill(0x14, 0x15, immFunctionRef)
	fill(0x18, 0x19, immException)
	fill(0x1a, 0x1b, immNone) // drop, select
	t[0x1c] = immTypes
	t[0x1f] = immException
	fill(0x20, 0x26, immIndex)  // local, global, table
	fill(0x28, 0x3e, immMemory) // loads and stores
	fill(0x3f, 0x40, immZero)   // memory.size, memory.grow
	t[opI32Const], t[opI64Const], t[opF32Const], t[opF64Const] = immI32, immI64, immF32, immF64
	fill(0x45, 0xc4, immNone) // numbers, sign extension
	t[opRefNull] = immRef
	t[0xd1] = immNone // ref.is_null
	t[opRefFunc] = immIndex
	t[0xd3] = immGC
	fill(0xd4, 0xd6, immFunctionRef)
	t[0xfb] = immGC
	t[0xfe] = immThreads
	return t
}()

// miscOpcodes tells what follows the instructions that begin with 0xfc.
var miscOpcodes = [...]immediate{
	immNone, immNone, immNone, immNone, immNone, immNone, immNone, immNone, // saturating truncation
	immIndexZero, immIndex, immZeros, immZero, // memory.init, data.drop, memory.copy, memory.fill
	immIndices, immIndex, immIndices, // table.init, elem.drop, table.copy
	immIndex, immIndex, immIndex, // table.grow, table.size, table.fill
}

// vectorOpcodes tells what follows the instructions that begin with 0xfd.
var vectorOpcodes = func() (t [256]immediate) {
	for op := range t {
		t[op] = immNone
	}
	for op := 0x00; op <= 0x0b; op++ {
		t[op] = immMemory
	}
	t[0x0c], t[0x0d] = imm16, imm16 // v128.const, i8x16.shuffle
	for op := 0x15; op <= 0x22; op++ {
		t[op] = immLane
	}
	for op := 0x54; op <= 0x5b; op++ {
		t[op] = immMemoryLane
	}
	t[0x5c], t[0x5d] = immMemory, immMemory
	for _, op := range []int{0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee} {
		t[op] = immUnknown
	}
	return t
}()
