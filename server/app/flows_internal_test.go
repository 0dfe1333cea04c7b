package app

import (
	"context"
	"errors"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TestCompilingIsBounded says of a flow that takes too long that it does, and nothing of one
// for which nobody waits any more.
func TestCompilingIsBounded(t *testing.T) {
	content := []byte(`{"format": "drawbridge.flow/1", "name": "Slow", "nodes": [{"id": "a", "type": "core.set", "position": [0, 0], "with": {"x": "{{ 1 + 1 }}"}}], "edges": []}`)
	flows := NewFlows(nil, catalog.New())
	if f, err := flows.Prepare(t.Context(), content); f == nil {
		t.Fatal(err)
	}
	flows.within = 0
	var problems flow.Problems
	if _, err := flows.Prepare(t.Context(), content); !errors.As(err, &problems) || len(problems) != 1 || problems[0].Code != "check.stopped" {
		t.Errorf("out of time: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := flows.Prepare(gone, content); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}
