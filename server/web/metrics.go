package web

import (
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Metrics counts what the server does.
type Metrics struct {
	Registry *prometheus.Registry

	runs     *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	requests *prometheus.HistogramVec

	mu sync.Mutex
	// started holds when the calls in flight began, by run and step.
	started map[string]map[string]time.Time
}

// NewMetrics makes the counters. Active is the number of runs in memory, sockets
// that of open sockets.
func NewMetrics(active, sockets func() int) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(), started: map[string]map[string]time.Time{},
		runs:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drawbridge_runs_total", Help: "Runs that were started or ended, by state."}, []string{"state"}),
		steps:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "drawbridge_step_seconds", Help: "Duration of calls of connectors, by outcome.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, []string{"outcome"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "drawbridge_http_seconds", Help: "Duration of requests, by route and status.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9)}, []string{"method", "route", "status"}),
	}
	m.Registry.MustRegister(m.runs, m.steps, m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("drawbridge_runs_active", "Runs in memory.", active), gauge("drawbridge_sockets", "Open live sockets.", sockets))
	return m
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

// Observe counts events of runs. It never waits.
func (m *Metrics) Observe(runID string, status run.Status, events []run.Event) {
	for i := range events {
		switch e := &events[i]; e.Kind {
		case run.RunStarted:
			m.runs.WithLabelValues("started").Inc()
		case run.StepStarted:
			m.begin(runID, e)
		case run.StepSucceeded, run.StepFailed, run.StepRetry, run.StepUnknown, run.StepCancel:
			m.finish(runID, e)
		default:
		}
	}
	if events[len(events)-1].Kind.Terminal() {
		m.runs.WithLabelValues(string(status)).Inc()
		m.mu.Lock()
		delete(m.started, runID)
		m.mu.Unlock()
	}
}

func (m *Metrics) begin(runID string, e *run.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.started[runID] == nil {
		m.started[runID] = map[string]time.Time{}
	}
	m.started[runID][e.Step] = e.At
}

func (m *Metrics) finish(runID string, e *run.Event) {
	m.mu.Lock()
	begun, known := m.started[runID][e.Step]
	delete(m.started[runID], e.Step)
	m.mu.Unlock()
	if known {
		m.steps.WithLabelValues(string(e.Kind)).Observe(e.At.Sub(begun).Seconds())
	}
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
