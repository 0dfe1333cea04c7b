package email

import (
	"bytes"
	"strings"
)

// Address is a mailbox as a header shows it.
type Address struct {
	Name    string `json:"name" doc:"The display name, decoded; it may claim anything."`
	Address string `json:"address" doc:"user@domain as written, empty where the header has none."`
}

// piece is the text of one mailbox, cut into what stands where.
type piece struct {
	name     []byte // outside brackets and comments
	angle    []byte // inside < >
	comment  []byte
	hasAngle bool
}

// parseFrom reads the sender. A From field names one mailbox, so a comma before
// the last bracket belongs to a name that should have been quoted; an address in
// such a name is what a forger wants to be seen and never the sender.
func (m *message) parseFrom(value []byte) Address {
	pieces := cutPieces(value)
	firstAngle := -1
	for i, p := range pieces {
		if p.hasAngle && addressIn(p.angle) != "" {
			firstAngle = i
			break
		}
	}
	if firstAngle <= 0 {
		if len(pieces) == 0 {
			return Address{}
		}
		return m.single(pieces)
	}
	p := pieces[firstAngle]
	var name []byte
	for _, before := range pieces[:firstAngle] {
		name = append(append(name, before.name...), ',')
	}
	p.name = append(name, p.name...)
	return m.mailbox(p)
}

// single reads a sender without a bracket that helps: the first piece with an
// address, with the pieces before it as its name.
func (m *message) single(pieces []piece) Address {
	first := m.mailbox(pieces[0])
	if first.Address != "" {
		return first
	}
	var names [][]byte
	for _, p := range pieces {
		got := m.mailbox(p)
		if got.Address != "" {
			names = append(names, []byte(nil))
			lead := strings.TrimRight(m.cleanName(bytes.Join(names, []byte(","))), ", ")
			return Address{Name: strings.TrimSpace(lead + " " + got.Name), Address: got.Address}
		}
		names = append(names, append(p.name, p.angle...))
	}
	return Address{Name: m.cleanName(bytes.Join(names, []byte(",")))}
}

// parseAddresses reads a list of mailboxes. A piece between commas without any
// address is the start of the next one's unquoted name.
func (m *message) parseAddresses(value []byte) []Address {
	out := []Address{}
	var lead []byte
	for _, p := range cutPieces(value) {
		a := m.mailbox(p)
		if a.Address == "" {
			lead = append(append(lead, p.name...), ',')
			continue
		}
		if lead != nil {
			p.name = append(lead, p.name...)
			a, lead = m.mailbox(p), nil
		}
		if out = append(out, a); len(out) == maxAddresses {
			m.note("many_addresses", "only the first 1,000 addresses of a field were read")
			return out
		}
	}
	lead = bytes.TrimRight(lead, ", ")
	if name := m.cleanName(lead); name != "" && len(out) == 0 && !isGroup(lead) {
		out = append(out, Address{Name: name})
	}
	return out
}

const maxAddresses = 1000

// isGroup knows "Undisclosed recipients:", a group that lost its semicolon.
func isGroup(b []byte) bool { return bytes.HasSuffix(bytes.TrimSpace(b), []byte(":")) }

// cutPieces splits a field at commas and semicolons outside quotes, comments and
// brackets, and drops the names of groups.
func cutPieces(value []byte) []piece {
	var out []piece
	var p piece
	end := func() {
		if p.hasAngle || len(bytes.TrimSpace(p.name)) > 0 || len(p.comment) > 0 {
			out = append(out, p)
		}
		p = piece{}
	}
	for i := 0; i < len(value); {
		n := 1
		switch c := value[i]; {
		case c == '=' && i+1 < len(value) && value[i+1] == '?':
			n = wordLength(value[i:])
			p.name = append(p.name, value[i:i+n]...)
		case c == '"':
			n = quotedLength(value[i:])
			p.name = append(p.name, value[i:i+n]...)
		case c == '(' && commentLength(value[i:]) > 0:
			n = commentLength(value[i:])
			p.comment = append(p.comment, value[i+1:i+n-1]...)
			p.name = append(p.name, ' ')
		case c == '<':
			n = angleLength(value[i:])
			if inner := bytes.Trim(value[i:i+n], "<> \t"); !p.hasAngle || addressIn(inner) != "" {
				if p.hasAngle {
					p.name = append(append(p.name, p.angle...), ' ')
				}
				p.angle, p.hasAngle = inner, true
			}
		case c == ',' || c == ';':
			end()
		case c == ':' && !p.hasAngle && bytes.IndexByte(value[i:], ';') > 0 && !bytes.ContainsAny(p.name, "@\""):
			p = piece{} // the name of a group
		default:
			p.name = append(p.name, c)
		}
		i += n
	}
	end()
	return out
}

// wordLength keeps an encoded word whole, because its text may hold any character.
func wordLength(b []byte) int {
	if _, rest, ok := cutWord(b); ok {
		return len(b) - len(rest)
	}
	return 1
}

// maxToken822 bounds a quoted string and a comment, so that many which never
// close don't take time squared.
const maxToken822 = 4096

func quotedLength(b []byte) int {
	for i := 1; i < min(len(b), maxToken822); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 1 // it never closes: an ordinary character
}

// commentLength measures a comment with those inside it; 0 where it never closes.
func commentLength(b []byte) int {
	depth := 0
	for i := 0; i < min(len(b), maxToken822); i++ {
		switch b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// angleLength measures <address>. One that never closes ends at the next comma.
func angleLength(b []byte) int {
	if end := bytes.IndexByte(b, '>'); end >= 0 {
		if again := bytes.IndexByte(b[1:], '<'); again < 0 || again+1 > end {
			return end + 1
		}
		return bytes.IndexByte(b[1:], '<') + 1
	}
	if end := bytes.IndexAny(b, ",;"); end >= 0 {
		return end
	}
	return len(b)
}

// mailbox reads one piece.
func (m *message) mailbox(p piece) Address {
	if p.hasAngle {
		address := addressIn([]byte(m.decodeWords(p.angle)))
		if address != "" {
			return Address{Name: m.nameOf(p), Address: address}
		}
		p.name = append(append(p.name, ' '), p.angle...)
	}
	before, address, after := findAddress(p.name)
	if address != "" {
		rest := bytes.Join([][]byte{before, after}, []byte(" "))
		return Address{Name: m.nameOf(piece{name: rest, comment: p.comment}), Address: address}
	}
	if _, address, _ := findAddress(bytes.Trim(p.comment, "<> ")); address != "" {
		return Address{Name: m.cleanName(p.name), Address: address}
	}
	return Address{Name: m.nameOf(p)}
}

// nameOf prefers the words before the address; the old style has the name in a
// comment after it.
func (m *message) nameOf(p piece) string {
	if name := m.cleanName(p.name); name != "" {
		return name
	}
	return m.cleanName(p.comment)
}

// cleanName decodes a display name and takes off its quotes.
func (m *message) cleanName(b []byte) string {
	var plain []byte
	for i := 0; i < len(b); {
		n := 1
		switch {
		case b[i] == '"':
			if n = quotedLength(b[i:]); n > 1 {
				plain = append(plain, unquote(b[i:i+n])...)
			}
		case b[i] == '=' && i+1 < len(b) && b[i+1] == '?':
			n = wordLength(b[i:])
			plain = append(plain, b[i:i+n]...)
		default:
			plain = append(plain, b[i])
		}
		i += n
	}
	name := oneLine(m.decodeWords(plain))
	return strings.Trim(strings.TrimSpace(name), ", \t")
}

// addressIn answers the address inside brackets, with white space taken out:
// no mailer means it.
func addressIn(b []byte) string {
	s := strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, guess(b, ""))
	if route := strings.LastIndex(s, ":"); strings.HasPrefix(s, "@") && route > 0 {
		s = s[route+1:] // a source route: <@relay:user@host>
	}
	s = strings.TrimPrefix(strings.Trim(s, "<>,;'"), "mailto:")
	if !strings.Contains(s, "@") || strings.HasPrefix(s, "@") && strings.Count(s, "@") == 1 {
		return ""
	}
	return s
}

// findAddress finds a bare user@host in text.
func findAddress(b []byte) (before []byte, address string, after []byte) {
	for start := 0; start < len(b); {
		for start < len(b) && isBlank(b[start]) {
			start++
		}
		end := start
		for end < len(b) && !isBlank(b[end]) {
			if b[end] == '"' {
				end += quotedLength(b[end:])
				continue
			}
			end++
		}
		word := b[start:end]
		at := bytes.LastIndexByte(word, '@')
		if at > 0 && at+1 < len(word) && word[0] != '"' || bytes.Contains(word, []byte(`"@`)) {
			return b[:start], addressIn(bytes.Trim(word, "<>[]()'")), b[end:]
		}
		start = end
	}
	// A quoted name that is itself the address is better than none.
	if trimmed := bytes.Trim(bytes.TrimSpace(b), `"'`); bytes.IndexByte(trimmed, '@') > 0 && !bytes.ContainsAny(trimmed, " \t,") {
		return nil, addressIn(trimmed), nil
	}
	return b, "", nil
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// oneLine makes any run of white space one blank and drops other control characters.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return -1
		}
		return r
	}, s)), " ")
}
