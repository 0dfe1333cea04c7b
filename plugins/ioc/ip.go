package ioc

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ipv4Runs finds four numbers with dots between them.
func ipv4Runs(text string) [][2]int {
	var out [][2]int
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		if n := i - start; n == 0 {
			i++
		} else if n <= 3 && i < len(text) && text[i] == '.' {
			if at := ipv4Run.FindStringIndex(text[start:min(len(text), start+16)]); at != nil {
				i = start + at[1]
				out = append(out, [2]int{start, i})
			}
		}
	}
	return out
}

// ipv6Runs finds hexadecimal groups around colons.
func ipv6Runs(text string) [][2]int {
	const inside = "0123456789abcdefABCDEF:."
	var out [][2]int
	for done := 0; ; {
		colon := strings.IndexByte(text[done:], ':')
		if colon < 0 {
			return out
		}
		start := done + colon
		end := start + 1
		for start > done && done+colon-start < 4 && isHex(text[start-1:start]) {
			start--
		}
		for end < len(text) && end-start < 50 && strings.IndexByte(inside, text[end]) >= 0 {
			end++
		}
		out = append(out, [2]int{start, end})
		done = end
	}
}

func findIPs(text string, urls []match) []match {
	var out []match
	next := 0
	for _, at := range ipv4Runs(text) {
		for next < len(urls) && urls[next].end <= at[0] {
			next++
		}
		ip, err := netip.ParseAddr(text[at[0]:at[1]])
		if err != nil || !standsAlone(text, at[0], at[1], false) || covered(urls[next:], at[0]) {
			continue
		}
		m := match{kind: "ipv4", start: at[0], end: at[1], value: ip.String()}
		if version.MatchString(text[max(0, at[0]-24):at[0]]) {
			m.note = "version"
		}
		out = append(out, m)
	}
	next = 0
	for _, at := range ipv6Runs(text) {
		for next < len(urls) && urls[next].end <= at[0] {
			next++
		}
		written := strings.TrimRight(text[at[0]:at[1]], ".")
		if strings.HasSuffix(written, ":") && !strings.HasSuffix(written, "::") {
			written = written[:len(written)-1]
		}
		ip, err := netip.ParseAddr(written)
		if err != nil || !ip.Is6() || len(written) < 5 || !standsAlone(text, at[0], at[0]+len(written), true) || covered(urls[next:], at[0]) {
			continue
		}
		out = append(out, match{kind: "ipv6", start: at[0], end: at[0] + len(written), value: ip.String()})
	}
	return out
}

// standsAlone refuses an address that is a piece of something longer, such as a
// version of five parts, an OID or a word.
func standsAlone(text string, start, end int, v6 bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, size := utf8.DecodeRuneInString(text[end:])
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }
	if start > 0 && (isWord(before) && before != 'v' && before != 'V' || before == '.' || before == '-' && !v6 || v6 && before == ':') {
		return false
	}
	if size == 0 {
		return true
	}
	if isWord(after) || v6 && after == ':' {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[end+size:])
	return (after != '.' && after != '-') || !unicode.IsDigit(next) && (after != '-' || !unicode.IsLetter(next))
}
