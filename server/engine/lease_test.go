package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// stall starts a run whose one call writes, and stops its actor for a whole lease
// between the commit of the call's start and the call. Meanwhile does what others do.
func stall(t *testing.T, meanwhile func(m *memory, id string)) (*bench, *atomic.Int64) {
	t.Helper()
	const lease = 60 * time.Millisecond
	m := newMemory(t)
	var calls atomic.Int64
	b := startWith(t, m, func(ctx context.Context, c engine.Call) engine.Result {
		calls.Add(1)
		return echo(ctx, c)
	}, engine.Config{Lease: lease})
	f := compile(t, document(node("w", "test.write", ""), "", ""))
	b.flows.list[f.Digest] = f
	b.mu.Lock() // who observes waits, and the actor with it
	accepted := make(chan error, 1)
	go func() {
		_, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Data: map[string]any{"type": "manual"}})
		accepted <- err
	}()
	id := ""
	for id == "" {
		m.mu.Lock()
		for known := range m.events {
			id = known
		}
		m.mu.Unlock()
	}
	<-time.After(lease) // it is what is tested
	meanwhile(m, id)
	b.mu.Unlock()
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
	return b, &calls
}

// TestStalledCallIsNotMade lets another take the run up while its holder stands still:
// the call that was about to begin isn't made.
func TestStalledCallIsNotMade(t *testing.T) {
	b, calls := stall(t, func(m *memory, id string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		r := m.records[id]
		r.Epoch++
		m.records[id] = r
	})
	for b.engine.Active() > 0 {
		<-time.After(time.Millisecond)
	}
	b.close(t)
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls were made by who has lost the run", n)
	}
}

// TestStalledCallGoesOn makes the call where nobody took the run up.
func TestStalledCallGoesOn(t *testing.T) {
	b, calls := stall(t, func(*memory, string) {})
	for b.engine.Active() > 0 {
		<-time.After(time.Millisecond)
	}
	b.close(t)
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls were made", n)
	}
}
