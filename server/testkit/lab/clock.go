package lab

import (
	"slices"
	"sync"
	"time"
)

// Clock is a clock whose time goes on when it is told to, beside the machine's.
type Clock struct {
	mu     sync.Mutex
	ahead  time.Duration
	timers []*timer
}

type timer struct {
	due time.Time
	f   func()
}

// Now implements [engine.Clock].
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// soon is the longest time that passes really.
const soon = time.Minute

// AfterFunc implements [engine.Clock]: shorter times than a minute pass really, longer
// ones by [Clock.Advance].
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func()) {
	if d < soon {
		t := time.AfterFunc(max(d, 0), f)
		return func() { t.Stop() }
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{time.Now().Add(c.ahead + d), f}
	c.timers = append(c.timers, t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(o *timer) bool { return o == t })
	}
}

// Advance lets a time pass at once.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.ahead += d
	now := time.Now().Add(c.ahead)
	var due []*timer
	c.timers = slices.DeleteFunc(c.timers, func(t *timer) bool {
		if t.due.After(now) {
			return false
		}
		due = append(due, t)
		return true
	})
	c.mu.Unlock()
	for _, t := range due {
		go t.f()
	}
}
