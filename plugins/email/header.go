package email

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read of one mail's header: real mails stay far below them.
const (
	maxHeaders     = 1000
	maxHeaderValue = 64 << 10
	maxHeader      = 1 << 20
)

// field is one header line as sent: unfolded, but not decoded.
type field struct {
	name  string
	value []byte
}

type header []field

// get answers the first field of that name, as receivers do.
func (h header) get(name string) []byte {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return nil
}

func (h header) all(name string) [][]byte {
	var out [][]byte
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			out = append(out, f.value)
		}
	}
	return out
}

// cutLine takes one line off b, whatever its line end: \r\n, \n, a lone \r, or the
// \r\r\n that a second conversion leaves.
func cutLine(b []byte) (line, rest []byte) {
	end := bytes.IndexAny(b, "\r\n")
	if end < 0 {
		return b, nil
	}
	for _, lineEnd := range []string{"\r\n", "\r\r\n"} {
		if bytes.HasPrefix(b[end:], []byte(lineEnd)) {
			return b[:end], b[end+len(lineEnd):]
		}
	}
	return b[:end], b[end+1:]
}

// splitField reads "Name: value". Spaces before the colon are a fault that
// receivers forgive.
func splitField(line []byte) (name string, value []byte, ok bool) {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon > 200 {
		return "", nil, false
	}
	raw := bytes.TrimRight(line[:colon], " \t")
	if len(raw) == 0 || bytes.HasPrefix(line[colon+1:], []byte("//")) {
		return "", nil, false
	}
	for _, c := range raw {
		if c <= ' ' || c >= 0x7f {
			return "", nil, false
		}
	}
	return string(raw), bytes.Trim(line[colon+1:], " \t"), true
}

var knownFields = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`from to cc bcc subject date sender reply-to message-id received mime-version
		content-type content-transfer-encoding content-disposition content-id content-description return-path
		references in-reply-to delivered-to authentication-results dkim-signature received-spf list-unsubscribe
		list-id precedence importance user-agent organization thread-topic thread-index auto-submitted errors-to`) {
		knownFields[name] = true
	}
}

func isKnown(name string) bool {
	name = strings.ToLower(name)
	return knownFields[name] || strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "arc-")
}

// fieldFollows looks for a well-known header line before the next empty line:
// then a broken line before it lies inside the header, not after its end.
func fieldFollows(b []byte) bool {
	for range 12 {
		var line []byte
		if line, b = cutLine(b); len(line) == 0 {
			return false
		}
		if name, _, ok := splitField(line); ok && isKnown(name) {
			return true
		}
		if b == nil {
			return false
		}
	}
	return false
}

// splitHeader separates a header from its body. It forgives a byte order mark,
// empty lines and an mbox line before the header, folded lines that are not
// indented, and a missing empty line after the header.
func splitHeader(b []byte, note func(code, message string)) (header, []byte) {
	s := headerSplitter{rest: trimStart(b), note: note}
	for len(s.rest) > 0 && !s.done {
		s.line()
	}
	if len(s.out) == 0 && !s.done {
		return nil, nil
	}
	for i, f := range s.out {
		if bytes.Contains(f.value, []byte("\x1b$")) {
			// Its characters look like quotes, commas and brackets: before all else.
			s.out[i].value = []byte(guess(f.value, nil))
		}
	}
	return s.out, s.rest
}

func trimStart(b []byte) []byte {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), "\r\n")
	line, _ := cutLine(trimmed)
	if _, _, ok := splitField(line); ok || isMbox(line) {
		return trimmed
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
}

func isMbox(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

type headerSplitter struct {
	out  header
	size int // bytes kept
	rest []byte
	done bool
	full bool
	note func(code, message string)
}

func (s *headerSplitter) line() {
	line, next := cutLine(s.rest)
	if len(s.out) == 0 { // after an mbox line, too
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	switch {
	case len(line) == 0:
		s.rest, s.done = next, true
	case isMbox(line) && len(s.out) == 0:
		s.rest = next
	case line[0] == ' ' || line[0] == '\t':
		s.folded(line, next)
	default:
		s.field(line, next)
	}
}

func (s *headerSplitter) folded(line, next []byte) {
	blank := len(bytes.TrimSpace(line)) == 0
	switch {
	case blank && !fieldFollows(next):
		s.rest, s.done = next, true
	case !blank && len(s.out) == 0 && !fieldFollows(next):
		s.done = true // text without any header
	default:
		s.rest = next
		s.extend(line)
	}
}

func (s *headerSplitter) field(line, next []byte) {
	if name, value, ok := splitField(line); ok {
		s.rest = next
		value = value[:min(len(value), maxHeaderValue)]
		if len(s.out) == maxHeaders || s.size+len(value) > maxHeader {
			s.note("long_header", "only the first 1,000 fields or 1 MiB of the header were read")
			s.full = true
			return
		}
		s.size += len(value)
		s.out = append(s.out, field{name, value[:len(value):len(value)]})
		return
	}
	if !fieldFollows(next) {
		s.note("missing_separator", "no empty line between header and body")
		s.done = true
		return
	}
	s.note("broken_header", "a line of the header is neither a field nor indented")
	s.rest = next
	s.extend(append([]byte{' '}, line...))
}

// extend joins a folded line to the field before it. The fold's own white space
// stays, as one blank for a tab.
func (s *headerSplitter) extend(line []byte) {
	if len(s.out) == 0 || s.full || s.size+len(line) > maxHeader {
		return
	}
	s.size += len(line)
	last := &s.out[len(s.out)-1]
	if len(last.value)+len(line) > maxHeaderValue {
		return
	}
	text := bytes.TrimRight(line, " \t")
	if len(text) > 0 && text[0] == '\t' {
		text = append([]byte{' '}, bytes.TrimLeft(text, "\t")...)
	}
	if len(text) > 1 && text[1]&0xc0 == 0x80 && !utf8.Valid(last.value) && utf8.Valid(append(bytes.Clone(last.value), text[1:]...)) {
		text = text[1:] // folded in the middle of a character
	}
	last.value = append(last.value, text...)
	last.value = bytes.TrimLeft(last.value, " ")
}
