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
		from := m.single(pieces)
		if from.Address == "" {
			return m.hiddenFrom(value, pieces, from)
		}
		return from
	}
	p := pieces[firstAngle]
	var name []byte
	for _, before := range pieces[:firstAngle] {
		name = append(append(name, before.name...), before.end)
	}
	p.name = append(name, p.name...)
	return m.mailbox(p)
}

// hiddenFrom finds the sender where the whole field, brackets and all, was put
// into encoded words, or where the brackets hold a mailbox without a host.
func (m *message) hiddenFrom(value []byte, pieces []piece, from Address) Address {
	if text := m.decodeWords(value); bytes.Contains(value, []byte("=?")) && strings.Contains(text, "@") {
		if got := m.single(cutPieces([]byte(text))); got.Address != "" {
			return got
		}
	}
	if local := pieces[0].angle; len(local) > 0 && !bytes.ContainsAny(local, " \t?=") {
		return Address{Name: m.nameOf(pieces[0]), Address: guess(local, nil)}
	}
	return from
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
	isQuoted := bytes.Contains(b, []byte(`"@`)) // where blanks count
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == ' ' && !isQuoted {
			return -1
		}
		return r
	}, guess(withoutComments(b), nil))
	s = strings.TrimSpace(s)
	if route := strings.LastIndex(s, ":"); strings.HasPrefix(s, "@") && route > 0 {
		s = s[route+1:] // a source route: <@relay:user@host>
	}
	s = strings.TrimPrefix(strings.Trim(s, "<>,;'"), "mailto:")
	if !strings.Contains(s, "@") || strings.HasPrefix(s, "@") && strings.Count(s, "@") == 1 {
		return ""
	}
	return s
}

// withoutComments takes (comments) out of an address.
func withoutComments(b []byte) []byte {
	start := bytes.IndexByte(b, '(')
	if start < 0 || bytes.IndexByte(b, '"') >= 0 {
		return b
	}
	n := commentLength(b[start:])
	if n == 0 {
		return b
	}
	return append(bytes.Clone(b[:start]), b[start+n:]...)
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
		isEncoded := bytes.HasPrefix(word, []byte("=?"))
		if at > 0 && at+1 < len(word) && word[0] != '"' && !isEncoded || bytes.Contains(word, []byte(`"@`)) {
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
