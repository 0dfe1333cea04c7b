package sandbox

import "time"

// guestClock is the time that a guest sees. It stands still while the guest
// computes, but for a moment with each reading, and is set anew by each answer of
// the host: so all that a guest sees of time is in the host's hands, and a call that
// is told the same again sees the same time. What it computes can't be measured by
// it either, which is what attacks on shared processors need.
type guestClock struct {
	started int64 // Unix nanoseconds of the call's start
	now     int64
	mono    int64 // of the monotonic clock at the start
	read    bool  // the time of day was
}

// aReading is how far the clock moves with each reading: a guest that waits for a
// time by reading the clock in a loop comes to its end.
const aReading = int64(time.Microsecond)

func startClock(wall int64) guestClock {
	return guestClock{started: wall, now: wall, mono: int64(time.Since(processStart))}
}

// wall is Unix nanoseconds.
func (c *guestClock) wall() int64 {
	c.read = true
	c.now += aReading
	return c.now
}

// monotonic counts nanoseconds from some start. What passes between two readings follows
// from the readings and the host's answers, so that a guest which reads no other clock,
// such as the runtime of Go, needs no cassette for it.
func (c *guestClock) monotonic() int64 {
	c.now += aReading
	return c.sinceStart()
}

func (c *guestClock) sinceStart() int64 { return c.mono + c.now - c.started }

// set takes up what the host says; the clock never goes back.
func (c *guestClock) set(now int64) { c.now = max(c.now, now) }

// pass goes on by what the guest slept.
func (c *guestClock) pass(d time.Duration) { c.now += int64(d) }

// What a guest used beside its input and the answers of the host.
const (
	usedClock byte = 1 << iota
	usedRandom
)

func (g *guestCall) used() byte {
	var used byte
	if g.clock.read {
		used |= usedClock
	}
	if g.drawn > 0 {
		used |= usedRandom
	}
	return used
}
