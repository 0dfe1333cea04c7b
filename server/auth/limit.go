package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxLimited is how many accounts or addresses a limiter remembers at once.
const maxLimited = 10_000

// limiter bounds tries per key. A key that has rested until it is full again is
// forgotten first; where there are too many at once, all are.
type limiter struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

func newLimiter(every time.Duration, burst int) *limiter {
	return &limiter{every: every, burst: burst, keys: map[string]*rate.Limiter{}}
}

// take uses up one try, or says how long to wait for one.
func (l *limiter) take(key string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.keys[key]
	if known == nil {
		l.room(now)
		known = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.keys[key] = known
	}
	r := known.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return &LimitError{After: wait}
	}
	return nil
}

func (l *limiter) room(now time.Time) {
	if len(l.keys) < maxLimited {
		return
	}
	for key, known := range l.keys {
		if known.TokensAt(now) >= float64(l.burst) {
			delete(l.keys, key)
		}
	}
	if len(l.keys) >= maxLimited {
		clear(l.keys)
	}
}

// forget gives a key all its tries back.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.keys, key)
}
