package flow

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxSafeInteger is the largest integer that every JSON reader keeps exactly.
const maxSafeInteger = 1<<53 - 1

// syntaxError is the one error that ends the reading of a text.
type syntaxError struct {
	offset  int
	code    string
	message string
	fix     string
}

// ParseValue reads data, which others wrote, into plain Go types as [Document]
// describes them. Unlike a flow file it may hold what can be read in one way
// only with a loss: of duplicate keys the last counts, bad UTF-8 is replaced,
// integers beyond 64 bits become float64. The error is a [*SyntaxError].
func ParseValue(data []byte) (any, error) {
	text := string(data)
	r := &reader{text: text, lenient: true, maxDepth: MaxDepth}
	root, fault := r.plainDocument()
	if fault != nil {
		line, column := newPlaces(text, nil).lineColumn(fault.offset)
		return nil, &SyntaxError{Line: line, Column: column, Message: fault.message}
	}
	return root, nil
}

// CheckValue reads data as strictly as a flow file: what different readers would
// take for different things is refused. The error is a [*SyntaxError].
func CheckValue(data []byte) error {
	text := string(data)
	_, soft, fault := parseJSON(text)
	if fault == nil && len(soft) > 0 {
		fault = &soft[0]
	}
	if fault == nil {
		return nil
	}
	line, column := newPlaces(text, nil).lineColumn(fault.offset)
	return &SyntaxError{Line: line, Column: column, Message: fault.message}
}

// SyntaxError says where data isn't JSON. Line and Column count from 1, Column in
// characters.
type SyntaxError struct {
	Line, Column int
	Message      string
}

// Error implements the error interface.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// reader parses strict JSON (RFC 8259). encoding/json isn't used because it
// gives no places, takes the last of duplicate keys, replaces bad UTF-8 in
// silence and loses the precision of large integers.
type reader struct {
	text  string
	at    int
	depth int
	// maxDepth is how deep values may be nested.
	maxDepth int
	// lenient is for data: what a flow file may not hold is read as well as can be.
	lenient bool
	// soft gathers what doesn't stop the reading: duplicate keys, numbers that lose precision.
	soft []syntaxError
}

func parseJSON(text string) (root value, soft []syntaxError, err *syntaxError) {
	r := &reader{text: text, maxDepth: MaxDepth}
	root, err = r.document()
	return root, r.soft, err
}

// maxKeptDepth is how deep what this server itself wrote may be nested: data of
// [MaxDepth] within the objects that it is kept in.
const maxKeptDepth = 8 * MaxDepth

// ReadKept reads a value that this server wrote itself. What was accepted once
// must be readable for ever, so it allows for what the value was wrapped in.
func ReadKept(data []byte) (any, error) {
	r := &reader{text: string(data), lenient: true, maxDepth: maxKeptDepth}
	root, fault := r.plainDocument()
	if fault != nil {
		return nil, errors.New(fault.message)
	}
	return root, nil
}

func (r *reader) document() (root value, err *syntaxError) {
	defer r.caught(&err)
	r.begin()
	root = r.value()
	r.finish()
	return root, nil
}

// caught is deferred: it turns the fault that ended the reading into an error.
func (r *reader) caught(err **syntaxError) {
	if p := recover(); p != nil {
		fault, ours := p.(syntaxError)
		if !ours {
			panic(p)
		}
		*err = &fault
	}
}

func (r *reader) begin() {
	if strings.HasPrefix(r.text, "\ufeff") {
		r.fail(0, "json.syntax", "the file begins with a byte order mark", "save it as UTF-8 without one")
	}
	r.space()
}

func (r *reader) finish() {
	r.space()
	if r.at < len(r.text) {
		r.fail(r.at, "json.syntax", "text after the end of the document", "remove it")
	}
}

func (r *reader) fail(offset int, code, message, fix string) {
	panic(syntaxError{offset, code, message, fix})
}

func (r *reader) syntax(message string) {
	if r.at >= len(r.text) {
		message = "the file ends too early: " + message
	}
	r.fail(r.at, "json.syntax", message, "")
}

func (r *reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

var literals = []struct {
	word  string
	value value
	plain any
}{{"true", value{kind: kindBool, truth: true}, true}, {"false", value{kind: kindBool}, false}, {"null", value{}, nil}}

func (r *reader) value() value {
	start := r.at
	switch c := r.peek(); {
	case c == '{':
		return r.nested(start, r.object)
	case c == '[':
		return r.nested(start, r.array)
	case c == '"':
		return value{offset: start, kind: kindString, text: r.str()}
	case c == '-' || c >= '0' && c <= '9':
		return value{offset: start, kind: kindNumber, number: r.num()}
	}
	for _, l := range literals {
		if strings.HasPrefix(r.text[r.at:], l.word) {
			r.at += len(l.word)
			v := l.value
			v.offset = start
			return v
		}
	}
	r.syntax("a value is missing or misspelt here")
	return value{}
}

func (r *reader) nested(start int, read func() value) value {
	r.enter()
	v := read()
	v.offset = start
	r.depth--
	return v
}

// enter reads an opening bracket.
func (r *reader) enter() {
	r.depth++
	if r.depth > r.maxDepth {
		r.fail(r.at, "limit.depth", fmt.Sprintf("values are nested deeper than %d", r.maxDepth), "flatten the document")
	}
	r.at++
}

func (r *reader) object() value {
	v := value{kind: kindObject}
	seen := map[string]bool{}
	r.space()
	if r.peek() == '}' {
		r.at++
		return v
	}
	for {
		r.space()
		keyAt := r.at
		name := r.key()
		member := field{name: name, offset: keyAt, value: r.value()}
		if seen[name] && r.lenient {
			v.replace(member)
		} else if seen[name] {
			r.soft = append(r.soft, syntaxError{
				keyAt, "json.duplicate",
				"the key " + strconv.Quote(name) + " stands twice in this object", "keep one of them",
			})
		} else {
			seen[name] = true
			v.members = append(v.members, member)
		}
		if r.closes('}') {
			return v
		}
	}
}

// key reads an object's key and the colon after it.
func (r *reader) key() string {
	if r.peek() != '"' {
		r.syntax("a key in double quotes is expected here")
	}
	name := r.str()
	r.space()
	if r.peek() != ':' {
		r.syntax("a colon is expected after the key " + strconv.Quote(name))
	}
	r.at++
	r.space()
	return name
}

func (r *reader) array() value {
	v := value{kind: kindArray}
	r.space()
	if r.peek() == ']' {
		r.at++
		return v
	}
	for {
		r.space()
		v.items = append(v.items, r.value())
		if r.closes(']') {
			return v
		}
	}
}

// closes reads what follows a member: true at the closing bracket, false at a comma.
func (r *reader) closes(bracket byte) bool {
	r.space()
	switch r.peek() {
	case bracket:
		r.at++
		return true
	case ',':
		r.at++
		return false
	}
	r.syntax("a comma or " + string(rune(bracket)) + " is expected here")
	return false
}
