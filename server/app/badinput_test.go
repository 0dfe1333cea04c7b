package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// draft keeps a flow made of nodes and edges, and gives its id.
func (h *house) draft(id, nodes, edges string) string {
	h.t.Helper()
	text := `{"format": "drawbridge.flow/1", "id": "` + id + `", "name": "Bad input", "nodes": [` + nodes + `], "edges": [` + edges + `]}`
	return h.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)["id"].(string)
}

const (
	badID   = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0e11"
	pingID  = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0e12"
	pongID  = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0e13"
	manual  = `{"id": "start", "type": "trigger.manual", "position": [0, 0]},`
	toFirst = `{"from": "start", "to": "first"}`
)

// TestSchedulesThatNeverFire can't be published, and say where and why.
func TestSchedulesThatNeverFire(t *testing.T) {
	h := open(t, t.TempDir())
	for n, c := range []struct{ with, code, pointer string }{
		{`{"cron": "0 0 31 2 *"}`, "never comes", "/nodes/0/with/cron"},
		{`{"cron": "0 8 * * *", "zone": "Europe/Atlantis"}`, `no time zone \"Europe/Atlantis\"`, "/nodes/0/with/zone"},
		{`{"cron": "99 8 * * *"}`, "can't be read", "/nodes/0/with/cron"},
	} {
		id := h.draft(fmt.Sprintf("0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0e2%d", n), `{"id": "clock", "type": "trigger.schedule", "position": [0, 0], "with": `+c.with+`}`, "")
		r := h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil})
		if p := r.want(422)["problems"].([]any)[0].(map[string]any); p["pointer"] != c.pointer || p["node"] != "clock" || !strings.Contains(string(r.body), c.code) {
			t.Errorf("%s: %v", c.with, p)
		}
	}
}

// TestFlowsThatCallOneAnother end where their calls are too deep, all of them, with the
// reason.
func TestFlowsThatCallOneAnother(t *testing.T) {
	h := open(t, t.TempDir())
	calls := func(id, other string) {
		h.draft(id, `{"id": "called", "type": "trigger.flow", "position": [0, 0]}, {"id": "first", "type": "core.call", "position": [240, 0], "with": {"flow": "`+other+`", "input": {}}}`, `{"from": "called", "to": "first"}`)
	}
	calls(pingID, pongID)
	calls(pongID, pingID)
	for _, id := range []string{pingID, pongID} {
		h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
	}
	r := h.do(call{"POST", "/flows/" + pingID + "/runs?wait=20s", auth.Analyst, map[string]any{"input": map[string]any{}}, nil}).want(200)
	if r["state"] != "failed" || !strings.Contains(fmt.Sprint(r["error"]), "more than 16 deep") {
		t.Errorf("flows that call one another end as %v: %v", r["state"], r["error"])
	}
	for _, item := range h.do(call{"GET", "/runs?limit=200", auth.Viewer, nil, nil}).want(200)["items"].([]any) {
		if item.(map[string]any)["state"] != "failed" {
			t.Errorf("one of them is %v", item)
		}
	}
	if n := h.runs(); n < 16 || n > 17 {
		t.Errorf("they made %d runs", n)
	}
}

// TestLoopsOverTooMuch fail with the limit that they break, and begin no pass.
func TestLoopsOverTooMuch(t *testing.T) {
	h := open(t, t.TempDir())
	body := `{"id": "x", "type": "core.set", "parent": "first", "position": [40, 40], "with": {"n": "{{ item }}"}}`
	id := h.draft(badID, manual+`{"id": "first", "type": "core.foreach", "position": [240, 0], "size": [300, 200], "with": {"items": "{{ trigger.body }}"}}, `+body, toFirst)
	r := h.do(call{"POST", "/flows/" + id + "/runs?wait=30s", auth.Analyst, map[string]any{"input": make([]int, 100_001)}, nil}).want(200)
	fault, _ := r["error"].(map[string]any)
	if r["state"] != "failed" || fault["code"] != "limit.steps" || fault["step"] != "first" || !strings.Contains(fmt.Sprint(fault["message"]), "100001 items") {
		t.Errorf("a loop over 100,001 items ends as %v: %v", r["state"], fault)
	}
	if steps := r["steps"].(map[string]any); len(steps) > 2 {
		t.Errorf("it left %d steps", len(steps))
	}
}

// TestAnswersThatComeTooLate answers a form wrongly, then well, then again, and an
// approval after its deadline.
func TestAnswersThatComeTooLate(t *testing.T) {
	h := open(t, t.TempDir())
	form := `{"type": "object", "required": ["ticket"], "properties": {"ticket": {"type": "string", "pattern": "^T-[0-9]+$"}}, "additionalProperties": false}`
	id := h.draft(badID, manual+`{"id": "first", "type": "core.form", "position": [240, 0], "with": {"to": "role:responder", "title": "Which ticket?", "form": `+form+`}}`, toFirst)
	start := func(id string) string {
		return h.do(call{"POST", "/flows/" + id + "/runs", auth.Analyst, map[string]any{}, nil}).want(202)["id"].(string)
	}
	run := start(id)
	q := h.question(run)
	fill := func(form any) *reply {
		return h.do(call{"POST", "/approvals/" + q["id"].(string) + "/decide", auth.Responder, map[string]any{"decision": "fill", "hash": q["hash"], "form": form}, nil})
	}
	for _, c := range []struct {
		wrong any
		at    string
	}{
		{map[string]any{"ticket": "seven"}, "/form/ticket: "},
		{map[string]any{"ticket": "T-7", "more": 1}, "/form: additional properties 'more'"},
		{"T-7", "/form: "},
	} {
		p := fill(c.wrong).want(422)["problems"].([]any)[0].(map[string]any)
		if got := fmt.Sprint(p["pointer"], ": ", p["message"]); !strings.HasPrefix(got, c.at) {
			t.Errorf("%v is refused with %s", c.wrong, got)
		}
	}
	fill(map[string]any{"ticket": "T-7"}).want(200)
	if got := code(fill(map[string]any{"ticket": "T-8"}), 409); got != "approval.closed" {
		t.Errorf("a second answer: %s", got)
	}
	h.outcome(run)
	late := h.draft(pingID, manual+`{"id": "first", "type": "core.approval", "position": [240, 0], "with": {"to": "role:responder", "title": "Go on?", "deadline": "1s"}}`, toFirst)
	run = start(late)
	q = h.question(run)
	if got := h.outcome(run); !strings.HasPrefix(got, "succeeded") {
		t.Errorf("the run ends as %s", got)
	}
	approve := h.do(call{"POST", "/approvals/" + q["id"].(string) + "/decide", auth.Responder, map[string]any{"decision": "approve", "hash": q["hash"]}, nil})
	if got := code(approve, 409); got != "approval.closed" {
		t.Errorf("after the deadline: %s", got)
	}
	step := h.do(call{"GET", "/runs/" + run, auth.Viewer, nil, nil}).want(200)["steps"].(map[string]any)["first"].(map[string]any)
	if output, _ := step["output"].(map[string]any); output["decision"] != "expired" {
		t.Errorf("the step gives %v", step["output"])
	}
}

// TestInputsThatAreRefused are told field by field, what is missing too, by its place in the body.
func TestInputsThatAreRefused(t *testing.T) {
	h := open(t, t.TempDir())
	text := `{"format": "drawbridge.flow/1", "id": "` + badID + `", "name": "Isolate", "nodes": [` + strings.TrimSuffix(manual, ",") + `], "edges": [],
		"input": {"type": "object", "required": ["host"], "properties": {"host": {"type": "string"}, "owner": {"required": ["mail"]}, "hours": {"maximum": 72}}}}`
	h.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)
	start := func(input any) (places []string) {
		t.Helper()
		r := h.do(call{"POST", "/flows/" + badID + "/runs", auth.Analyst, map[string]any{"input": input}, nil}).want(422)
		for _, p := range r["problems"].([]any) {
			one := p.(map[string]any)
			places = append(places, one["code"].(string)+" "+one["pointer"].(string))
		}
		slices.Sort(places)
		return places
	}
	if got := start(map[string]any{"owner": map[string]any{}, "hours": 100}); !slices.Equal(got, []string{"value.invalid /input/hours", "value.missing /input/host", "value.missing /input/owner/mail"}) {
		t.Errorf("%q", got)
	}
	if got := start("pc-0231"); !slices.Equal(got, []string{"value.invalid /input"}) {
		t.Errorf("%q", got)
	}
}
