package wasm

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 16 << 20

// The most of each kind that Parse reads. They keep the decoded form in
// proportion to the file; Policy has lower ones.
const (
	maxSections  = 4096
	maxTypes     = 32 << 10
	maxImports   = 4096
	maxFunctions = 128 << 10
	maxTables    = 256
	maxGlobals   = 32 << 10
	maxExports   = 32 << 10
	maxSegments  = 256 << 10
	maxTypeArity = 1000
	maxName      = 4096
	headerSize   = 8
)

// ValueType is the type of a value as the format writes it (spec 5.3.1).
type ValueType byte

// The value types.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	FuncRef   ValueType = 0x70
	ExternRef ValueType = 0x6f
)

// String answers the type's name in the text format.
func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	}
	return "unknown type"
}

// IsRef reports whether the type is a reference.
func (t ValueType) IsRef() bool { return t == FuncRef || t == ExternRef }

// Range is a part of the file, from Start to before End.
type Range struct{ Start, End int }

// SectionID is the number of a section (spec 5.5.2).
type SectionID byte

// The sections.
const (
	SectionCustom SectionID = iota
	SectionType
	SectionImport
	SectionFunction
	SectionTable
	SectionMemory
	SectionGlobal
	SectionExport
	SectionStart
	SectionElement
	SectionCode
	SectionData
	SectionDataCount
)

var sectionNames = [...]string{"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count"}

// String answers the section's name.
func (id SectionID) String() string {
	if int(id) < len(sectionNames) {
		return sectionNames[id]
	}
	return "unknown"
}

// Section is one section of the file.
type Section struct {
	ID   SectionID
	All  Range  // with id and size
	Body Range  // the contents; of a custom section, what follows its name
	Name string // of a custom section
}

// FuncType is the type of a function. Its parts alias the file.
type FuncType struct {
	Params, Results []byte // each byte a ValueType
}

// Signature writes the type as i (i32), I (i64), f, F and ? for others, with an
// arrow between parameters and results: "ii->I".
func (t FuncType) Signature() string {
	b := make([]byte, 0, len(t.Params)+len(t.Results)+2)
	for _, p := range t.Params {
		b = append(b, letter(ValueType(p)))
	}
	b = append(b, "->"...)
	for _, p := range t.Results {
		b = append(b, letter(ValueType(p)))
	}
	return string(b)
}

func letter(t ValueType) byte {
	switch t {
	case I32:
		return 'i'
	case I64:
		return 'I'
	case F32:
		return 'f'
	case F64:
		return 'F'
	default:
		return '?'
	}
}

// Kind is what an import or an export is.
type Kind byte

// The kinds.
const (
	KindFunction Kind = iota
	KindTable
	KindMemory
	KindGlobal
)

// String answers the kind's name.
func (k Kind) String() string {
	return [...]string{"function", "table", "memory", "global"}[k&3]
}

// Import is one import.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         uint32 // of a function: index of its type
	Offset       int
}

// Limits bound a table, in elements, or a memory, in pages of 64 KiB.
type Limits struct {
	Min, Max uint32
	HasMax   bool
}

// Table is one table of the module's own.
type Table struct {
	Type ValueType
	Limits
	Offset int
}

// Memory is one memory of the module's own.
type Memory struct {
	Limits
	Offset int
}

// Global is one global of the module's own.
type Global struct {
	Type    ValueType
	Mutable bool
	Init    Range // the expression with its end
	Offset  int
}

// Export is one export.
type Export struct {
	Name   string
	Kind   Kind
	Index  uint32
	Offset int
}

// SegmentMode says when a segment is used.
type SegmentMode byte

// The modes.
const (
	Active      SegmentMode = iota // copied when the module is instantiated
	Passive                        // copied by an instruction
	Declarative                    // never copied; elements alone
)

// Element is one element segment.
type Element struct {
	Mode        SegmentMode
	Type        ValueType
	Table       uint32
	Offset      Range // of an active one: the expression with its end
	Expressions bool  // items are expressions, not function indices
	Items       Range // the items after their count
	Count       int
	At          int
}

// Data is one data segment.
type Data struct {
	Mode   SegmentMode
	Offset Range // of an active one: the expression with its end
	Bytes  Range
	At     int
}

// Code is the body of one function of the module's own.
type Code struct {
	Locals     Range // declarations with their count
	Body       Range // instructions with the final end
	LocalCount int   // declared locals, without parameters
}

// Module is a decoded module. It aliases the file it was read from.
type Module struct {
	File      []byte
	Sections  []Section
	Types     []FuncType
	Imports   []Import
	Functions []uint32 // index of the type of each function of its own
	Tables    []Table
	Memories  []Memory
	Globals   []Global
	Exports   []Export
	Start     int // index of the start function, -1 without
	Elements  []Element
	DataCount int // -1 without
	Data      []Data
	Code      []Code

	imported [4]int // imports by kind
}

// Imported answers how many imports of a kind there are. They come first in the
// kind's index space.
func (m *Module) Imported(k Kind) int { return m.imported[k&3] }

// FunctionCount answers how many functions there are with the imported ones.
func (m *Module) FunctionCount() int { return m.imported[KindFunction] + len(m.Functions) }

// GlobalCount answers how many globals there are with the imported ones.
func (m *Module) GlobalCount() int { return m.imported[KindGlobal] + len(m.Globals) }

// FunctionType answers the type of a function of the module's own, counted from
// the first that isn't imported.
func (m *Module) FunctionType(own int) FuncType { return m.Types[m.Functions[own]] }

func (m *Module) bytes(r Range) []byte { return m.File[r.Start:r.End] }
