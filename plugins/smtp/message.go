package smtp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of a mail.
const (
	maxBody        = 4 << 20
	maxAttachments = 50
	maxAttached    = 50 << 20
	maxHeaders     = 50
	maxField       = 998 // bytes of a line (RFC 5322, 2.1.1)
	lineLength     = 76  // of base64
)

// message is a mail, ready to be written as often as needed: its parts are named once.
type message struct {
	id         string
	envelope   string
	recipients []string // each once
	header     bytes.Buffer
	text, html []byte
	files      []Attachment
	boundaries [3]string
}

// compose checks the input whole before anything is sent.
func compose(c *sdk.Context, in SendInput) (*message, error) {
	m := &message{files: in.Attachments}
	people, err := readPeople(in)
	if err != nil {
		return nil, err
	}
	m.envelope, m.recipients = people.envelope, people.recipients
	if m.text, err = in.Text.Bytes(maxBody); err != nil {
		return nil, err
	}
	if m.html, err = in.HTML.Bytes(maxBody); err != nil {
		return nil, err
	}
	if err := checkFiles(in.Attachments); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(c.Run.ID + "\x00" + c.Run.Step + "\x00" + c.Run.Key))
	_, domain, _ := strings.Cut(people.from.Address, "@")
	m.id = "<" + hex.EncodeToString(sum[:16]) + "@" + domain + ">"
	for i := range m.boundaries {
		m.boundaries[i] = "=_" + hex.EncodeToString(sum[16:]) + string(rune('a'+i))
	}
	m.field("Date", c.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	m.field("From", people.from.String())
	m.list("To", people.to)
	m.list("Cc", people.cc)
	m.list("Reply-To", people.reply)
	if len(people.to)+len(people.cc) == 0 {
		m.field("To", "undisclosed-recipients:;")
	}
	if bad := lineBreak(in.Subject); bad {
		return nil, sdk.BadInput("/subject", "holds a line break: a subject is one line")
	}
	m.field("Subject", encode(in.Subject))
	m.field("Message-ID", m.id)
	if err := m.more(in.Headers); err != nil {
		return nil, err
	}
	m.field("MIME-Version", "1.0")
	return m, nil
}

func lineBreak(text string) bool { return strings.ContainsAny(text, "\r\n\x00") }

// encode makes ASCII of a text in a header.
func encode(text string) string { return mime.QEncoding.Encode("utf-8", text) }

// field writes a field of the header, folded between words. Blanks stay as they are, before
// the word that follows them: a line of blanks alone would be the end of the header to some.
func (m *message) field(name, value string) {
	line, rest := name+":", " "+value
	for rest != "" {
		word := len(rest) - len(strings.TrimLeft(rest, " \t"))
		if end := strings.IndexAny(rest[word:], " \t"); end < 0 || strings.Trim(rest[word+end:], " \t") == "" {
			word = len(rest) // the last one keeps the blanks behind it
		} else {
			word += end
		}
		if len(line)+word > lineLength && len(line) > len(name)+1 {
			m.header.WriteString(line + "\r\n")
			line = ""
		}
		line, rest = line+rest[:word], rest[word:]
	}
	m.header.WriteString(line + "\r\n")
}

// made are the fields that a mail has of itself, and those that only servers write.
var made = []string{
	"from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "received", "return-path", "delivered-to",
	"dkim-signature", "authentication-results", "arc-seal", "arc-message-signature", "arc-authentication-results",
}

// more writes what the flow's author adds.
func (m *message) more(headers map[string]string) error {
	if len(headers) > maxHeaders {
		return sdk.BadInput("/headers", "are %d, at most %d are sent", len(headers), maxHeaders)
	}
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		at, value := "/headers/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), headers[name]
		lower := strings.ToLower(name)
		switch {
		case name == "" || len(name) > 76 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }):
			return sdk.BadInput(at, "is no name of a header field")
		case slices.Contains(made, lower) || strings.HasPrefix(lower, "content-") || strings.HasPrefix(lower, "resent-"):
			return sdk.BadInput(at, "is written from the other fields, or by servers: leave it out")
		case lineBreak(value):
			return sdk.BadInput(at, "holds a line break: a header field is one line")
		case len(value) > 10*maxField || slices.ContainsFunc(strings.Fields(value), func(w string) bool { return len(w) > maxField/2 }):
			return sdk.BadInput(at, "is too long")
		}
		m.field(textproto.CanonicalMIMEHeaderKey(name), encode(value))
	}
	return nil
}

func checkFiles(list []Attachment) error {
	if len(list) > maxAttachments {
		return sdk.BadInput("/attachments", "are %d, at most %d are sent", len(list), maxAttachments)
	}
	total := int64(0)
	for i, f := range list {
		at := "/attachments/" + strconv.Itoa(i)
		if f.Name == "" || lineBreak(f.Name) || len(f.Name) > 255 {
			return sdk.BadInput(at+"/name", "must be a name of one line, of at most 255 bytes")
		}
		if f.Type != "" {
			if kind, _, err := mime.ParseMediaType(f.Type); err != nil || !strings.Contains(kind, "/") || strings.HasPrefix(kind, "multipart/") || lineBreak(f.Type) {
				return sdk.BadInput(at+"/type", "must be a media type such as application/pdf")
			}
		}
		if strings.ContainsFunc(f.ContentID, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' }) {
			return sdk.BadInput(at+"/contentId", "must be letters, digits and signs, without blanks")
		}
		total += f.Content.Size()
	}
	if total > maxAttached {
		return sdk.TooLarge("the attachments have %d MiB, at most %d are sent", total>>20, maxAttached>>20)
	}
	return nil
}

// write writes the mail. It comes to the same bytes each time.
func (m *message) write(w io.Writer) error {
	if _, err := w.Write(m.header.Bytes()); err != nil {
		return err
	}
	var inline, files []Attachment
	for _, f := range m.files {
		if f.ContentID != "" && len(m.html) > 0 {
			inline = append(inline, f)
		} else {
			files = append(files, f)
		}
	}
	return m.group(w, "mixed", 0, files, func(w io.Writer) error {
		return m.group(w, "related", 1, inline, m.body)
	})
}

// group writes something with files behind it, or that alone where there are none.
func (m *message) group(w io.Writer, kind string, at int, files []Attachment, first func(io.Writer) error) error {
	if len(files) == 0 {
		return first(w)
	}
	parts, err := m.multipart(w, kind, at)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, "--"+m.boundaries[at]+"\r\n"); err != nil {
		return err
	}
	if err := first(w); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\r\n"); err != nil {
		return err
	}
	for _, f := range files { // the library takes the first of them for the first of all
		if err := writeFile(parts, f); err != nil {
			return err
		}
	}
	return parts.Close()
}

// multipart begins a list of parts.
func (m *message) multipart(w io.Writer, kind string, at int) (*multipart.Writer, error) {
	parts := multipart.NewWriter(w)
	if err := parts.SetBoundary(m.boundaries[at]); err != nil {
		return nil, err
	}
	_, err := io.WriteString(w, "Content-Type: multipart/"+kind+"; boundary=\""+m.boundaries[at]+"\"\r\n\r\n")
	return parts, err
}

// body writes the text, the HTML, or both as ways to read the same.
func (m *message) body(w io.Writer) error {
	if len(m.html) == 0 || len(m.text) == 0 {
		kind, content := "plain", m.text
		if len(m.html) > 0 {
			kind, content = "html", m.html
		}
		if _, err := io.WriteString(w, "Content-Type: text/"+kind+"; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"); err != nil {
			return err
		}
		return quoted(w, content)
	}
	parts, err := m.multipart(w, "alternative", 2)
	if err != nil {
		return err
	}
	for _, p := range []struct {
		kind    string
		content []byte
	}{{"plain", m.text}, {"html", m.html}} {
		part, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"text/" + p.kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}})
		if err != nil {
			return err
		}
		if err := quoted(part, p.content); err != nil {
			return err
		}
	}
	return parts.Close()
}

func quoted(w io.Writer, content []byte) error {
	q := quotedprintable.NewWriter(w)
	if _, err := q.Write(content); err != nil {
		return err
	}
	return q.Close()
}

func writeFile(parts *multipart.Writer, f Attachment) error {
	kind := f.Type
	if kind == "" {
		kind = mime.TypeByExtension(strings.ToLower(path.Ext(f.Name)))
	}
	if kind == "" || strings.HasPrefix(kind, "message/") { // a mail as a file is 7-bit text to servers, and this is base64
		kind = "application/octet-stream"
	}
	disposition := "attachment"
	header := textproto.MIMEHeader{"Content-Transfer-Encoding": {"base64"}}
	if f.ContentID != "" {
		disposition = "inline"
		header.Set("Content-ID", "<"+f.ContentID+">")
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	part, err := parts.CreatePart(header)
	if err != nil {
		return err
	}
	content, err := f.Content.Open()
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // read only
	lines := &lineWriter{w: part}
	encoder := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := io.CopyBuffer(encoder, content, make([]byte, 57<<10)); err != nil {
		return err
	}
	return encoder.Close()
}

// lineWriter breaks base64 into lines.
type lineWriter struct {
	w    io.Writer
	used int
}

// Write implements io.Writer.
func (l *lineWriter) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		part := p[done:min(len(p), done+lineLength-l.used)]
		if _, err := l.w.Write(part); err != nil {
			return done, err
		}
		done += len(part)
		if l.used += len(part); l.used == lineLength {
			l.used = 0
			if _, err := io.WriteString(l.w, "\r\n"); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}
