package sdk

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// plain are the bytes that stand for themselves in a string.
var plain = func() (set [256]bool) {
	for c := ' '; c < 0x80; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// plainEnd answers where the plain bytes from a place on end. It looks at eight
// at once: a byte is found where a subtraction borrows into its highest bit.
func plainEnd(data []byte, at int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(data); at += 8 {
		w := binary.LittleEndian.Uint64(data[at:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// The lowest that is found is right; those above it may be a borrow's.
		if found := (w | (w-ones*' ')&^w | (quote-ones)&^quote | (slash-ones)&^slash) & high; found != 0 {
			return at + bits.TrailingZeros64(found)>>3
		}
	}
	for at < len(data) && plain[data[at]] {
		at++
	}
	return at
}

// shared is bytes as a string, in place. What is read is not written again: nobody
// else is given these bytes ([reader.raw] copies them), and a request stays as it
// is until its call is over, when all memory is restored.
func shared(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is a string as bytes, in place, to be read only.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func skipString(data []byte, at int) (int, error) {
	for at++; ; {
		if at = plainEnd(data, at); at >= len(data) {
			return at, errJSON
		}
		switch c := data[at]; {
		case c == '"':
			return at + 1, nil
		case c >= utf8.RuneSelf:
			at++
		case c == '\\' && at+1 < len(data) && escapes[data[at+1]] != 0:
			at += 2
		case c == '\\':
			if _, ok := unicodeEscape(data, at); !ok {
				return at, errJSON
			}
			at += 6
		default:
			return at, errJSON
		}
	}
}

// unquote is text as a string.
func unquote(data []byte) (string, error) {
	c := cursor{data: data}
	s, err := c.text()
	if err == nil {
		err = c.end()
	}
	return string(s), err
}

// text reads a string, in place where it stands there as it is. Bad UTF-8 and
// lone surrogates become U+FFFD, as in encoding/json.
func (c *cursor) text() ([]byte, error) {
	if c.peek() != '"' {
		return nil, errJSON
	}
	from := c.at + 1
	at := plainEnd(c.data, from)
	if at < len(c.data) && c.data[at] == '"' {
		c.at = at + 1
		return c.data[from:at:at], nil
	}
	end, err := skipString(c.data, c.at)
	if err != nil {
		return nil, err
	}
	c.at = end
	return unescaped(c.data[from:end-1], at-from), nil
}

// unescaped is the body of a string that is well formed, whose first bytes are
// plain, without its escapes.
func unescaped(body []byte, at int) []byte {
	if body[at] != '\\' && utf8.Valid(body) {
		if next := nextEscape(body, at); next == len(body) {
			return body[:len(body):len(body)]
		}
	}
	out := append(make([]byte, 0, len(body)+2*utf8.UTFMax), body[:at]...)
	for at < len(body) {
		switch c := body[at]; {
		case c == '\\':
			at, out = escape(out, body, at)
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(body[at:])
			out = utf8.AppendRune(out, r)
			at += n
		}
		end := plainEnd(body, at)
		out = append(out, body[at:end]...)
		at = end
	}
	return out
}

func nextEscape(body []byte, at int) int {
	for at < len(body) && body[at] != '\\' {
		at++
	}
	return at
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape, which is well formed, and answers where it ends.
func escape(out, body []byte, at int) (int, []byte) {
	if c := escapes[body[at+1]]; c != 0 {
		return at + 2, append(out, c)
	}
	r, _ := unicodeEscape(body, at)
	at += 6
	if utf16.IsSurrogate(r) {
		if low, ok := unicodeEscape(body, at); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				return at + 6, utf8.AppendRune(out, whole)
			}
		}
		r = utf8.RuneError
	}
	return at, utf8.AppendRune(out, r)
}

func unicodeEscape(body []byte, at int) (rune, bool) {
	if at+6 > len(body) || body[at] != '\\' || body[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(body[at+2:at+6]), 16, 32)
	return rune(n), err == nil
}

const hexDigits = "0123456789abcdef"

// appendText writes a JSON string. Bad UTF-8 becomes U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	data := bytesOf(s)
	for at := 0; ; {
		end := plainEnd(data, at)
		b = append(b, data[at:end]...)
		if at = end; at == len(data) {
			return append(b, '"')
		}
		if c := data[at]; c < utf8.RuneSelf {
			b = appendEscape(b, c)
			at++
			continue
		}
		r, n := utf8.DecodeRune(data[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(b, '\\', 'u', '2', '0', '2', hexDigits[r&0xf])
		default:
			b = append(b, data[at:at+n]...)
		}
		at += n
	}
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}
