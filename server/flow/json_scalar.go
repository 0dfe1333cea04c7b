package flow

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func (r *reader) num() any {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.eE0123456789", r.text[r.at]) >= 0 {
		r.at++
	}
	text := r.text[start:r.at]
	if n, short := shortNumber(text); short {
		return n
	}
	if !validNumber(text) {
		r.fail(start, "json.syntax", strconv.Quote(text)+" is not a JSON number", "")
	}
	if !strings.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err == nil && (r.lenient || n <= maxSafeInteger && n >= -maxSafeInteger) {
			return n
		}
		if f, err := strconv.ParseFloat(text, 64); r.lenient && err == nil {
			return f
		}
		r.soft = append(r.soft, syntaxError{
			start, "number.range",
			"the number " + text + " is too large to be kept exactly", "write it as a string",
		})
		return int64(0)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.soft = append(r.soft, syntaxError{start, "number.range", "the number " + text + " is out of range", "write it as a string"})
		return int64(0)
	}
	return Number(f)
}

// shortNumber reads what most numbers are: a few digits.
func shortNumber(s string) (n int64, ok bool) {
	if s == "" || len(s) > 15 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// Number normalises a float: integral values that are kept exactly become int64.
func Number(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) <= maxSafeInteger {
		return int64(f)
	}
	return f
}

func validNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	digits := func() int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n
	}
	leadingZero := strings.HasPrefix(s, "0")
	if n := digits(); n == 0 || n > 1 && leadingZero {
		return false
	}
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if digits() == 0 {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return s == ""
}

// str reads a string. The common case has no escapes and shares the text.
func (r *reader) str() string {
	start := r.at
	r.at++
	for i := r.at; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			s := r.text[r.at:i]
			r.at = i + 1
			return r.utf8(start, s)
		case c == '\\':
			return r.escaped(start)
		case c < 0x20:
			r.fail(i, "json.syntax", "a control character stands in a string", `write it as an escape such as \n`)
		}
	}
	r.fail(start, "json.syntax", "the file ends too early: this string is not closed", `close it with a double quote`)
	return ""
}

func (r *reader) utf8(start int, s string) string {
	if utf8.ValidString(s) {
		return s
	}
	if !r.lenient {
		r.fail(start, "json.utf8", "this string is not valid UTF-8", "save the file as UTF-8")
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

func (r *reader) escaped(start int) string {
	var b strings.Builder
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.utf8(start, b.String())
		case c == '\\':
			b.WriteRune(r.escape())
		case c < 0x20:
			r.fail(r.at, "json.syntax", "a control character stands in a string", `write it as an escape such as \n`)
		default:
			b.WriteByte(c)
			r.at++
		}
	}
	r.fail(start, "json.syntax", "the file ends too early: this string is not closed", `close it with a double quote`)
	return ""
}

func (r *reader) escape() rune {
	at := r.at
	r.at++
	c := r.peek()
	r.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 && c != 0 {
		return rune("\"\\/\b\f\n\r\t"[i])
	}
	if c != 'u' {
		r.fail(at, "json.syntax", "this escape is unknown to JSON", "")
	}
	high := r.hex4(at)
	if !utf16.IsSurrogate(high) {
		return high
	}
	if strings.HasPrefix(r.text[r.at:], `\u`) {
		r.at += 2
		if full := utf16.DecodeRune(high, r.hex4(at)); full != utf8.RuneError {
			return full
		}
	}
	if r.lenient {
		return utf8.RuneError
	}
	r.fail(at, "json.utf8", "half of a surrogate pair stands alone", "write the whole character")
	return 0
}

func (r *reader) hex4(at int) rune {
	if r.at+4 > len(r.text) {
		r.fail(at, "json.syntax", `\u wants four hexadecimal digits`, "")
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	if err != nil {
		r.fail(at, "json.syntax", `\u wants four hexadecimal digits`, "")
	}
	r.at += 4
	return rune(n)
}
