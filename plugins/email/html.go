package email

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxToken bounds what the tokenizer holds at once: a picture inside an
// attribute may be megabytes.
const maxToken = 4 << 20

// htmlReader reads a page once, for its links and as text. Text that the page
// hides stays in, because it is part of what was sent and unclosed tags make
// hiding a matter of opinion; that there is some is noted.
type htmlReader struct {
	links   *linkList
	text    *textWriter
	base    string
	skip    atom.Atom // inside script, style, title: not text
	open    int       // the link that collects text, -1 for none
	run     bytes.Buffer
	hidden  bool
	dropped bool
}

func (h *htmlReader) read(r io.Reader) {
	h.open = -1
	for again := true; again; {
		z := html.NewTokenizer(r)
		z.SetMaxBuf(maxToken)
		n := 0
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			h.token(kind, z)
			n++
			if h.links.truncated && h.text.truncated {
				return // nothing more would be kept
			}
			if n%512 == 0 {
				// WebAssembly has one thread and no preemption: without this the
				// collector's own goroutines get no turn while a large page is read.
				runtime.Gosched()
			}
		}
		// A token too long for the buffer is dropped; what follows it is read.
		again = errors.Is(z.Err(), html.ErrBufferExceeded)
		h.dropped = h.dropped || again
	}
	h.closeLink()
	h.flushRun()
}

// token reads one token without copying what is not wanted: a page of 20 MB has
// a million of them.
func (h *htmlReader) token(kind html.TokenType, z *html.Tokenizer) {
	switch kind {
	case html.TextToken:
		if h.skip == 0 {
			h.words(z.Text())
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, hasAttr := z.TagName()
		tag := atom.Lookup(name)
		h.start(tag, h.target(tag, hasAttr, z))
		if tag == atom.Noscript || tag == atom.Noframes || tag == atom.Noembed {
			z.NextIsNotRawText() // a mail reader runs no script, so this is shown
		}
	case html.EndTagToken:
		name, _ := z.TagName()
		h.end(atom.Lookup(name))
	case html.ErrorToken, html.CommentToken, html.DoctypeToken:
	}
}

var targets = map[atom.Atom]string{
	atom.A: "href", atom.Area: "href", atom.Base: "href", atom.Form: "action", atom.Button: "formaction", atom.Input: "formaction",
	atom.Iframe: "src", atom.Frame: "src", atom.Meta: "content",
}

// target answers the attribute that a tag may lead with; the first of a name
// counts, as in browsers.
func (h *htmlReader) target(tag atom.Atom, hasAttr bool, z *html.Tokenizer) (target string) {
	wanted := targets[tag]
	found, isRefresh := false, false
	for hasAttr && (wanted != "" || !h.hidden) {
		var key, value []byte
		key, value, hasAttr = z.TagAttr()
		switch {
		case wanted != "" && !found && string(key) == wanted:
			target, found = string(value), true
		case tag == atom.A && target == "" && string(key) == "xlink:href":
			target = string(value)
		case tag == atom.Meta && string(key) == "http-equiv":
			isRefresh = strings.EqualFold(strings.TrimSpace(string(value)), "refresh")
		case !h.hidden && string(key) == "style":
			h.hidden = hides(value[:min(len(value), 1024)])
		}
	}
	if tag == atom.Meta {
		return refreshTarget(isRefresh, target)
	}
	return target
}

var refresh = regexp.MustCompile(`(?i)^[\s\d.]*[;,\s]\s*(?:url\s*=)?\s*["']?([^"']+)`)

// refreshTarget reads "5; url=http://…", where a page sends its reader on.
func refreshTarget(isRefresh bool, content string) string {
	if m := refresh.FindStringSubmatch(content); isRefresh && m != nil {
		return m[1]
	}
	return ""
}

func (h *htmlReader) words(data []byte) {
	if !h.text.truncated {
		h.text.words(string(data))
	}
	switch {
	case h.open >= 0:
		h.addText(string(data[:min(len(data), 4*maxLinkText)]))
	case h.run.Len() < maxToken && !h.links.truncated:
		h.run.Write(data)
	}
}

// addText collects the text of the open link, up to what can be shown.
func (h *htmlReader) addText(s string) {
	if link := &h.links.links[h.open]; len(link.Text) < 4*maxLinkText {
		link.Text += s
	}
}

var hidingStyle = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(px|pt|em|%)?\s*(;|$|!)|opacity\s*:\s*0\s*(;|$)`)

// hides asks the slow pattern only where one of its words stands.
func hides(style []byte) bool {
	for _, word := range []string{"one", "ONE", "idden", "IDDEN", "ize", "IZE", "acity", "ACITY"} {
		if bytes.Contains(style, []byte(word)) {
			return hidingStyle.Match(style)
		}
	}
	return false
}

func (h *htmlReader) start(tag atom.Atom, target string) {
	switch tag { //nolint:exhaustive // of all HTML's names these have a meaning here
	case atom.Iframe:
		h.skip = tag
		h.add(target, "frame")
	case atom.Frame, atom.Meta:
		h.add(target, "frame")
	case atom.Script, atom.Style, atom.Title, atom.Textarea, atom.Xmp:
		h.skip = tag
	case atom.Base:
		if h.base == "" {
			h.base = strings.TrimSpace(target)
		}
	case atom.A:
		h.closeLink()
		h.flushRun()
		h.open = h.add(target, "html")
	case atom.Area:
		h.add(target, "area")
	case atom.Form, atom.Button, atom.Input:
		h.add(target, "form")
	}
	if h.text.block(tag, true) {
		h.gap()
	}
}

func (h *htmlReader) end(tag atom.Atom) {
	if h.skip != 0 {
		if tag == h.skip {
			h.skip = 0
		}
		return
	}
	if tag == atom.A {
		h.closeLink()
	}
	if h.text.block(tag, false) {
		h.gap()
	}
}

// gap separates the words of neighbouring blocks.
func (h *htmlReader) gap() {
	if h.open >= 0 {
		h.addText(" ")
		return
	}
	h.flushRun()
}

func (h *htmlReader) add(href, source string) int {
	if h.links.full() || href == "" {
		return -1
	}
	link, ok := cleanHref(href, h.base)
	if !ok {
		return -1
	}
	link.Source = source
	return h.links.reserve(link)
}

// closeLink writes a link's target behind its text, so that the text alone
// holds what an analyst needs.
func (h *htmlReader) closeLink() {
	if h.open < 0 {
		return
	}
	link := h.links.links[h.open]
	if oneLine(link.Text) != link.URL {
		h.text.target(link.URL)
	}
	h.open = -1
}

// flushRun looks for bare addresses in the text between links.
func (h *htmlReader) flushRun() {
	if bytes.Contains(h.run.Bytes(), []byte("://")) {
		h.links.scan(h.run.String())
	}
	h.run.Reset()
}
