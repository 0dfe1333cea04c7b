package email

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mediaType is a Content-Type or Content-Disposition with its parameters.
type mediaType struct {
	value  string // lower case, without parameters
	params map[string]string
}

// parseMedia reads "type; name=value" in the forms that senders write: no
// semicolon, no quotes, quotes that don't close, continuations and charsets of
// RFC 2231, encoded words.
func (m *message) parseMedia(raw []byte) mediaType {
	out := mediaType{params: map[string]string{}}
	pieces := splitOutside(dropComments(raw), ';')
	first, rest, _ := strings.Cut(tightSlash(string(pieces[0])), " ")
	if typ, more, ok := strings.Cut(first, ","); ok && more != "" && typ != "" { // a comma for the semicolon
		first, rest = typ, more+" "+rest
	}
	out.value = strings.ToLower(strings.Trim(first, " \t,:;\"'"))
	if strings.Contains(out.value, "=") { // parameters without a type
		pieces, out.value = append([][]byte{nil, pieces[0]}, pieces[1:]...), ""
	} else if rest != "" {
		pieces = append(pieces, []byte(rest))
	}
	var parts []paramPart
	for _, p := range splitRunOn(pieces[1:]) {
		if part, ok := splitParam(p); ok {
			parts = append(parts, part)
		}
	}
	m.joinParams(parts, out.params)
	return out
}

// tightSlash takes out the blanks that some senders put around the slash.
func tightSlash(s string) string {
	typ, sub, ok := strings.Cut(s, "/")
	if !ok || strings.ContainsAny(typ, "=\"") {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(typ) + "/" + strings.TrimSpace(sub)
}

// dropComments takes out (comments) outside quotes. Only one that follows a blank
// or a semicolon is one: senders leave names such as "a(1).pdf" without quotes.
func dropComments(b []byte) []byte {
	if bytes.IndexByte(b, '(') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		n := 1
		switch {
		case b[i] == '"':
			n = quotedLength(b[i:])
		case b[i] == '(' && (i == 0 || isBlank(b[i-1]) || b[i-1] == ';') && !isFileName(out):
			if n = commentLength(b[i:]); n > 0 {
				i += n
				continue
			}
			n = 1
		}
		out = append(out, b[i:i+n]...)
		i += n
	}
	return out
}

// isFileName says whether a name without quotes is being read: brackets belong to it.
func isFileName(b []byte) bool {
	key, value, ok := bytes.Cut(b[bytes.LastIndexByte(b, ';')+1:], []byte("="))
	return ok && bytes.Contains(bytes.ToLower(key), []byte("name")) && !bytes.HasPrefix(bytes.TrimSpace(value), []byte(`"`))
}

// runOn is the next parameter where the semicolon before it was forgotten.
var runOn = regexp.MustCompile(`(?i)[ \t](?:charset|format|boundary|type|name|filename|delsp)\*?[ \t]*=`)

// splitRunOn cuts such pieces in two; blanks in a name without quotes stay.
func splitRunOn(pieces [][]byte) [][]byte {
	var out [][]byte
	for _, p := range pieces {
		at := runOn.FindIndex(p)
		for at != nil && bytes.Count(p[:at[0]], []byte(`"`))%2 == 0 && !isFileName(p[:at[0]]) && len(bytes.TrimSpace(p[:at[0]])) > 0 {
			out, p = append(out, p[:at[0]]), p[at[0]+1:]
			at = runOn.FindIndex(p)
		}
		out = append(out, p)
	}
	return out
}

// splitOutside splits at a separator outside quotes. A quote that never closes
// is an ordinary character.
func splitOutside(b []byte, sep byte) [][]byte {
	var out [][]byte
	start, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && quoted:
			i++
		case b[i] == '"':
			quoted = !quoted && bytes.IndexByte(b[i+1:], '"') >= 0
		case b[i] == sep && !quoted:
			out = append(out, b[start:i])
			start = i + 1
		}
	}
	return append(out, b[start:])
}

// paramPart is one parameter as written: name*index*=value.
type paramPart struct {
	name    string
	index   int // -1 without a continuation
	encoded bool
	value   []byte
}

func splitParam(b []byte) (paramPart, bool) {
	key, value, ok := bytes.Cut(b, []byte("="))
	name := strings.ToLower(strings.TrimSpace(string(key)))
	if !ok || name == "" {
		return paramPart{}, false
	}
	p := paramPart{index: -1, value: unquote(bytes.TrimSpace(value))}
	if rest, ok := strings.CutSuffix(name, "*"); ok {
		p.encoded, name = true, rest
	}
	if base, index, ok := strings.Cut(name, "*"); ok {
		if n, err := strconv.Atoi(index); err == nil && n >= 0 && n < 1000 {
			p.index, name = n, base
		}
	}
	p.name = strings.TrimSpace(name)
	return p, true
}

func unquote(b []byte) []byte {
	if len(b) == 0 || b[0] != '"' {
		if len(b) > 1 && b[0] == '\'' && b[len(b)-1] == '\'' {
			return b[1 : len(b)-1]
		}
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 1; i < len(b) && b[i] != '"'; i++ {
		// A backslash before anything but a quote or itself is a path of Windows.
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

func (m *message) joinParams(parts []paramPart, into map[string]string) {
	slices.SortStableFunc(parts, func(a, b paramPart) int { return a.index - b.index })
	byName := map[string][]paramPart{}
	var names []string
	for _, p := range parts {
		if len(byName[p.name]) == 0 {
			names = append(names, p.name)
		}
		byName[p.name] = append(byName[p.name], p)
	}
	for _, name := range names {
		if name == "boundary" {
			into[name] = rawParam(byName[name])
			continue
		}
		into[name] = m.joinParam(byName[name])
	}
}

// rawParam joins a boundary without decoding it: it is compared with bytes, and
// may look like an encoded word.
func rawParam(parts []paramPart) string {
	if parts[0].index < 0 && !parts[0].encoded {
		return string(parts[0].value)
	}
	var all []byte
	for _, p := range parts {
		if p.encoded {
			if first := bytes.SplitN(p.value, []byte("'"), 3); len(all) == 0 && len(first) == 3 {
				p.value = first[2]
			}
			p.value = percentDecode(p.value)
		}
		all = append(all, p.value...)
	}
	return string(all)
}

// joinParam decodes one parameter. The form of RFC 2231 wins over a plain one of
// the same name, which is there for old readers.
func (m *message) joinParam(parts []paramPart) string {
	if parts[0].index < 0 {
		best := parts[0]
		for _, p := range parts {
			if p.index < 0 && p.encoded {
				best = p
			}
		}
		if parts[len(parts)-1].index < 0 || best.encoded {
			parts = []paramPart{best}
		} else {
			parts = slices.DeleteFunc(slices.Clone(parts), func(p paramPart) bool { return p.index < 0 })
		}
	}
	var all []byte
	charset, encoded := "", false
	for i, p := range parts {
		value := p.value
		if p.encoded {
			if first := bytes.SplitN(value, []byte("'"), 3); i == 0 && len(first) == 3 {
				charset, value = string(first[0]), first[2]
			}
			value, encoded = percentDecode(value), true
		}
		all = append(all, value...)
	}
	if !encoded {
		return m.decodeWords(all)
	}
	text, known := decodeAs(charset, all, m.hints())
	if !known {
		m.note("unknown_charset", "the charset "+clip(cleanCharset(charset), 60)+" of a parameter is not known")
	}
	return text
}

func percentDecode(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '%' && i+2 < len(b) && isHex(b[i+1]) && isHex(b[i+2]) {
			out = append(out, unhex(b[i+1])<<4|unhex(b[i+2]))
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
}
