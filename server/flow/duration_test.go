package flow_test

import (
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		4 * time.Hour: "4h", 90 * time.Minute: "1h30m", 90 * time.Second: "1m30s", 48 * time.Hour: "2d", 30 * time.Hour: "30h",
		time.Hour + time.Second: "1h0m1s", 20 * time.Minute: "20m", 10 * time.Second: "10s", 500 * time.Millisecond: "500ms", 0: "0s",
	} {
		got := flow.DurationText(d)
		if back, err := flow.ParseDuration(got); got != want || err != nil || back != d {
			t.Errorf("%v is %q, read again %v, %v; want %q", d, got, back, err, want)
		}
	}
}
