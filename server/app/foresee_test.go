package app_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestForeseenValuesAreThoseOfARunOfTheDraft takes the pins of a draft for what its steps
// give, marks the id that only a run has, and begins at the trigger that leads to what is
// looked at where the sample names none.
func TestForeseenValuesAreThoseOfARunOfTheDraft(t *testing.T) {
	h := open(t, t.TempDir())
	source := json.RawMessage(`{"format": "drawbridge.flow/1", "name": "Foreseen", "nodes": [
		{"id": "hook", "type": "trigger.webhook", "position": [0, 0]},
		{"id": "called", "type": "trigger.flow", "position": [0, 200]},
		{"id": "ask", "type": "core.code", "position": [240, 0], "with": {"script": "export default () => 1"}},
		{"id": "told", "type": "core.set", "position": [480, 0], "with": {"answer": "{{ steps.ask.output.verdict }}"}},
		{"id": "fixed", "type": "core.set", "position": [720, 0], "with": {"n": "{{ 1 / 0 }}"}},
		{"id": "link", "type": "core.set", "position": [960, 0], "with": {"url": "/runs/{{ run.id }}", "n": "{{ steps.fixed.output.n }}"}},
		{"id": "other", "type": "core.set", "position": [240, 200], "with": {"x": "{{ trigger.body.x }}"}},
		{"id": "both", "type": "core.set", "join": "first", "position": [480, 200], "with": {"via": "{{ steps.called.state }}"}},
		{"id": "end", "type": "core.set", "position": [480, 200]}],
		"edges": [{"from": "hook", "to": "ask"}, {"from": "ask", "to": "told"}, {"from": "told", "to": "fixed"}, {"from": "fixed", "to": "link"},
			{"from": "called", "to": "other"}, {"from": "other", "to": "end"}, {"from": "hook", "to": "both"}, {"from": "called", "to": "both"}]}`)
	id := h.do(call{"POST", "/flows", "author", source, nil}).want(201)["id"].(string)
	for node, output := range map[string]any{"ask": map[string]any{"verdict": "bad"}, "fixed": map[string]any{"n": 7}} {
		h.do(call{"PUT", "/flows/" + id + "/pins/" + node, "author", map[string]any{"output": output}, nil}).want(200)
	}
	for _, c := range []struct{ node, template, want string }{
		{"told", "{{ steps.ask.output.verdict }}", `"value":"bad"`},
		{"link", "{{ steps.told.output.answer }}", `"value":"bad"`},
		{"link", "{{ steps.fixed.output.n }}", `"value":7`},
		{"", "{{ steps.link.output.url }}", `"value":"/runs/(id of the run)"`},
		{"link", "{{ run.id }}", `"value":"(id of the run)"`},
		{"end", "{{ steps.other.output.x }}", `"value":5`},
	} {
		ask := map[string]any{"template": c.template, "node": c.node, "sample": map[string]any{"input": map[string]any{"x": 5}}}
		r := h.do(call{"POST", "/flows/" + id + "/preview", "viewer", ask, nil})
		if r.want(200); !strings.Contains(string(r.body), c.want) {
			t.Errorf("at %q %s gives %s, want %s", c.node, c.template, r.body, c.want)
		}
	}
	samples := map[string]any{"items": []any{map[string]any{"name": "one", "trigger": "called", "input": map[string]any{"x": 5}}}}
	h.do(call{"PUT", "/flows/" + id + "/samples", "author", samples, nil}).want(200)
	ask := map[string]any{"template": "{{ steps.both.output.via }}", "sample": map[string]any{"input": map[string]any{"x": 5}}}
	if got := h.do(call{"POST", "/flows/" + id + "/preview", "viewer", ask, nil}).want(200)["value"]; got != "succeeded" {
		t.Errorf("where several lead there, that one begins which has a sample: its state is %v", got)
	}
}

// TestNothingIsWrongBeforeThereIsData: where nothing ran and no sample is chosen, what a step
// reads of others isn't there yet, unless it is pinned.
func TestNothingIsWrongBeforeThereIsData(t *testing.T) {
	h := open(t, t.TempDir())
	source := json.RawMessage(`{"format": "drawbridge.flow/1", "name": "Fresh", "nodes": [
		{"id": "hand", "type": "trigger.manual", "position": [0, 0]},
		{"id": "look", "type": "core.code", "position": [240, 0], "with": {"script": "export default () => 1"}},
		{"id": "given", "type": "core.code", "position": [240, 0], "with": {"script": "export default () => 1"}},
		{"id": "body", "type": "core.set", "position": [240, 0], "with": {"n": "{{ trigger.body.n }}"}},
		{"id": "say", "type": "core.set", "position": [480, 0], "with": {"x": 1}}],
		"edges": [{"from": "hand", "to": "given"}, {"from": "hand", "to": "body"}, {"from": "given", "to": "look"}, {"from": "body", "to": "look"}, {"from": "look", "to": "say"}]}`)
	id := h.do(call{"POST", "/flows", "author", source, nil}).want(201)["id"].(string)
	h.do(call{"PUT", "/flows/" + id + "/pins/given", "author", map[string]any{"output": map[string]any{"n": 7}}, nil}).want(200)
	for template, want := range map[string]string{
		"{{ steps.hand.output.body.n }}": `"pending":true`, "{{ steps.hand.output }}": `"pending":true`, "{{ steps.look.output.severity in ['low'] }}": `"pending":true`, "{{ steps.look.output }}": `"pending":true`, "{{ steps.body.output.n in [1] }}": `"pending":true`, "{{ steps.given.output.n }}": `"value":7`,
	} {
		r := h.do(call{"POST", "/flows/" + id + "/preview", "viewer", map[string]any{"template": template, "node": "say"}, nil})
		if r.want(200); !strings.Contains(string(r.body), want) {
			t.Errorf("%s gives %s, want %s", template, r.body, want)
		}
	}
}
