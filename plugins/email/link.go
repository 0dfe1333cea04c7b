package email

import (
	"net"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Bounds of what is kept of links.
const (
	maxLinks    = 2000
	maxURL      = 8 << 10
	maxLinkText = 1000
)

var schemePart = regexp.MustCompile(`^(?i)(https?|ftp):([/\\]*)`)

// lineBreaks are what browsers take out of an address.
var lineBreaks = strings.NewReplacer("\t", "", "\r", "", "\n", "")

// cleanHref turns an attribute into a link as a browser would, with the URL as
// the sender wrote it. What is not an absolute web address with a plausible host
// (a template's placeholder, an anchor, mailto, a script) is not a link; a relative
// one counts where a base completes it.
func cleanHref(href, base string) (link Link, ok bool) {
	href = strings.TrimFunc(href, isMargin)
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
		return Link{URL: href, Host: host}, ok && (m[2] != "" || strings.Contains(host, "."))
	}
	return relativeHref(href, base)
}

// isMargin is what browsers take off around an address, and blanks that they
// don't but that senders copy along.
func isMargin(r rune) bool {
	return r <= ' ' || r == 0x7f || unicode.IsSpace(r) || r == 0x200b || r == 0x200e || r == 0x200f || r == 0xfeff
}

// placeholder is the mark of a template that was sent without its values.
var placeholder = regexp.MustCompile("^[{\\[%$*|<>\"^`]|\\{\\{|\\}\\}|%%|\\[\\[|\\*\\||\\$\\{|<%|[<>\"`]")

func relativeHref(href, base string) (Link, bool) {
	if href == "" || href[0] == '#' || placeholder.MatchString(href) || hasScheme(href) {
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
		link.URL = origin + climb(rest[:strings.LastIndexByte(rest, '/')+1], href)
	}
	link.Resolved = true
	return link, true
}

// climb joins a path to a folder, with the dots at its start undone.
func climb(folder, path string) string {
	for {
		if rest, ok := strings.CutPrefix(path, "./"); ok {
			path = rest
			continue
		}
		rest, ok := strings.CutPrefix(path, "../")
		if !ok {
			return folder + path
		}
		path = rest
		folder = folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
		if folder == "" {
			folder = "/"
		}
	}
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

// plausibleHost takes what browsers take, also where no name server would know
// it: a broken host is evidence. The marks of templates are not taken.
func plausibleHost(host string) bool {
	hasName := false
	for _, r := range host {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r > unicode.MaxASCII && !unicode.IsSpace(r) && unicode.IsPrint(r):
			hasName = true
		case strings.ContainsRune(".-_,!'()&;=+~\u00ad\u200b\u200c\u200d", r):
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
