package wasm

// Names of what Instrument exports.
const (
	// FuelExport is a mutable i64 global: what is left until the next tick.
	FuelExport = OwnPrefix + "fuel"
	// StackExport is a mutable i64 global: the bytes of stack that are left, by
	// an estimate. It is below zero after a call that trapped for want of stack.
	StackExport = OwnPrefix + "stack"

	globalExport = OwnPrefix + "global."
)

// Options are what Instrument can be told.
type Options struct {
	// Stack is how many bytes of stack a call may take, by an
	// estimate; 0 stands for DefaultStack.
	Stack int
}

// DefaultStack is the stack that a call may take, in bytes. It is enough for
// 30,000 calls of usual functions one within another, and for 850 of the
// interpreter of QuickJS. wazero's own limit comes after 50 MB, when it has taken
// 160 to 290 MB: it doubles the stack and copies it.
const DefaultStack = 8 << 20

// Layout tells where an instrumented module keeps what a snapshot must hold
// beside its memory.
type Layout struct {
	// Globals are all mutable globals, by index, with the fuel and the stack.
	Globals []MutableGlobal
	// Tick is the index of the imported function that is called when the fuel is
	// used up. Functions of the module's own come one index later than before.
	Tick uint32
	// TableElements is how many elements the tables have at the start, in all.
	TableElements int
}

// MutableGlobal is one mutable global.
type MutableGlobal struct {
	Index  uint32
	Type   ValueType // I32, I64, F32 or F64
	Export string    // the name that it is exported as
}
