package app_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestRetryWithAnotherInputAsksCalledFlowsAgain: what people said in a called flow holds
// for the input that they were shown.
func TestRetryWithAnotherInputAsksCalledFlowsAgain(t *testing.T) {
	h := open(t, t.TempDir())
	create := func(name, nodes, edges string) string {
		t.Helper()
		source := `{"format": "drawbridge.flow/1", "name": "` + name + `", "nodes": [` + nodes + `], "edges": [` + edges + `]}`
		return h.do(call{"POST", "/flows", auth.Author, []byte(source), nil}).want(201)["id"].(string)
	}
	asks := create("Asks", `{"id": "ok", "type": "core.approval", "position": [0, 0], "with": {"to": "role:responder", "show": "{{ trigger.body }}"}}`, "")
	h.do(call{"POST", "/flows/" + asks + "/publish", auth.Author, nil, nil}).want(http.StatusOK)
	caller := create("Calls", `{"id": "c", "type": "core.call", "position": [0, 0], "with": {"flow": "`+asks+`", "input": "{{ trigger.body }}"}},
		{"id": "end", "type": "core.stop", "position": [240, 0], "with": {"outcome": "failed"}}`, `{"from": "c", "to": "end"}`)
	_, lead := h.join("lead", auth.Responder)
	question := func() (q map[string]any) {
		t.Helper()
		waitFor(t, "a question", func() bool {
			items := lead.do("GET", "/approvals?state=open", nil).want(200)["items"].([]any)
			if len(items) == 1 {
				q = items[0].(map[string]any)
			}
			return len(items) == 1
		})
		return q
	}
	run := h.do(call{"POST", "/flows/" + caller + "/runs", auth.Analyst, map[string]any{"input": "host-1"}, nil}).want(202)["id"].(string)
	first := question()
	lead.decide(first, "approve").want(200)
	h.outcome(run)
	same := h.do(call{"POST", "/runs/" + run + "/retry?wait=20s", auth.Analyst, map[string]any{}, nil}).want(200)
	if got := h.do(call{"GET", "/runs/" + same["id"].(string), auth.Viewer, nil, nil}).want(200); got["state"] != "failed" {
		t.Errorf("as it was, the run is %v: it asks again", got["state"])
	}
	h.do(call{"POST", "/runs/" + run + "/retry", auth.Analyst, map[string]any{"input": "host-2"}, nil}).want(202)
	if again := question(); fmt.Sprint(again["show"]) != "host-2" || again["hash"] == first["hash"] {
		t.Errorf("asked for %v, under the hash of %v", again["show"], first["show"])
	}
}
