package datetime

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

func moment(t time.Time) Moment {
	name, _ := t.Zone()
	year, week := t.ISOWeek()
	day := t.Weekday()
	return Moment{
		Time: t.Format(time.RFC3339Nano), UTC: t.UTC().Format(time.RFC3339Nano), Unix: t.Unix(), UnixMs: t.UnixMilli(),
		Date: t.Format(time.DateOnly), Weekday: day.String(), Hour: t.Hour(), Week: fmt.Sprintf("%04d-W%02d", year, week),
		Zone: name, Offset: t.Format("-07:00"), Weekend: day == time.Saturday || day == time.Sunday, Repeated: repeated(t),
	}
}

// repeated says whether the clock shows the same an hour later or so, for a second time.
func repeated(t time.Time) bool {
	_, before := t.Zone()
	later := t.Add(3 * time.Hour)
	_, after := later.Zone()
	if after >= before {
		return false
	}
	again := t.Add(time.Duration(before-after) * time.Second)
	return again.Format(time.DateTime) == t.Format(time.DateTime)
}

func write(t time.Time, form, pattern string) (string, error) {
	switch form {
	case "rfc1123":
		return t.Format(time.RFC1123Z), nil
	case "date":
		return t.Format(time.DateOnly), nil
	case "time":
		return t.Format(time.TimeOnly), nil
	case "datetime":
		return t.Format(time.DateTime), nil
	case "unix":
		return strconv.FormatInt(t.Unix(), 10), nil
	case "unix_ms":
		return strconv.FormatInt(t.UnixMilli(), 10), nil
	case "filetime":
		n := t.Unix()*1e7 + int64(t.Nanosecond()/100) + filetimeOfUnix
		if t.Year() < 1601 {
			return "", sdk.BadInput("/time", "Windows counts from 1601 on")
		}
		return strconv.FormatInt(n, 10), nil
	case "ldap":
		return t.UTC().Format("20060102150405.0Z"), nil
	case "pattern":
		return strftime(t, pattern)
	}
	return t.Format(time.RFC3339Nano), nil
}

var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
	'b': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'j': "002", 'Z': "MST", 'z': "-0700",
}

// strftime writes a time by the directives of C's function of that name.
func strftime(t time.Time, pattern string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			out.WriteByte(pattern[i])
			continue
		}
		if i++; i == len(pattern) {
			return "", sdk.BadInput("/pattern", "ends with a lone %%: write %%%% for the sign itself")
		}
		switch layout, known := directives[pattern[i]]; {
		case known:
			out.WriteString(t.Format(layout))
		case pattern[i] == 'f':
			fmt.Fprintf(&out, "%06d", t.Nanosecond()/1000)
		case pattern[i] == '%':
			out.WriteByte('%')
		default:
			return "", sdk.BadInput("/pattern", "%%%c isn't known: there are %%Y %%m %%d %%H %%M %%S %%y %%b %%B %%a %%A %%j %%I %%p %%f %%Z %%z", pattern[i])
		}
	}
	return out.String(), nil
}

// spoken is a span for people: the two or three largest units.
func spoken(seconds float64) string {
	sign := ""
	if seconds < 0 {
		sign = "-"
	}
	left := int64(math.Abs(seconds))
	var parts []string
	for _, unit := range []struct {
		name string
		size int64
	}{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		if n := left / unit.size; n > 0 && len(parts) < 3 {
			parts = append(parts, strconv.FormatInt(n, 10)+unit.name)
		}
		left %= unit.size
	}
	if len(parts) == 0 {
		return "0s"
	}
	return sign + strings.Join(parts, " ")
}
