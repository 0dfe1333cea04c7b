package datetime

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// layout is one form of a time. Those without a zone are read in the call's; yearless
// ones are of the last twelve months.
type layout struct {
	name, form string
	yearless   bool
}

var layouts = []layout{
	{"rfc3339", time.RFC3339Nano, false},
	{"iso8601", "2006-01-02T15:04:05.999999999Z0700", false},
	{"iso8601", "2006-01-02T15:04:05Z07", false},
	{"iso8601", "2006-01-02T15:04:05.999999999", false},
	{"iso8601", "2006-01-02T15:04Z07:00", false},
	{"iso8601", "2006-01-02T15:04", false},
	{"iso8601", "20060102T150405Z0700", false},
	{"iso8601", "20060102T150405", false},
	{"sql", "2006-01-02 15:04:05.999999999Z07:00", false},
	{"sql", "2006-01-02 15:04:05.999999999 Z0700", false},
	{"sql", "2006-01-02 15:04:05.999999999 MST", false},
	{"sql", "2006-01-02 15:04:05,999", false},
	{"sql", "2006-01-02 15:04:05.999999999", false},
	{"sql", "2006-01-02 15:04", false},
	{"date", "2006-01-02", false},
	{"date", "2006/01/02", false},
	{"slashes", "2006/01/02 15:04:05", false},
	{"rfc1123", time.RFC1123Z, false},
	{"rfc1123", time.RFC1123, false},
	{"rfc5322", "Mon, 2 Jan 2006 15:04:05 -0700", false},
	{"rfc5322", "2 Jan 2006 15:04:05 -0700", false},
	{"rfc5322", "Mon, 2 Jan 2006 15:04:05 MST", false},
	{"rfc5322", "Mon, 2 Jan 2006 15:04 -0700", false},
	{"rfc850", time.RFC850, false},
	{"unix_date", time.UnixDate, false},
	{"ansi_c", time.ANSIC, false},
	{"git", "Mon Jan 2 15:04:05 2006 -0700", false},
	{"apache", "02/Jan/2006:15:04:05 -0700", false},
	{"syslog", "Jan _2 15:04:05", true},
	{"syslog", "Jan _2 15:04:05.999999", true},
	{"cisco", "Jan _2 2006 15:04:05", false},
	{"words", "January 2, 2006", false},
	{"words", "Jan 2, 2006", false},
	{"words", "Jan 2, 2006 15:04:05", false},
	{"words", "Jan 2, 2006 3:04:05 PM", false},
	{"words", "January 2, 2006 3:04 PM", false},
	{"words", "January 2, 2006 15:04", false},
	{"words", "2 January 2006", false},
	{"words", "2 January 2006 15:04", false},
	{"words", "2 Jan 2006", false},
	{"words", "2 Jan 2006 15:04:05", false},
	{"dots", "2.1.2006 15:04:05", false},
	{"dots", "2.1.2006 15:04", false},
	{"dots", "2.1.2006", false},
	{"ldap", "20060102150405Z0700", false},
	{"ldap", "20060102150405.0Z0700", false},
	{"compact", "20060102150405", false},
	{"compact", "20060102", false},
}

var slashed = []string{"2/1/2006 15:04:05", "2/1/2006 15:04", "2/1/2006 3:04:05 PM", "2/1/2006 3:04 PM", "2/1/2006", "2-1-2006 15:04:05", "2-1-2006"}

// Windows counts 100 ns since 1601.
const filetimeOfUnix = 116444736000000000

var (
	numeric = regexp.MustCompile(`^-?\d{9,19}(?:\.\d{1,9})?$`)
	comment = regexp.MustCompile(`\s*\([^()]*\)$`)
)

// read finds the form of a time. Without a zone of its own it is in where.
func read(text string, where *time.Location, monthFirst bool, now time.Time) (t time.Time, form string, ok bool) {
	if strings.EqualFold(text, "now") {
		return now, "now", true
	}
	if len(text) > 100 || text == "" {
		return t, "", false
	}
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l.form, text, where); err == nil && certain(t, l.form) {
			return withYear(t, l, now, where), l.name, true
		}
	}
	if t, form, ok = number(text); ok {
		return t, form, true
	}
	for _, l := range slashed {
		if monthFirst {
			l = strings.NewReplacer("2/1/", "1/2/", "2-1-", "1-2-").Replace(l)
		}
		if t, err := time.ParseInLocation(l, text, where); err == nil {
			return t, "slashes", true
		}
	}
	if bare := comment.ReplaceAllString(text, ""); bare != text { // RFC 5322 lets mails end with (CET)
		return read(bare, where, monthFirst, now)
	}
	return t, "", false
}

// certain refuses zones by abbreviations that Go made up an offset of zero for.
func certain(t time.Time, form string) bool {
	if !strings.Contains(form, "MST") {
		return true
	}
	name, offset := t.Zone()
	return offset != 0 || name == "UTC" || name == "GMT"
}

// withYear gives the year in which a time was last.
func withYear(t time.Time, l layout, now time.Time, where *time.Location) time.Time {
	if !l.yearless {
		return t
	}
	year := now.In(where).Year()
	of := func(year int) time.Time {
		return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), where)
	}
	if of(year).After(now.Add(24 * time.Hour)) { // clocks differ
		year--
	}
	return of(year)
}

// number reads counts since an epoch, by their size: seconds until the year 5138,
// milliseconds, microseconds, nanoseconds, and Windows' FILETIME, which has 18 digits.
func number(text string) (time.Time, string, bool) {
	if !numeric.MatchString(text) {
		return time.Time{}, "", false
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, "", false
	}
	switch digits := len(strings.TrimPrefix(whole, "-")); {
	case digits <= 11:
		nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64) // digits alone
		if n < 0 {
			nanos = -nanos
		}
		return time.Unix(n, nanos), "unix", true
	case digits <= 14:
		return time.UnixMilli(n), "unix_ms", true
	case digits <= 16:
		return time.UnixMicro(n), "unix_us", true
	case digits == 18 && n > 0:
		since := n - filetimeOfUnix
		return time.Unix(since/1e7, since%1e7*100), "filetime", true
	}
	return time.Unix(n/1e9, n%1e9), "unix_ns", true
}
