package web

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of how the database is asked what waits.
const (
	loadHolds  = 5 * time.Second
	loadWithin = 2 * time.Second
)

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("drawbridge_"+name, help, labels, nil)
}

var (
	runsOpen      = described("runs_open", "Runs that have not ended, by state: queued are those that wait for others of their flow.", "state")
	timersDue     = described("timers_due", "Runs whose time has come and that no server has taken up yet.")
	leasesHeld    = described("leases", "Runs that servers have, by state: held, or expired where a server is late or gone.", "state")
	signalsWait   = described("signals_waiting", "Messages to runs that were not taken yet.")
	questionsOpen = described("questions_open", "Open questions to people.")
	replayJobs    = described("replay_jobs", "Versions and drafts that are being tried against past runs.")
	replaysLeft   = described("replays_left", "Past runs that are left to these.")
)

// load tells how much waits in the database. It asks anew once in a while, however often
// it is read; where the database doesn't answer, it tells nothing.
type load struct {
	ask func(ctx context.Context) (Load, error)

	mu    sync.Mutex
	known Load
	at    time.Time
}

// Describe implements [prometheus.Collector].
func (l *load) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{runsOpen, timersDue, leasesHeld, signalsWait, questionsOpen, replayJobs, replaysLeft} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (l *load) Collect(to chan<- prometheus.Metric) {
	now, ok := l.current()
	if !ok {
		return
	}
	tell := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	for _, state := range []string{"queued", "running", "waiting", "unknown"} {
		tell(runsOpen, now.Open[state], state)
	}
	tell(timersDue, now.Due)
	tell(leasesHeld, now.Leases, "held")
	tell(leasesHeld, now.Expired, "expired")
	tell(signalsWait, now.Signals)
	tell(questionsOpen, now.Questions)
	tell(replayJobs, now.ReplayJobs)
	tell(replaysLeft, now.Replays)
}

func (l *load) current() (Load, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) < loadHolds {
		return l.known, true
	}
	ctx, cancel := context.WithTimeout(context.Background(), loadWithin) //nolint:forbidigo // a collector is given none
	defer cancel()
	known, err := l.ask(ctx)
	if err != nil {
		return Load{}, false
	}
	l.known, l.at = known, time.Now()
	return known, true
}
