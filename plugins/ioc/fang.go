package ioc

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// Forms in which people write a dot, an at sign and a scheme so that nothing
// makes a link of it.
const (
	dotForms = `\s?\[\s?\.\s?\]\s?|\s?\(\s?\.\s?\)\s?|\s?\{\s?\.\s?\}\s?|\[\.|\.\]|\\\.|` +
		`\s?\[\s?(?i:dot|punkt|punto)\s?\]\s?|\s?\(\s?(?i:dot|punkt|punto)\s?\)\s?|\s?\{\s?(?i:dot)\s?\}\s?|\s(?:DOT)\s|<\.>`
	atForms = `\s?\[\s?@\s?\]\s?|\s?\(\s?@\s?\)\s?|\s?[\[({]\s?(?i:at)\s?[\])}]\s?`
)

var (
	dotForm   = regexp.MustCompile(`^(?:` + dotForms + `)`)
	atForm    = regexp.MustCompile(`^(?:` + atForms + `)`)
	schemes   = regexp.MustCompile(`(?i)\b(h(?:xx|tt|\*\*|__|XX)ps?|fxp|ftp|meow)(?:\[:\]|\(:\)|:)(?:\[//\]|\[/\]\[/\]|//|\\\\)|\b(h(?:xx|tt|\*\*|__)ps?|fxp|ftp)\[:(?:\/\/)\]`)
	nameLeft  = regexp.MustCompile(`[\pL\pN_-]$`)
	nameRight = regexp.MustCompile(`^[\pL\pN_-]`)
)

// piece maps the refanged text back to where it came from.
type piece struct{ refanged, original int }

// refang rewrites the harmless forms and remembers, for every change, which
// place in the new text belongs to which in the old.
func refang(text string) (string, []piece) {
	edits := findEdits(text)
	var out strings.Builder
	pieces := []piece{{0, 0}}
	at := 0
	for _, e := range edits {
		if e.start < at {
			continue
		}
		out.WriteString(text[at:e.start])
		pieces = append(pieces, piece{out.Len(), e.start})
		out.WriteString(e.with)
		at = e.end
		pieces = append(pieces, piece{out.Len(), at})
	}
	out.WriteString(text[at:])
	return out.String(), pieces
}

type edit struct {
	start, end int
	with       string
}

func findEdits(text string) []edit {
	var out []edit
	out = joints(out, text)
	for at := strings.Index(text, "[:]"); at >= 0; {
		out = append(out, edit{at, at + 3, ":"})
		next := strings.Index(text[at+3:], "[:]")
		if next < 0 {
			break
		}
		at += 3 + next
	}
	out = schemeEdits(out, text)
	sortEdits(out)
	return out
}

// joints takes a form for a dot or an at sign only between two labels: "see (.)"
// is no name.
func joints(out []edit, text string) []edit {
	for i := 0; i < len(text); i++ {
		if !mayBeJoint(text, i) {
			continue
		}
		from := i
		if i > 0 && isSpace(text[i-1]) {
			from = i - 1
		}
		window := text[from:min(len(text), from+16)]
		for _, form := range []struct {
			pattern *regexp.Regexp
			with    string
		}{{dotForm, "."}, {atForm, "@"}} {
			at := form.pattern.FindStringIndex(window)
			if at != nil && nameLeft.MatchString(text[max(0, from-4):from]) && nameRight.MatchString(text[from+at[1]:min(len(text), from+at[1]+4)]) {
				out = append(out, edit{from, from + at[1], form.with})
				i = from + at[1] - 1
				break
			}
		}
	}
	return out
}

// mayBeJoint knows the byte that a form begins with, after its blank.
func mayBeJoint(text string, i int) bool {
	switch text[i] {
	case '[', '(', '{', '\\', '<':
		return true
	case '.':
		return i+1 < len(text) && text[i+1] == ']'
	case 'D':
		return i > 0 && isSpace(text[i-1]) && strings.HasPrefix(text[i:], "DOT")
	}
	return false
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// schemeEdits finds schemes around their colons.
func schemeEdits(out []edit, text string) []edit {
	for done := 0; ; {
		colon := strings.IndexByte(text[done:], ':')
		if colon < 0 {
			return out
		}
		colon += done
		from := max(0, colon-9)
		for from > 0 && !utf8.RuneStart(text[from]) {
			from--
		}
		done = colon + 1
		for _, at := range schemes.FindAllStringIndex(text[from:min(len(text), colon+10)], -1) {
			start, end := from+at[0], from+at[1]
			// A window that begins inside a word sees a word's start where none is.
			if start <= colon && colon < end && (start > from || from == 0) {
				out = append(out, edit{start, end, scheme(text[start:end])})
				done = max(done, end)
			}
		}
	}
}

func scheme(written string) string {
	s := strings.ToLower(written)
	switch {
	case strings.HasPrefix(s, "f"):
		return "ftp://"
	case strings.HasPrefix(s, "h") && strings.Contains(s[:min(len(s), 6)], "ps"):
		return "https://"
	}
	return "http://"
}

// Refang turns harmless forms back into live ones.
func Refang(text string) string {
	out, _ := refang(text)
	return out
}

// Defang makes every URL, domain, mail address and IPv4 address in a text
// harmless. What is harmless already stays as it is.
func Defang(text string) string {
	var out strings.Builder
	at := 0
	for _, m := range findAll(text) {
		if m.start < at || m.kind == "md5" || m.kind == "sha1" || m.kind == "sha256" || m.kind == "cve" {
			continue
		}
		out.WriteString(text[at:m.start])
		out.WriteString(defangOne(m.kind, text[m.start:m.end]))
		at = m.end
	}
	out.WriteString(text[at:])
	return out.String()
}

func defangOne(kind, s string) string {
	switch kind {
	case "url":
		return defangURL(s)
	case "email":
		local, host, _ := strings.Cut(s, "@")
		return local + "[@]" + strings.ReplaceAll(host, ".", "[.]")
	case "ipv6":
		return strings.ReplaceAll(s, ":", "[:]")
	case "ipv4", "domain":
		return strings.ReplaceAll(s, ".", "[.]")
	}
	return s
}

func defangURL(s string) string {
	name, rest, ok := strings.Cut(s, "://")
	if !ok {
		return strings.ReplaceAll(s, ".", "[.]")
	}
	name = strings.NewReplacer("tt", "xx", "TT", "XX", "ft", "fx", "FT", "FX").Replace(name)
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := strings.ReplaceAll(rest[:end], ".", "[.]")
	if strings.HasPrefix(host, "[") && strings.Contains(host, ":") {
		host = "[" + strings.ReplaceAll(host[1:], ":", "[:]")
	}
	return name + "://" + host + rest[end:]
}
