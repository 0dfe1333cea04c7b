package wasm

import "encoding/binary"

// appendU appends an unsigned LEB128 number.
func appendU[T ~int | ~uint32](b []byte, v T) []byte { return binary.AppendUvarint(b, uint64(v)) }

// appendS appends a signed LEB128 number.
func appendS(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func appendLimits(b []byte, l Limits) []byte {
	if !l.HasMax {
		return appendU(append(b, 0), l.Min)
	}
	return appendU(appendU(append(b, 1), l.Min), l.Max)
}

func appendType(b []byte, t FuncType) []byte {
	b = append(appendU(append(b, 0x60), len(t.Params)), t.Params...)
	return append(appendU(b, len(t.Results)), t.Results...)
}
