package engine_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// TestRetryAsksAgainInACalledFlow lets an answer that a called flow got hold for what it
// was given for, once, as one of the run's own.
func TestRetryAsksAgainInACalledFlow(t *testing.T) {
	child := document(node("ok", "core.approval", `, "with": {"to": "role:responder", "show": "{{ trigger.body }}"}`), "", `, "output": "{{ steps.ok.output.decision }}"`)
	source := document(nodes(callNode(childID, `, "input": "{{ trigger.body }}"`),
		node("block", "test.write", `, "with": {"n": "{{ trigger.body }}"}`), node("tell", "test.read", "")), "c>block block>tell", "")
	for name, c := range map[string]struct {
		failing string
		from    []string
		input   any
		asked   bool
		reruns  string
	}{
		"a write that failed, under its answer":     {"block", nil, nil, true, "block"},
		"a write that took effect asks again":       {"", []string{"block"}, nil, true, "c block tell"},
		"another input asks again, whatever failed": {"block", nil, "other", true, "c block"},
		"where nobody was asked the call is kept":   {"block", nil, "other", false, "block"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			b := calling(t, m, newCalls(c.failing).invoke, engine.Config{People: crowd(3)}, map[string]string{childID: child})
			b.open(t)
			defer b.close(t)
			h := b.begin(t, source, nil)
			ask := b.asked(t, 1)
			called := m.children(h.ID)
			b.answer(t, called[0], engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita"})
			wait(t, h)
			past := b.past(t, compile(t, source), h.ID)
			if calls := past.Calls(); !maps.Equal(calls, map[string]string{"c": called[0]}) {
				t.Errorf("it called %v, want %v", calls, called)
			}
			past.Asked = map[string]bool{"c": c.asked}
			data := past.Record.Data
			if c.input != nil {
				data = map[string]any{"type": "manual", "body": c.input}
			}
			plan, err := engine.PlanRetry(past.Flow, past, data, c.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(plan.Reruns, " "); got != c.reruns {
				t.Errorf("runs %s again, want %s", got, c.reruns)
			}
			if slices.Contains(plan.Reruns, "c") {
				_, err := b.engine.Start(t.Context(), engine.Request{Flow: past.Flow, Data: data, RetryOf: h.ID, Kept: plan.Kept})
				if err != nil {
					t.Fatal(err)
				}
				if second := b.asked(t, 2); second.Hash == ask.Hash {
					t.Error("the question is bound to what the first was bound to")
				}
			}
		})
	}
}
