package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// skipping is a clock for tests of flows: time that a run only waits passes at
// once, in the order of what it waits for. Shorter times are real.
type skipping struct {
	mu     sync.Mutex
	ahead  time.Duration
	timers []*skipped // earliest first
	calls  int        // in flight: nothing is skipped meanwhile
	quiet  *time.Timer
}

// skipped is a timer that waits to be skipped to.
type skipped struct {
	due time.Time
	f   func()
}

// Real times of a [skipping] clock: what is shorter than tooShort isn't skipped,
// and nothing is before the run has been quiet for a moment.
const (
	tooShort = 100 * time.Millisecond
	moment   = 30 * time.Millisecond
)

// newSkipping makes a clock that shows a time now.
func newSkipping(at time.Time) *skipping {
	s := &skipping{ahead: time.Until(at)}
	s.quiet = time.AfterFunc(moment, s.skip)
	return s
}

// Now implements [engine.Clock].
func (s *skipping) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *skipping) now() time.Time { return time.Now().Add(s.ahead) }

// AfterFunc implements [engine.Clock].
func (s *skipping) AfterFunc(d time.Duration, f func()) func() {
	if d < tooShort {
		return clock{}.AfterFunc(d, f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &skipped{s.now().Add(d), f}
	at, _ := slices.BinarySearchFunc(s.timers, t, func(a, b *skipped) int {
		if a.due.After(b.due) {
			return 1
		}
		return -1 // of equals the first that was set comes first
	})
	s.timers = slices.Insert(s.timers, at, t)
	s.quiet.Reset(moment)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timers = slices.DeleteFunc(s.timers, func(o *skipped) bool { return o == t })
	}
}

// skip goes on to what is waited for next.
func (s *skipping) skip() {
	s.mu.Lock()
	if s.calls > 0 || len(s.timers) == 0 {
		s.mu.Unlock()
		return // the end of the call, or the next timer, looks again
	}
	next := s.timers[0]
	s.timers = s.timers[1:]
	s.ahead += max(next.due.Sub(s.now()), 0)
	s.quiet.Reset(moment)
	s.mu.Unlock()
	next.f()
}

// stop ends the skipping.
func (s *skipping) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet.Stop()
	s.timers = nil
}

func (s *skipping) called(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls += by
	s.quiet.Reset(moment)
}

// counted tells a clock of the calls in flight.
type counted struct {
	engine.Invoker
	clock *skipping
}

// Invoke implements [engine.Invoker].
func (c counted) Invoke(ctx context.Context, call engine.Call) engine.Result {
	c.clock.called(+1)
	defer c.clock.called(-1)
	return c.Invoker.Invoke(ctx, call)
}
