package wasmtest

import (
	"encoding/binary"
	"math"
	"slices"
)

// Opcodes that stand alone. Those with something behind them are functions.
const (
	Unreachable byte = 0x00
	Nop         byte = 0x01
	Else        byte = 0x05
	End         byte = 0x0b
	Return      byte = 0x0f
	Drop        byte = 0x1a
	Select      byte = 0x1b
	I32Eqz      byte = 0x45
	I32Eq       byte = 0x46
	I32Ne       byte = 0x47
	I32LtS      byte = 0x48
	I32LtU      byte = 0x49
	I32GtS      byte = 0x4a
	I64Eqz      byte = 0x50
	I64LtS      byte = 0x53
	I32Add      byte = 0x6a
	I32Sub      byte = 0x6b
	I32Mul      byte = 0x6c
	I32DivS     byte = 0x6d
	I32RemU     byte = 0x70
	I32And      byte = 0x71
	I32Xor      byte = 0x73
	I32Shl      byte = 0x74
	I32ShrU     byte = 0x76
	I64Add      byte = 0x7c
	I64Sub      byte = 0x7d
	I64Mul      byte = 0x7e
	I64Xor      byte = 0x85
	I64ShrU     byte = 0x88
	F64Add      byte = 0xa0
	F64Mul      byte = 0xa2
	I32WrapI64  byte = 0xa7
	I64ExtendI  byte = 0xad
	I32TruncF64 byte = 0xaa
	F64ConvertI byte = 0xb7
)

// Code joins instructions: bytes and byte slices.
func Code(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case byte:
			b = append(b, p)
		case []byte:
			b = append(b, p...)
		default:
			panic("wasmtest: neither a byte nor bytes")
		}
	}
	return b
}

func with(op byte, index uint32) []byte { return append([]byte{op}, U(uint64(index))...) }

// Block opens a block of a type: Void or a value type.
func Block(t byte) []byte { return []byte{0x02, t} }

// Loop opens a loop.
func Loop(t byte) []byte { return []byte{0x03, t} }

// If opens a condition.
func If(t byte) []byte { return []byte{0x04, t} }

// Typed opens a block (2), a loop (3) or a condition (4) of a function type.
func Typed(op byte, t int64) []byte { return append([]byte{op}, S(t)...) }

// Br jumps to a label.
func Br(label uint32) []byte { return with(0x0c, label) }

// BrIf jumps on a condition.
func BrIf(label uint32) []byte { return with(0x0d, label) }

// BrTable jumps by a number; the last label is for all others.
func BrTable(labels ...uint32) []byte {
	b := append([]byte{0x0e}, U(uint64(len(labels)-1))...)
	for _, l := range labels {
		b = append(b, U(uint64(l))...)
	}
	return b
}

// Call calls a function.
func Call(f uint32) []byte { return with(0x10, f) }

// CallIndirect calls a function of a table.
func CallIndirect(t, table uint32) []byte { return append(with(0x11, t), U(uint64(table))...) }

// LocalGet reads a local.
func LocalGet(l uint32) []byte { return with(0x20, l) }

// LocalSet sets a local.
func LocalSet(l uint32) []byte { return with(0x21, l) }

// LocalTee sets a local and keeps the value.
func LocalTee(l uint32) []byte { return with(0x22, l) }

// GlobalGet reads a global.
func GlobalGet(g uint32) []byte { return with(0x23, g) }

// GlobalSet sets a global.
func GlobalSet(g uint32) []byte { return with(0x24, g) }

// Access is a load or a store without alignment.
func Access(op byte, offset uint32) []byte { return slices.Concat([]byte{op, 0}, U(uint64(offset))) }

// I32Load reads a number from memory.
func I32Load(offset uint32) []byte { return Access(0x28, offset) }

// I32Store writes a number to memory.
func I32Store(offset uint32) []byte { return Access(0x36, offset) }

// MemorySize and MemoryGrow answer pages.
func MemorySize() []byte { return []byte{0x3f, 0} }

// MemoryGrow grows the memory by pages.
func MemoryGrow() []byte { return []byte{0x40, 0} }

// I32Const is a number.
func I32Const(v int32) []byte { return append([]byte{0x41}, S(int64(v))...) }

// I64Const is a number.
func I64Const(v int64) []byte { return append([]byte{0x42}, S(v)...) }

// F64Const is a number.
func F64Const(v float64) []byte {
	return binary.LittleEndian.AppendUint64([]byte{0x44}, math.Float64bits(v))
}

// Misc is an instruction of the prefix 0xfc with its indices.
func Misc(number byte, indices ...uint32) []byte {
	b := []byte{0xfc, number}
	for _, i := range indices {
		b = append(b, U(uint64(i))...)
	}
	return b
}

// RefFunc is a reference to a function.
func RefFunc(f uint32) []byte { return with(0xd2, f) }

// Functions is an active element segment of the first table.
func Functions(at int32, functions ...uint32) []byte {
	b := slices.Concat([]byte{0}, I32Const(at), []byte{End}, U(uint64(len(functions))))
	for _, f := range functions {
		b = append(b, U(uint64(f))...)
	}
	return b
}
