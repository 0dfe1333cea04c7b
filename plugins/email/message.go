package email

import (
	"crypto/md5"  //nolint:gosec // an indicator that other systems ask for, not a safeguard
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
)

// Bounds of one mail. Past them a problem is noted and the rest left unread.
// Every level is searched for its boundaries anew, so that depth alone does not
// bound the time: maxSearched does.
const (
	maxParts    = 1000
	maxDepth    = 100
	maxProblems = 100
	maxSearched = 512 << 20
)

// message is one mail while it is read: its parts are slices of the bytes that
// came in, decoded in place.
type message struct {
	header      header
	size        int
	level       int                 // 0 for the mail that came in
	declared    []encoding.Encoding // by its parts, for raw bytes in the header
	words       []encoding.Encoding // of its encoded words, nil before they are asked for
	bodies      []body
	attachments []Attachment
	embedded    []*message
	reader      *reader
}

// body is a part that is text of the mail.
type body struct {
	html    bool
	charset string
	flowed  bool
	delSp   bool
	bytes   []byte
}

// reader holds what all mails inside one input share.
type reader struct {
	problems []Problem
	seen     map[string]bool
	parts    int
	searched int    // bytes of all levels
	wanted   string // the SHA-256 of an attachment to be kept; empty is none
	found    *Attachment
	bytes    []byte // of what was found
}

// deeper asks for one more level of b.
func (r *reader) deeper(b []byte, depth int) bool {
	r.searched += len(b)
	if depth < maxDepth && r.searched < maxSearched {
		return true
	}
	r.note("nested_too_deep", fmt.Sprintf("mails and parts nested more than %d deep were not read", maxDepth))
	return false
}

func (r *reader) note(code, message string) {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	if key := code + message; !r.seen[key] && len(r.problems) < maxProblems {
		r.seen[key] = true
		r.problems = append(r.problems, Problem{code, message})
	}
}

func (m *message) note(code, message string) { m.reader.note(code, message) }

// read reads a mail from raw, which it overwrites.
func (r *reader) read(raw []byte, depth, level int) *message {
	m := &message{reader: r, size: len(raw), level: level}
	raw = plainLines(raw)
	var rest []byte
	m.header, rest = splitHeader(raw, r.note)
	if len(m.header) == 0 {
		r.note("no_headers", "the input has no header; all of it is taken as text")
		rest = raw
	}
	m.entity(m.header, rest, depth, "")
	return m
}

// part is one MIME entity with what its header says.
type part struct {
	header      header
	typ         mediaType
	disposition mediaType
	body        []byte
	typed       bool // the header names a type
}

func (p part) name() string {
	if name := p.disposition.params["filename"]; name != "" {
		return tidyName(name)
	}
	return tidyName(p.typ.params["name"])
}

func tidyName(s string) string { return clip(oneLine(s), 1024) }

func (m *message) entity(h header, b []byte, depth int, parent string) {
	if m.reader.parts++; m.reader.parts > maxParts {
		m.note("many_parts", "only the first 1,000 parts were read")
		return
	}
	p := part{header: h, body: b, typ: m.parseMedia(h.get("Content-Type")), disposition: m.parseMedia(h.get("Content-Disposition"))}
	p.typed = strings.Contains(p.typ.value, "/")
	if e, ok := lookup(p.typ.params["charset"]); !isWide(p.typ.params["charset"]) {
		m.declared = addHint(m.declared, e, ok)
	}
	if !p.typed {
		m.untyped(&p, parent)
	}
	if strings.HasPrefix(p.typ.value, "multipart/") && m.multipart(p, depth) {
		return
	}
	m.leaf(p, depth)
}

// untyped decides what a part without a usable type is: a mail inside a digest,
// a multipart whose type was lost, HTML that forgot to say so, or plain text.
func (m *message) untyped(p *part, parent string) {
	written := p.typ.value
	if written != "" {
		m.note("bad_type", "the content type "+clip(written, 60)+" is malformed")
	}
	p.typ.value = "text/plain"
	switch {
	case parent == "multipart/digest" && looksLikeMail(p.body):
		p.typ.value = "message/rfc822"
	case strings.Contains(written, "html"):
		p.typ.value = "text/html"
	case p.typ.params["boundary"] != "" && findDelimiter(p.body, p.typ.params["boundary"]) >= 0,
		parent == "" && p.header.get("MIME-Version") != nil && p.header.get("Content-Type") == nil && guessBoundary(p.body[:min(len(p.body), 2048)]) != "":
		p.typ.value = "multipart/mixed"
	}
}

// leaf reads a part that has no parts of its own, or a mail inside the mail.
func (m *message) leaf(p part, depth int) {
	b := decodeTransfer(string(p.header.get("Content-Transfer-Encoding")), p.body, m.note)
	if !p.typed && p.typ.value == "text/plain" && looksLikeHTML(b) {
		p.typ.value = "text/html"
	}
	name := p.name()
	shown := m.isShown(p)
	if shown && name == "" {
		m.text(p, b)
		return
	}
	isMail := isMailPart(p.typ.value, name, b) && m.reader.deeper(b, depth)
	if !isMail || m.level == 0 {
		// The attachments of a mail between the outermost and the innermost are
		// never given, and hashing every level would take time squared.
		m.attach(p, name, b)
	}
	switch {
	case isMail:
		m.embedded = append(m.embedded, m.reader.read(b, depth+1, m.level+1))
	case shown && len(m.bodies) == 0:
		m.text(p, b) // a name does not keep readers from showing the only text
	}
}

// isShown says whether readers show a part as the text of the mail.
func (m *message) isShown(p part) bool {
	if p.disposition.value == "attachment" {
		return false
	}
	switch typ := p.typ.value; {
	case typ == "text/html", typ == "text/plain", strings.HasPrefix(typ, "multipart/"):
		return true
	case typ == "text/calendar", typ == "text/rfc822-headers":
		return false
	case strings.HasPrefix(typ, "text/"), typ == "application/xhtml+xml":
		return len(m.bodies) == 0
	}
	return false
}

func (m *message) text(p part, b []byte) {
	isHTML := strings.Contains(p.typ.value, "htm")
	if strings.HasPrefix(p.typ.value, "multipart/") { // its boundary was not found
		isHTML = looksLikeHTML(b)
	}
	if isHTML {
		e, ok := byMeta(b)
		m.declared = addHint(m.declared, e, ok)
	} else {
		var files []uuFile
		files, b = cutUUFiles(b)
		for _, f := range files {
			m.attach(part{typ: mediaType{value: "application/octet-stream"}}, tidyName(m.decodeWords([]byte(f.name))), f.content)
		}
	}
	format := strings.EqualFold(p.typ.params["format"], "flowed")
	m.bodies = append(m.bodies, body{
		html: isHTML, charset: p.typ.params["charset"], flowed: format,
		delSp: format && strings.EqualFold(p.typ.params["delsp"], "yes"), bytes: b,
	})
}

func (m *message) attach(p part, name string, b []byte) {
	sha2, sha, md := sha256.Sum256(b), sha1.Sum(b), md5.Sum(b) //nolint:gosec // see the imports
	id := strings.Trim(string(p.header.get("Content-ID")), "<> \t")
	a := Attachment{
		Name: name, Size: len(b), Type: p.typ.value, Magic: sniff(b),
		SHA256: hex.EncodeToString(sha2[:]), SHA1: hex.EncodeToString(sha[:]), MD5: hex.EncodeToString(md[:]),
		Inline: p.disposition.value == "inline" || (p.disposition.value == "" && id != ""), ContentID: clip(id, 998),
	}
	m.attachments = append(m.attachments, a)
	m.reader.keep(&a, b)
	if strings.ContainsAny(name, "\u202a\u202b\u202d\u202e\u2066\u2067\u2068") {
		m.note("reversed_name", "the name of an attachment turns the writing direction, which hides its real ending")
	}
}

// clip cuts a string at a character.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
