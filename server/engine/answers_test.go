package engine_test

import (
	"context"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// A run whose starter waits for its answer is durable with that, as one batch; where
// the answer takes its time the start is durable before it.
func TestAnswers(t *testing.T) {
	source := document(nodes(
		node("look", "test.echo", `, "with": {"a": 1}`), node("answer", "core.respond", `, "with": {"body": "{{ steps.look.output.a }}"}`),
	), "look>answer", "")
	for name, c := range map[string]struct {
		slow    bool
		batches int
	}{"at once": {false, 1}, "later": {true, 2}} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			release := make(chan struct{})
			b := start(t, m, func(ctx context.Context, call engine.Call) engine.Result {
				if c.slow {
					<-release
				}
				return echo(ctx, call)
			})
			defer b.close(t)
			f := compile(t, source)
			b.flows.list[f.Digest] = f
			h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, Answers: true, Data: map[string]any{"type": "manual"}})
			if err != nil {
				t.Fatal(err)
			}
			close(release) // where it is slow, the start was durable before
			wait(t, h)
			if r := h.Response(); r == nil || r.Body != int64(1) {
				t.Errorf("the answer is %v", r)
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.batches != c.batches {
				t.Errorf("%d batches, want %d", m.batches, c.batches)
			}
		})
	}
}
