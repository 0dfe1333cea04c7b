package html

import (
	"runtime"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// each reads a page token by token: a tree would take many times its memory, and
// nesting none of the stack.
func each(page string, token func(kind html.TokenType, t *html.Token)) {
	z := html.NewTokenizer(strings.NewReader(page))
	for n := 1; ; n++ {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		t := z.Token()
		token(kind, &t)
		if n%512 == 0 {
			runtime.Gosched() // in WebAssembly the collector gets its turn here alone
		}
	}
}

func attribute(t *html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// breaks are how many line ends stand before and after an element's text.
var breaks = map[atom.Atom]int{
	atom.P: 2, atom.H1: 2, atom.H2: 2, atom.H3: 2, atom.H4: 2, atom.H5: 2, atom.H6: 2, atom.Pre: 2, atom.Blockquote: 2,
	atom.Ul: 2, atom.Ol: 2, atom.Dl: 2, atom.Table: 2, atom.Hr: 2,
	atom.Div: 1, atom.Br: 1, atom.Li: 1, atom.Tr: 1, atom.Section: 1, atom.Article: 1, atom.Header: 1, atom.Footer: 1, atom.Form: 1,
	atom.Dt: 1, atom.Dd: 1, atom.Caption: 1, atom.Main: 1, atom.Nav: 1, atom.Aside: 1, atom.Address: 1, atom.Fieldset: 1,
}

// unread says whether what an element holds is no text. A head is read: browsers show what
// it holds besides scripts and styles, as if it had ended before.
func unread(a atom.Atom) bool {
	return a == atom.Script || a == atom.Style || a == atom.Template || a == atom.Noscript
}

// writer writes text with white space as a page shows it.
type writer struct {
	out     strings.Builder
	lines   int  // line ends that are due before the next text
	space   bool // and whether a space is
	started bool
}

func (w *writer) end(lines int) {
	w.lines = max(w.lines, lines)
}

func (w *writer) text(s string, exact bool) {
	if exact {
		w.word(s)
		return
	}
	if s != "" && strings.TrimLeft(s, " \t\r\n\f") != s {
		w.space = true
	}
	for i, word := range strings.Fields(s) {
		w.space = w.space || i > 0
		w.word(word)
	}
	if s != "" && strings.TrimRight(s, " \t\r\n\f") != s {
		w.space = true
	}
}

func (w *writer) word(s string) {
	if s == "" {
		return
	}
	switch {
	case !w.started:
	case w.lines > 0:
		w.out.WriteString(strings.Repeat("\n", w.lines))
	case w.space:
		w.out.WriteByte(' ')
	}
	w.lines, w.space, w.started = 0, false, true
	w.out.WriteString(s)
}

func text(c *sdk.Context, in TextInput) (TextOutput, error) {
	page, err := load(in.HTML)
	if err != nil {
		return TextOutput{}, err
	}
	title, body := render(page, in.Links)
	out, err := c.StoreText(body, "text/plain")
	return TextOutput{Title: title, Text: out}, err
}

// render gives the title and the text of a page.
func render(page string, withLinks bool) (heading, body string) {
	var w, title writer
	var skip atom.Atom
	inTitle, pre := false, 0
	var hrefs []string
	each(page, func(kind html.TokenType, t *html.Token) {
		switch {
		case kind == html.TextToken && inTitle:
			title.text(t.Data, false)
		case kind == html.TextToken && skip == 0:
			w.text(t.Data, pre > 0)
		case kind == html.TextToken, kind == html.CommentToken, kind == html.DoctypeToken:
		case t.DataAtom == atom.Title:
			inTitle = kind == html.StartTagToken
		case skip != 0:
			if kind == html.EndTagToken && t.DataAtom == skip {
				skip = 0
			}
		case kind == html.StartTagToken && unread(t.DataAtom):
			skip = t.DataAtom
		case t.DataAtom == atom.A && withLinks:
			hrefs = address(&w, kind, t, hrefs)
		case t.DataAtom == atom.Img && attribute(t, "alt") != "":
			w.text("["+attribute(t, "alt")+"]", false)
		case (t.DataAtom == atom.Td || t.DataAtom == atom.Th) && kind == html.StartTagToken:
			if w.lines == 0 && w.started {
				w.text(" | ", false)
			}
		default:
			if t.DataAtom == atom.Pre {
				pre = max(0, pre+map[bool]int{true: 1, false: -1}[kind == html.StartTagToken])
			}
			w.end(breaks[t.DataAtom])
			if t.DataAtom == atom.Li && kind == html.StartTagToken {
				w.word("-")
				w.space = true
			}
		}
	})
	return title.out.String(), strings.TrimRight(w.out.String(), " \n")
}

// address writes a link's address after its text.
func address(w *writer, kind html.TokenType, t *html.Token, open []string) []string {
	if kind == html.StartTagToken {
		return append(open, attribute(t, "href"))
	}
	if n := len(open); n > 0 {
		if href := open[n-1]; href != "" {
			w.text(" <"+href+">", false)
		}
		return open[:n-1]
	}
	return open
}
