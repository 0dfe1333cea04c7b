package ioc

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
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
	cveID   = regexp.MustCompile(`(?i)^CVE[-‐–_ ](\d{4})[-‐–_](\d{4,7})\b`)
	ipv4Run = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}`)
	version = regexp.MustCompile(`(?i)(?:\bversion|\bver\.?|\brelease|\bbuild|\bfirmware|\brev\.?|\bv)[\s:=]{0,3}$`)
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
