package sdk

import (
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json scans each byte by way of a function pointer and reads every
// value twice, which inside WebAssembly costs four to five times what it does
// outside. This is what the SDK needs of JSON (RFC 8259), in one pass.

// maxNesting is how deep values may be nested.
const maxNesting = 128

var errJSON = errors.New("is not JSON")

func space(data []byte, at int) int {
	for at < len(data) {
		switch data[at] {
		case ' ', '\t', '\n', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// trimmed is data without the blanks around it.
func trimmed(data []byte) []byte {
	at := space(data, 0)
	end := len(data)
	for end > at {
		switch data[end-1] {
		case ' ', '\t', '\n', '\r':
			end--
			continue
		}
		break
	}
	return data[at:end]
}

// skip answers where the value at a place ends.
func skip(data []byte, at, depth int) (int, error) {
	if at >= len(data) || depth > maxNesting {
		return at, errJSON
	}
	switch c := data[at]; c {
	case '"':
		return skipString(data, at)
	case '{':
		return skipObject(data, at, depth)
	case '[':
		return skipList(data, at, depth)
	case 't':
		return word(data, at, "true")
	case 'f':
		return word(data, at, "false")
	case 'n':
		return word(data, at, "null")
	default:
		return skipNumber(data, at)
	}
}

func word(data []byte, at int, text string) (int, error) {
	if len(data)-at < len(text) || string(data[at:at+len(text)]) != text {
		return at, errJSON
	}
	return at + len(text), nil
}

func skipString(data []byte, at int) (int, error) {
	for at++; at < len(data); at++ {
		switch c := data[at]; {
		case c == '"':
			return at + 1, nil
		case c == '\\':
			if at++; at >= len(data) {
				return at, errJSON
			}
			if data[at] == 'u' {
				if _, ok := unicodeEscape(data, at-1); !ok {
					return at, errJSON
				}
			} else if escapes[data[at]] == 0 {
				return at, errJSON
			}
		case c < ' ':
			return at, errJSON
		}
	}
	return at, errJSON
}

func digits(data []byte, at int) int {
	for at < len(data) && data[at] >= '0' && data[at] <= '9' {
		at++
	}
	return at
}

func skipNumber(data []byte, at int) (int, error) {
	if at < len(data) && data[at] == '-' {
		at++
	}
	begin := at
	if at = digits(data, at); at == begin || data[begin] == '0' && at > begin+1 {
		return at, errJSON
	}
	if at < len(data) && data[at] == '.' {
		begin = at + 1
		if at = digits(data, begin); at == begin {
			return at, errJSON
		}
	}
	if at < len(data) && (data[at] == 'e' || data[at] == 'E') {
		if at++; at < len(data) && (data[at] == '+' || data[at] == '-') {
			at++
		}
		begin = at
		if at = digits(data, at); at == begin {
			return at, errJSON
		}
	}
	return at, nil
}

func skipObject(data []byte, at, depth int) (int, error) {
	at = space(data, at+1)
	if at < len(data) && data[at] == '}' {
		return at + 1, nil
	}
	for {
		if at >= len(data) || data[at] != '"' {
			return at, errJSON
		}
		var err error
		if at, err = skipString(data, at); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) || data[at] != ':' {
			return at, errJSON
		}
		if at, err = skip(data, space(data, at+1), depth+1); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) {
			return at, errJSON
		}
		if data[at] == '}' {
			return at + 1, nil
		}
		if data[at] != ',' {
			return at, errJSON
		}
		at = space(data, at+1)
	}
}

func skipList(data []byte, at, depth int) (int, error) {
	at = space(data, at+1)
	if at < len(data) && data[at] == ']' {
		return at + 1, nil
	}
	for {
		var err error
		if at, err = skip(data, at, depth+1); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) {
			return at, errJSON
		}
		if data[at] == ']' {
			return at + 1, nil
		}
		if data[at] != ',' {
			return at, errJSON
		}
		at = space(data, at+1)
	}
}

// whole says whether data is one JSON value.
func whole(data []byte) bool {
	end, err := skip(data, space(data, 0), 0)
	return err == nil && space(data, end) == len(data)
}

// unquote is text as a string.
func unquote(data []byte) (string, error) {
	s, err := text(data)
	return string(s), err
}

// text reads a JSON string, in place where it stands there as it is. Bad UTF-8 and
// lone surrogates become U+FFFD, as in encoding/json.
func text(data []byte) ([]byte, error) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return nil, errJSON
	}
	body := data[1 : len(data)-1]
	plain := 0
	for plain < len(body) && body[plain] != '\\' && body[plain] != '"' && body[plain] >= ' ' && body[plain] < utf8.RuneSelf {
		plain++
	}
	if plain == len(body) || !hasEscapes(body[plain:]) && utf8.Valid(body[plain:]) {
		return body, nil
	}
	out := append(make([]byte, 0, len(body)+8), body[:plain]...)
	for at := plain; at < len(body); {
		c := body[at]
		switch {
		case c == '"' || c < ' ':
			return nil, errJSON
		case c == '\\':
			n, rest, err := escape(out, body, at)
			if err != nil {
				return nil, err
			}
			out, at = rest, n
		case c < utf8.RuneSelf:
			out = append(out, c)
			at++
		default:
			r, n := utf8.DecodeRune(body[at:])
			out = utf8.AppendRune(out, r)
			at += n
		}
	}
	return out, nil
}

// hasEscapes says whether a body needs to be read byte by byte.
func hasEscapes(body []byte) bool {
	for _, c := range body {
		if c == '\\' || c == '"' || c < ' ' {
			return true
		}
	}
	return false
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape and answers where it ends.
func escape(out, body []byte, at int) (int, []byte, error) {
	if at+1 >= len(body) {
		return at, out, errJSON
	}
	if c := escapes[body[at+1]]; c != 0 {
		return at + 2, append(out, c), nil
	}
	r, ok := unicodeEscape(body, at)
	if !ok {
		return at, out, errJSON
	}
	at += 6
	if utf16.IsSurrogate(r) {
		if low, ok := unicodeEscape(body, at); ok {
			if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
				return at + 6, utf8.AppendRune(out, whole), nil
			}
		}
		r = utf8.RuneError
	}
	return at, utf8.AppendRune(out, r), nil
}

func unicodeEscape(body []byte, at int) (rune, bool) {
	if at+6 > len(body) || body[at] != '\\' || body[at+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(body[at+2:at+6]), 16, 32)
	return rune(n), err == nil
}
