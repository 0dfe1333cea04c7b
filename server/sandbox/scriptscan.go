package sandbox

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// scan goes once through the JSON of a request. It says no to what it doesn't
// read for certain as the engine will: names and limited texts with escapes, a
// part of the request that comes twice, what isn't JSON. The engine reads the same text after it.
type scan struct {
	text []byte
	at   int
}

// fits says whether the input of a request fits its action's schema as it stands.
func fits(request []byte, checks map[string]*check) bool {
	if len(checks) == 0 {
		return false
	}
	s := scan{text: request}
	var connector, action []byte
	seen, good := 0, false
	ok := s.members(func(name []byte) bool {
		which := 0
		switch string(name) {
		case "connector":
			which, connector = 1, s.peekText()
		case "action":
			which, action = 2, s.peekText()
		case "input":
			which = 4
			if c := checks[checkKey(string(connector), string(action))]; c != nil {
				good = s.value(c, 0)
				break
			}
		}
		twice := seen&which != 0
		seen |= which
		return !twice && (good && which == 4 || s.skip(0))
	})
	return ok && good
}

// members reads an object, with member for each of its values.
func (s *scan) members(member func(name []byte) bool) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	for {
		name, plain, ok := s.string()
		if !ok || !plain || !s.take(':') || !member(name) {
			return false
		}
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scan) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\n' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

func (s *scan) take(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scan) peek() byte {
	if s.space(); s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// peekText answers the text that stands next; nil where it isn't a plain one.
func (s *scan) peekText() []byte {
	ahead := *s
	if p, plain, ok := ahead.string(); ok && plain {
		return p
	}
	return nil
}

// string reads a text; plain says that it has no escapes.
func (s *scan) string() (p []byte, plain, ok bool) {
	if !s.take('"') {
		return nil, false, false
	}
	start := s.at
	for plain = true; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '"':
			s.at++
			return s.text[start : s.at-1], plain, true
		case '\\':
			plain = false
			s.at++
		}
	}
	s.at = len(s.text) // not beyond it, after a last backslash
	return nil, false, false
}

// value reads a value that must fit.
func (s *scan) value(c *check, depth int) bool {
	switch next := s.peek(); c.kind {
	case checkAny:
		return s.skip(depth)
	case checkString:
		p, plain, ok := s.string()
		return ok && c.text(p, plain)
	case checkBoolean:
		return s.word("true") || s.word("false")
	case checkNumber, checkInteger:
		return (next == '-' || next >= '0' && next <= '9') && c.number(s.number())
	case checkList:
		return s.list(c, depth)
	default:
		return s.object(c, depth)
	}
}

func (c *check) text(p []byte, plain bool) bool {
	if c.enum != nil {
		return plain && c.enum[string(p)]
	}
	if math.IsInf(c.least, -1) && math.IsInf(c.most, 1) {
		return true
	}
	n := 0
	for i := 0; i < len(p); n++ {
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size == 1 {
			return false
		}
		if r > math.MaxUint16 {
			n++ // two in JavaScript
		}
		i += size
	}
	return plain && float64(n) >= c.least && float64(n) <= c.most
}

func (s *scan) number() []byte {
	start := s.at
	for s.at < len(s.text) && (s.text[s.at] >= '0' && s.text[s.at] <= '9' || s.text[s.at] == '-' || s.text[s.at] == '+' || s.text[s.at] == '.' || s.text[s.at]|0x20 == 'e') {
		s.at++
	}
	return s.text[start:s.at]
}

func (c *check) number(p []byte) bool {
	if math.IsInf(c.least, -1) && math.IsInf(c.most, 1) && (c.kind == checkNumber || len(p) <= 15 && !bytes.ContainsAny(p, ".eE")) {
		return true
	}
	n, err := strconv.ParseFloat(string(p), 64)
	return err == nil && n >= c.least && n <= c.most && (c.kind == checkNumber || n == math.Trunc(n))
}

func (s *scan) word(word string) bool {
	if bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		s.at += len(word)
		return true
	}
	return false
}

func (s *scan) list(c *check, depth int) bool {
	if depth > maxPlainDepth || !s.take('[') {
		return false
	}
	n := 0
	if !s.take(']') {
		for n = 1; ; n++ {
			if !s.value(c.items, depth+1) {
				return false
			}
			if s.take(']') {
				break
			}
			if !s.take(',') {
				return false
			}
		}
	}
	return float64(n) >= c.least && float64(n) <= c.most
}

func (s *scan) object(c *check, depth int) bool {
	if depth > maxPlainDepth {
		return false
	}
	var seen uint64
	next := 0
	ok := s.members(func(name []byte) bool {
		i, declared := next, next < len(c.names) && c.names[next] == string(name) // as a rule they come in one order
		if !declared {
			i, declared = c.places[string(name)]
		}
		if !declared {
			return c.others != nil && s.value(c.others, depth+1)
		}
		next = i + 1
		seen |= 1 << i
		return s.value(c.fields[i], depth+1) // of a name that comes twice each must fit
	})
	return ok && seen&c.needed == c.needed
}

// skip reads any value.
func (s *scan) skip(depth int) bool {
	switch c := s.peek(); {
	case depth > maxPlainDepth:
		return false
	case c == '"':
		_, _, ok := s.string()
		return ok
	case c == '{':
		if s.at++; s.take('}') {
			return true
		}
		for {
			if _, _, ok := s.string(); !ok || !s.take(':') || !s.skip(depth+1) {
				return false
			}
			if s.take('}') {
				return true
			}
			if !s.take(',') {
				return false
			}
		}
	case c == '[':
		if s.at++; s.take(']') {
			return true
		}
		for {
			if !s.skip(depth + 1) {
				return false
			}
			if s.take(']') {
				return true
			}
			if !s.take(',') {
				return false
			}
		}
	case c == '-' || c >= '0' && c <= '9':
		return len(s.number()) > 0
	default:
		return s.word("true") || s.word("false") || s.word("null")
	}
}
