package logfile

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Networks are addresses and networks, any of which may fit.
type Networks []netip.Prefix

// ParseNetworks reads addresses and networks in CIDR; at is the JSON Pointer of the list.
func ParseNetworks(at string, list []string) (Networks, error) {
	var out Networks
	for i, text := range list {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, wrong := netip.ParseAddr(text)
			if wrong != nil {
				return nil, sdk.BadInput(fmt.Sprintf("%s/%d", at, i), "%q is no address and no network such as 192.0.2.0/24", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

// Fit says whether an address is in one of them; without any all are.
func (n Networks) Fit(address netip.Addr) bool {
	for _, prefix := range n {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return len(n) == 0
}

// Window is a time that records lie in.
type Window struct {
	Since string `json:"since,omitempty" format:"date-time" doc:"Only what is not before this."`
	Until string `json:"until,omitempty" format:"date-time" doc:"Only what is before this."`
	Zone  string `json:"zone" default:"+00:00" example:"+02:00" doc:"Of times in the file that name none."`
}

// Span is a window that was read.
type Span struct {
	since, until time.Time
	zone         *time.Location
}

// Parse reads a window.
func (w Window) Parse() (s Span, err error) {
	for _, f := range []struct {
		name, text string
		into       *time.Time
	}{{"/since", w.Since, &s.since}, {"/until", w.Until, &s.until}} {
		if f.text == "" {
			continue
		}
		if *f.into, err = time.Parse(time.RFC3339, f.text); err != nil {
			return s, sdk.BadInput(f.name, "%q is no time such as 2025-01-02T12:00:00Z", f.text)
		}
	}
	at, err := time.Parse("-07:00", w.Zone)
	if err != nil {
		return s, sdk.BadInput("/zone", "%q is no offset such as +02:00", w.Zone)
	}
	_, offset := at.Zone()
	s.zone = time.FixedZone("", offset)
	return s, nil
}

// Fit says whether a time lies in it.
func (s Span) Fit(at time.Time) bool {
	return (s.since.IsZero() || !at.Before(s.since)) && (s.until.IsZero() || at.Before(s.until))
}

// Time reads a time as logs write it: with or without a zone, a T between date and
// time or a blank, or the seconds or milliseconds since 1970.
func (s Span) Time(text string) (time.Time, error) {
	if len(text) > 10 && text[4] == '-' && (text[10] == ' ' || text[10] == 'T') {
		if at, ok := s.plain(text); ok {
			return at, nil
		}
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	if at, err := time.ParseInLocation("02-Jan-2006 15:04:05.999", text, s.zone); err == nil { // of BIND
		return at.UTC(), nil
	}
	return epoch(text)
}

// plain reads 2006-01-02 15:04:05 with a fraction or none and no zone, of which files
// have millions.
func (s Span) plain(text string) (time.Time, bool) {
	if len(text) < 19 || text[7] != '-' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, false
	}
	var n [6]int
	for i, at := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		for _, c := range text[at[0]:at[1]] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	nano, unit := 0, 100_000_000
	if rest := text[19:]; rest != "" {
		if rest[0] != '.' || len(rest) == 1 {
			return time.Time{}, false
		}
		for _, c := range rest[1:] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			nano += int(c-'0') * unit
			unit /= 10
		}
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60 {
		return time.Time{}, false
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], nano, s.zone).UTC(), true
}

func epoch(text string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > 253_402_300_799_000 { // the year 9999 in milliseconds
		return time.Time{}, fmt.Errorf("%q is no time", Clip(text))
	}
	if n > 99_999_999_999 {
		return time.UnixMilli(n).UTC(), nil
	}
	nano, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time", Clip(text))
	}
	return time.Unix(n, nano).UTC(), nil
}

// Written is a time as outputs have it; none is "".
func Written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

// Clip keeps what a message cites short.
func Clip(text string) string {
	if len(text) > 80 {
		return strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
