package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestAStallOutlastsTheLease holds that an engine whose lease ended while it stood
// still, and which claims its own run anew, goes on with it.
func TestAStallOutlastsTheLease(t *testing.T) {
	m := newMemory(t)
	release := make(chan struct{})
	b := start(t, m, func(_ context.Context, c engine.Call) engine.Result {
		<-release
		return engine.Result{Output: c.Input}
	})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, document(node("a", "test.read", ""), "", ""), nil)
	m.crash() // the leases end; the sweeper takes the run from itself
	for claimed := false; !claimed; runtime.Gosched() {
		m.mu.Lock()
		claimed = m.records[h.ID].Epoch == 2
		m.mu.Unlock()
	}
	close(release)
	if state := wait(t, h); state.Status != run.Succeeded {
		t.Fatalf("%s: %v", state.Status, state.Error)
	}
	for i, e := range m.events[h.ID] {
		if e.Seq != int64(i)+1 {
			t.Fatalf("seq %d at place %d", e.Seq, i+1)
		}
	}
}

func TestALoopCountsItsBody(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	list := []string{node("e", "core.foreach", `, "with": {"items": "{{ lists.range(90000) }}"}`)}
	for i := range 100 {
		list = append(list, node(fmt.Sprintf("x%d", i), "core.set", `, "parent": "e", "disabled": true`))
	}
	state := wait(t, b.begin(t, document(nodes(list...), "", ""), nil))
	if state.Error == nil || state.Error.Code != "limit.steps" {
		t.Fatalf("%s: %v", state.Status, state.Error)
	}
}

// TestDeepData holds that what is accepted at the limit of nesting can be read
// back, and that a step which nests it deeper fails instead of losing the run.
func TestDeepData(t *testing.T) {
	b := start(t, newMemory(t), echo)
	b.open(t)
	defer b.close(t)
	deep, err := flow.ParseValue([]byte(strings.Repeat("[", flow.MaxDepth) + strings.Repeat("]", flow.MaxDepth)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flow.ReadKept(flow.CompactJSON(map[string]any{"body": deep})); err != nil {
		t.Fatal(err)
	}
	state := wait(t, b.begin(t, document(node("a", "core.set", `, "with": {"a": {"b": "{{ trigger.body }}"}}`), "", ""), deep))
	if state.Error == nil || state.Error.Code != "limit.depth" {
		t.Fatalf("%s: %v", state.Status, state.Error)
	}
	b.replays(t, state)
}
