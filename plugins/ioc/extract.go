package ioc

import (
	"net/netip"
	"slices"
	"sort"
	"strings"

	"golang.org/x/net/idna"
)

// extractor gathers matches into indicators.
type extractor struct {
	in        ExtractInput
	types     map[string]bool
	exact     map[string]bool // own domains and addresses
	under     map[string]bool // own domains with what is under them
	found     []Indicator
	index     map[string]int
	truncated bool
}

func newExtractor(in ExtractInput) *extractor {
	x := &extractor{in: in, exact: map[string]bool{}, under: map[string]bool{}, index: map[string]int{}}
	if len(in.Types) > 0 {
		x.types = map[string]bool{}
		for _, t := range in.Types {
			x.types[t] = true
		}
	}
	for _, own := range in.Ignore {
		own = strings.ToLower(strings.TrimSpace(Refang(own)))
		name, wild := strings.CutPrefix(own, "*.")
		if ascii, ok := normalHost(name); ok {
			name = ascii
		}
		x.exact[name] = true
		if wild {
			x.under[name] = true
		}
	}
	return x
}

func (x *extractor) text(original string) {
	live, pieces := refang(original)
	for _, m := range findAll(live) {
		start, end := place(pieces, m.start, false), place(pieces, m.end, true)
		x.add(m, Found{Offset: start, Written: clip(original[start:end])})
	}
}

// given takes an address that comes as a value of its own.
func (x *extractor) given(url string) {
	live := strings.TrimSpace(url)
	// A link is one address to its end, also where prose would end it before.
	if colon := strings.Index(live, "://"); colon > 0 && schemeLength(live[:colon]) == colon && len(live) <= maxURL {
		if found, ok := readURL(live, 0, colon+3); ok {
			for _, m := range found {
				x.add(m, Found{Offset: -1, Written: clip(live[m.start:m.end])})
			}
			return
		}
	}
	live = Refang(live)
	for _, m := range findAll(live) {
		if m.kind == "url" || m.kind == "domain" || m.kind == "ipv4" || m.kind == "ipv6" || m.kind == "email" {
			x.add(m, Found{Offset: -1, Written: clip(live[m.start:m.end])})
		}
	}
}

// place maps an offset in the live text back to the text as written. Inside a
// change it answers the change's start, or its end for the end of a match.
func place(pieces []piece, at int, isEnd bool) int {
	i := sort.Search(len(pieces), func(i int) bool { return pieces[i].refanged > at }) - 1
	if isEnd {
		// A match that ends where a change begins does not take the change in.
		for i > 0 && pieces[i].refanged == at && pieces[i-1].refanged == at {
			i--
		}
	}
	p := pieces[i]
	if i+1 < len(pieces) {
		next := pieces[i+1]
		if limit := next.original; p.original+at-p.refanged > limit {
			if isEnd {
				return limit
			}
			return p.original
		}
	}
	return p.original + at - p.refanged
}

// clip keeps what is quoted from the text short.
func clip(s string) string {
	const limit = 500
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

func (x *extractor) add(m match, at Found) {
	if m.kind == "" || (x.types != nil && !x.types[m.kind]) || x.own(m) {
		return
	}
	key := m.kind + "\x00" + m.value
	if i, ok := x.index[key]; ok {
		x.found[i].Count++
		if m.note == "" {
			x.found[i].Note = "" // elsewhere it is clearly one
		}
		return
	}
	if len(x.found) == x.in.Limit {
		x.truncated = true
		return
	}
	x.index[key] = len(x.found)
	x.found = append(x.found, describe(m, at))
}

func (x *extractor) own(m match) bool {
	if x.exact[m.value] || (m.host != "" && x.exact[m.host]) {
		return true
	}
	for name := m.host; len(x.under) > 0 && name != ""; {
		if x.under[name] {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}

func describe(m match, at Found) Indicator {
	out := Indicator{Type: m.kind, Value: m.value, Defanged: defangOne(m.kind, m.value), First: at, Count: 1, Note: m.note}
	if m.kind == "url" || m.kind == "email" {
		out.Host = m.host
	}
	if m.host != "" {
		out.Registered, _ = registered(m.host)
	}
	if strings.Contains(m.host, "xn--") {
		if shown, err := idna.ToUnicode(m.host); err == nil {
			out.Unicode = shown
		}
	}
	if m.kind == "ipv4" || m.kind == "ipv6" {
		out.Reserved = reserved(m.value)
	}
	return out
}

func (x *extractor) result() ExtractOutput {
	out := ExtractOutput{Indicators: x.found, Counts: map[string]int{}, Truncated: x.truncated}
	for _, i := range x.found {
		out.Counts[i.Type]++
	}
	return out
}

// blocks are networks of IANA's special-purpose registries that netip has no
// question for.
var blocks = func() []struct {
	prefix netip.Prefix
	kind   string
} {
	var out []struct {
		prefix netip.Prefix
		kind   string
	}
	for _, b := range []string{
		"100.64.0.0/10 shared", "192.0.2.0/24 documentation", "198.51.100.0/24 documentation", "203.0.113.0/24 documentation",
		"198.18.0.0/15 reserved", "240.0.0.0/4 reserved", "0.0.0.0/8 reserved", "192.0.0.0/24 reserved",
		"2001:db8::/32 documentation", "3fff::/20 documentation", "64:ff9b:1::/48 reserved", "100::/64 reserved", "2001::/32 reserved",
	} {
		cidr, kind, _ := strings.Cut(b, " ")
		out = append(out, struct {
			prefix netip.Prefix
			kind   string
		}{netip.MustParsePrefix(cidr), kind})
	}
	return out
}()

// reserved names the kind of network of an address that is not public.
func reserved(value string) string {
	ip, err := netip.ParseAddr(value)
	if err != nil {
		return ""
	}
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback():
		return "loopback"
	case ip.IsPrivate():
		return "private"
	case ip.IsLinkLocalUnicast():
		return "link-local"
	case ip.IsMulticast():
		return "multicast"
	case ip.IsUnspecified():
		return "reserved"
	}
	for _, b := range blocks {
		if b.prefix.Contains(ip) {
			return b.kind
		}
	}
	return ""
}

func sortEdits(edits []edit) {
	slices.SortStableFunc(edits, func(a, b edit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return b.end - a.end
	})
}
