package email

import (
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
	run     strings.Builder
	hidden  bool
	dropped bool
}

func (h *htmlReader) read(r io.Reader) {
	h.open = -1
	for again := true; again; {
		z := html.NewTokenizer(r)
		z.SetMaxBuf(maxToken)
		for n := 1; z.Next() != html.ErrorToken; n++ {
			h.token(z)
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

func (h *htmlReader) token(z *html.Tokenizer) {
	token := z.Token()
	switch token.Type {
	case html.TextToken:
		h.words(token.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		h.start(token)
		if token.DataAtom == atom.Noscript || token.DataAtom == atom.Noframes || token.DataAtom == atom.Noembed {
			z.NextIsNotRawText() // a mail reader runs no script, so this is shown
		}
	case html.EndTagToken:
		h.end(token)
	case html.ErrorToken, html.CommentToken, html.DoctypeToken:
	}
}

func (h *htmlReader) words(data string) {
	if h.skip != 0 {
		return
	}
	h.text.words(data)
	switch {
	case h.open >= 0:
		h.addText(data[:min(len(data), 4*maxLinkText)])
	case h.run.Len() < maxToken && !h.links.truncated:
		h.run.WriteString(data)
	}
}

// addText collects the text of the open link, up to what can be shown.
func (h *htmlReader) addText(s string) {
	if link := &h.links.links[h.open]; len(link.Text) < 4*maxLinkText {
		link.Text += s
	}
}

var hidingStyle = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(px|pt|em|%)?\s*(;|$|!)|opacity\s*:\s*0\s*(;|$)`)

func (h *htmlReader) start(token html.Token) {
	if !h.hidden {
		style := attr(token, "style")
		h.hidden = strings.Contains(style, ":") && hidingStyle.MatchString(clip(style, 1024))
	}
	switch token.DataAtom {
	case atom.Script, atom.Style, atom.Title, atom.Textarea, atom.Iframe, atom.Xmp:
		if token.Type == html.StartTagToken || token.DataAtom != atom.Title {
			h.skip = token.DataAtom
		}
	case atom.Base:
		if h.base == "" {
			h.base = strings.TrimSpace(attr(token, "href"))
		}
	case atom.A:
		h.closeLink()
		h.flushRun()
		href := attr(token, "href")
		if href == "" {
			href = attr(token, "xlink:href")
		}
		h.open = h.add(href, "html")
	case atom.Area:
		h.add(attr(token, "href"), "area")
	case atom.Form:
		h.add(attr(token, "action"), "form")
	case atom.Button, atom.Input:
		h.add(attr(token, "formaction"), "form")
	}
	if h.text.block(token.DataAtom, true) {
		h.gap()
	}
}

func (h *htmlReader) end(token html.Token) {
	if h.skip != 0 {
		if token.DataAtom == h.skip {
			h.skip = 0
		}
		return
	}
	if token.DataAtom == atom.A {
		h.closeLink()
	}
	if h.text.block(token.DataAtom, false) {
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
	if h.run.Len() > 0 {
		h.links.scan(h.run.String())
		h.run.Reset()
	}
}

// attr answers the first attribute of that name, as browsers do.
func attr(token html.Token, name string) string {
	for _, a := range token.Attr {
		key := a.Key
		if a.Namespace != "" {
			key = a.Namespace + ":" + a.Key
		}
		if strings.EqualFold(key, name) {
			return a.Val
		}
	}
	return ""
}
