package email

import (
	"io"
	"strings"
	"unicode"
)

// mail makes the result of a message whose parts were read.
func (m *message) mail() Mail {
	out := Mail{
		Subject: m.subject(), From: m.parseFrom(m.header.get("From")),
		ReplyTo: m.list("Reply-To"), To: m.list("To"), Cc: m.list("Cc"),
		ReturnPath: m.returnPath(), Date: readDate(guess(m.header.get("Date"), m.hints())),
		MessageID: m.id("Message-ID"), InReplyTo: m.id("In-Reply-To"), References: m.references(),
		Headers: m.headers(), Authentication: m.authentication(), Received: m.received(),
		Attachments: m.attachments, MessageSize: m.size,
	}
	if value := m.header.get("Sender"); value != nil {
		sender := m.parseFrom(value)
		out.Sender = &sender
	}
	m.oddities(out)
	m.content(&out)
	return out
}

// oddities notes what is worth a look in the header itself.
func (m *message) oddities(out Mail) {
	for _, name := range []string{"From", "Subject", "Date", "To", "Reply-To", "Message-ID"} {
		if len(m.header.all(name)) > 1 {
			m.note("repeated_field", "the field "+name+" stands more than once; the first counts")
		}
	}
	if strings.Contains(out.From.Name, "@") && !strings.EqualFold(out.From.Name, out.From.Address) {
		m.note("address_in_name", "the sender's display name holds an address that is not the sender's")
	}
	if len(m.header) > 0 && out.From.Address == "" {
		m.note("no_sender", "the From field is absent or has no address")
	}
	if out.Date == nil && len(m.header.get("Date")) > 0 {
		m.note("bad_date", "the Date field could not be read")
	}
}

func (m *message) subject() string {
	text := m.decodeWords(m.header.get("Subject"))
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r < ' ' || r == 0x7f:
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

func (m *message) list(name string) []Address {
	out := []Address{}
	for _, value := range m.header.all(name) {
		if len(out) < maxAddresses {
			out = append(out, m.parseAddresses(value)...)
		}
	}
	return out
}

func (m *message) returnPath() string {
	return addressIn([]byte(strings.Trim(string(m.header.get("Return-Path")), "<> \t")))
}

func (m *message) id(name string) string {
	text, _ := stripComments(oneLine(guess(m.header.get(name), m.hints())))
	if start := strings.IndexByte(text, '<'); start >= 0 {
		text = text[start+1:]
		if end := strings.IndexByte(text, '>'); end >= 0 {
			text = text[:end]
		}
	}
	return clip(strings.TrimSpace(text), 998)
}

func (m *message) references() []string {
	out := []string{}
	for word := range strings.FieldsFuncSeq(guess(m.header.get("References"), m.hints()), func(r rune) bool {
		return r <= ' ' || r == '<' || r == '>' || r == ','
	}) {
		if out = append(out, clip(word, 998)); len(out) == 200 {
			break
		}
	}
	return out
}

func (m *message) headers() []Header {
	out := make([]Header, len(m.header))
	for i, f := range m.header {
		out[i] = Header{f.name, strings.TrimSpace(m.decodeWords(f.value))}
	}
	return out
}

// content fills text, html and links from the bodies.
func (m *message) content(out *Mail) {
	links := &linkList{}
	var page, made strings.Builder
	madeCut := false
	for _, b := range m.bodies {
		if b.html {
			madeCut = m.page(b, links, &page, &made) || madeCut
		}
	}
	plain, plainCut := m.plain(links)
	var linksCut bool
	if out.Links, linksCut = links.finish(); linksCut {
		m.note("many_links", "only the first 2,000 links are given")
	}
	out.HTML, out.HTMLTruncated = cutText(page.String())
	out.Text, out.TextFrom, out.TextTruncated = plain, "plain", plainCut
	if strings.TrimSpace(plain) != "" {
		if other := made.String(); !sameWords(other, plain) {
			out.Alternative, _ = cutText(other)
		}
	} else {
		out.Text, out.TextFrom = made.String(), "html"
		out.Text, out.TextTruncated = cutText(out.Text)
		out.TextTruncated = out.TextTruncated || madeCut
	}
	if out.Text == "" {
		out.TextFrom = "none"
	}
}

// sameWords compares two texts but for their white space, without a copy.
func sameWords(a, b string) bool {
	for {
		a, b = strings.TrimSpace(a), strings.TrimSpace(b)
		endA, endB := strings.IndexFunc(a, unicode.IsSpace), strings.IndexFunc(b, unicode.IsSpace)
		if endA < 0 || endB < 0 {
			return a == b
		}
		if a[:endA] != b[:endB] {
			return false
		}
		a, b = a[endA:], b[endB:]
	}
}

// page reads one HTML body once, for its source, its text and its links.
func (m *message) page(b body, links *linkList, page, made *strings.Builder) (truncated bool) {
	source := m.bodyReader(b)
	text := &textWriter{}
	h := htmlReader{links: links, text: text}
	h.read(io.TeeReader(source, &capped{page, maxText + 1}))
	if h.hidden {
		m.note("hidden_text", "the HTML hides some of its text from readers; text holds it all")
	}
	if h.dropped {
		m.note("huge_token", "an element of the HTML is larger than 4 MiB and was left out")
	}
	if made.Len() > 0 {
		made.WriteString("\n\n")
	}
	if made.Len() <= maxText {
		made.WriteString(tidyText(text.out.String()))
	}
	return text.truncated
}

// capped writes up to limit bytes and swallows the rest.
type capped struct {
	to    *strings.Builder
	limit int
}

func (c *capped) Write(p []byte) (int, error) {
	if room := c.limit - c.to.Len(); room > 0 {
		c.to.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

// plain joins the plain bodies and collects the bare addresses in them.
func (m *message) plain(links *linkList) (string, bool) {
	var out strings.Builder
	for _, b := range m.bodies {
		if b.html {
			continue
		}
		source := io.LimitReader(m.bodyReader(b), 4*maxText)
		raw, err := io.ReadAll(source)
		if err != nil {
			m.note("bad_text", "a text could be read in part only")
		}
		text := tidyText(string(raw))
		if b.flowed {
			text = unflow(text, b.delSp)
		}
		links.scan(text)
		if out.Len() > 0 {
			out.WriteString("\n\n")
		}
		if out.Len() <= maxText {
			out.WriteString(text)
		}
	}
	return cutText(out.String())
}
