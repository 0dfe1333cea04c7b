package ioc

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// match is a stretch of live (refanged) text that reads as an indicator.
type match struct {
	kind       string
	start, end int
	value      string // normal form
	host       string // ASCII
	note       string
}

// The patterns are RE2 and start where a cheap search of bytes found a sign of
// them: run over the whole text they would take most of the time.
var (
	urlStart = regexp.MustCompile(`(?i)\b(?:https?|ftp)://`)
	cveID    = regexp.MustCompile(`(?i)^CVE[-‐–_ ](\d{4})[-‐–_](\d{4,7})\b`)
	ipv4Run  = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}`)
	ipv6Run  = regexp.MustCompile(`[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,45}`)
	version  = regexp.MustCompile(`(?i)(?:\bversion|\bver\.?|\brelease|\bbuild|\bfirmware|\brev\.?|\bv)[\s:=]{0,3}$`)
)

// findAll finds the indicators of a live text, in order; they may lie in one
// another, as a domain in a URL.
func findAll(text string) []match {
	var out []match
	urls := findURLs(text)
	out = append(out, urls...)
	out = append(out, findNames(text, urls)...)
	out = append(out, findIPs(text, urls)...)
	out = append(out, findHashes(text)...)
	out = append(out, findCVEs(text)...)
	slices.SortStableFunc(out, func(a, b match) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
	return out
}

func findCVEs(text string) []match {
	var out []match
	for i := 0; i+13 <= len(text); i++ {
		if text[i]|0x20 != 'c' || text[i+1]|0x20 != 'v' || text[i+2]|0x20 != 'e' || (i > 0 && isWord(text[i-1])) {
			continue
		}
		if at := cveID.FindStringSubmatchIndex(text[i:min(len(text), i+32)]); at != nil {
			id := "CVE-" + text[i+at[2]:i+at[3]] + "-" + text[i+at[4]:i+at[5]]
			out = append(out, match{kind: "cve", start: i, end: i + at[1], value: id})
		}
	}
	return out
}

// findHashes looks for runs of hexadecimal digits of the right length that stand
// alone. It is a loop because a counted repetition is what RE2 is slow at.
func findHashes(text string) []match {
	var out []match
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && isWord(text[i]) {
			i++
		}
		if kind := hashKinds[i-start]; kind != "" && isHex(text[start:i]) {
			out = append(out, match{kind: kind, start: start, end: i, value: strings.ToLower(text[start:i])})
		}
		if i == start {
			i++
		}
	}
	return out
}

var hashKinds = map[int]string{32: "md5", 40: "sha1", 64: "sha256"}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }

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
		if start >= 0 && strings.EqualFold(text[start:], scheme) && (start == 0 || text[start-1] >= utf8.RuneSelf || !isWord(text[start-1])) {
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
	surplus := map[byte]int{}
	for _, pair := range []string{"()", "[]", "{}"} {
		surplus[pair[1]] = strings.Count(s, pair[1:]) - strings.Count(s, pair[:1])
	}
	for s != "" {
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
	normal, ok = normalHost(host)
	if !ok {
		return "", "", false
	}
	if _, ok := registered(normal); ok {
		return "domain", normal, true
	}
	return "", normal, true
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

// fileSuffixes are public suffixes that are endings of files far more often than
// of hosts in prose. A bare name.zip is reported with a note, because such domains
// are registered to deceive; a known programmer's ending is not reported at all.
var (
	fileSuffixes = map[string]bool{"zip": true, "mov": true, "app": true, "rip": true, "cab": true, "ink": true, "foo": true}
	codeSuffixes = map[string]bool{
		"py": true, "sh": true, "md": true, "rs": true, "pl": true, "ps": true, "so": true, "cc": true, "ml": true, "mm": true,
		"as": true, "am": true, "java": true, "ai": false, "mk": true, "vb": true,
	}
)

// findNames finds domains and mail addresses outside URLs.
func findNames(text string, urls []match) []match {
	var out []match
	next := 0
	for _, at := range nameRuns(text) {
		for next < len(urls) && urls[next].end <= at[0] {
			next++
		}
		if covered(urls[next:], at[0]) {
			continue
		}
		out = append(out, readName(text, at[0], at[1])...)
	}
	return out
}

// nameRuns finds words with dots between them: names of hosts and much else.
func nameRuns(text string) [][2]int {
	var out [][2]int
	start, dotted := -1, false
	for i, r := range text {
		switch {
		case isNameRune(r) && (start >= 0 || r != '-'):
			if start < 0 {
				start = i
			}
			continue
		case isDot(r) && start >= 0 && startsLabel(text[i+utf8.RuneLen(r):]):
			dotted = true
			continue
		}
		if dotted {
			out = append(out, [2]int{start, i})
		}
		start, dotted = -1, false
	}
	if dotted {
		out = append(out, [2]int{start, len(text)})
	}
	return out
}

func isNameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '-' || isWord(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// isDot also takes the full stops of East Asian writing, as browsers do.
func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

func startsLabel(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size > 0 && r != '-' && isNameRune(r)
}

// localPart answers what stands before an @ and may be a mailbox.
func localPart(text string) string {
	end := len(text)
	for start := end; start > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if end-start+size > 64 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
			return text[start:]
		}
		start -= size
		if start == 0 {
			return text
		}
	}
	return ""
}

func covered(urls []match, at int) bool {
	for _, u := range urls {
		if u.start > at {
			return false
		}
		if u.kind == "url" && at < u.end {
			return true
		}
	}
	return false
}

func readName(text string, start, end int) []match {
	host, ok := normalHost(strings.TrimRight(text[start:end], "-_"))
	if !ok {
		return nil
	}
	if _, ok := registered(host); !ok {
		return nil
	}
	m := match{kind: "domain", start: start, end: end, value: host, host: host}
	if start > 0 && text[start-1] == '@' {
		return mailAddress(text, m)
	}
	if end < len(text) && text[end] == '@' { // first.last@: not a host
		return nil
	}
	return m.asHost(text)
}

// asHost decides whether a bare name in prose is a host or the name of a file.
func (m match) asHost(text string) []match {
	suffix := m.value[strings.LastIndexByte(m.value, '.')+1:]
	labels := strings.Count(m.value, ".") + 1
	before := byte(' ')
	if m.start > 0 {
		before = text[m.start-1]
	}
	isPath := before == '/' || before == '\\' || before == '%' || before == '='
	switch {
	case strings.Contains(m.value, "_") && (fileSuffixes[suffix] || codeSuffixes[suffix]):
		return nil
	case codeSuffixes[suffix] && labels == 2 && !strings.HasPrefix(m.value, "www."):
		if isPath || looksLikeFile(m.value) {
			return nil
		}
		m.note = "file"
	case fileSuffixes[suffix] && labels == 2:
		if isPath {
			return nil
		}
		m.note = "file"
	}
	return []match{m}
}

// fileWords are the names that files with a programmer's ending usually have.
var fileWords = map[string]bool{
	"readme": true, "changelog": true, "license": true, "contributing": true, "main": true, "setup": true, "install": true,
	"index": true, "test": true, "run": true, "build": true, "script": true, "config": true, "deploy": true, "init": true,
	"start": true, "makefile": true, "lib": true, "update": true, "utils": true, "notes": true, "todo": true,
}

func looksLikeFile(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return fileWords[stem]
}

func mailAddress(text string, m match) []match {
	local := localPart(text[:m.start-1])
	local = strings.TrimLeft(local, ".'/=`|{}")
	if local == "" {
		return []match{m}
	}
	start := m.start - 1 - len(local)
	mail := match{kind: "email", start: start, end: m.end, value: strings.ToLower(local) + "@" + m.value, host: m.value}
	return []match{mail, m}
}

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
