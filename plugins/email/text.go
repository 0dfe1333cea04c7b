package email

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/atom"
)

// maxText is how much of a text is kept, in bytes.
const maxText = 1 << 20

// textWriter makes readable text from the tokens of a page: blocks on lines of
// their own, items with a dash, cells apart, white space collapsed.
type textWriter struct {
	out       strings.Builder
	breaks    int // line ends owed before the next word
	space     bool
	item      bool
	pre       int
	truncated bool
}

func (w *textWriter) words(s string) {
	if w.truncated {
		return
	}
	if w.pre > 0 {
		w.write(strings.ReplaceAll(s, "\r", ""))
		return
	}
	for len(s) > 0 {
		start := strings.IndexFunc(s, func(r rune) bool { return !isHTMLSpace(r) })
		if start != 0 {
			w.space = true
		}
		if start < 0 {
			return
		}
		s = s[start:]
		end := strings.IndexFunc(s, isHTMLSpace)
		if end < 0 {
			end = len(s)
		}
		w.write(s[:end])
		s = s[end:]
	}
}

func isHTMLSpace(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' || r == 0xa0
}

func (w *textWriter) write(word string) {
	if w.truncated || word == "" {
		return
	}
	if w.out.Len() > 0 && w.breaks > 0 {
		w.out.WriteString(strings.Repeat("\n", min(w.breaks, 2)))
	} else if w.out.Len() > 0 && w.space {
		w.out.WriteByte(' ')
	}
	if w.item {
		w.out.WriteString("- ")
	}
	w.breaks, w.space, w.item = 0, false, false
	if w.out.Len()+len(word) > maxText {
		word = clip(word, max(0, maxText-w.out.Len()))
		w.truncated = true
	}
	w.out.WriteString(word)
}

func (w *textWriter) target(url string) {
	w.space = true
	w.write("<" + url + ">")
	w.space = true
}

// block notes the breaks that an element makes; false for one inside a line.
func (w *textWriter) block(a atom.Atom, start bool) bool {
	switch a {
	case atom.Br:
		w.breaks++
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Blockquote, atom.Table, atom.Hr:
		w.breaks = max(w.breaks, 2)
	case atom.Div, atom.Tr, atom.Center, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Dl, atom.Dt, atom.Dd,
		atom.Form, atom.Fieldset, atom.Option, atom.Address, atom.Body, atom.Html:
		w.breaks = max(w.breaks, 1)
	case atom.Li:
		w.breaks = max(w.breaks, 1)
		w.item = start
	case atom.Td, atom.Th:
		w.space = true
	case atom.Pre:
		w.breaks = max(w.breaks, 1)
		if start {
			w.pre++
		} else if w.pre > 0 {
			w.pre--
		}
	default:
		return false
	}
	return true
}

// unflow joins the soft line breaks of format=flowed (RFC 3676), so that an
// address cut by one is whole again.
func unflow(text string, delSp bool) string {
	var out strings.Builder
	soft, depth := false, 0
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		quotes := len(line) - len(strings.TrimLeft(line, ">"))
		rest := strings.TrimPrefix(line[quotes:], " ")
		if !soft || quotes != depth {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			if quotes > 0 {
				out.WriteString(line[:quotes] + " ")
			}
		}
		soft, depth = strings.HasSuffix(rest, " ") && rest != "-- ", quotes
		if soft && delSp {
			rest = rest[:len(rest)-1]
		}
		out.WriteString(rest)
	}
	return out.String()
}

// cutText keeps at most maxText bytes.
func cutText(s string) (string, bool) {
	if len(s) <= maxText {
		return s, false
	}
	return clip(s, maxText), true
}

// tidyText makes line ends plain and drops what is not text.
func tidyText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	s = strings.ReplaceAll(s, "\x00", "")
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.TrimRight(s, " \t\n")
}
