package imap

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep lists may be nested.
const maxDepth = 20

// response is one line of a server with the literals in it.
type response struct {
	tag  string
	text string // behind the tag, with {0} and so on where literals stood
	// literals are what stood there.
	literals [][]byte
}

// is says how a status line begins.
func (r response) is(word string) bool {
	first, _, _ := strings.Cut(r.text, " ")
	return strings.EqualFold(first, word)
}

// code reads the numbers of a response code, such as [UIDVALIDITY 7].
func (r response) code(name string) ([]int, bool) {
	_, rest, found := strings.Cut(strings.ToUpper(r.text), "["+name+" ")
	inner, _, closed := strings.Cut(rest, "]")
	if !found || !closed {
		return nil, false
	}
	var list []int
	for _, word := range strings.Fields(inner) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return list, len(list) > 0
		}
		list = append(list, int(n))
	}
	return list, true
}

// response reads a line, and on where it ends by a literal.
func (s *session) response() (response, error) {
	var r response
	var text strings.Builder
	for {
		line, err := s.line(maxLine - text.Len())
		if err != nil {
			return r, err
		}
		size, isLiteral := literalAt(line)
		if !isLiteral {
			text.WriteString(line)
			break
		}
		if size > maxLiteral {
			return r, s.garbled("it announces " + strconv.Itoa(size) + " bytes at once")
		}
		text.WriteString(line[:strings.LastIndexByte(line, '{')] + "{" + strconv.Itoa(len(r.literals)) + "}")
		content := make([]byte, size)
		if _, err := io.ReadFull(s.read, content); err != nil {
			return r, s.conn.Lost(err)
		}
		r.literals = append(r.literals, content)
	}
	var found bool
	r.tag, r.text, found = strings.Cut(text.String(), " ")
	if !found && r.tag != "+" || r.tag == "" {
		return r, s.garbled("it says " + strconv.Quote(shown(text.String())))
	}
	return r, nil
}

func (s *session) line(most int) (string, error) {
	var line []byte
	for {
		part, err := s.read.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		if len(line) > most {
			return "", s.garbled("it sends a line without an end")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", s.conn.Lost(err)
		}
	}
}

func literalAt(line string) (int, bool) {
	at := strings.LastIndexByte(line, '{')
	if at < 0 || !strings.HasSuffix(line, "}") {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(line[at+1:len(line)-1], "+"), 10, 31)
	return int(n), err == nil
}

// parser reads the values of a response: texts, and lists of values.
type parser struct {
	rest     string
	literals [][]byte
	broken   bool
}

// value is a string or a []any.
func (p *parser) value(depth int) any {
	p.rest = strings.TrimLeft(p.rest, " ")
	switch {
	case p.rest == "" || depth > maxDepth:
		p.broken, p.rest = true, ""
		return ""
	case p.rest[0] == '(':
		p.rest = p.rest[1:]
		list := []any{}
		for {
			p.rest = strings.TrimLeft(p.rest, " ")
			if p.rest == "" {
				p.broken = true
				return list
			}
			if p.rest[0] == ')' {
				p.rest = p.rest[1:]
				return list
			}
			list = append(list, p.value(depth+1))
		}
	case p.rest[0] == '"':
		return p.quoted()
	case p.rest[0] == '{':
		number, rest, found := strings.Cut(p.rest[1:], "}")
		n, err := strconv.Atoi(number)
		if found && err == nil && n >= 0 && n < len(p.literals) {
			p.rest = rest
			return string(p.literals[n])
		}
	}
	return p.atom()
}

func (p *parser) quoted() string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	p.broken, p.rest = true, ""
	return b.String()
}

// atom reads a word; what stands between brackets belongs to it.
func (p *parser) atom() string {
	bracket := 0
	for i := range len(p.rest) {
		switch c := p.rest[i]; {
		case c == '[':
			bracket++
		case c == ']' && bracket > 0:
			bracket--
		case bracket == 0 && (c == ' ' || c == '(' || c == ')' || c == '"') && i > 0:
			word := p.rest[:i]
			p.rest = p.rest[i:]
			return word
		case bracket == 0 && c == ')':
			p.broken, p.rest = true, "" // a list that nobody began
			return ""
		}
	}
	word := p.rest
	p.rest = ""
	return word
}

// fetched reads "7 FETCH (UID 9 …)" into its items, by their names in upper case.
func (r response) fetched() (map[string]any, bool) {
	_, rest, _ := strings.Cut(r.text, " ")
	word, rest, _ := strings.Cut(rest, " ")
	if !strings.EqualFold(word, "FETCH") {
		return nil, false
	}
	p := &parser{rest: rest, literals: r.literals}
	list, ok := p.value(0).([]any)
	items := map[string]any{}
	for i := 0; i+1 < len(list); i += 2 {
		name, isText := list[i].(string)
		if ok = ok && isText; ok {
			items[strings.ToUpper(name)] = list[i+1]
		}
	}
	return items, ok && !p.broken
}

// The base64 of folders' names (RFC 3501, 5.1.3).
var modified = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeFolder writes a folder's name as the protocol has it.
func encodeFolder(name string) string {
	var b strings.Builder
	var other []rune
	flush := func() {
		if len(other) == 0 {
			return
		}
		var raw []byte
		for _, u := range utf16.Encode(other) {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteString("&" + modified.EncodeToString(raw) + "-")
		other = nil
	}
	for _, r := range name {
		switch {
		case r < ' ' || r > 0x7e:
			other = append(other, r)
			continue
		case r == '&':
			flush()
			b.WriteString("&-")
		default:
			flush()
			b.WriteRune(r)
		}
	}
	flush()
	return b.String()
}

// decodeFolder reads one; what isn't right stays as it is.
func decodeFolder(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "&")
		b.WriteString(before)
		inner, after, closed := strings.Cut(rest, "-")
		raw, err := modified.DecodeString(inner)
		if !found {
			return b.String()
		}
		if !closed || err != nil || len(raw)%2 != 0 || !utf8.ValidString(inner) {
			return b.String() + "&" + rest
		}
		if inner == "" {
			b.WriteByte('&')
		}
		var units []uint16
		for i := 0; i < len(raw); i += 2 {
			units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
		}
		b.WriteString(string(utf16.Decode(units)))
		text = after
	}
}
