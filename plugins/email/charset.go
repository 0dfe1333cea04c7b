package email

import (
	"bytes"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// aliases are names that mails use and the web's list does not have.
var aliases = map[string]encoding.Encoding{
	"cp932": japanese.ShiftJIS, "ms932": japanese.ShiftJIS, "x-ms-cp932": japanese.ShiftJIS,
	"cp936": simplifiedchinese.GBK, "gb-2312": simplifiedchinese.GBK, "x-gbk": simplifiedchinese.GBK,
	"gb18030-2000": simplifiedchinese.GB18030, "hz-gb-2312": simplifiedchinese.HZGB2312, "hz": simplifiedchinese.HZGB2312,
	"cp949": korean.EUCKR, "ks_c_5601": korean.EUCKR,
	"utf8mb4": unicode.UTF8, "utf-8mb4": unicode.UTF8, "utf_8": unicode.UTF8, "unicode": unicode.UTF8,
	"iso-2022-jp-1": japanese.ISO2022JP, "iso-2022-jp-2": japanese.ISO2022JP, "iso-2022-jp-ms": japanese.ISO2022JP,
	"ansi": charmap.Windows1252, "iso": charmap.Windows1252, "latin-1": charmap.Windows1252,
	"iso8859_1": charmap.Windows1252, "iso-8859-1-windows-1252": charmap.Windows1252,
	"cp-1250": charmap.Windows1250, "cp-1251": charmap.Windows1251, "cp-1252": charmap.Windows1252,
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp866": charmap.CodePage866,
}

// lookup finds a charset by the name a mail gives it. UTF-7 is decoded apart.
func lookup(name string) (encoding.Encoding, bool) {
	name = cleanCharset(name)
	if name == "" || name == "replacement" {
		return nil, false
	}
	if e, ok := aliases[name]; ok {
		return e, true
	}
	if e, canonical := charset.Lookup(name); canonical == "utf-8" {
		return unicode.UTF8, true // it gives encoding.Nop, which would pass on anything
	} else if e != nil && canonical != "replacement" {
		return e, true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e, true
	}
	if rest, ok := strings.CutPrefix(name, "cp"); ok {
		if e, canonical := charset.Lookup("windows-" + strings.TrimLeft(rest, "-_")); e != nil && canonical != "replacement" {
			return e, true
		}
	}
	return nil, false
}

func cleanCharset(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "*") // a language after the charset, RFC 2231
	return strings.Trim(name, " \t\r\n\"'<>;,=")
}

func isUTF7(name string) bool {
	name = cleanCharset(name)
	return name == "utf-7" || name == "utf7" || name == "unicode-1-1-utf-7" || name == "unicode-2-0-utf-7"
}

func isASCII(name string) bool {
	switch cleanCharset(name) {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "7bit", "8bit", "x-unknown", "unknown", "unknown-8bit", "default", "none":
		return true
	}
	return false
}

// decodeAs turns bytes into text by a charset's name; false means that the
// charset is not known and the text is a guess.
func decodeAs(name string, b []byte) (string, bool) {
	if isUTF7(name) {
		return decodeUTF7(b), true
	}
	if !isASCII(name) {
		if e, ok := lookup(name); ok {
			return decodeWith(e, b), true
		}
	}
	return guess(b, ""), isASCII(name)
}

func decodeWith(e encoding.Encoding, b []byte) string {
	if e == unicode.UTF8 {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil && len(out) == 0 {
		return guess(b, "")
	}
	return string(out)
}

// guess reads bytes whose charset nobody declared: UTF-8 where it fits, else
// the charset the mail uses elsewhere, else windows-1252, as old clients write.
func guess(b []byte, hint string) string {
	if bytes.Contains(b, []byte("\x1b$")) || bytes.Contains(b, []byte("\x1b(J")) {
		return decodeWith(japanese.ISO2022JP, b)
	}
	if utf8.Valid(b) {
		return string(b)
	}
	if e, ok := lookup(hint); ok && e != unicode.UTF8 && !isASCII(hint) {
		return decodeWith(e, b)
	}
	return decodeWith(charmap.Windows1252, b)
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

var metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*charset\s*=\s*["']?\s*([a-z0-9_:.\-]+)`)

// bodyReader gives the text of a body part as UTF-8 without holding it twice.
// A byte order mark wins, then evident UTF-16, then what the part declares
// (where the bytes bear it out), then a meta tag, then a guess.
func bodyReader(b []byte, declared string, isHTML bool, note func(code, message string)) io.Reader {
	if e := byMark(b); e != nil {
		return transform.NewReader(bytes.NewReader(b), e.NewDecoder())
	}
	if isUTF7(declared) {
		return strings.NewReader(decodeUTF7(b))
	}
	e, known := lookup(declared)
	if !known && !isASCII(declared) {
		note("unknown_charset", "the charset "+clip(cleanCharset(declared), 60)+" is not known; the text is a guess")
	}
	utf8Valid := utf8.Valid(b)
	switch {
	case isASCII(declared) || !known || (isUTF16(declared) && utf8Valid):
		e = undeclared(b, isHTML, utf8Valid)
	case e == unicode.UTF8 && !utf8Valid:
		note("wrong_charset", "the part says UTF-8 and is not")
		e = notUTF8(b, isHTML)
	}
	if e == unicode.UTF8 {
		return bytes.NewReader(b)
	}
	return transform.NewReader(bytes.NewReader(b), e.NewDecoder())
}

func isUTF16(name string) bool {
	name = cleanCharset(name)
	return strings.HasPrefix(name, "utf-16") || strings.HasPrefix(name, "utf16") || name == "ucs-2" || name == "unicode"
}

// byMark knows an encoding from its byte order mark, or from the zero bytes that
// Latin text has in UTF-16.
func byMark(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return unicode.UTF8BOM
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	head := b[:min(len(b), 2048)]
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	few := len(head) / 8
	switch {
	case len(head) < 8 || zeros[0]+zeros[1] <= few:
		return nil
	case zeros[1] > 4*zeros[0]:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0] > 4*zeros[1]:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

func undeclared(b []byte, isHTML, utf8Valid bool) encoding.Encoding {
	if bytes.Contains(b[:min(len(b), 4096)], []byte("\x1b$")) {
		return japanese.ISO2022JP
	}
	if isHTML {
		if e, ok := byMeta(b); ok && (!utf8Valid || isASCIIOnly(b)) {
			return e
		}
	}
	if utf8Valid {
		return unicode.UTF8
	}
	return charmap.Windows1252
}

func byMeta(b []byte) (encoding.Encoding, bool) {
	m := metaCharset.FindSubmatch(b[:min(len(b), 16<<10)])
	if m == nil || isUTF16(string(m[1])) { // a meta tag that can be read is not UTF-16
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

// notUTF8 chooses for a part that says UTF-8 and has other bytes: a meta tag
// with another name, UTF-8 with holes where most of it is UTF-8, windows-1252.
func notUTF8(b []byte, isHTML bool) encoding.Encoding {
	if isHTML {
		if e, ok := byMeta(b); ok && e != unicode.UTF8 {
			return e
		}
	}
	good, bad := 0, 0
	for head := b[:min(len(b), 256<<10)]; len(head) > 0; {
		r, n := utf8.DecodeRune(head)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		head = head[n:]
	}
	if good >= bad {
		return unicode.UTF8
	}
	return charmap.Windows1252
}
