package app_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestADeletionNamesWhoMayCall names flows that call another one, and those that choose which
// they call when they run where they know of it; not those that only know of it.
func TestADeletionNamesWhoMayCall(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/flows", auth.Author, file(t, "answer"), nil}).want(201)
	draft := func(name, vars, called string) {
		h.drafted(`{"format": "drawbridge.flow/1", "name": "` + name + `", "vars": ` + vars + `, "edges": [],
			"nodes": [{"id": "c", "type": "core.call", "position": [0, 0], "with": {"flow": "` + called + `", "input": {}}}]}`)
	}
	other := "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0cff"
	draft("Calls", `{}`, answerID)
	draft("Chooses", `{"target": "`+answerID+`"}`, "{{ vars.target }}")
	draft("Decides", `{}`, `{{ trigger.body.n > 1 ? \"`+answerID+`\" : \"`+other+`\" }}`)
	draft("Knows", `{"target": "`+answerID+`"}`, other)
	draft("Chooses another", `{"target": "`+other+`"}`, "{{ vars.target }}")
	named := map[string]bool{}
	for _, c := range h.do(call{"GET", "/flows/" + answerID + "/deletion", auth.Author, nil, nil}).want(200)["callers"].([]any) {
		named[c.(map[string]any)["name"].(string)] = true
	}
	if len(named) != 3 || !named["Calls"] || !named["Chooses"] || !named["Decides"] {
		t.Errorf("%v", named)
	}
}
