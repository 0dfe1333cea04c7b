package email

import (
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// aliases are names that mails use and the web's list does not have, or has for
// something else.
var aliases = map[string]encoding.Encoding{
	"unicode": unicode.UTF8, "ansi": charmap.Windows1252, "iso": charmap.Windows1252,
	"hz": simplifiedchinese.HZGB2312, "hz-gb-2312": simplifiedchinese.HZGB2312, "ms_kanji": japanese.ShiftJIS,
	"utf-32": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "ucs-4": utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
	"utf-32le": utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32be": utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM),
	"cp437": charmap.CodePage437, "cp850": charmap.CodePage850, "cp852": charmap.CodePage852, "cp855": charmap.CodePage855,
	"cp858": charmap.CodePage858, "cp862": charmap.CodePage862, "cp866": charmap.CodePage866,
}

// loose are marks by which a misspelt name is known, with its punctuation taken
// out; the first that fits counts.
var loose = []struct {
	mark string
	is   encoding.Encoding
}{
	{"utf8", unicode.UTF8},
	{"gb18030", simplifiedchinese.GB18030},
	{"gb2312", simplifiedchinese.GBK},
	{"gbk", simplifiedchinese.GBK},
	{"euccn", simplifiedchinese.GBK},
	{"cngb", simplifiedchinese.GBK},
	{"big5", traditionalchinese.Big5},
	{"iso2022jp", japanese.ISO2022JP},
	{"eucjp", japanese.EUCJP},
	{"shiftjis", japanese.ShiftJIS},
	{"sjis", japanese.ShiftJIS},
	{"euckr", korean.EUCKR},
	{"ksc5601", korean.EUCKR},
	{"uhc", korean.EUCKR},
	{"koi8u", charmap.KOI8U},
	{"koi8ru", charmap.KOI8U},
	{"koi8", charmap.KOI8R},
	{"maccyrillic", charmap.MacintoshCyrillic},
	{"macroman", charmap.Macintosh},
	{"tis620", charmap.Windows874},
}

// pages are Windows' numbers of code pages whose own names don't hold the number.
var pages = map[string]string{
	"932": "shift_jis", "936": "gbk", "949": "euc-kr", "950": "big5", "951": "big5", "20866": "koi8-r", "21866": "koi8-u",
	"20932": "euc-jp", "51932": "euc-jp", "51949": "euc-kr", "54936": "gb18030", "65001": "utf-8", "10000": "macintosh",
	"50220": "iso-2022-jp", "50221": "iso-2022-jp", "50222": "iso-2022-jp", "1200": "utf-16le", "1201": "utf-16be",
}

var (
	pageName  = regexp.MustCompile(`(?:windows|win|cp|ms|ibm|^)0*(\d{3,5})$`)
	latinName = regexp.MustCompile(`^(?:iso)?8859(\d{1,2})(?:windows1252)?[ie]?$`)
	between   = strings.NewReplacer("-", "", "_", "", ".", "", ":", "", " ", "", `\`, "", "?", "")
)

// lookup finds a charset by the name a mail gives it. UTF-7 and ISO-2022-KR are
// decoded apart.
func lookup(name string) (encoding.Encoding, bool) {
	name = cleanCharset(name)
	if name == "" || name == "replacement" {
		return nil, false
	}
	if e, ok := aliases[name]; ok {
		return e, true
	}
	if e, ok := webCharset(name); ok {
		return e, true
	}
	if e, err := ianaindex.MIME.Encoding(name); err == nil && e != nil {
		return e, true
	}
	return lookupLoose(between.Replace(name))
}

func webCharset(name string) (encoding.Encoding, bool) {
	e, err := htmlindex.Get(name)
	return e, err == nil && e != encoding.Replacement
}

func lookupLoose(name string) (encoding.Encoding, bool) {
	if e, ok := aliases[name]; ok {
		return e, true
	}
	if e, ok := webCharset(name); ok {
		return e, true
	}
	for _, l := range loose {
		if strings.Contains(name, l.mark) {
			return l.is, true
		}
	}
	if m := latinName.FindStringSubmatch(name); m != nil {
		return webCharset("iso-8859-" + m[1])
	}
	if m := pageName.FindStringSubmatch(name); m != nil {
		if known, ok := pages[m[1]]; ok {
			return webCharset(known)
		}
		if e, ok := aliases["cp"+m[1]]; ok {
			return e, true
		}
		return webCharset("windows-" + m[1])
	}
	return nil, false
}

func cleanCharset(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(name), "*") // a language after the charset, RFC 2231
	return strings.Trim(name, " \t\r\n\"'<>;,=\\")
}

func isUTF7(name string) bool {
	switch between.Replace(cleanCharset(name)) {
	case "utf7", "unicode11utf7", "unicode20utf7", "xunicode20utf7", "csunicode11utf7", "65000", "cp65000":
		return true
	}
	return false
}

func isISO2022KR(name string) bool {
	name = between.Replace(cleanCharset(name))
	return name == "iso2022kr" || name == "csiso2022kr" || name == "cp50225"
}

// isWide knows the encodings of two and four bytes a character.
func isWide(name string) bool {
	name = between.Replace(cleanCharset(name))
	return strings.HasPrefix(name, "utf16") || strings.HasPrefix(name, "utf32") || name == "ucs2" || name == "ucs4" || name == "unicode" || name == "1200" || name == "1201"
}

func isASCII(name string) bool {
	switch cleanCharset(name) {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "7bit", "8bit", "x-unknown", "unknown", "unknown-8bit", "default", "none":
		return true
	}
	return false
}
