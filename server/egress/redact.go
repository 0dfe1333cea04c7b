package egress

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// redacted stands where a secret was echoed.
const redacted = "•••"

// minRedacted is the shortest secret that is looked for within texts: shorter ones
// stand there by chance, and their removal would tell where.
const minRedacted = 4

// minCore is the shortest part of base64 that is looked for where it isn't the
// whole: eight digits stand for six bytes.
const minCore = 8

// longestEntity bounds what is read as one entity of HTML.
const longestEntity = 12

// redactor takes secrets out of what comes back, in the forms that echoes have:
// plain, coded as a whole, or within the base64 of more, and each with any of its
// characters escaped.
type redactor struct {
	forms  []form // the longest first, because one may begin with another
	starts [256][]form
	// short are the secrets below minRedacted that were all that was sent. They
	// are taken out where they are a whole text, or one between quotes.
	short []string
	lower []string // the forms in lower case, for names of headers
}

type form struct{ text, instead string }

// newRedactor looks for secrets, and for what was made of them to be sent.
func newRedactor(secrets, sent []string) *redactor {
	r := &redactor{}
	for _, s := range slices.Concat(secrets, sent) {
		if len(s) < minRedacted {
			continue
		}
		for _, text := range codings(s) {
			r.forms = append(r.forms, form{text, redacted})
		}
	}
	for _, s := range secrets {
		for _, text := range cores(s) {
			r.forms = append(r.forms, form{text, redacted})
		}
	}
	for _, s := range sent {
		if s != "" && len(s) < minRedacted {
			r.short = append(r.short, s)
			r.forms = append(r.forms, form{`"` + s + `"`, `"` + redacted + `"`})
		}
	}
	slices.SortStableFunc(r.forms, func(a, b form) int { return len(b.text) - len(a.text) })
	for _, f := range r.forms {
		r.lower = append(r.lower, strings.ToLower(f.text))
		r.starts[f.text[0]] = append(r.starts[f.text[0]], f)
	}
	return r
}

// codings are a secret itself, and what it is coded as a whole.
func codings(secret string) []string {
	raw := []byte(secret)
	texts := []string{secret, hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw))}
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		texts = append(texts, e.EncodeToString(raw))
	}
	return texts
}

// cores are the digits that a secret has for sure within the base64 of a longer
// text: three ways to lie, by how many bytes stand before it.
func cores(secret string) []string {
	var list []string
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, len(padded)*8/6
		if to-from < minCore {
			continue
		}
		for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			list = append(list, e.EncodeToString(padded)[from:to])
		}
	}
	return slices.Compact(list)
}

// inName says whether the name of a header, in lower case, holds an echo. Names
// lose their case on the way.
func (r *redactor) inName(name string) bool {
	return slices.ContainsFunc(r.lower, func(form string) bool { return strings.Contains(name, form) })
}

func (r *redactor) text(s string) string {
	if len(r.forms) == 0 {
		return s
	}
	if slices.Contains(r.short, strings.TrimSpace(s)) {
		return redacted
	}
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); {
		instead, end := r.echo(s, i)
		if end < 0 {
			i++
			continue
		}
		b.WriteString(s[done:i])
		b.WriteString(instead)
		done, i = end, end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// echo finds a form that stands at a place of a text: where it ends and what is
// put there instead, or -1.
func (r *redactor) echo(s string, at int) (string, int) {
	forms := r.starts[s[at]]
	char, size := unescape(s[at:])
	if size > 0 {
		forms = r.forms
	}
	for _, f := range forms {
		if f.text[0] != s[at] && (size == 0 || f.text[0] != char[0]) {
			continue
		}
		m := match{form: f.text, in: s}
		if end := m.from(0, at); end >= 0 {
			return f.instead, end
		}
	}
	return "", -1
}

// match compares a form with a text of which any character may be escaped.
type match struct {
	form, in string
	failed   map[[2]int]bool // what was tried, so that no text takes long
}

// from says where in the text the form ends whose rest begins at a place, or -1.
func (m *match) from(form, at int) int {
	for form < len(m.form) {
		if at == len(m.in) {
			return -1
		}
		same := m.in[at] == m.form[form]
		if char, size := unescape(m.in[at:]); size > 0 && strings.HasPrefix(m.form[form:], char) {
			if !same {
				form, at = form+len(char), at+size
				continue
			}
			// The secret itself may look escaped: either can be meant.
			try := [2]int{form + len(char), at + size}
			if !m.failed[try] {
				if end := m.from(try[0], try[1]); end >= 0 {
					return end
				}
				if m.failed == nil {
					m.failed = map[[2]int]bool{}
				}
				m.failed[try] = true
			}
		}
		if !same {
			return -1
		}
		form, at = form+1, at+1
	}
	return at
}

// unescape reads one escaped character as JSON, URLs and HTML have them, and how
// long it is; 0 where there is none.
func unescape(s string) (string, int) {
	switch s[0] {
	case '+':
		return " ", 1
	case '%':
		if n, ok := hexAt(s, 1, 2); ok {
			return string([]byte{byte(n)}), 3
		}
	case '&':
		end := strings.IndexByte(s[:min(len(s), longestEntity)], ';')
		if end < 0 {
			return "", 0
		}
		if char := html.UnescapeString(s[:end+1]); char != "" && char != s[:end+1] {
			return char, end + 1
		}
	case '\\':
		return unescapeJSON(s)
	}
	return "", 0
}

func unescapeJSON(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	switch s[1] {
	case '/', '\\', '"', '\'':
		return s[1:2], 2
	case 'b', 'f', 'n', 'r', 't':
		return string("\b\f\n\r\t"[strings.IndexByte("bfnrt", s[1])]), 2
	case 'x':
		if n, ok := hexAt(s, 2, 2); ok {
			return string([]byte{byte(n)}), 4
		}
	case 'u':
		n, ok := hexAt(s, 2, 4)
		if !ok {
			return "", 0
		}
		if !utf16.IsSurrogate(n) {
			return string(n), 6
		}
		if low, ok := hexAt(s, 8, 4); ok && s[6:8] == `\u` {
			if pair := utf16.DecodeRune(n, low); pair != utf8.RuneError {
				return string(pair), 12
			}
		}
	}
	return "", 0
}

func hexAt(s string, at, digits int) (rune, bool) {
	if len(s) < at+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(s[at:at+digits], 16, 32)
	return rune(n), err == nil
}
