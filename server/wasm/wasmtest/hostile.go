package wasmtest

import "slices"

// Outcome is what a call of a module's drawbridge_run comes to.
type Outcome int

// The outcomes.
const (
	Refused   Outcome = iota // never runs
	Answers                  // gives Answer
	Endless                  // doesn't end on its own: the tick must stop it
	Overflows                // traps for want of stack
	Traps                    // traps
	Giant                    // answers a length or a place that can't be
)

// Case is a hostile module and what must happen to it.
type Case struct {
	Name  string
	Bytes func() []byte
	Parse string // part of the reason for which it can't be read; empty: it can
	Check string // part of a problem that is told; empty: none is
	Run   Outcome
}

func fixed(parts ...[]byte) func() []byte {
	return func() []byte { return slices.Concat(append([][]byte{Header()}, parts...)...) }
}

func made(m Module) func() []byte { return m.Bytes }

// huge is the largest count there is, 4 Gi - 1.
var huge = U(1<<32 - 1)

// Malformed are modules that can't be read. Compilers that believe their counts
// take gigabytes for some of them.
func Malformed() []Case {
	refused := func(name, parse string, parts ...[]byte) Case {
		return Case{Name: name, Bytes: fixed(parts...), Parse: parse}
	}
	oneType := Section(1, Vec([]byte{0x60, 0, 0}))
	body := func(b ...[]byte) [][]byte {
		c := slices.Concat(b...)
		return [][]byte{oneType, Section(3, Vec(U(0))), Section(10, Vec(append(U(uint64(len(c))), c...)))}
	}
	return []Case{
		{Name: "empty", Bytes: func() []byte { return nil }, Parse: "header of version 1"},
		{Name: "text", Bytes: func() []byte { return []byte("(module)") }, Parse: "header of version 1"},
		{Name: "component", Bytes: func() []byte { return []byte{0, 'a', 's', 'm', 0xd, 0, 1, 0} }, Parse: "component"},
		{Name: "too large", Bytes: func() []byte { return append(Header(), make([]byte, 16<<20)...) }, Parse: "make the connector smaller"},
		refused("4 Gi data segments in 16 bytes", "it announces 4294967295 data segments", Section(11, huge, []byte{0})),
		refused("4 Gi elements", "4294967295 element segments", Section(9, huge)),
		refused("4 Gi types", "4294967295 types", Section(1, huge)),
		refused("4 Gi functions", "4294967295 functions", oneType, Section(3, huge)),
		refused("4 Gi imports", "4294967295 imports", Section(2, huge)),
		refused("4 Gi exports", "4294967295 exports", Section(7, huge)),
		refused("4 Gi globals", "4294967295 globals", Section(6, huge)),
		refused("4 Gi tables", "4294967295 tables", Section(4, huge)),
		refused("4 Gi bodies", "4294967295 function bodies", oneType, Section(10, huge)),
		refused("4 Gi groups of locals", "4294967295 groups of locals", body(huge, []byte{End})...),
		refused("4 Gi locals", "more than 2 billion locals", body(Vec(append(huge, I32)), []byte{End})...),
		refused("a name of 4 GB", "4294967295 bytes of the module of an import", Section(2, U(1), huge, []byte{0, 0, 0})),
		refused("data of 4 GB", "4294967295 bytes of data", Section(5, Vec([]byte{0, 1})), Section(11, U(1), []byte{1}, huge)),
		refused("a data count alone", "announces 4294967295 data segments and there are 0", Section(12, huge)),
		refused("section beyond the end", "cut off", []byte{1, 100, 0}),
		refused("section twice", "twice or out of order", oneType, oneType),
		refused("sections out of order", "twice or out of order", Section(3, Vec()), oneType),
		refused("a section too long", "1 bytes follow its contents", Section(1, Vec([]byte{0x60, 0, 0}), []byte{0})),
		refused("unknown section", "section 14 is unknown", Section(14)),
		refused("tags", "exception handling", Section(13, Vec())),
		refused("a name that is no text", "not UTF-8", Section(2, U(1), Str("\xff"), Str("f"), []byte{0, 0})),
		refused("a number too long", "not a number of 32 bits", Section(1, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0})),
		refused("shared memory", "without threads", Section(5, Vec([]byte{3, 1, 1}))),
		refused("memory of 64 bits", "build for wasm32", Section(5, Vec([]byte{4, 1}))),
		refused("memory of 5 GiB", "65,536 pages", Section(5, Vec(append([]byte{0}, U(80000)...)))),
		refused("least above most", "at least 2 and at most 1", Section(5, Vec([]byte{1, 2, 1}))),
		refused("a computed initial value", "extended-const", Section(6, Vec(Code(I32, byte(0), I32Const(1), I32Const(1), I32Add, End)))),
		refused("an initial value from the future", "global 0, which isn't there yet", Section(6, Vec(Code(I32, byte(0), GlobalGet(0), End)))),
		refused("struct types", "without the GC feature", Section(1, Vec([]byte{0x5f, 0, 0}))),
		refused("recursive types", "without the GC feature", Section(1, Vec([]byte{0x4e, 1, 0x60, 0, 0}))),
		refused("typed references", "function-references", Section(1, Vec([]byte{0x60, 1, 0x64, 0, 0}))),
		refused("functions without code", "1 functions are declared and 0 have code", oneType, Section(3, Vec(U(0)))),
		refused("a body without end", "has no end", body([]byte{0, Nop})...),
		refused("an unknown type", "has the type 7, there are 1 types", oneType, Section(3, Vec(U(7))), Section(10, Vec(Body(nil, nil)))),
		refused("an export of nothing", "exports the function 5, there are 0", Section(7, Vec(append(Str("f"), 0, 5)))),
		refused("a name exported twice", "exported twice", Section(5, Vec([]byte{0, 1})), Section(7, Vec(append(Str("m"), 2, 0), append(Str("m"), 2, 0)))),
	}
}

// Names4G is a sound connector whose name section announces 4 Gi names, for
// which wazero takes 100 GB when it sees it.
func Names4G() []byte {
	return slices.Concat(Connector(Answer).Bytes(), Section(0, Str("name"), Section(1, huge)))
}
