package flow

import "time"

// Bounds of a flow's own limits.
const (
	maxConcurrency = 1000
	maxQueue       = 1_000_000
	minTimeout     = time.Second
	minKeep        = time.Hour
	// MaxMinutesSaved is a week.
	MaxMinutesSaved = 7 * 24 * 60
)

// limits checks the bounds of the flow's runs.
func (v *validator) limits() {
	if m := v.doc.MinutesSaved; m < 0 || m > MaxMinutesSaved {
		v.report("minutesSaved", "/minutesSaved", "", "minutesSaved is the work that one run saves in minutes: 1 to 10080", "leave it out where none is reckoned")
	}
	l := v.doc.Limits
	if l == nil {
		return
	}
	if l.Concurrency < 0 || l.Concurrency > maxConcurrency {
		v.report("limits.concurrency", "/limits/concurrency", "", "concurrency is how many runs are at work at once: 1 to 1000", "leave it out for no bound")
	}
	switch {
	case l.Queue < 0 || l.Queue > maxQueue:
		v.report("limits.queue", "/limits/queue", "", "queue is how many runs may wait: 1 to 1000000", "leave it out for no bound")
	case l.Queue > 0 && l.Concurrency == 0:
		v.report("limits.queue", "/limits/queue", "", "a queue needs concurrency: without it no run waits", "say how many runs are at work at once")
	}
	v.limit("timeout", l.Timeout, minTimeout, "a second")
	v.limit("keep", l.Keep, minKeep, "an hour")
}

func (v *validator) limit(name, text string, least time.Duration, said string) {
	if text == "" {
		return
	}
	d, err := ParseDuration(text)
	switch {
	case err != nil:
		v.report("limits."+name, "/limits/"+name, "", name+" must be a duration such as 90m, 36h or 7d", "")
	case d < least:
		v.report("limits."+name, "/limits/"+name, "", name+" must be "+said+" at least", "")
	}
}
