package wasmtest

import (
	"math/rand/v2"
	"slices"
)

// Mutate answers a damaged copy of a module.
func Mutate(r *rand.Rand, b []byte) []byte {
	b = slices.Clone(b)
	for range 1 + r.IntN(8)/6 {
		if len(b) < 10 {
			break
		}
		at := 8 + r.IntN(len(b)-8)
		switch r.IntN(6) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.Uint32())
		case 2:
			b = slices.Delete(b, at, min(at+1+r.IntN(4), len(b)))
		case 3:
			b = slices.Insert(b, at, b[at:min(at+1+r.IntN(16), len(b))]...)
		case 4:
			b[at] = []byte{0, 1, 0x0b, 0x03, 0x40, 0x7f, 0x80, 0xff, 0xfc, 0xfd}[r.IntN(10)]
		case 5: // two bytes that are close to one another change places
			to := 8 + (at-8+r.IntN(8))%(len(b)-8)
			b[at], b[to] = b[to], b[at]
		}
	}
	return b
}
