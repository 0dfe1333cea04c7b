package ioc

import (
	"regexp"
	"strings"
)

// Forms in which people write a dot, an at sign and a scheme so that nothing
// makes a link of it.
const (
	dotForms = `\s?\[\s?\.\s?\]\s?|\s?\(\s?\.\s?\)\s?|\s?\{\s?\.\s?\}\s?|\[\.|\.\]|\\\.|` +
		`\s?\[\s?(?i:dot|punkt|punto)\s?\]\s?|\s?\(\s?(?i:dot|punkt|punto)\s?\)\s?|\s?\{\s?(?i:dot)\s?\}\s?|\s(?:DOT)\s|<\.>`
	atForms = `\s?\[\s?@\s?\]\s?|\s?\(\s?@\s?\)\s?|\s?[\[({]\s?(?i:at)\s?[\])}]\s?`
)

var (
	dotForm   = regexp.MustCompile(dotForms)
	atForm    = regexp.MustCompile(atForms)
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
	if strings.ContainsAny(text, `[({\<`) || strings.Contains(text, " DOT ") {
		out = joints(out, text, dotForm, ".")
		out = joints(out, text, atForm, "@")
	}
	for at := strings.Index(text, "[:]"); at >= 0; {
		out = append(out, edit{at, at + 3, ":"})
		next := strings.Index(text[at+3:], "[:]")
		if next < 0 {
			break
		}
		at += 3 + next
	}
	for _, at := range schemes.FindAllStringIndex(text, -1) {
		out = append(out, edit{at[0], at[1], scheme(text[at[0]:at[1]])})
	}
	sortEdits(out)
	return out
}

// joints takes a form for a dot only between two labels: "see (.)" is no name.
func joints(out []edit, text string, form *regexp.Regexp, with string) []edit {
	for _, at := range form.FindAllStringIndex(text, -1) {
		start, end := at[0], at[1]
		left, right := text[max(0, start-4):start], text[end:min(len(text), end+4)]
		if nameLeft.MatchString(left) && nameRight.MatchString(right) {
			out = append(out, edit{start, end, with})
		}
	}
	return out
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
