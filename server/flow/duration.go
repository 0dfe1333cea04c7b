package flow

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads a duration of a flow file: Go's form, and d for days
// before it, as in 2d12h. It is never negative.
func ParseDuration(s string) (time.Duration, error) {
	rest, days := s, time.Duration(0)
	if head, tail, found := strings.Cut(s, "d"); found {
		n, err := strconv.ParseFloat(head, 64)
		if err != nil || n < 0 || n > 36500 {
			return 0, durationError(s)
		}
		days, rest = time.Duration(n*24*float64(time.Hour)), tail
		if rest == "" {
			return days, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return 0, durationError(s)
	}
	return days + d, nil
}

func durationError(s string) error {
	return fmt.Errorf("%q is not a duration: write it as 500ms, 90s, 36h or 2d", s)
}

// DurationText writes a duration as a flow file has it, in days where it is whole ones, and
// without units that count nothing at its end.
func DurationText(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
