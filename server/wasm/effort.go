package wasm

// effort estimates how long the compiler takes for a function, and how much
// memory. A byte of straight code is the unit. A few bytes can make much work:
// the compiler joins every local at every block, keeps the blocks around each
// block, copies what a branch carries, and its time grows with the square of
// the number of basic blocks. With wazero 1.12 a unit takes 0.1 to 0.6 µs and at
// most 400 bytes, so that the limits of Policy stand for 0.9 s and 0.4 GiB for a
// function and for half a minute in all. The largest function of QuickJS makes
// 440,000 units, of a Go program 290,000; the bundled connectors in Go make 18
// million in all.
type effort struct {
	*Module
	locals int
	wide   int // the most values that a branch may carry
	sum    int
	blocks int // basic blocks, with those that Instrument adds
}

// What things cost beside their bytes, measured with 100,000 of each.
const (
	effortJoin     = 4   // a local at a block; twice at a loop
	effortTarget   = 30  // a target of br_table
	effortValue    = 4   // a value that is passed
	effortCall     = 10  // call
	effortIndirect = 40  // call_indirect
	effortTrap     = 25  // division, truncation, table.get
	effortBulk     = 100 // memory.copy and the like, memory.grow
	effortSquare   = 57  // the square of the basic blocks is divided by it
)

// total answers the effort of what was added.
func (e *effort) total() int { return e.sum + e.blocks*e.blocks/effortSquare }

func (e *effort) add(i *instruction) {
	e.sum += i.end - i.start
	switch op := i.op; {
	case op == opBlock || op == opIf:
		e.sum += effortJoin*e.locals + i.depth/4
		e.blocks += 1 + int(op-opBlock)/2
		e.block(i)
	case op == opLoop:
		e.sum += 2*effortJoin*e.locals + i.depth
		e.blocks += 3
		e.block(i)
	case op == opBr || op == opReturn:
		e.sum += effortValue * e.wide
	case op == opBrIf:
		e.sum += effortValue * e.wide
		e.blocks += 2
	case op == opBrTable:
		e.sum += int(i.index) * (effortTarget + effortValue*e.wide)
		e.blocks++
	case op == opCall:
		e.sum += effortCall
		e.values(e.functionType(i.index))
	case op == opCallIndirect:
		e.sum += effortIndirect
		e.pass(i.index)
	case traps(op):
		e.sum += effortTrap
	case op == opMemoryCopy || op == opMemoryFill || op == opMemoryInit || op == opMemoryGrow:
		e.sum += effortBulk
		e.blocks += 2
	}
}

// traps reports whether an instruction is a division, a truncation or
// table.get, each of which the compiler makes many of.
func traps(op uint16) bool {
	return op >= 0x6d && op <= 0x70 || op >= 0x7f && op <= 0x82 || op >= 0xa8 && op <= 0xab || op >= 0xae && op <= 0xb1 ||
		op == opTableGet || op >= prefixMisc<<8 && op < opMemoryInit
}

// block counts what a block of a function type takes and gives.
func (e *effort) block(i *instruction) {
	if i.index < blockValue {
		e.wide = max(e.wide, e.pass(i.index))
	}
}

// pass counts the values of a type and answers how many there are.
func (e *effort) pass(t uint32) int {
	if int(t) >= len(e.Types) {
		return 0
	}
	return e.values(e.Types[t])
}

func (e *effort) values(t FuncType) int {
	n := len(t.Params) + len(t.Results)
	e.sum += effortValue * n
	return n
}
