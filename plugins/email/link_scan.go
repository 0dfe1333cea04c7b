package email

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
			if start > 0 {
				url = insideBrackets(text[start-1], url)
			}
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
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
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
	return trimSentence(cutAuthority(text))
}

// cutAuthority ends an address at a sign that no host has: in prose it belongs to
// the sentence, as in "http://a.example,http://b.example".
func cutAuthority(s string) string {
	for _, next := range []string{",http://", ",https://", ";http://", ";https://"} {
		if at := strings.Index(s, next); at >= 0 {
			s = s[:at]
		}
	}
	_, rest, _ := strings.Cut(s, "://")
	authority := rest
	if end := strings.IndexAny(rest, `/?#\`); end >= 0 {
		authority = rest[:end]
	}
	at := strings.IndexAny(authority, ",;!'()&=+~")
	if at < 0 || strings.Contains(authority, "@") {
		return s
	}
	return s[:len(s)-len(rest)+at]
}

// insideBrackets ends an address at the bracket that closes the one before it.
func insideBrackets(before byte, url string) string {
	closing := map[byte]byte{'(': ')', '[': ']'}[before]
	depth := 1
	for i := 0; closing != 0 && i < len(url); i++ {
		switch url[i] {
		case before:
			depth++
		case closing:
			if depth--; depth == 0 {
				return trimSentence(url[:i])
			}
		}
	}
	return url
}

// trimSentence takes off the signs that end a sentence, and closing brackets
// that nothing in the address opened.
func trimSentence(s string) string {
	surplus := map[byte]int{
		')': strings.Count(s, ")") - strings.Count(s, "("),
		']': strings.Count(s, "]") - strings.Count(s, "["),
	}
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r >= utf8.RuneSelf && strings.ContainsRune("…·•–—", r) {
			s = s[:len(s)-size]
			continue
		}
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
