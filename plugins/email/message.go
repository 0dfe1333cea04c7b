package email

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // an indicator that other systems ask for, not a safeguard
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Bounds of one mail. Past them a problem is noted and the rest left unread.
const (
	maxParts    = 1000
	maxDepth    = 24
	maxProblems = 100
)

// message is one mail while it is read: its parts are slices of the bytes that
// came in, decoded in place.
type message struct {
	header      header
	size        int
	charsetHint string // of the text, for raw bytes in the header
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
func (r *reader) read(raw []byte, depth int) *message {
	m := &message{reader: r, size: len(raw)}
	if bytes.IndexByte(raw[:min(len(raw), 64<<10)], '\n') < 0 {
		for i, c := range raw { // line ends of an old Mac
			if c == '\r' {
				raw[i] = '\n'
			}
		}
	}
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
	if m.charsetHint == "" && !isASCII(p.typ.params["charset"]) {
		m.charsetHint = p.typ.params["charset"]
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
// HTML that forgot to say so, or plain text.
func (m *message) untyped(p *part, parent string) {
	if p.typ.value != "" {
		m.note("bad_type", "the content type "+clip(p.typ.value, 60)+" is malformed")
	}
	p.typ.value = "text/plain"
	switch {
	case parent == "multipart/digest" && looksLikeMail(p.body):
		p.typ.value = "message/rfc822"
	case looksLikeHTML(p.body):
		p.typ.value = "text/html"
	}
}

// leaf reads a part that has no parts of its own, or a mail inside the mail.
func (m *message) leaf(p part, depth int) {
	b := decodeTransfer(string(p.header.get("Content-Transfer-Encoding")), p.body, m.note)
	name := p.name()
	if p.typ.value == "text/html" || p.typ.value == "text/plain" || strings.HasPrefix(p.typ.value, "multipart/") {
		if p.disposition.value != "attachment" && name == "" {
			m.text(p, b)
			return
		}
	}
	if name == "" && strings.HasPrefix(p.typ.value, "text/") && p.disposition.value != "attachment" && len(m.bodies) == 0 &&
		p.typ.value != "text/calendar" && p.typ.value != "text/rfc822-headers" {
		m.text(p, b)
		return
	}
	m.attach(p, name, b)
	if isMailPart(p.typ.value, name, b) {
		m.embed(b, depth)
	}
}

func (m *message) text(p part, b []byte) {
	isHTML := p.typ.value == "text/html"
	if strings.HasPrefix(p.typ.value, "multipart/") { // its boundary was not found
		isHTML = looksLikeHTML(b)
	}
	if !isHTML {
		var files []uuFile
		files, b = cutUUFiles(b)
		for _, f := range files {
			m.attach(part{typ: mediaType{value: "application/octet-stream"}}, tidyName(string(f.name)), f.content)
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
	m.attachments = append(m.attachments, Attachment{
		Name: name, Size: len(b), Type: p.typ.value, Magic: sniff(b),
		SHA256: hex.EncodeToString(sha2[:]), SHA1: hex.EncodeToString(sha[:]), MD5: hex.EncodeToString(md[:]),
		Inline: p.disposition.value == "inline" || (p.disposition.value == "" && id != ""), ContentID: clip(id, 998),
	})
	if strings.ContainsAny(name, "\u202a\u202b\u202d\u202e\u2066\u2067\u2068") {
		m.note("reversed_name", "the name of an attachment turns the writing direction, which hides its real ending")
	}
}

// isMailPart knows a mail inside the mail, also one that is attached as a file.
func isMailPart(typ, name string, b []byte) bool {
	if typ == "message/rfc822" || typ == "message/global" {
		h, _ := splitHeader(b[:min(len(b), 64<<10)], func(string, string) {})
		return len(h) > 0
	}
	isFile := strings.HasSuffix(strings.ToLower(name), ".eml")
	return isFile && looksLikeMail(b)
}

// looksLikeMail asks for two well-known fields, one of which only mails have.
func looksLikeMail(b []byte) bool {
	h, _ := splitHeader(b[:min(len(b), 64<<10)], func(string, string) {})
	known, telling := 0, false
	for _, f := range h {
		if isKnown(f.name) {
			known++
		}
		switch strings.ToLower(f.name) {
		case "from", "received", "subject", "message-id", "return-path":
			telling = true
		}
	}
	return known >= 2 && telling
}

func looksLikeHTML(b []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 1024)], " \t\r\n\xef\xbb\xbf"))
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body", "<meta ", "<table", "<div"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return true
		}
	}
	return false
}

func (m *message) embed(b []byte, depth int) {
	if depth >= maxDepth {
		m.note("nested_too_deep", fmt.Sprintf("mails and parts nested more than %d deep were not read", maxDepth))
		return
	}
	m.embedded = append(m.embedded, m.reader.read(b, depth+1))
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
