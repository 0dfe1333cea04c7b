package email

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

var metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*charset\s*=\s*["']?\s*([a-z0-9_:.\-]+)`)

// bodyReader gives the text of a body part as UTF-8 without holding it twice.
// A byte order mark wins, then evident UTF-16, then what the part declares
// (where the bytes bear it out), then a meta tag, then a guess.
func (m *message) bodyReader(b body) io.Reader {
	if e := byMark(b.bytes); e != nil {
		return transform.NewReader(bytes.NewReader(b.bytes), e.NewDecoder())
	}
	if isUTF7(b.charset) {
		return strings.NewReader(decodeUTF7(b.bytes))
	}
	if isISO2022KR(b.charset) {
		return transform.NewReader(bytes.NewReader(fromISO2022KR(b.bytes)), korean.EUCKR.NewDecoder())
	}
	e := m.bodyEncoding(b)
	if e == unicode.UTF8 {
		return bytes.NewReader(b.bytes)
	}
	return transform.NewReader(bytes.NewReader(b.bytes), e.NewDecoder())
}

func (m *message) bodyEncoding(b body) encoding.Encoding {
	e, known := lookup(b.charset)
	if !known && !isASCII(b.charset) {
		m.note("unknown_charset", "the charset "+clip(cleanCharset(b.charset), 60)+" is not known; the text is a guess")
	}
	utf8Valid := utf8.Valid(b.bytes)
	switch {
	case isASCII(b.charset) || !known || isWide(b.charset) && utf8Valid && isPrintable(b.bytes):
		if e, ok := byMeta(b.bytes); ok && b.html && (!utf8Valid || isASCIIOnly(b.bytes)) {
			return e
		}
	case e == unicode.UTF8 && (!utf8Valid || hasJIS(b.bytes)):
		m.note("wrong_charset", "the part says UTF-8 and is not")
		if e, ok := byMeta(b.bytes); ok && b.html && e != unicode.UTF8 {
			return e
		}
	default:
		return e
	}
	if utf8Valid && !hasJIS(b.bytes) {
		return unicode.UTF8
	}
	return guessEncoding(b.bytes, m.hints())
}

// isPrintable says whether there are few control characters, as in text of one
// byte a character.
func isPrintable(b []byte) bool {
	head := b[:min(len(b), 2048)]
	controls := 0
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			controls++
		}
	}
	return controls <= len(head)/16
}

// hints lists the charsets that a mail names anywhere, in the order of their
// weight: of its parts with their meta tags, then of encoded words. Those that say
// little are left out: UTF-8, which is seen from the bytes, and Latin 1, which is
// the last resort anyway and often named without a thought.
func (m *message) hints() []encoding.Encoding {
	if m.words == nil {
		m.words = []encoding.Encoding{}
		for _, f := range m.header {
			m.words = wordHints(m.words, f.value)
		}
	}
	return append(m.declared[:len(m.declared):len(m.declared)], m.words...)
}

const maxHints = 8

func addHint(to []encoding.Encoding, e encoding.Encoding, ok bool) []encoding.Encoding {
	if !ok || e == unicode.UTF8 || e == charmap.Windows1252 || len(to) >= maxHints || slices.Contains(to, e) {
		return to
	}
	return append(to, e)
}

func wordHints(to []encoding.Encoding, value []byte) []encoding.Encoding {
	for at := bytes.Index(value, []byte("=?")); at >= 0 && len(to) < maxHints; at = bytes.Index(value, []byte("=?")) {
		value = value[at+2:]
		if name, _, ok := bytes.Cut(value[:min(len(value), 64)], []byte("?")); ok {
			e, ok := lookup(string(name))
			to = addHint(to, e, ok)
		}
	}
	return to
}

// byMark knows an encoding from its byte order mark, or from the zero bytes that
// Latin text has in UTF-16 and UTF-32.
func byMark(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return unicode.UTF8BOM
	case bytes.HasPrefix(b, []byte("\xff\xfe\x00\x00")):
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case bytes.HasPrefix(b, []byte("\x00\x00\xfe\xff")):
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	head := b[:min(len(b), 2048)]
	var zeros [4]int
	for i, c := range head {
		if c == 0 {
			zeros[i%4]++
		}
	}
	even, odd, quarter := zeros[0]+zeros[2], zeros[1]+zeros[3], len(head)/5
	switch {
	case len(head) < 8 || even+odd <= len(head)/8:
		return nil
	case zeros[3] > quarter && zeros[2] > quarter && zeros[0] == 0:
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	case zeros[0] > quarter && zeros[1] > quarter && zeros[3] == 0:
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case odd > 4*even:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case even > 4*odd:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

func byMeta(b []byte) (encoding.Encoding, bool) {
	m := metaCharset.FindSubmatch(b[:min(len(b), 16<<10)])
	if m == nil || isWide(string(m[1])) { // a meta tag that can be read is not UTF-16
		return nil, false
	}
	return lookup(string(m[1]))
}

func isASCIIOnly(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
