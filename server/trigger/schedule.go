package trigger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Slots keeps the next slot of each schedule.
type Slots interface {
	// DueSchedules lists up to limit slots whose run is to begin.
	DueSchedules(ctx context.Context, now time.Time, limit int) ([]flow.Slot, error)
	// AdvanceSchedule puts another slot in the place of one, unless that has gone;
	// one of the zero time removes it.
	AdvanceSchedule(ctx context.Context, from, to flow.Slot) error
}

// Scheduled is what a slot starts.
type Scheduled struct {
	Target   *Target
	Schedule *flow.Schedule
	Input    any
}

// ScheduleStarter begins the runs of schedules.
type ScheduleStarter interface {
	// Scheduled finds what a flow's trigger starts, or says [ErrNoHook].
	Scheduled(ctx context.Context, flow, node string) (Scheduled, error)
	Start(ctx context.Context, s Start) (Started, error)
}

// Scheduler starts runs by the clock. Several may work on one store: a slot starts
// one run, whoever comes first.
type Scheduler struct {
	Slots    Slots
	Starter  ScheduleStarter
	Receipts Receipts
	Now      func() time.Time
	Logger   *slog.Logger
}

// onTime is how late a run may begin that was not missed.
const onTime = time.Minute

// tryAgain is after how long a run is tried again that could not be started.
const tryAgain = 10 * time.Second

// maxMissed is how many missed slots are made up for at once.
const maxMissed = 1000

// Run works until the context ends.
func (s *Scheduler) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.Fire(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("schedules not looked at; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Fire starts the runs of all slots that are due.
func (s *Scheduler) Fire(ctx context.Context) error {
	const batch = 100
	for {
		due, err := s.Slots.DueSchedules(ctx, s.Now(), batch)
		if err != nil {
			return err
		}
		for _, slot := range due {
			if err := s.fire(ctx, slot); err != nil {
				s.Logger.Error("a schedule's run was not started; trying again", "flow", slot.Flow, "trigger", slot.Node, "error", err)
				later := slot
				later.Due = s.Now().Add(tryAgain) // the others are not held up
				if err := s.Slots.AdvanceSchedule(ctx, slot, later); err != nil {
					return err
				}
			}
		}
		if len(due) < batch {
			return nil
		}
	}
}

func (s *Scheduler) fire(ctx context.Context, slot flow.Slot) error {
	what, err := s.Starter.Scheduled(ctx, slot.Flow, slot.Node)
	if errors.Is(err, ErrNoHook) {
		return s.Slots.AdvanceSchedule(ctx, slot, flow.Slot{})
	}
	if err != nil {
		return err
	}
	now := s.Now()
	times, next := what.times(slot, now)
	made := what.made(times, now)
	if missed := len(times) - len(made); missed > 0 {
		r := what.Target.receipt("schedule", ReceiptDropped, "missed", fmt.Sprintf("%d times were missed, and the schedule leaves them out", missed), now)
		r.Subject = times[0].UTC().Format(time.RFC3339)
		if err := s.Receipts.Keep(ctx, r); err != nil {
			return err
		}
	}
	for _, at := range made {
		if err := s.start(ctx, slot, what, at); err != nil {
			return err
		}
	}
	return s.Slots.AdvanceSchedule(ctx, slot, next)
}

// times lists the times from a slot on whose runs were to begin by now, and the
// slot that follows. Of very many it gives the last.
func (w *Scheduled) times(slot flow.Slot, now time.Time) (times []time.Time, next flow.Slot) {
	next = slot
	for !next.At.IsZero() && (!next.Due.After(now) || len(times) == 0) { // the first is due
		if times = append(times, next.At); len(times) > maxMissed {
			times = times[1:]
		}
		next.At = w.Schedule.Next(next.At)
		next.Due = w.Schedule.Moved(next.At, slot.Flow, slot.Node)
	}
	return times, next
}

// made are those of the times for which a run is made.
func (w *Scheduled) made(times []time.Time, now time.Time) []time.Time {
	if len(times) == 0 || w.Schedule.Missed == flow.MissedAll {
		return times
	}
	last := times[len(times)-1:]
	if w.Schedule.Missed == flow.MissedSkip && now.Sub(last[0]) > onTime+w.Schedule.Jitter {
		return nil
	}
	return last
}

// start begins the run of one time. Its key makes it the only one.
func (s *Scheduler) start(ctx context.Context, slot flow.Slot, what Scheduled, at time.Time) error {
	if problems := what.Target.Check(what.Input); problems.Failed() {
		s.Logger.Error("a schedule's input isn't what its flow takes: no run was started", "flow", slot.Flow, "trigger", slot.Node, "problem", problems[0].Message)
		r := what.Target.receipt("schedule", ReceiptFailed, "input.invalid", problems[0].Message, at)
		r.Subject = at.UTC().Format(time.RFC3339)
		return s.Receipts.Keep(ctx, r)
	}
	_, err := s.Starter.Start(ctx, Start{
		Target: what.Target, Data: Data("schedule", what.Input, nil, nil, at),
		IngestKey: fmt.Sprintf("schedule/%s/%s/%d", slot.Flow, slot.Node, at.Unix()),
	})
	return err
}
