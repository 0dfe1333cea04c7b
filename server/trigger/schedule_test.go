package trigger_test

import (
	"context"
	"errors"
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
