package html

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// sources are the elements that lead to or load something, with the attribute that
// says what.
var sources = map[atom.Atom]struct{ kind, attribute string }{
	atom.A: {"link", "href"}, atom.Area: {"link", "href"}, atom.Img: {"image", "src"}, atom.Form: {"form", "action"},
	atom.Button: {"form", "formaction"}, atom.Iframe: {"frame", "src"}, atom.Frame: {"frame", "src"}, atom.Embed: {"frame", "src"},
	atom.Object: {"frame", "data"}, atom.Script: {"script", "src"}, atom.Link: {"style", "href"}, atom.Meta: {"refresh", "content"},
}

// refresh reads 5; url='http://a.example/'.
var refresh = regexp.MustCompile(`(?i)^\s*[\d.]*\s*[;,]?\s*url\s*=\s*['"]?([^'"]+)`)

type linkReader struct {
	in   LinksInput
	base *url.URL
	out  LinksOutput
	open int // the link that collects text, -1 for none
	text writer
}

func links(_ *sdk.Context, in LinksInput) (LinksOutput, error) {
	page, err := load(in.HTML)
	if err != nil {
		return LinksOutput{}, err
	}
	r := &linkReader{in: in, open: -1, out: LinksOutput{Links: []Link{}}}
	if in.Base != "" {
		if r.base, err = url.Parse(in.Base); err != nil || !r.base.IsAbs() {
			return LinksOutput{}, sdk.BadInput("/base", "must be a whole address, such as https://example.com/page")
		}
	}
	based := false
	each(page, func(kind html.TokenType, t *html.Token) {
		switch {
		case kind == html.TextToken && r.open >= 0:
			r.text.text(t.Data, false)
		case kind == html.EndTagToken && t.DataAtom == atom.A:
			r.close()
		case kind != html.StartTagToken && kind != html.SelfClosingTagToken:
		case t.DataAtom == atom.Base && !based:
			if base, err := url.Parse(strings.TrimSpace(attribute(t, "href"))); err == nil {
				r.base, based = r.against(base), true
			}
		default:
			r.element(t)
		}
	})
	r.close()
	return r.out, nil
}

func (r *linkReader) against(u *url.URL) *url.URL {
	if r.base == nil {
		return u
	}
	return r.base.ResolveReference(u)
}

func (r *linkReader) element(t *html.Token) {
	source, known := sources[t.DataAtom]
	if t.DataAtom == atom.A {
		r.close()
	}
	given := strings.TrimSpace(attribute(t, source.attribute))
	if t.DataAtom == atom.Meta {
		found := refresh.FindStringSubmatch(given)
		if !strings.EqualFold(attribute(t, "http-equiv"), "refresh") || found == nil {
			return
		}
		given = strings.TrimSpace(found[1])
	}
	if !known || given == "" || len(r.in.Kinds) > 0 && !slices.Contains(r.in.Kinds, source.kind) {
		return
	}
	if len(r.out.Links) == r.in.Limit {
		r.out.Truncated = true
		return
	}
	link := Link{Kind: source.kind, URL: given, Text: attribute(t, "alt")}
	if u, err := url.Parse(asBrowsers(given)); err == nil {
		u = r.against(u)
		link.URL, link.Host = u.String(), strings.ToLower(u.Hostname())
	}
	r.out.Links = append(r.out.Links, link)
	if t.DataAtom == atom.A {
		r.open, r.text = len(r.out.Links)-1, writer{}
	}
}

// asBrowsers writes an address as browsers read it (WHATWG, URL): without line ends, and with
// slashes for the backslashes before its query, unless its scheme is another than the web's.
func asBrowsers(address string) string {
	address = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(address)
	scheme, _, found := strings.Cut(address, ":")
	if found && !strings.ContainsAny(scheme, `/\?#`) && !slices.Contains([]string{"http", "https", "ftp", "ws", "wss"}, strings.ToLower(scheme)) {
		return address
	}
	end := strings.IndexAny(address, "?#")
	if end < 0 {
		end = len(address)
	}
	return strings.ReplaceAll(address[:end], `\`, "/") + address[end:]
}

// named finds the host that a text names: at its begin, so that "see example.com" is none.
var named = regexp.MustCompile(`(?i)^(?:https?://)?((?:[\pL\pN](?:[\pL\pN-]*[\pL\pN])?\.)+\pL{2,})(?:[:/?#]|$)`)

// close ends the link whose text is being read.
func (r *linkReader) close() {
	if r.open < 0 {
		return
	}
	link := &r.out.Links[r.open]
	link.Text = r.text.out.String()
	if found := named.FindStringSubmatch(link.Text); found != nil && link.Host != "" {
		shown := strings.TrimPrefix(strings.ToLower(found[1]), "www.")
		link.Differs = shown != strings.TrimPrefix(link.Host, "www.")
	}
	r.open = -1
}
