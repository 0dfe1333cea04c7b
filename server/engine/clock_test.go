package engine_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// jumping is a wall clock that is put forward and back; what it wakes counts on by
// another, as timers do.
type jumping struct{ off atomic.Int64 }

// Now implements [engine.Clock].
func (j *jumping) Now() time.Time { return time.Now().Round(0).Add(time.Duration(j.off.Load())) }

// AfterFunc implements [engine.Clock].
func (j *jumping) AfterFunc(d time.Duration, f func()) func() { return wall{}.AfterFunc(d, f) }

func (j *jumping) jump(by time.Duration) { j.off.Add(int64(by)) }

// TestTheClockJumps puts the clock an hour forward and back while runs wait for half an
// hour: each goes on once, never before its time by the clock as it then stands, soon
// after it where the run isn't kept in memory, and isn't taken up all the while.
func TestTheClockJumps(t *testing.T) {
	const half = 30 * time.Minute
	flaky := func(_ context.Context, c engine.Call) engine.Result {
		if c.Attempt == 1 {
			return engine.Result{Error: &engine.Failure{Code: "busy", Message: "later", Retryable: true, RetryAfter: half}}
		}
		return engine.Result{Output: int64(1)}
	}
	for name, c := range map[string]struct {
		source string
		kind   run.Kind // of the event that comes when the time is over
		step   string
	}{
		"a wait":         {document(node("w", "core.wait", `, "with": {"for": "30m"}`), "", ""), run.StepSucceeded, "w"},
		"a time":         {document(node("w", "core.wait", `, "with": {"until": "{{ string(now() + duration('30m')) }}"}`), "", ""), run.StepSucceeded, "w"},
		"a retry":        {document(node("w", "test.read", `, "retry": {"attempts": 2, "backoff": "1s"}`), "", ""), run.StepStarted, "w"},
		"a deadline":     {document(node("w", "core.approval", `, "with": {"to": "ann", "title": "Go on?", "deadline": "30m"}`), "", ""), run.StepSucceeded, "w"},
		"another pass":   {document(node("r", "core.repeat", `, "with": {"until": "{{ attempt == 2 }}", "every": "30m", "attempts": 2}`)+","+node("w", "core.set", `, "parent": "r"`), "", ""), run.LoopNext, "r"},
		"a flow's limit": {document(node("w", "core.wait", `, "with": {"for": "9h"}`), "", flowID+`{"timeout": "30m"}`), run.RunTimeout, ""},
	} {
		for _, jump := range []time.Duration{time.Hour, -time.Hour} {
			for _, park := range []time.Duration{time.Minute, -1} {
				t.Run(fmt.Sprintf("%s, %v, park %v", name, jump, park), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						clock := &jumping{}
						m := newMemory(t)
						m.now = clock.Now
						b := startWith(t, m, flaky, engine.Config{Clock: clock, Park: park, Sweep: time.Second, People: crowd(1)})
						b.open(t)
						h := b.begin(t, c.source, nil)
						began := clock.Now()
						<-time.After(10 * time.Minute) // of the bubble
						clock.jump(jump)
						<-time.After(3 * time.Hour)
						synctest.Wait()
						b.close(t)
						at := comes(t, m.events[h.ID], c.kind, c.step)
						if early := began.Add(half).Sub(at); early > time.Second {
							t.Errorf("it goes on %v before its time", early)
						}
						if late := at.Sub(began.Add(half)); park > 0 && jump < 0 && late > 2*time.Second {
							t.Errorf("it goes on %v after its time", late)
						}
						if park > 0 && jump > 0 && at.Sub(began) > 70*time.Minute+2*time.Second {
							t.Errorf("it goes on %v after it began to wait: its time had come when the clock was put forward", at.Sub(began))
						}
						if epoch := m.records[h.ID].Epoch; epoch > 4 {
							t.Errorf("it was taken up %d times", epoch-1)
						}
					})
				})
			}
		}
	}
}

// comes is when an event came that is to come once, of steps that retry as their last
// attempt.
func comes(t *testing.T, events []run.Event, kind run.Kind, step string) (at time.Time) {
	t.Helper()
	found := 0
	for i := range events {
		if e := &events[i]; e.Kind == kind && e.Step == step && (kind != run.StepStarted || e.Attempt == 2) {
			found, at = found+1, e.At
		}
	}
	if found != 1 || !events[len(events)-1].Kind.Terminal() {
		t.Fatalf("%d times %s of %q in %+v", found, kind, step, events)
	}
	return at
}
