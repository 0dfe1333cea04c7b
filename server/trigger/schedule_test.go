package trigger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// clockwork is a store with one schedule, and what its runs are started by.
type clockwork struct {
	slot    flow.Slot
	gone    bool
	what    trigger.Scheduled
	err     error
	started map[string]string // key -> time
	order   []string
	dropped []string // what receipts say
}

func (c *clockwork) Keep(_ context.Context, r trigger.Receipt) error {
	c.dropped = append(c.dropped, r.State+": "+r.Message)
	return nil
}

func (c *clockwork) Note(trigger.Receipt) {}

func (c *clockwork) Repeated(string) {}

func (c *clockwork) DueSchedules(_ context.Context, now time.Time, _ int) ([]flow.Slot, error) {
	if c.gone || c.slot.Due.After(now) {
		return nil, nil
	}
	return []flow.Slot{c.slot}, nil
}

func (c *clockwork) AdvanceSchedule(_ context.Context, from, to flow.Slot) error {
	if from.At.Equal(c.slot.At) {
		c.slot, c.gone = to, to.At.IsZero()
	}
	return nil
}

func (c *clockwork) Scheduled(context.Context, string, string) (trigger.Scheduled, error) {
	return c.what, c.err
}

func (c *clockwork) Start(_ context.Context, s trigger.Start) (trigger.Started, error) {
	if c.err != nil {
		return trigger.Started{}, c.err
	}
	if _, known := c.started[s.IngestKey]; !known {
		at, _ := s.Data["at"].(string)
		c.started[s.IngestKey] = at
		c.order = append(c.order, at[11:16])
	}
	return trigger.Started{}, nil
}

func TestScheduler(t *testing.T) {
	day := func(hour, minute int) time.Time { return time.Date(2026, 3, 2, hour, minute, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		missed string
		looks  []time.Time // when the scheduler looks
		want   []string
		next   time.Time
	}{
		"on time":                  {"skip", []time.Time{day(8, 0), day(8, 0).Add(time.Second), day(9, 0)}, []string{"08:00", "09:00"}, day(10, 0)},
		"a little late":            {"skip", []time.Time{day(8, 0).Add(30 * time.Second)}, []string{"08:00"}, day(9, 0)},
		"not yet":                  {"all", []time.Time{day(7, 59)}, nil, day(8, 0)},
		"missed and left out":      {"skip", []time.Time{day(10, 30)}, nil, day(11, 0)},
		"missed, the last in time": {"skip", []time.Time{day(10, 0)}, []string{"10:00"}, day(11, 0)},
		"missed, one made up":      {"one", []time.Time{day(10, 30)}, []string{"10:00"}, day(11, 0)},
		"missed, all made up":      {"all", []time.Time{day(10, 30)}, []string{"08:00", "09:00", "10:00"}, day(11, 0)},
		"the clock went back":      {"all", []time.Time{day(9, 0), day(8, 0), day(8, 30)}, []string{"08:00", "09:00"}, day(10, 0)},
		"two days in one look":     {"all", []time.Time{day(8, 0).AddDate(0, 0, 50)}, nil, day(9, 0).AddDate(0, 0, 50)},
	} {
		t.Run(name, func(t *testing.T) {
			schedule, err := flow.ParseSchedule(map[string]any{"cron": "0 * * * *", "missed": c.missed})
			if err != nil {
				t.Fatal(err)
			}
			target, err := trigger.NewTarget(&flow.Document{ID: "f"}, "n", "d", 1)
			if err != nil {
				t.Fatal(err)
			}
			w := &clockwork{slot: flow.Slot{Flow: "f", Node: "n", At: day(8, 0), Due: day(8, 0)}, what: trigger.Scheduled{Target: target, Schedule: schedule}, started: map[string]string{}}
			var now time.Time
			s := trigger.Scheduler{Slots: w, Starter: w, Receipts: w, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)}
			for _, now = range c.looks {
				if err := s.Fire(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if name == "two days in one look" {
				if len(w.order) != 1000 {
					t.Errorf("%d runs were made up for, want 1000 at most", len(w.order))
				}
			} else if !slices.Equal(w.order, c.want) {
				t.Errorf("runs of %v, want %v", w.order, c.want)
			}
			if left := map[string]string{
				"missed and left out": "dropped: 3 times were missed, and the schedule leaves them out",
				"missed, one made up": "dropped: 2 times were missed, and the schedule leaves them out",
			}[name]; left != "" && !slices.Equal(w.dropped, []string{left}) {
				t.Errorf("the receipts are %q, want %q", w.dropped, left)
			}
			if !w.slot.At.Equal(c.next) {
				t.Errorf("next is %v, want %v", w.slot.At, c.next)
			}
		})
	}
}

func TestSchedulerTriesAgain(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	schedule, err := flow.ParseSchedule(map[string]any{"cron": "0 8 * * *"})
	if err != nil {
		t.Fatal(err)
	}
	target, err := trigger.NewTarget(&flow.Document{ID: "f"}, "n", "d", 1)
	if err != nil {
		t.Fatal(err)
	}
	w := &clockwork{slot: flow.Slot{Flow: "f", Node: "n", At: at, Due: at}, what: trigger.Scheduled{Target: target, Schedule: schedule}, started: map[string]string{}, err: errors.New("the disk is full")}
	now := at
	s := trigger.Scheduler{Slots: w, Starter: w, Receipts: w, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)}
	for range 2 {
		if err := s.Fire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !w.slot.At.Equal(at) || !w.slot.Due.After(now) {
		t.Fatalf("what could not be started is %+v", w.slot)
	}
	w.err, now = nil, now.Add(20*time.Second)
	if err := s.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.order, []string{"08:00"}) {
		t.Fatalf("runs of %v", w.order)
	}
	w.err, w.slot.Due = trigger.ErrNoHook, now
	if err := s.Fire(t.Context()); err != nil || !w.gone {
		t.Fatalf("the schedule of a flow that is gone stays: %v", err)
	}
}

// TestSchedulesAcrossClockChanges lets the scheduler look every second through the nights
// in which the clocks of Berlin and New York change, while its own clock is put an hour
// forward and back: each time fires once, none early, and never many at once.
func TestSchedulesAcrossClockChanges(t *testing.T) {
	for name, c := range map[string]struct {
		zone, cron, begin string // begin is on UTC's clock; six hours follow
		want              []string
	}{
		"Berlin, forward, in the gap":   {"Europe/Berlin", "30 2 * * *", "2026-03-28T23:00:00Z", []string{"01:30"}},
		"Berlin, back, what is twice":   {"Europe/Berlin", "30 2 * * *", "2026-10-24T22:00:00Z", []string{"00:30"}},
		"New York, forward, in the gap": {"America/New_York", "30 2 * * *", "2026-03-08T05:00:00Z", []string{"07:30"}},
		"New York, back, not the hour":  {"America/New_York", "30 2 * * *", "2026-11-01T04:00:00Z", []string{"07:30"}},
		"New York, back, what is twice": {"America/New_York", "30 1 * * *", "2026-11-01T04:00:00Z", []string{"05:30"}},
		"Berlin, each hour, forward":    {"Europe/Berlin", "@hourly", "2026-03-28T23:00:00Z", []string{"00:00", "01:00", "02:00", "03:00", "04:00", "05:00"}},
		"Berlin, each hour, back":       {"Europe/Berlin", "@hourly", "2026-10-24T22:00:00Z", []string{"23:00", "00:00", "01:00", "02:00", "03:00", "04:00"}},
		"New York, each hour, back":     {"America/New_York", "@hourly", "2026-11-01T04:00:00Z", []string{"05:00", "06:00", "07:00", "08:00", "09:00", "10:00"}},
		"Berlin, each quarter, forward": {"Europe/Berlin", "*/15 * * * *", "2026-03-29T00:00:00Z", quarters(0, 6)},
		"Berlin, each quarter, back":    {"Europe/Berlin", "*/15 * * * *", "2026-10-24T23:00:00Z", quarters(23, 6)},
		"New York, each quarter, back":  {"America/New_York", "*/15 * * * *", "2026-11-01T04:00:00Z", quarters(4, 6)},
	} {
		for _, missed := range []string{"skip", "one", "all"} {
			for _, jump := range []time.Duration{0, time.Hour, -time.Hour} {
				t.Run(fmt.Sprint(name, ", ", missed, ", ", jump), func(t *testing.T) {
					begin, err := time.Parse(time.RFC3339, c.begin)
					if err != nil {
						t.Fatal(err)
					}
					schedule, err := flow.ParseSchedule(map[string]any{"cron": c.cron, "zone": c.zone, "missed": missed})
					if err != nil {
						t.Fatal(err)
					}
					target, err := trigger.NewTarget(&flow.Document{ID: "f"}, "n", "d", 1)
					if err != nil {
						t.Fatal(err)
					}
					first := schedule.Next(begin)
					w := &clockwork{slot: flow.Slot{Flow: "f", Node: "n", At: first, Due: first}, what: trigger.Scheduled{Target: target, Schedule: schedule}, started: map[string]string{}}
					now := begin
					s := trigger.Scheduler{Slots: w, Starter: w, Receipts: w, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)}
					jumped := false
					for !now.After(begin.Add(6 * time.Hour)) {
						if !jumped && now.After(begin.Add(3*time.Hour+7*time.Minute)) {
							now, jumped = now.Add(jump), true
						}
						before := len(w.order)
						if err := s.Fire(t.Context()); err != nil {
							t.Fatal(err)
						}
						if n := len(w.order) - before; n > 4 {
							t.Errorf("%d runs at once at %v", n, now)
						}
						for _, at := range w.order[before:] {
							if now.Format("15:04") < at && now.Hour() < 20 {
								t.Errorf("the run of %s begins at %v", at, now)
							}
						}
						now = now.Add(time.Second)
					}
					want := c.want
					if jump > 0 && missed != "all" {
						want = left(want, begin, missed)
					}
					if !slices.Equal(w.order, want) {
						t.Errorf("runs of %v, want %v", w.order, want)
					}
				})
			}
		}
	}
}

// quarters lists the quarters of hours after the first.
func quarters(hour, hours int) (list []string) {
	for n := 1; n <= 4*hours; n++ {
		list = append(list, fmt.Sprintf("%02d:%02d", (hour+n/4)%24, n%4*15))
	}
	return list
}

// left are the times that fire where an hour from 3:07 after the begin on was never
// shown: none in it, or the last of those alone.
func left(times []string, begin time.Time, missed string) (list []string) {
	from, to := begin.Add(3*time.Hour+7*time.Minute), begin.Add(4*time.Hour+7*time.Minute)
	last := ""
	for _, at := range times {
		clock, _ := time.Parse("15:04", at)
		on := time.Date(begin.Year(), begin.Month(), begin.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC)
		if on.Before(begin) {
			on = on.AddDate(0, 0, 1)
		}
		if on.Before(from) || on.After(to) {
			if last != "" && missed == "one" {
				list = append(list, last)
			}
			list, last = append(list, at), ""
			continue
		}
		last = at
	}
	if last != "" && missed == "one" {
		list = append(list, last)
	}
	return list
}
