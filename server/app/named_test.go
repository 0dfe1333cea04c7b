package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAQuestionNamesWhatItIsAbout tells cases and flows among its values by their names, and
// the flow that called the one that asks: two that ask the same are told apart.
func TestAQuestionNamesWhatItIsAbout(t *testing.T) {
	h := open(t, t.TempDir())
	asks := strings.TrimPrefix(h.drafted(`{"format": "drawbridge.flow/1", "name": "Asks", "edges": [{"from": "go", "to": "ok"}], "nodes": [
		{"id": "go", "type": "trigger.flow", "position": [0, 0]},
		{"id": "ok", "type": "core.approval", "position": [0, 0], "with": {"to": ["role:responder"], "title": "Isolate it?", "show": {"case": "{{ trigger.body.case }}", "by": "{{ trigger.body.by }}"}}}]}`), "/flows/")
	h.do(call{"POST", "/flows/" + asks + "/publish", auth.Author, nil, nil}).want(200)
	calls := h.drafted(`{"format": "drawbridge.flow/1", "name": "Calls", "edges": [{"from": "go", "to": "c"}], "nodes": [
		{"id": "go", "type": "trigger.manual", "position": [0, 0]},
		{"id": "c", "type": "core.call", "position": [0, 0], "with": {"flow": "` + asks + `", "input": "{{ trigger.body }}"}}]}`)
	about := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Beacon"}, nil}).want(201)
	input := map[string]any{"case": about["id"], "by": asks}
	h.do(call{"POST", calls + "/runs", "analyst", map[string]any{"input": input}, nil}).want(202)
	var q map[string]any
	waitFor(t, "the question", func() bool {
		items := h.do(call{"GET", "/approvals", "responder", nil, nil}).want(200)["items"].([]any)
		if len(items) == 1 {
			q = items[0].(map[string]any)
		}
		return q != nil
	})
	one := h.do(call{"GET", "/approvals/" + q["id"].(string), "responder", nil, nil}).want(200)
	for _, q := range []map[string]any{q, one} {
		names := map[string]map[string]any{}
		for _, n := range q["names"].([]any) {
			names[n.(map[string]any)["kind"].(string)] = n.(map[string]any)
		}
		if c := names["case"]; c == nil || c["id"] != about["id"] || c["name"] != "Beacon" || c["number"] != 1.0 {
			t.Errorf("the case: %v", c)
		}
		if f := names["flow"]; f == nil || f["id"] != asks || f["name"] != "Asks" {
			t.Errorf("the flow: %v", f)
		}
		if q["rootName"] != "Calls" || q["flowName"] != "Asks" {
			t.Errorf("of %v, by %v", q["rootName"], q["flowName"])
		}
	}
}
