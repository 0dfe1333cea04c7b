package sandbox_test

import (
	"sync/atomic"
	"time"
)

// maxOverrun is how far past its deadline a call may be given up on a machine that
// does much else: far more than it takes (tens of milliseconds), and far less than
// what is asked of the sandbox here, which would go on for hours.
const maxOverrun = 2 * time.Second

// stall watches how late this machine wakes a goroutine that asked to be woken
// every 5 ms: what a busy machine adds to a measured time is not the sandbox's.
type stall struct {
	worst atomic.Int64
	done  chan struct{}
}

func watchStalls() *stall {
	s := &stall{done: make(chan struct{})}
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for last := time.Now(); ; {
			select {
			case <-s.done:
				return
			case <-tick.C:
				now := time.Now()
				if late := int64(now.Sub(last) - 5*time.Millisecond); late > s.worst.Load() {
					s.worst.Store(late)
				}
				last = now
			}
		}
	}()
	return s
}

// bound ends the watch and gives the bound on this machine as it was meanwhile:
// several parties take part in giving a call up, and each may have been late.
func (s *stall) bound() time.Duration {
	close(s.done)
	return maxOverrun + 4*time.Duration(s.worst.Load())
}
