package ioc

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxURL bounds one URL, so that a text without white space takes linear time.
const maxURL = 8 << 10

// findURLs also yields the host of each URL as an indicator of its own.
func findURLs(text string) []match {
	var out []match
	for done := 0; ; {
		colon := strings.Index(text[done:], "://")
		if colon < 0 {
			return out
		}
		colon += done
		start, after := colon-schemeLength(text[done:colon]), colon+3
		done = after
		end := start + len(trimURL(text[start:]))
		if start == colon || end <= after {
			continue
		}
		done = end
		if u, ok := readURL(text[start:end], start, after); ok {
			out = append(out, u...)
		}
	}
}

// schemeLength measures the scheme that a text ends with, 0 where it is none.
func schemeLength(text string) int {
	for _, scheme := range []string{"https", "http", "ftp"} {
		start := len(text) - len(scheme)
		if start >= 0 && strings.EqualFold(text[start:], scheme) && (start == 0 || text[start-1] >= utf8.RuneSelf || text[start-1] == '_' || !isWord(text[start-1])) {
			return len(scheme)
		}
	}
	return 0
}

// trimURL cuts at white space and quotes, then takes off what ends a sentence
// and brackets that nothing opened.
func trimURL(s string) string {
	s = s[:min(len(s), maxURL)]
	end := strings.IndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r < ' ' || r == 0x7f || strings.ContainsRune("<>\"`|^“”‘’«»„，。、；！？（）【】「」《》", r)
	})
	if end >= 0 {
		s = s[:end]
	}
	for _, next := range []string{",http://", ",https://", ";http://", ";https://"} {
		if at := strings.Index(s, next); at > 0 {
			s = s[:at]
		}
	}
	surplus := map[byte]int{}
	for _, pair := range []string{"()", "[]", "{}"} {
		surplus[pair[1]] = strings.Count(s, pair[1:]) - strings.Count(s, pair[:1])
	}
	for s != "" {
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

func readURL(s string, start, after int) ([]match, bool) {
	rest := s[after-start:]
	authority, tail := rest, ""
	if end := strings.IndexAny(rest, "/?#\\"); end >= 0 {
		authority, tail = rest[:end], rest[end:]
	}
	user, hostport := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hostport = authority[:at+1], authority[at+1:]
	}
	host, port := hostport, ""
	if colon := strings.LastIndexByte(hostport, ':'); colon >= 0 && !strings.HasSuffix(hostport, "]") {
		host, port = hostport[:colon], hostport[colon:]
	}
	kind, normal, ok := readHost(host)
	if !ok || strings.Trim(port, ":0123456789") != "" {
		return nil, false
	}
	shown := normal
	if kind == "ipv6" {
		shown = "[" + normal + "]"
	}
	value := strings.ToLower(s[:after-start]) + user + shown + port + tail
	hostStart := after + len(user)
	return []match{
		{kind: "url", start: start, end: start + len(s), value: value, host: normal},
		{kind: kind, start: hostStart, end: hostStart + len(host), value: normal, host: normal},
	}, true
}

// readHost tells what the host of a URL is. A name without a public suffix is
// kept in the URL alone, as kind "".
func readHost(host string) (kind, normal string, ok bool) {
	if inner, isV6 := strings.CutPrefix(host, "["); isV6 {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return "ipv6", ip.String(), err == nil && strings.HasSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return "ipv4", ip.String(), true
	}
	if ip, ok := numericHost(host); ok {
		return "ipv4", ip.String(), true
	}
	normal, ok = normalHost(host)
	if !ok {
		return "", "", false
	}
	if _, ok := registered(normal); ok {
		return "domain", normal, true
	}
	return "", normal, true
}

// numericHost reads the forms of an IPv4 address that browsers take and people
// don't see: http://3221225985/, http://0xC0.0.02.01/.
func numericHost(host string) (netip.Addr, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(part), "0x"), base(part), 32)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n >= 1<<bits {
			return netip.Addr{}, false
		}
		value = value<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

func base(number string) int {
	switch {
	case strings.HasPrefix(strings.ToLower(number), "0x"):
		return 16
	case len(number) > 1 && number[0] == '0':
		return 8
	}
	return 10
}

var toASCII = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// normalHost is lower case, in ASCII, without a final dot.
func normalHost(host string) (string, bool) {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" || len(host) > 253*4 {
		return "", false
	}
	ascii := host
	if strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		var err error
		if ascii, err = toASCII.ToASCII(host); err != nil {
			return "", false
		}
	}
	if len(ascii) > 253 {
		return "", false
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return "", false
		}
	}
	return ascii, true
}

// registered answers the registered domain of a host with a suffix that ICANN
// knows, or that is under one.
func registered(host string) (string, bool) {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if suffix == host {
		return "", false
	}
	if !icann {
		// A private suffix such as github.io counts where its own ending is ICANN's.
		last := suffix[strings.LastIndexByte(suffix, '.')+1:]
		if _, known := publicsuffix.PublicSuffix("x." + last); !known {
			return "", false
		}
	}
	name, err := publicsuffix.EffectiveTLDPlusOne(host)
	return name, err == nil
}
