package engine_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// TestApprovalTellsOnWhat shows what the actions behind an approval are given: what is
// known by then as its value, and what only the answer brings as it is written.
func TestApprovalTellsOnWhat(t *testing.T) {
	source := document(nodes(
		node("find", "core.set", `, "with": {"host": "dc-1"}`),
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": {"host": "{{ steps.find.output.host }}", "why": ["{{ steps.ok.output.comment }}", "{{ steps.?ok.?output.?comment.orValue('none') }}"], "days": 3}}`),
		node("each", "core.foreach", `, "with": {"items": ["a"]}`),
		node("tell", "test.write", `, "parent": "each", "with": {"value": "{{ item }} on {{ steps.find.output.host }}"}`),
	), "find>ok ok.approved>block block>each", "")
	b := startWith(t, newMemory(t), newCalls("").invoke, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	b.begin(t, source, nil)
	ask := b.asked(t, 1)
	want := map[string]string{
		"block": `{"value":{"days":3,"host":"dc-1","why":["{{ steps.ok.output.comment }}","{{ steps.?ok.?output.?comment.orValue('none') }}"]}}`,
		"tell":  `{"value":"{{ item }} on {{ steps.find.output.host }}"}`,
	}
	if len(ask.Then) != len(want) {
		t.Fatalf("the approval tells of %v", ask.Then)
	}
	for _, then := range ask.Then {
		if string(then.With) != want[then.Node] {
			t.Errorf("of %s it tells %s, want %s", then.Node, then.With, want[then.Node])
		}
	}
}

// TestApprovalTellsWithinBounds leaves out what is too much to be read.
func TestApprovalTellsWithinBounds(t *testing.T) {
	source := document(nodes(
		node("ok", "core.approval", `, "with": {"to": "role:responder"}`),
		node("block", "test.write", `, "with": {"value": "{{ lists.range(3000) }}"}`),
		node("next", "test.write", `, "with": {"value": 1}`),
	), "ok.approved>block block>next", "")
	b := startWith(t, newMemory(t), newCalls("").invoke, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	b.begin(t, source, nil)
	then := b.asked(t, 1).Then
	if len(then) != 2 || then[0].With != nil || string(then[1].With) != `{"value":1}` {
		t.Errorf("the approval tells of %s", then)
	}
}
