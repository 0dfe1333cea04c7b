package email

import (
	"bytes"
	"regexp"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// plainLines undoes what changes the bytes of a whole mail: UTF-16, as editors
// save it, the line ends of an old Mac, and a \r that was put before each \r\n.
func plainLines(raw []byte) []byte {
	if e := byMark(raw[:min(len(raw), 2048)]); e != nil && e != unicode.UTF8BOM {
		if text, err := e.NewDecoder().Bytes(raw); err == nil {
			raw = text
		}
	}
	head := raw[:min(len(raw), 64<<10)]
	switch {
	case bytes.IndexByte(head, '\n') < 0:
		for i, c := range raw {
			if c == '\r' {
				raw[i] = '\n'
			}
		}
	case bytes.Count(head, []byte("\r\r\n")) > bytes.Count(head, []byte{'\n'})/2:
		w := 0
		for i, c := range raw {
			if c == '\r' && i+2 < len(raw) && raw[i+1] == '\r' && raw[i+2] == '\n' {
				continue
			}
			raw[w] = c
			w++
		}
		raw = raw[:w]
	}
	return raw
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
	return htmlStart.Match(b[:min(len(b), 1024)])
}

var htmlStart = regexp.MustCompile(`(?i)^[\s\x{feff}]*(?:<\?xml[^>]*>\s*|<!--[^>]*-->\s*)*<(?:!doctype\s+html|(?:html|head|body|meta|title|style|table|div|center|p|font|span|h[1-6]|a\s+href)[\s>])`)
