package web

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Metrics counts what the server does.
type Metrics struct {
	Registry *prometheus.Registry

	runs         *prometheus.CounterVec
	unknown      prometheus.Counter
	steps        *prometheus.HistogramVec
	requests     *prometheus.HistogramVec
	commitRows   prometheus.Histogram
	commitTime   *prometheus.HistogramVec
	removed      *prometheus.CounterVec
	removedBytes prometheus.Counter
}

// Gauges are what metrics ask for when they are read.
type Gauges struct {
	// Active is the number of runs in memory, Sockets that of open sockets, InDoubt that
	// of batches of which it isn't known whether they were committed.
	Active, Sockets, InDoubt func() int
	// Load counts what waits; it is asked once in a while.
	Load func(ctx context.Context) (Load, error)
}

// Load is how much waits in the database, whichever server will do it.
type Load struct {
	// Open are the runs that have not ended, by state.
	Open map[string]int64
	// Due are runs whose time has come and that nobody has taken up yet.
	Due int64
	// Leases are those of runs that some server has; Expired those whose server is late.
	Leases, Expired int64
	// Signals are messages to runs that were not taken yet.
	Signals int64
	// Questions are open ones to people.
	Questions int64
	// ReplayJobs are those that go on, Replays the runs that are left to them.
	ReplayJobs, Replays int64
}

// Removed counts what is past its time, and was deleted.
type Removed struct {
	Runs, JournalRows, Cassettes, Blobs, BlobBytes int64
}

var seconds = prometheus.ExponentialBuckets(0.0005, 4, 9)

// NewMetrics makes the counters.
func NewMetrics(g Gauges) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		runs:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drawbridge_runs_total", Help: "Runs that were started or ended, by state."}, []string{"state"}),
		unknown:  prometheus.NewCounter(prometheus.CounterOpts{Name: "drawbridge_steps_unknown_total", Help: "Steps that were interrupted and may have happened."}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "drawbridge_step_seconds", Help: "Duration of calls of connectors, by connector and outcome: succeeded, failed, retryable, canceled.", Buckets: seconds,
		}, []string{"connector", "outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "drawbridge_http_seconds", Help: "Duration of requests, by route and status.", Buckets: seconds}, []string{"method", "route", "status"}),
		commitRows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "drawbridge_commit_rows", Help: "Rows of journals that one transaction wrote.", Buckets: prometheus.ExponentialBuckets(1, 2, 10),
		}),
		commitTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "drawbridge_commit_seconds", Help: "Duration of transactions of journals, by outcome: done, failed.", Buckets: seconds,
		}, []string{"outcome"}),
		removed:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drawbridge_removed_total", Help: "What was past its time and removed, by kind: runs, journal, cassettes, blobs."}, []string{"kind"}),
		removedBytes: prometheus.NewCounter(prometheus.CounterOpts{Name: "drawbridge_removed_blob_bytes_total", Help: "Bytes of the blobs that were removed."}),
	}
	m.Registry.MustRegister(m.runs, m.unknown, m.steps, m.requests, m.commitRows, m.commitTime, m.removed, m.removedBytes,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &load{ask: g.Load},
		gauge("drawbridge_runs_active", "Runs in memory.", g.Active), gauge("drawbridge_sockets", "Open live sockets.", g.Sockets),
		gauge("drawbridge_commits_in_doubt", "Batches of which it isn't known whether they were committed.", g.InDoubt))
	return m
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

// Observe counts events of runs. It never waits.
func (m *Metrics) Observe(status run.Status, events []run.Event) {
	for i := range events {
		switch events[i].Kind {
		case run.RunStarted:
			m.runs.WithLabelValues("started").Inc()
		case run.StepUnknown:
			m.unknown.Inc()
		default:
		}
	}
	if events[len(events)-1].Kind.Terminal() {
		m.runs.WithLabelValues(string(status)).Inc()
	}
}

// Called counts a call of a connector.
func (m *Metrics) Called(connector, outcome string, took time.Duration) {
	m.steps.WithLabelValues(connector, outcome).Observe(took.Seconds())
}

// Committed counts a transaction of journals.
func (m *Metrics) Committed(rows int, took time.Duration, failed bool) {
	outcome := "done"
	if failed {
		outcome = "failed"
	} else {
		m.commitRows.Observe(float64(rows))
	}
	m.commitTime.WithLabelValues(outcome).Observe(took.Seconds())
}

// Removed counts what was removed.
func (m *Metrics) Removed(r Removed) {
	for kind, n := range map[string]int64{"runs": r.Runs, "journal": r.JournalRows, "cassettes": r.Cassettes, "blobs": r.Blobs} {
		m.removed.WithLabelValues(kind).Add(float64(n))
	}
	m.removedBytes.Add(float64(r.BlobBytes))
}

// measure times requests by the route that took them.
func (m *Metrics) measure(c *fiber.Ctx) error {
	begun := time.Now()
	err := c.Next()
	status := c.Response().StatusCode()
	if err != nil {
		if status = 500; c.App().Config().ErrorHandler(c, err) == nil {
			status = c.Response().StatusCode()
		}
	}
	m.requests.WithLabelValues(c.Method(), c.Route().Path, strconv.Itoa(status)).Observe(time.Since(begun).Seconds())
	return nil
}
