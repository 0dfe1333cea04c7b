package engine

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// wait begins core.wait. What is over already is not waited for.
func (a *actor) wait(step *run.Step) error {
	now := a.now()
	v, err := a.eval.input(a.ctx, step, a.state.Seq, now)
	if err != nil {
		return err
	}
	due, err := waitsUntil(v, now)
	if err != nil {
		return err
	}
	if !due.After(now) {
		a.succeed(step, run.Event{At: now, Attempt: 1, Output: waited(now)})
		return nil
	}
	a.emit(run.Event{At: now, Kind: run.StepWaits, Step: step.Key, Attempt: 1, Due: due})
	a.schedule(step)
	return nil
}

// waitsUntil reads the parameters of core.wait.
func waitsUntil(v any, now time.Time) (time.Time, error) {
	fields, _ := v.(map[string]any)
	length, hasLength := fields["for"]
	until, hasTime := fields["until"]
	var due time.Time
	switch {
	case hasLength == hasTime:
		return due, &run.Error{Code: "bad_input", Message: "core.wait needs one of for and until"}
	case hasLength:
		d, err := lengthOf("for", length)
		if err != nil {
			return due, err
		}
		due = now.Add(d)
	default:
		text, _ := until.(string)
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return due, &run.Error{Code: "bad_input", Message: "until must be a time with its zone such as 2026-01-31T09:00:00Z, this is " + shown(until)}
		}
		due = t.UTC().Truncate(time.Microsecond)
	}
	if due.Sub(now) > flow.MaxWait {
		return due, &run.Error{Code: "bad_input", Message: flow.WaitsTooLong}
	}
	return due, nil
}

// lengthOf reads a parameter that is a duration.
func lengthOf(name string, v any) (time.Duration, error) {
	text, _ := v.(string)
	d, err := flow.ParseDuration(text)
	switch {
	case err != nil:
		return 0, &run.Error{Code: "bad_input", Message: name + " must be a duration such as 90s, 36h or 7d, this is " + shown(v)}
	case d > flow.MaxWait:
		return 0, &run.Error{Code: "bad_input", Message: flow.WaitsTooLong}
	}
	return d, nil
}

// shown is a value as a message shows it.
func shown(v any) string {
	const most = 100
	text := string(flow.CompactJSON(v))
	if len(text) > most {
		return describe(v)
	}
	return text
}

func waited(at time.Time) map[string]any { return map[string]any{"at": at.Format(time.RFC3339Nano)} }

// schedule has a step go on that waits for a time, never before it: the timer
// counts by another clock than the one that told the time.
func (a *actor) schedule(step *run.Step) {
	if step.Due.IsZero() {
		return // it waits to be told something
	}
	if a.replay != nil {
		a.pass(step)
		return
	}
	next := step.Attempts + 1
	a.timer("due "+step.Key, step.Due.Sub(a.now()), func() {
		now := a.now()
		switch {
		case step.State != run.StepWaiting || a.state.Ending() != "" || a.retiring || a.parked:
		case now.Before(step.Due):
			a.schedule(step)
		case step.Node.Type == flow.TypeRepeat:
			a.emit(run.Event{At: now, Kind: run.LoopNext, Step: step.Key, Index: step.Loop().Next()})
		case step.Node.Type == flow.TypeWait:
			a.succeed(step, run.Event{At: now, Attempt: 1, Output: waited(now)})
		case step.Node.Type == flow.TypeApproval || step.Node.Type == flow.TypeForm:
			a.expire(step, now)
		default:
			a.attempt(step, next)
		}
	})
}

// lookAgain is after how long a run is looked at that waits to be told something.
// What it is told makes it due: this is for what was never said.
const lookAgain = 24 * time.Hour

// waitsLong says until when a run waits that does nothing else, and for so long
// that it need not be in memory meanwhile.
func (a *actor) waitsLong() (time.Time, bool) {
	due, only := a.state.Due()
	if only && due.IsZero() {
		if a.e.Clock.Now().Sub(a.lastEvent) < a.e.Park {
			return due, false // what it waits for may come soon, and somebody may wait for the run
		}
		due = a.now().Add(lookAgain)
	}
	if end := a.deadline(); !end.IsZero() && end.Before(due) {
		due = end
	}
	if !only || a.e.Park < 0 || len(a.queue) > 0 || len(a.calls) > 0 || due.Sub(a.now()) < a.e.Park {
		return time.Time{}, false
	}
	return due, true
}

// parkLater has a run looked at again that waits to be told something, and is kept
// in memory for a while.
func (a *actor) parkLater() {
	if due, only := a.state.Due(); only && due.IsZero() && a.e.Park > 0 && !a.parked {
		a.timer("park", a.e.Park, a.park)
	}
}

// park gives a run back that does nothing but wait.
func (a *actor) park() {
	due, long := a.waitsLong()
	if !long || a.appending || len(a.pending) > 0 {
		a.parkLater()
		return
	}
	if err := a.e.Journal.Park(a.ctx, a.record.ID, a.record.Epoch, due); err != nil {
		a.log().Warn("a run that waits was not given back", "error", err)
		return
	}
	a.parked = true
}
