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

// TestLogsAndErrorsCount holds a run to its limit of results also by what its
// failing calls say, before and after it is taken up again.
func TestLogsAndErrorsCount(t *testing.T) {
	const each, items = 1 << 20, 100
	text := strings.Repeat("x", each)
	b := start(t, newMemory(t), func(context.Context, engine.Call) engine.Result {
		return engine.Result{
			Error: &engine.Failure{Code: "c", Message: "m", Details: map[string]any{"d": text}},
			Logs:  []run.Log{{Level: "info", Message: text}},
		}
	})
	b.open(t)
	defer b.close(t)
	list := nodes(
		node("e", "core.foreach", fmt.Sprintf(`, "with": {"items": "{{ lists.range(%d) }}"}`, items)),
		node("a", "test.read", `, "parent": "e", "onError": "continue"`),
	)
	h := b.begin(t, document(list, "", ""), nil)
	state := wait(t, h)
	if state.Status != run.Succeeded {
		t.Fatalf("%s: %v", state.Status, state.Error)
	}
	size := 0
	for i := range b.memory.events[h.ID] {
		size += b.memory.events[h.ID][i].Size()
	}
	if size > engine.MaxResults+items*1024 {
		t.Errorf("the journal holds %d bytes", size)
	}
	b.replays(t, state)
	first, _ := state.Step("e.0.a")
	last, _ := state.Step("e.99.a")
	if first.Error.Details == nil || last.Error.Code != "c" || last.Error.Details != nil || !strings.Contains(last.Logs[0].Message, "limit") {
		t.Errorf("first %v, last %v %v", first.Error.Details != nil, last.Error, last.Logs)
	}
}
