package wasm

// Policy says what Check lets through. The zero value of a limit stands for its
// default.
type Policy struct {
	// Import answers the signature, as FuncType.Signature writes it, of a
	// function that modules may import; ok is false for any other. Nil allows
	// none.
	Import func(module, name string) (signature string, ok bool)

	FileBytes      int // of the whole file; 16 MiB
	Nesting        int // blocks one within another; 1,024, because Go's own runtime nests 549
	BranchTargets  int // targets of one br_table; 4,096
	BodyBytes      int // instructions of one function, in bytes; 512 KiB
	CodeBytes      int // instructions of all functions, in bytes; 12 MiB
	FunctionEffort int // of compiling one function, in straight bytes of code; 1,500,000
	Effort         int // of compiling all functions, likewise; 60,000,000
	Functions      int // of the module's own; 50,000
	Locals         int // of one function with its parameters; 5,000
	AllLocals      int // of all functions; 1,000,000
	Arity          int // parameters or results of a function type; 128
	Types          int // 5,000
	Imports        int // 256
	Globals        int // 5,000
	Exports        int // 5,000
	Segments       int // data and element segments, each; 200,000
	Tables         int // 16
	TableElements  int // first size of a table; 100,000
	MemoryPages    int // first size of the memory in pages of 64 KiB; 1,024
	Problems       int // how many problems are told; 50
}

// withDefaults answers the policy with its limits set.
func (p Policy) withDefaults() Policy {
	for _, l := range []struct {
		limit *int
		value int
	}{
		{&p.FileBytes, MaxFile},
		{&p.Nesting, 1024},
		{&p.BranchTargets, 4096},
		{&p.BodyBytes, 512 << 10},
		{&p.CodeBytes, 12 << 20},
		{&p.FunctionEffort, 1_500_000},
		{&p.Effort, 60_000_000},
		{&p.Functions, 50_000},
		{&p.Locals, 5000},
		{&p.AllLocals, 1_000_000},
		{&p.Arity, 128},
		{&p.Types, 5000},
		{&p.Imports, 256},
		{&p.Globals, 5000},
		{&p.Exports, 5000},
		{&p.Segments, 200_000},
		{&p.Tables, 16},
		{&p.TableElements, 100_000},
		{&p.MemoryPages, 1024},
		{&p.Problems, 50},
	} {
		if *l.limit == 0 {
			*l.limit = l.value
		}
	}
	if p.Import == nil {
		p.Import = func(string, string) (string, bool) { return "", false }
	}
	return p
}
