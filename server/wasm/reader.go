package wasm

import (
	"fmt"
	"unicode/utf8"
)

// Error says why a file is not a module that Drawbridge can read.
type Error struct {
	Section string // name of the section, empty for the file itself
	Offset  int    // byte offset in the file
	Message string // what is wrong and, where there is a way, the fix
}

// Error implements error.
func (e *Error) Error() string {
	if e.Section == "" {
		return fmt.Sprintf("not a usable WebAssembly module: at byte %d: %s", e.Offset, e.Message)
	}
	return fmt.Sprintf("not a usable WebAssembly module: %s section, at byte %d: %s", e.Section, e.Offset, e.Message)
}

// reader reads a part of a file. After the first failure it reads zeros and
// moves no more, so that decoders check it once a loop and not once a value.
type reader struct {
	file    []byte
	at, end int
	section string
	err     *Error
}

func (r *reader) failAt(at int, format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Section: r.section, Offset: at, Message: fmt.Sprintf(format, args...)}
		r.at = r.end
	}
}

func (r *reader) left() int { return r.end - r.at }

func (r *reader) byte(what string) byte {
	if r.at >= r.end {
		r.failAt(r.at, "%s is missing: the file is cut off or damaged", what)
		return 0
	}
	b := r.file[r.at]
	r.at++
	return b
}

// u32 reads an unsigned LEB128 number of at most 32 bits.
func (r *reader) u32(what string) uint32 {
	v, n := uleb32(r.file[r.at:r.end])
	if n == 0 {
		r.failAt(r.at, "%s is not a number of 32 bits: the file is cut off or damaged", what)
		return 0
	}
	r.at += n
	return v
}

// count reads the length of a list whose items take at least least bytes each.
func (r *reader) count(what string, least, limit int) int {
	at := r.at
	n := r.u32("the number of " + what)
	if uint64(n)*uint64(least) > uint64(r.left()) {
		r.failAt(at, "it announces %d %s, more than the %d bytes that follow can hold: the file is damaged", n, what, r.left())
		return 0
	}
	if int(n) > limit {
		r.failAt(at, "it has %d %s, the limit is %d: split the connector", n, what, limit)
		return 0
	}
	return int(n)
}

// bytes reads a list of bytes with its length. The answer aliases the file.
func (r *reader) bytes(what string) []byte {
	n := r.count("bytes of "+what, 1, MaxFile)
	b := r.file[r.at : r.at+n]
	r.at += n
	return b
}

// name reads a name (spec 5.2.4).
func (r *reader) name(what string, limit int) string {
	at := r.at
	b := r.bytes(what)
	if len(b) > limit {
		r.failAt(at, "%s has %d bytes, the limit is %d: shorten it", what, len(b), limit)
		return ""
	}
	if !utf8.Valid(b) {
		r.failAt(at, "%s is not UTF-8", what)
		return ""
	}
	return string(b)
}

// uleb32 reads an unsigned LEB128 number of at most 32 bits (spec 5.2.2) and
// answers how many bytes it took, 0 where there is none.
func uleb32(b []byte) (uint32, int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint32(b[0]), 1
	}
	var v uint32
	for i := 0; i < len(b) && i < 5; i++ {
		c := b[i]
		if i == 4 && c > 0x0f {
			return 0, 0
		}
		v |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// sleb reads over a signed LEB128 number of size bits (32 or 64) and answers
// its value and how many bytes it took, 0 where there is none.
func sleb(b []byte, size int) (int64, int) {
	var v int64
	most := (size + 6) / 7
	for i := 0; i < len(b) && i < most; i++ {
		c := b[i]
		v |= int64(c&0x7f) << (7 * i)
		if c >= 0x80 {
			continue
		}
		shift := 7 * (i + 1)
		if shift < 64 && c&0x40 != 0 {
			v |= -1 << shift
		}
		if i == most-1 { // the bits beyond size must repeat the sign
			used := size - 7*i
			if high := int8(c<<1) >> used; high != 0 && high != -1 {
				return 0, 0
			}
		}
		return v, i + 1
	}
	return 0, 0
}
