package email

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
)

// decodeAs turns bytes into text by a charset's name; false means that the
// charset is not known and the text is a guess. Hints are the charsets that the
// mail names elsewhere, for bytes that are not what the name says.
func decodeAs(name string, b []byte, hints []encoding.Encoding) (string, bool) {
	switch {
	case isUTF7(name):
		return decodeUTF7(b), true
	case isISO2022KR(name):
		return decodeWith(korean.EUCKR, fromISO2022KR(b)), true
	case isASCII(name):
		return guess(b, hints), true
	case isWide(name):
		if e := byMark(b); e != nil {
			return decodeWith(e, b), true
		}
	}
	e, ok := lookup(name)
	if !ok || e == unicode.UTF8 && !utf8.Valid(b) {
		return guess(b, hints), ok
	}
	return decodeWith(e, b), true
}

func decodeWith(e encoding.Encoding, b []byte) string {
	if e == unicode.UTF8 {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil && len(out) == 0 {
		return guess(b, nil)
	}
	return strings.TrimPrefix(string(out), "\ufeff")
}

// guess reads the bytes of a header whose charset nobody declared.
func guess(b []byte, hints []encoding.Encoding) string {
	if utf8.Valid(b) && !hasJIS(b) {
		return string(b)
	}
	return decodeWith(guessEncoding(b, hints), b)
}

// guessEncoding chooses for bytes that nobody declared: the escapes of
// ISO-2022-JP, UTF-8 even with holes,
// a charset that the mail uses elsewhere, one that the statistics of its language
// bear out, else windows-1252, as old clients write.
func guessEncoding(b []byte, hints []encoding.Encoding) encoding.Encoding {
	if hasJIS(b) {
		return japanese.ISO2022JP
	}
	sample := b[:min(len(b), 256<<10)]
	// Short texts of other encodings hold a few good characters by chance.
	if good, bad := countUTF8(sample); good >= 4*bad || good >= 50 && good >= 2*bad {
		return unicode.UTF8
	}
	for _, e := range hints {
		if fits(e, sample) {
			return e
		}
	}
	if e := detect(sample); e != nil {
		return e
	}
	return charmap.Windows1252
}

func hasJIS(b []byte) bool {
	b = b[:min(len(b), 64<<10)]
	return bytes.Contains(b, []byte("\x1b$")) || bytes.Contains(b, []byte("\x1b(J"))
}

// countUTF8 counts characters of several bytes, and bytes that are none.
func countUTF8(b []byte) (good, bad int) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		b = b[n:]
	}
	return good, bad
}

// fits says whether bytes are valid in an encoding, but for a character that the
// end of a sample may have cut.
func fits(e encoding.Encoding, sample []byte) bool {
	sample = sample[:min(len(sample), 16<<10)]
	out, err := e.NewDecoder().Bytes(sample)
	if err != nil {
		return false
	}
	at := bytes.Index(out, []byte("\uFFFD"))
	return at < 0 || at >= len(out)-6 && len(sample) > 64
}

// fromISO2022KR turns the seven-bit form of Korean (RFC 1557) into EUC-KR.
func fromISO2022KR(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\x1b$)C"), nil)
	out := make([]byte, 0, len(b))
	korean := false
	for _, c := range b {
		switch {
		case c == 0x0e || c == 0x0f:
			korean = c == 0x0e
			continue
		case c == '\n':
			korean = false
		case korean && c > ' ' && c < 0x7f:
			c |= 0x80
		}
		out = append(out, c)
	}
	return out
}

// decodeUTF7 reads RFC 2152, which no web library has any more.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		plus := bytes.IndexByte(b, '+')
		if plus < 0 {
			out.Write(b)
			break
		}
		out.Write(b[:plus])
		b = b[plus+1:]
		end := 0
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		if end == 0 {
			out.WriteByte('+')
		} else {
			out.WriteString(decodeUTF7Run(b[:end]))
		}
		if b = b[end:]; len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD")
}

func decodeUTF7Run(run []byte) string {
	raw, _ := base64.RawStdEncoding.DecodeString(string(run[:len(run)-len(run)%4+min(len(run)%4, 3)]))
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}
