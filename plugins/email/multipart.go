package email

import (
	"bytes"
	"regexp"
	"strings"
)

// multipart reads the parts of a multipart entity; false means that no boundary
// was found and the body is to be taken as text.
func (m *message) multipart(p part, depth int) bool {
	if !m.reader.deeper(p.body, depth) {
		return true
	}
	boundary := strings.TrimRight(p.typ.params["boundary"], " \t")
	if isQuotedWhole(p) {
		p.body = decodeQuoted(p.body)
	}
	if boundary == "" || findDelimiter(p.body, boundary) < 0 {
		encoded := strings.ReplaceAll(boundary, "=", "=3D")
		guessed := ""
		if boundary == encoded || findDelimiter(p.body, encoded) < 0 {
			guessed = guessBoundary(p.body)
		}
		if guessed == "" && len(p.header.get("Content-Transfer-Encoding")) > 0 {
			// An encoding is not allowed here; readers that undo it see the parts.
			p.body = decodeTransfer(string(p.header.get("Content-Transfer-Encoding")), p.body, m.note)
			if guessed = boundary; findDelimiter(p.body, boundary) < 0 {
				guessed = guessBoundary(p.body)
			}
		}
		if guessed == "" || findDelimiter(p.body, guessed) < 0 {
			m.note("no_boundary", "a multipart without its boundary was taken as text")
			return false
		}
		if guessed != boundary {
			m.note("wrong_boundary", "the boundary that the header names is not in the body; another one was found")
		}
		boundary = guessed
	}
	m.parts(p, boundary, depth)
	return true
}

var quotedHeader = regexp.MustCompile(`(?im)^content-[a-z-]+:[^\r\n]*=3D["a-z0-9-]`)

// isQuotedWhole knows a multipart that was encoded with the headers of its parts,
// which the standard forbids, from the signs of it in those headers.
func isQuotedWhole(p part) bool {
	encoding := bytes.ToLower(p.header.get("Content-Transfer-Encoding"))
	return bytes.Contains(encoding, []byte("quoted")) && quotedHeader.Match(p.body[:min(len(p.body), 8<<10)])
}

func (m *message) parts(p part, boundary string, depth int) {
	rest, closed := p.body, false
	_, _, rest = cutDelimiter(rest, boundary)
	for len(rest) > 0 && !closed && m.reader.parts <= maxParts {
		var content []byte
		content, closed, rest = cutDelimiter(rest, boundary)
		m.onePart(content, depth, p.typ.value)
	}
	if !closed {
		m.note("unclosed_boundary", "a multipart has no closing boundary; the mail may be cut off")
	}
	if closed && findDelimiter(rest, boundary) >= 0 {
		m.note("parts_after_end", "there are parts after the closing boundary, which readers don't show")
	}
}

func (m *message) onePart(content []byte, depth int, parent string) {
	if len(bytes.TrimSpace(content)) == 0 {
		return
	}
	var h header
	b := content
	if content[0] != '\n' && content[0] != '\r' { // an empty line first: a part without a header
		if parsed, after := splitHeader(content, m.note); len(parsed) > 0 {
			h, b = parsed, after
		}
	} else {
		_, b = cutLine(content)
	}
	if parent == "multipart/digest" && len(h) > 0 && h.get("Content-Type") == nil && h.get("From") != nil {
		// A sloppy digest: the mail's own header stands where the part's should.
		h, b = nil, content
	}
	m.entity(h, b, depth+1, parent)
}

// cutDelimiter answers the bytes before the next delimiter line, whether it is
// the closing one, and the bytes after it.
func cutDelimiter(b []byte, boundary string) (content []byte, closing bool, rest []byte) {
	at := findDelimiter(b, boundary)
	if at < 0 {
		return b, false, nil
	}
	content = trimLineEnd(b[:at])
	after := b[at+2+len(boundary):]
	if bytes.HasPrefix(after, []byte("--")) {
		after, closing = after[2:], true
	}
	_, rest = cutLine(after)
	return content, closing, rest
}

// trimLineEnd takes off the line end that belongs to the delimiter.
func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// findDelimiter finds a line that is the boundary and nothing more: an inner
// boundary may begin with the outer one.
func findDelimiter(b []byte, boundary string) int {
	delimiter := []byte("--" + boundary)
	for from := 0; ; {
		at := bytes.Index(b[from:], delimiter)
		if at < 0 {
			return -1
		}
		at += from
		atStart := at == 0 || b[at-1] == '\n' || b[at-1] == '\r'
		if atStart && endsLine(b[at+len(delimiter):]) {
			return at
		}
		from = at + 2
	}
}

func endsLine(b []byte) bool {
	b = bytes.TrimPrefix(b, []byte("--"))
	for i, c := range b {
		if c == '\n' || c == '\r' {
			return true
		}
		if c != ' ' && c != '\t' {
			return false
		}
		if i > 1000 {
			return false
		}
	}
	return true
}

// guessBoundary finds the first line that looks like a delimiter: two dashes, a
// word, and a header field in the line after it.
func guessBoundary(b []byte) string {
	for range 2000 {
		var line []byte
		line, b = cutLine(b)
		word := bytes.TrimRight(line, " \t")
		if len(word) > 2 && len(word) < 400 && bytes.HasPrefix(word, []byte("--")) {
			next, after := cutLine(b)
			if len(next) == 0 && looksLikeMail(after) { // in a digest
				return string(word[2:])
			}
			name, _, ok := splitField(next)
			if ok && strings.HasPrefix(strings.ToLower(name), "content-") {
				return string(word[2:])
			}
		}
		if len(b) == 0 {
			break
		}
	}
	return ""
}
