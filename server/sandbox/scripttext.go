package sandbox

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// text writes the characters of a text, which may be made of others.
func (p *plainReader) text(v uint64, depth int) bool {
	at := uint32(v)
	if tag(v) == tagString {
		return p.flat(at)
	}
	// Halves of one character might stand in two parts.
	if tag(v) != tagRope || depth > maxPlainDepth || p.bytes(at+ropeWide, 1)[0] != 0 || len(p.out) > abi.MaxOutput {
		return false
	}
	if p.left--; p.left < 0 || p.broken {
		return false
	}
	return p.text(p.u64(at+ropeLeft), depth+1) && p.text(p.u64(at+ropeRt), depth+1)
}

// flat writes the characters of a text in one piece, or of a slice of one.
func (p *plainReader) flat(at uint32) bool {
	length, from := p.u32(at), at+stringBytes
	switch p.u32(at+stringKind) >> 28 & 3 {
	case 0:
	case 1:
		parent, start := p.u32(from), p.u32(from+4)
		if p.u32(parent+stringKind)>>28&3 != 0 {
			return false
		}
		from = parent + stringBytes + start
	default:
		return false
	}
	n := length & stringLength
	if !p.room(int(n)) {
		return false // each comes to one byte at least
	}
	if length&stringWide != 0 {
		return p.wide(p.bytes(from, 2*n)) && !p.broken
	}
	return p.narrow(p.bytes(from, n)) && !p.broken
}

// room says whether an answer may have so many bytes more. It is asked while a text is
// written: escaped, a character has six times its size.
func (p *plainReader) room(n int) bool { return len(p.out)+n <= abi.MaxOutput }

// narrow writes characters below U+0100, a byte each, as long as there is room.
func (p *plainReader) narrow(text []byte) bool {
	done := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			continue
		}
		if !p.room(len(text) - done) {
			return false
		}
		p.out = append(p.out, text[done:i]...)
		p.unit(rune(c))
		done = i + 1
	}
	p.out = append(p.out, text[done:]...)
	return true
}

// wide writes characters of 16 bits, two of which may be halves of one, as long as
// there is room.
func (p *plainReader) wide(text []byte) bool {
	for ; len(text) >= 2; text = text[2:] {
		if !p.room(0) {
			return false
		}
		c := rune(binary.LittleEndian.Uint16(text))
		if utf16.IsSurrogate(c) && len(text) >= 4 {
			if both := utf16.DecodeRune(c, rune(binary.LittleEndian.Uint16(text[2:]))); both != utf8.RuneError {
				p.out = utf8.AppendRune(p.out, both)
				text = text[2:]
				continue
			}
		}
		p.unit(c)
	}
	return true
}

// unit writes one character that isn't made of two.
func (p *plainReader) unit(c rune) {
	const hex = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		p.out = append(p.out, '\\', byte(c))
	case c >= '\b' && c <= '\r' && c != '\v':
		p.out = append(p.out, '\\', "btn.fr"[c-'\b'])
	case c < ' ' || utf16.IsSurrogate(c):
		p.out = append(p.out, '\\', 'u', hex[c>>12&15], hex[c>>8&15], hex[c>>4&15], hex[c&15])
	default:
		p.out = utf8.AppendRune(p.out, c)
	}
}
