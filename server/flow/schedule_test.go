package flow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

func TestScheduleParameters(t *testing.T) {
	for name, c := range map[string]struct {
		with map[string]any
		want string
	}{
		"none":          {map[string]any{}, "cron: is needed"},
		"no cron":       {map[string]any{"cron": "every day"}, `cron: "every day" can't be read`},
		"six fields":    {map[string]any{"cron": "0 0 8 * * 1"}, "cron: "},
		"out of range":  {map[string]any{"cron": "61 * * * *"}, "cron: "},
		"never":         {map[string]any{"cron": "0 0 30 2 *"}, `cron: "0 0 30 2 *" never comes`},
		"a zone in it":  {map[string]any{"cron": "TZ=UTC 0 8 * * *"}, "cron: names a zone"},
		"no zone":       {map[string]any{"cron": "0 8 * * *", "zone": "Mars/Olympus"}, `zone: there is no time zone "Mars/Olympus"`},
		"the machine's": {map[string]any{"cron": "0 8 * * *", "zone": "Local"}, `zone: there is no time zone "Local"`},
		"jitter":        {map[string]any{"cron": "0 8 * * *", "jitter": "2d"}, `jitter: "2d" is no duration`},
		"well":          {map[string]any{"cron": "*/5 8-17 * * 1-5", "zone": "Europe/Berlin", "missed": "one", "jitter": "5m"}, ""},
		"a word":        {map[string]any{"cron": "@daily"}, ""},
	} {
		_, err := flow.ParseSchedule(c.with)
		if got := message(err); c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestScheduleAcrossClockChanges follows Berlin's clock, which goes forward on
// 29 March 2026 at 02:00 and back on 25 October at 03:00.
func TestScheduleAcrossClockChanges(t *testing.T) {
	for name, c := range map[string]struct {
		cron, after string
		want        []string
	}{
		"a time in the gap":                  {"30 2 * * *", "2026-03-28T12:00:00+01:00", []string{"2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"}},
		"a time after the gap":               {"30 3 * * *", "2026-03-28T12:00:00+01:00", []string{"2026-03-29T03:30:00+02:00", "2026-03-30T03:30:00+02:00"}},
		"a time that comes twice fires once": {"30 2 * * *", "2026-10-24T12:00:00+02:00", []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		"every few hours, back":              {"0 */2 * * *", "2026-10-25T01:30:00+02:00", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T04:00:00+01:00"}},
		"midnight":                           {"0 0 * * *", "2026-10-24T12:00:00+02:00", []string{"2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"}},
		"each hour, forward":                 {"0 * * * *", "2026-03-29T00:30:00+01:00", []string{"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"}},
		"each hour, back":                    {"0 * * * *", "2026-10-25T01:30:00+02:00", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
	} {
		s, err := flow.ParseSchedule(map[string]any{"cron": c.cron, "zone": "Europe/Berlin"})
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		berlin, _ := time.LoadLocation("Europe/Berlin")
		for i, want := range c.want {
			at = s.Next(at)
			if got := at.In(berlin).Format(time.RFC3339); got != want {
				t.Errorf("%s: time %d is %s, want %s", name, i+1, got, want)
			}
		}
	}
}

func TestJitterIsTheSameForOneTime(t *testing.T) {
	s, err := flow.ParseSchedule(map[string]any{"cron": "0 8 * * *", "jitter": "10m"})
	if err != nil {
		t.Fatal(err)
	}
	at := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	moved := s.Moved(at, "f", "n")
	if !moved.Equal(s.Moved(at, "f", "n")) || moved.Before(at) || moved.Sub(at) >= 10*time.Minute {
		t.Fatalf("%v becomes %v", at, moved)
	}
	if moved.Equal(s.Moved(at, "other", "n")) && moved.Equal(s.Moved(at, "third", "n")) {
		t.Fatal("all flows move alike")
	}
}
