package app

import (
	"context"
	"errors"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

var slowFlow = []byte(`{"format": "drawbridge.flow/1", "name": "Slow", "nodes": [{"id": "a", "type": "core.set", "position": [0, 0], "with": {"x": "{{ 1 + 1 }}"}}], "edges": []}`)

// TestCompilingIsBounded says of a flow that takes too long that it may be tried again, as
// nothing is wrong with it, and nothing of one for which nobody waits any more.
func TestCompilingIsBounded(t *testing.T) {
	content := slowFlow
	flows := NewFlows(nil, catalog.New())
	if f, err := flows.Prepare(t.Context(), content); f == nil {
		t.Fatal(err)
	}
	flows.within = 0
	var problems flow.Problems
	if _, err := flows.Prepare(t.Context(), content); !errors.Is(err, engine.ErrUnavailable) || errors.As(err, &problems) {
		t.Errorf("out of time: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := flows.Prepare(gone, content); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

// TestCompilingInTimeIsNotTriedTwice brings the types up to date for a flow that has problems,
// not for one that only took too long: it would take twice that.
func TestCompilingInTimeIsNotTriedTwice(t *testing.T) {
	core, err := OpenCore(t.Context(), CoreConfig{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = core.Close(context.WithoutCancel(t.Context())) })
	if _, err := core.Flows.Pin(t.Context(), slowFlow); err != nil {
		t.Fatal(err)
	}
	flows := NewFlows(core.Library, catalog.New())
	refreshed := 0
	flows.refresh = func(context.Context) error { refreshed++; return nil }
	flows.within = 0
	if _, err := flows.Flow(t.Context(), library.Digest(slowFlow)); !errors.Is(err, engine.ErrSlow) || refreshed != 0 {
		t.Errorf("out of time: %v, refreshed %d times", err, refreshed)
	}
}
