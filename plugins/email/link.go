package email

import (
	"net"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Bounds of what is kept of links.
const (
	maxLinks    = 2000
	maxURL      = 8 << 10
	maxLinkText = 1000
)

var schemePart = regexp.MustCompile(`^(?i)(https?|ftp):([/\\]+)`)

// lineBreaks are what browsers take out of an address.
var lineBreaks = strings.NewReplacer("\t", "", "\r", "", "\n", "")

// cleanHref turns an attribute into a link as a browser would, with the URL as
// the sender wrote it. What is not an absolute web address with a plausible host
// (a template's placeholder, an anchor, mailto, a script) is not a link; a relative
// one counts where a base completes it.
func cleanHref(href, base string) (link Link, ok bool) {
	href = strings.TrimFunc(href, func(r rune) bool { return r <= ' ' })
	href = lineBreaks.Replace(href)
	if len(href) > maxURL {
		href = clip(href, maxURL)
	}
	if m := schemePart.FindStringSubmatch(href); m != nil {
		rest := href[len(m[0]):]
		if m[2] != "//" {
			href = m[1] + "://" + rest
		}
		host, ok := hostOf(rest)
		return Link{URL: href, Host: host}, ok
	}
	return relativeHref(href, base)
}

func relativeHref(href, base string) (Link, bool) {
	if href == "" || href[0] == '#' || strings.ContainsAny(href, "{}[]%$*|<>\"^`") || hasScheme(href) {
		return Link{}, false
	}
	slashes := strings.ReplaceAll(href, `\`, "/")
	if rest, ok := strings.CutPrefix(slashes, "//"); ok {
		scheme := "https"
		if m := schemePart.FindStringSubmatch(base); m != nil {
			scheme = strings.ToLower(m[1])
		}
		host, ok := hostOf(rest)
		return Link{URL: scheme + "://" + rest, Host: host, Resolved: true}, ok && strings.Contains(host, ".")
	}
	return joinBase(slashes, base)
}

func hasScheme(href string) bool {
	colon := strings.IndexByte(href, ':')
	return colon > 0 && !strings.ContainsAny(href[:colon], "/?#")
}

func joinBase(href, base string) (Link, bool) {
	link, ok := Link{}, false
	if base != "" {
		link, ok = cleanHref(base, "")
	}
	if !ok {
		return Link{}, false
	}
	root := link.URL
	path := strings.Index(root, "://") + 3
	end := strings.IndexAny(root[path:], "/?#")
	origin, rest := root, "/"
	if end >= 0 {
		origin, rest = root[:path+end], root[path+end:]
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	switch href[0] {
	case '/':
		link.URL = origin + href
	case '?':
		link.URL = origin + rest + href
	default:
		link.URL = origin + rest[:strings.LastIndexByte(rest, '/')+1] + href
	}
	link.Resolved = true
	return link, true
}

// hostOf answers the host at the start of what follows the scheme, in ASCII.
func hostOf(rest string) (string, bool) {
	if end := strings.IndexAny(rest, `/\?#`); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		end := strings.IndexByte(rest, ']')
		if end < 0 || net.ParseIP(rest[1:end]) == nil {
			return "", false
		}
		return rest[1:end], true
	}
	host, port, hasPort := strings.Cut(rest, ":")
	if hasPort && strings.Trim(port, "0123456789") != "" {
		return "", false
	}
	if strings.ContainsRune(host, '%') {
		decoded := string(percentDecode([]byte(host)))
		if strings.ContainsRune(decoded, '%') {
			return "", false
		}
		host = decoded
	}
	if !plausibleHost(host) {
		return "", false
	}
	return asciiHost(host), true
}

func plausibleHost(host string) bool {
	hasName := false
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > unicode.MaxASCII && !unicode.IsSpace(r) && unicode.IsPrint(r):
			hasName = true
		case r == '.' || r == '-' || r == '_' || r == 0xad || r == 0x200b || r == 0x200c || r == 0x200d:
		default:
			return false
		}
	}
	return hasName && len(host) < 1024
}

var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

func asciiHost(host string) string {
	host = strings.ToLower(host)
	if isASCIIOnly([]byte(host)) {
		return strings.TrimSuffix(host, ".")
	}
	if ascii, err := toASCII.ToASCII(host); err == nil {
		return strings.TrimSuffix(ascii, ".")
	}
	return host
}

// linkList collects links without repeating them.
type linkList struct {
	links     []Link
	truncated bool
}

// full says that no more links are kept, and notes that there were more.
func (l *linkList) full() bool {
	l.truncated = l.truncated || len(l.links) >= 2*maxLinks
	return l.truncated
}

// reserve keeps a place for a link whose text is not known yet; -1: no room.
func (l *linkList) reserve(link Link) int {
	if l.full() {
		return -1
	}
	l.links = append(l.links, link)
	return len(l.links) - 1
}

// finish drops repetitions of the same target under the same text, and bare
// addresses to where a link leads as well.
func (l *linkList) finish() ([]Link, bool) {
	linked, seen := map[string]bool{}, map[string]bool{}
	for _, link := range l.links {
		linked[link.URL] = linked[link.URL] || link.Source != "text"
	}
	out := []Link{}
	for _, link := range l.links {
		link.Text = clip(oneLine(link.Text), maxLinkText)
		key := link.URL + "\x00" + link.Text
		if seen[key] || (link.Source == "text" && linked[link.URL]) {
			continue
		}
		seen[key] = true
		if len(out) == maxLinks {
			return out, true
		}
		out = append(out, link)
	}
	return out, l.truncated
}

// scan finds bare addresses in plain text.
func (l *linkList) scan(text string) {
	for done := 0; ; {
		at := strings.Index(text[done:], "://")
		if at < 0 {
			return
		}
		at += done
		start := schemeStart(text[done:at]) + done
		done = at + 3
		if start == at {
			continue
		}
		var url string
		if start > 0 && text[start-1] == '<' {
			url = bracketed(text[start:])
		}
		if url == "" {
			url = plainURL(text[start:])
		}
		if link, ok := cleanHref(url, ""); ok {
			l.reserve(Link{Text: link.URL, URL: link.URL, Host: link.Host, Source: "text"})
		}
		done = max(done, start+len(url))
	}
}

// schemeStart answers where a scheme at the end of text begins, or len(text).
func schemeStart(text string) int {
	for _, scheme := range []string{"https", "http", "ftp"} {
		start := len(text) - len(scheme)
		if start < 0 || !strings.EqualFold(text[start:], scheme) {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(text[:start]); start == 0 || !isWordASCII(before) {
			return start
		}
	}
	return len(text)
}

func isWordASCII(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_'
}

// bracketed reads <URL>, which may run over line ends; empty where it is not one.
func bracketed(text string) string {
	end := strings.IndexByte(text[:min(len(text), 4096)], '>')
	if end < 0 || strings.ContainsAny(text[:end], " <\"\t") {
		return ""
	}
	return text[:end]
}

// plainURL cuts an address where prose goes on: at white space, quotes and
// brackets that close more than they opened, and without a sentence's end.
func plainURL(text string) string {
	text = clip(text, maxURL)
	end := strings.IndexFunc(text, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("<>\"`|^{}\u00a0\u3000“”‘’«»„，。、；！？（）【】「」《》", r) || unicode.IsSpace(r)
	})
	if end >= 0 {
		text = text[:end]
	}
	return trimSentence(text)
}

// trimSentence takes off the signs that end a sentence, and closing brackets
// that nothing in the address opened.
func trimSentence(s string) string {
	surplus := map[byte]int{
		')': strings.Count(s, ")") - strings.Count(s, "("),
		']': strings.Count(s, "]") - strings.Count(s, "["),
	}
	for len(s) > 0 {
		last := s[len(s)-1]
		if strings.IndexByte(".,;:!?'*_~", last) < 0 {
			if surplus[last] <= 0 {
				break
			}
			surplus[last]--
		}
		s = s[:len(s)-1]
	}
	return s
}
