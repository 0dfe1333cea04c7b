package expr

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"
)

var (
	schemePattern = regexp.MustCompile(`(?i)\b(h)(tt)(ps?)\b(:)//`)
	fangPattern   = regexp.MustCompile(`(?i)\bh(xx|tt)(ps?)\b(\[:\]|:)(//|\\/\\/|\[//\])`)
	dotPattern    = regexp.MustCompile(`(?i)\s?[\[({]\s?(\.|dot)\s?[\])}]\s?`)
	atPattern     = regexp.MustCompile(`(?i)\s?[\[({]\s?(@|at)\s?[\])}]\s?`)
)

// Defang makes addresses in a text harmless to click: hxxp, [.] and [@].
func Defang(s string) string {
	s = schemePattern.ReplaceAllString(s, "${1}xx${3}${4}//")
	return strings.NewReplacer("[.]", "[.]", ".", "[.]", "[@]", "[@]", "@", "[@]").Replace(s)
}

// Refang undoes [Defang] and the other common ways of writing.
func Refang(s string) string {
	s = fangPattern.ReplaceAllString(s, "htt${2}://")
	s = dotPattern.ReplaceAllString(s, ".")
	return atPattern.ReplaceAllString(s, "@")
}

// registeredDomain gives the part of a host that was registered, by the public
// suffix list: example.co.uk of mail.example.co.uk. Empty for addresses and
// suffixes alone.
func registeredDomain(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ascii := asciiDomain(host); ascii != "" {
		host = ascii
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return ""
	}
	return registered
}

// maxDomain is the longest host in bytes that is read: the DNS has 253 characters,
// and Punycode takes the square of a name's length, where no limit sees it.
const maxDomain = 1024

// asciiDomain gives a host in Punycode, or "" where it can't be a host name.
func asciiDomain(host string) string {
	if len(host) > maxDomain {
		return ""
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		ascii, err = idna.Punycode.ToASCII(strings.ToLower(host))
	}
	if err != nil {
		return ""
	}
	return ascii
}

// unicodeDomain gives a host as people read it.
func unicodeDomain(host string) string {
	if len(host) > maxDomain {
		return host
	}
	text, err := idna.Punycode.ToUnicode(host)
	if err != nil {
		return host
	}
	return text
}

// urlHost gives the lower-case host of a URL, without port and user, or "".
func urlHost(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err == nil && u.Host != "" {
		return strings.ToLower(u.Hostname())
	}
	_, rest, found := strings.Cut(raw, "://")
	if !found {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#\\"); end >= 0 {
		rest = rest[:end]
	}
	if user := strings.LastIndexByte(rest, '@'); user >= 0 {
		rest = rest[user+1:]
	}
	host, _, _ := strings.Cut(rest, ":")
	return strings.ToLower(host)
}

// confusables maps characters to what they are taken for in a host name; a short
// selection of Unicode's list, the letters and digits that phishing uses.
var confusables = strings.NewReplacer(
	"rn", "m", "vv", "w", "cl", "d",
	"0", "o", "1", "l", "i", "l", "|", "l", "3", "e", "4", "a", "5", "s", "6", "b", "7", "t", "8", "b", "9", "g", "$", "s",
	"а", "a", "с", "c", "ԁ", "d", "е", "e", "һ", "h", "і", "l", "ј", "j", "к", "k", "м", "m", "о", "o", "р", "p", "ѕ", "s",
	"т", "t", "у", "y", "х", "x", "в", "b", "н", "h", "г", "r",
	"α", "a", "ε", "e", "ι", "l", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x",
	"ı", "l", "ł", "l", "ø", "o", "đ", "d", "ħ", "h", "ß", "b", "æ", "ae", "œ", "oe",
)

// Skeleton folds a name to what it looks like, so that look-alikes are equal:
// paypa1, раураl and páypal all give what paypal gives.
func Skeleton(name string) string {
	name = strings.ToLower(unicodeDomain(name))
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if r < 0x300 || r > 0x36f { // combining marks fall away
			b.WriteRune(r)
		}
	}
	return confusables.Replace(b.String())
}

// maxDistance bounds the texts that [Distance] compares, in characters.
const maxDistance = 256

// Distance is the number of letters to change, add, drop or swap with their
// neighbour to turn a into b (optimal string alignment). Of longer texts the
// first 256 characters are compared.
func Distance(a, b string) int {
	x, y := clip([]rune(a)), clip([]rune(b))
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func clip(r []rune) []rune { return r[:min(len(r), maxDistance)] }
