package sandbox_test

import (
	"encoding/binary"
	"slices"
)

// A small assembler of modules, for guests that no toolchain would make.

// Codes of WebAssembly that the guests here need.
const (
	i32, i64           byte = 0x7f, 0x7e
	opUnreachable      byte = 0x00
	opLoop, opBr, opIf byte = 0x03, 0x0c, 0x04
	opEnd, opCall      byte = 0x0b, 0x10
	opDrop             byte = 0x1a
	opI32Const         byte = 0x41
	opI64Const         byte = 0x42
	opMemoryGrow       byte = 0x40
	voidBlock          byte = 0x40
)

// fn is a function: what it takes and gives, and its instructions.
type fn struct {
	params, results []byte
	code            []byte
}

// mod is a module: functions by the name they are exported as, the others
// imported.
type mod struct {
	imports []imported
	exports map[string]fn
	pages   int
	data    []byte // at address 0
	noMem   bool
}

type imported struct {
	module, name string
	fn
}

// guest answers a module that is a sound connector, which answers the data.
func guest(answer string) mod {
	packed := int64(len(answer))
	return mod{pages: 2, data: []byte(answer), exports: map[string]fn{
		"drawbridge_buf":    {nil, []byte{i64}, constI64(65536<<32 | 4096)},
		"drawbridge_run":    {[]byte{i32}, []byte{i64}, constI64(packed)},
		"drawbridge_alloc":  {[]byte{i32}, []byte{i32}, []byte{opI32Const, 0}},
		"drawbridge_run_at": {[]byte{i32, i32}, []byte{i64}, constI64(packed)},
	}}
}

// with answers the module with one export replaced.
func (m mod) with(name string, f fn) mod {
	exports := map[string]fn{name: f}
	for k, v := range m.exports {
		if k != name {
			exports[k] = v
		}
	}
	m.exports = exports
	return m
}

func constI64(v int64) []byte { return sleb([]byte{opI64Const}, v) }

func sleb(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func vec(items ...[]byte) []byte {
	b := binary.AppendUvarint(nil, uint64(len(items)))
	return append(b, slices.Concat(items...)...)
}

func str(s string) []byte { return append(binary.AppendUvarint(nil, uint64(len(s))), s...) }

func section(id byte, body []byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(body))), body...)
}

// bytes assembles the module.
func (m mod) bytes() []byte {
	var names []string
	for n := range m.exports {
		names = append(names, n)
	}
	slices.Sort(names)
	var types, imports, functions, exports, code [][]byte
	typeOf := func(f fn) []byte {
		types = append(types, slices.Concat([]byte{0x60, byte(len(f.params))}, f.params, []byte{byte(len(f.results))}, f.results))
		return binary.AppendUvarint(nil, uint64(len(types)-1))
	}
	for _, i := range m.imports {
		imports = append(imports, slices.Concat(str(i.module), str(i.name), []byte{0}, typeOf(i.fn)))
	}
	for n, name := range names {
		f := m.exports[name]
		functions = append(functions, typeOf(f))
		exports = append(exports, slices.Concat(str(name), []byte{0}, binary.AppendUvarint(nil, uint64(len(m.imports)+n))))
		body := slices.Concat([]byte{0}, f.code, []byte{opEnd})
		code = append(code, append(binary.AppendUvarint(nil, uint64(len(body))), body...))
	}
	if !m.noMem {
		exports = append(exports, append(str("memory"), 2, 0))
	}
	return slices.Concat([]byte{0, 'a', 's', 'm', 1, 0, 0, 0},
		section(1, vec(types...)), section(2, vec(imports...)), section(3, vec(functions...)),
		section(5, vec(append([]byte{0}, binary.AppendUvarint(nil, uint64(m.pages))...))),
		section(7, vec(exports...)), section(10, vec(code...)),
		section(11, vec(slices.Concat([]byte{0, opI32Const, 0, opEnd}, str(string(m.data))))))
}
