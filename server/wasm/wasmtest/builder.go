// Package wasmtest makes WebAssembly modules for tests: small ones by hand, and
// the hostile ones that no toolchain would make. It is for tests alone.
package wasmtest

import (
	"encoding/binary"
	"slices"
)

// Value types.
const (
	I32       byte = 0x7f
	I64       byte = 0x7e
	F32       byte = 0x7d
	F64       byte = 0x7c
	V128      byte = 0x7b
	FuncRef   byte = 0x70
	ExternRef byte = 0x6f
	Void      byte = 0x40 // of a block
)

// Kinds of exports.
const (
	Function byte = iota
	Table
	Memory
	Global
)

// Type is the type of a function.
type Type struct{ Params, Results []byte }

// Import is an imported function.
type Import struct {
	Module, Name string
	Type
}

// Func is a function of the module's own.
type Func struct {
	Type
	Locals []byte // a type each
	Code   []byte // instructions without the final end
	Export string // empty: not exported
}

// GlobalDef is a global.
type GlobalDef struct {
	Type    byte
	Mutable bool
	Init    []byte // the expression without its end
	Export  string
}

// TableDef is a table.
type TableDef struct {
	Type byte
	Min  uint32
	Max  int // -1 without
}

// Data is a data segment: active at an address, or passive.
type Data struct {
	At      int32
	Offset  []byte // the code of the address, instead of At
	Passive bool
	Bytes   []byte
}

// Module is a module that is being made. The zero value is an empty one.
type Module struct {
	Types     []Type // those that blocks name by index come first
	Imports   []Import
	Funcs     []Func
	Tables    []TableDef
	Pages     int // of memory, exported as "memory"; 0 without
	MaxPages  int
	Globals   []GlobalDef
	Exports   [][]byte // raw, beside those of the parts
	Elements  [][]byte // raw segments
	Data      []Data
	DataCount bool
	Start     int // function index + 1
	Names     map[uint32]string
	Sections  [][]byte // raw, put before the code
	Customs   map[string][]byte

	RawImports                [][]byte // put after the imports
	RawFunctions, RawMemories []byte   // whole sections in the place of those made
}

// U is an unsigned LEB128 number.
func U(v uint64) []byte { return binary.AppendUvarint(nil, v) }

// S is a signed LEB128 number.
func S(v int64) []byte {
	var b []byte
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// Str is a string with its length.
func Str(s string) []byte { return append(U(uint64(len(s))), s...) }

// Vec is a list with its count.
func Vec(items ...[]byte) []byte { return append(U(uint64(len(items))), slices.Concat(items...)...) }

// Section is a section with its size.
func Section(id byte, body ...[]byte) []byte {
	b := slices.Concat(body...)
	return slices.Concat([]byte{id}, U(uint64(len(b))), b)
}

// Header begins every module.
func Header() []byte { return []byte{0, 'a', 's', 'm', 1, 0, 0, 0} }

func (m *Module) typeIndex(t Type) []byte {
	i := slices.IndexFunc(m.Types, func(o Type) bool { return slices.Equal(o.Params, t.Params) && slices.Equal(o.Results, t.Results) })
	if i < 0 {
		i = len(m.Types)
		m.Types = append(m.Types, t)
	}
	return U(uint64(i))
}

// Bytes assembles the module. The same module gives the same bytes.
func (m Module) Bytes() []byte {
	m.Types = slices.Clone(m.Types)
	var imports, functions, exports, code, globals, tables, data [][]byte
	for _, i := range m.Imports {
		imports = append(imports, slices.Concat(Str(i.Module), Str(i.Name), []byte{Function}, m.typeIndex(i.Type)))
	}
	for n, f := range m.Funcs {
		functions = append(functions, m.typeIndex(f.Type))
		code = append(code, Body(f.Locals, f.Code))
		if f.Export != "" {
			exports = append(exports, slices.Concat(Str(f.Export), []byte{Function}, U(uint64(len(m.Imports)+n))))
		}
	}
	for n, g := range m.Globals {
		mutable := byte(0)
		if g.Mutable {
			mutable = 1
		}
		globals = append(globals, slices.Concat([]byte{g.Type, mutable}, g.Init, []byte{End}))
		if g.Export != "" {
			exports = append(exports, slices.Concat(Str(g.Export), []byte{Global}, U(uint64(n))))
		}
	}
	for _, t := range m.Tables {
		tables = append(tables, append([]byte{t.Type}, limits(t.Min, t.Max)...))
	}
	for _, d := range m.Data {
		offset := d.Offset
		if offset == nil {
			offset = I32Const(d.At)
		}
		if d.Passive {
			data = append(data, slices.Concat([]byte{1}, Str(string(d.Bytes))))
		} else {
			data = append(data, slices.Concat([]byte{0}, offset, []byte{End}, Str(string(d.Bytes))))
		}
	}
	out := Header()
	add := func(id byte, items [][]byte) {
		if len(items) > 0 {
			out = append(out, Section(id, Vec(items...))...)
		}
	}
	var types [][]byte
	for _, t := range m.Types {
		types = append(types, slices.Concat([]byte{0x60}, Str(string(t.Params)), Str(string(t.Results))))
	}
	add(1, types)
	add(2, append(imports, m.RawImports...))
	add(3, functions)
	out = append(out, m.RawFunctions...)
	add(4, tables)
	if m.Pages > 0 && m.RawMemories == nil {
		most := m.MaxPages
		if most == 0 {
			most = -1
		}
		add(5, [][]byte{limits(uint32(m.Pages), most)})
		exports = append(exports, append(Str("memory"), Memory, 0))
	}
	out = append(out, m.RawMemories...)
	add(6, globals)
	add(7, append(exports, m.Exports...))
	if m.Start > 0 {
		out = append(out, Section(8, U(uint64(m.Start-1)))...)
	}
	add(9, m.Elements)
	if m.DataCount {
		out = append(out, Section(12, U(uint64(len(data))))...)
	}
	out = append(out, slices.Concat(m.Sections...)...)
	add(10, code)
	add(11, data)
	return append(out, m.custom()...)
}

// custom writes the names and the custom sections, in the order of their names.
func (m Module) custom() []byte {
	var out []byte
	if len(m.Names) > 0 {
		var list [][]byte
		var keys []uint32
		for k := range m.Names {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			list = append(list, append(U(uint64(k)), Str(m.Names[k])...))
		}
		out = append(out, Section(0, Str("name"), Section(1, Vec(list...)))...)
	}
	var keys []string
	for k := range m.Customs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		out = append(out, Section(0, Str(k), m.Customs[k])...)
	}
	return out
}

func limits(least uint32, most int) []byte {
	if most < 0 {
		return append([]byte{0}, U(uint64(least))...)
	}
	return slices.Concat([]byte{1}, U(uint64(least)), U(uint64(most)))
}

// Body is the body of a function with its size.
func Body(locals, code []byte) []byte {
	var groups [][]byte
	for i := 0; i < len(locals); {
		n := 1
		for i+n < len(locals) && locals[i+n] == locals[i] {
			n++
		}
		groups = append(groups, append(U(uint64(n)), locals[i]))
		i += n
	}
	b := slices.Concat(Vec(groups...), code, []byte{End})
	return append(U(uint64(len(b))), b...)
}
