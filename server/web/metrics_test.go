package web

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

func zero() int { return 0 }

// TestMetricsTellLoadWhereThereIsOne holds that the database is asked once for many
// readings, and that where it doesn't answer the rest is told nevertheless.
func TestMetricsTellLoadWhereThereIsOne(t *testing.T) {
	asked, err := 0, error(nil)
	m := NewMetrics(Gauges{Active: zero, Sockets: zero, InDoubt: zero, Load: func(context.Context) (Load, error) {
		asked++
		return Load{Open: map[string]int64{"queued": 7}, Due: 2, Expired: 1}, err
	}})
	for range 3 {
		if open := values(t, m, "drawbridge_runs_open"); len(open) != 4 || open[0] != 7 {
			t.Fatalf("%v", open)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	if leases := values(t, m, "drawbridge_leases"); !slices.Equal(leases, []float64{1, 0}) {
		t.Errorf("expired and held: %v", leases)
	}
	err = errors.New("away")
	silent := NewMetrics(Gauges{Active: zero, Sockets: zero, InDoubt: zero, Load: func(context.Context) (Load, error) { return Load{}, err }})
	for name, want := range map[string]int{"drawbridge_runs_open": 0, "drawbridge_runs_active": 1} {
		if got := values(t, silent, name); len(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// values gives those of a metric, in the order of their labels.
func values(t *testing.T, m *Metrics, name string) (list []float64) {
	t.Helper()
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			list = append(list, metric.GetGauge().GetValue())
		}
	}
	return list
}

// TestMetricsCostNoMemoryPerStep holds that what is counted for each call, commit and
// event makes no garbage.
func TestMetricsCostNoMemoryPerStep(t *testing.T) {
	m := NewMetrics(Gauges{Active: zero, Sockets: zero, InDoubt: zero})
	events := []run.Event{{Kind: run.StepStarted, Step: "a"}, {Kind: run.StepSucceeded, Step: "a"}}
	work := func() {
		m.Observe(run.Running, events)
		m.Called("http", "succeeded", time.Millisecond)
		m.Committed(12, time.Millisecond, false)
	}
	work()
	if n := testing.AllocsPerRun(100, work); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMetrics(b *testing.B) {
	m := NewMetrics(Gauges{Active: zero, Sockets: zero, InDoubt: zero})
	events := []run.Event{{Kind: run.StepStarted, Step: "a"}, {Kind: run.StepSucceeded, Step: "a"}}
	b.ReportAllocs()
	for b.Loop() {
		m.Observe(run.Running, events)
		m.Called("http", "succeeded", time.Millisecond)
		m.Committed(12, time.Millisecond, false)
	}
}
