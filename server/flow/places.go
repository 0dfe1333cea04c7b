package flow

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// places finds the line and column of a pointer in the text that a document was
// read from.
type places struct {
	text    string
	lines   []int // offset of each line's first byte
	offsets map[string]int
}

func newPlaces(text string, root *value) *places {
	p := &places{text: text, lines: []int{0}, offsets: map[string]int{}}
	for i := range len(text) {
		if text[i] == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	if root != nil {
		p.index("", root)
	}
	return p
}

func (p *places) index(pointer string, v *value) {
	p.offsets[pointer] = v.offset
	for i := range v.members {
		p.index(Join(pointer, v.members[i].name), &v.members[i].value)
	}
	for i := range v.items {
		p.index(Join(pointer, strconv.Itoa(i)), &v.items[i])
	}
}

// lineColumn gives the place of a byte offset, both from 1; columns count characters.
func (p *places) lineColumn(offset int) (line, column int) {
	offset = min(offset, len(p.text))
	line = sort.SearchInts(p.lines, offset+1)
	return line, utf8.RuneCountInString(p.text[p.lines[line-1]:offset]) + 1
}

// find gives the place of a pointer, or of the nearest value around it.
func (p *places) find(pointer string) (line, column int, ok bool) {
	for {
		if offset, found := p.offsets[pointer]; found {
			line, column = p.lineColumn(offset)
			return line, column, true
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return 0, 0, false
		}
		pointer = pointer[:cut]
	}
}

// inString gives the place of the nth byte of the string at a pointer, as
// decoded: escapes in the text are counted as what they stand for.
func (p *places) inString(pointer string, n int) (line, column int, ok bool) {
	offset, found := p.offsets[pointer]
	if !found || offset >= len(p.text) || p.text[offset] != '"' {
		return p.find(pointer)
	}
	r := &reader{text: p.text, at: offset + 1}
	for decoded := 0; decoded < n && r.peek() != '"'; {
		if r.peek() == '\\' {
			decoded += utf8.RuneLen(r.escape())
			continue
		}
		r.at++
		decoded++
	}
	line, column = p.lineColumn(r.at)
	return line, column, true
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// Join appends a token to an RFC 6901 pointer, escaping it.
func Join(pointer string, tokens ...string) string {
	for _, t := range tokens {
		pointer += "/" + escapes.Replace(t)
	}
	return pointer
}

// Place fills in a problem's line and column from its pointer, where the
// document was read from a text. Offset counts bytes into the string at the
// pointer; 0 is the value's own start.
func (d *Document) Place(p Problem, offset int) Problem {
	if d.places == nil || p.Line > 0 {
		return p
	}
	if offset > 0 {
		p.Line, p.Column, _ = d.places.inString(p.Pointer, offset)
	} else {
		p.Line, p.Column, _ = d.places.find(p.Pointer)
	}
	return p
}
