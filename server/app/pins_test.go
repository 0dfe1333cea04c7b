package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// chain is a flow of a set, an if and a set on each of its ways.
const chain = `{"format": "drawbridge.flow/1", "name": "Chain", "nodes": [
	{"id": "go", "type": "trigger.manual", "position": [0, 0]},
	{"id": "a", "type": "core.set", "position": [0, 0], "with": {"n": "{{ trigger.body.n }}"}},
	{"id": "gate", "type": "core.if", "position": [0, 0], "with": {"condition": "{{ steps.a.output.n > 1 }}"}},
	{"id": "high", "type": "core.set", "position": [0, 0], "with": {"n": "{{ steps.a.output.n * 10 }}"}},
	{"id": "low", "type": "core.set", "position": [0, 0]},
	{"id": "end", "type": "core.set", "position": [0, 0], "with": {"n": "{{ steps.high.output.n + 1 }}"}}
], "edges": [{"from": "go", "to": "a"}, {"from": "a", "to": "gate"}, {"from": "gate.true", "to": "high"}, {"from": "gate.false", "to": "low"}, {"from": "high", "to": "end"}],
"output": "{{ steps.high.output }}"}`

// drafted is a flow of which only a draft is there.
func (h *house) drafted(source string) (path string) {
	h.t.Helper()
	return "/flows/" + h.do(call{"POST", "/flows", auth.Author, []byte(source), nil}).want(201)["id"].(string)
}

// ends runs a flow to its end.
func (h *house) ends(path string, body map[string]any) map[string]any {
	h.t.Helper()
	return h.do(call{"POST", path + "/runs?wait=30s", auth.Author, body, nil}).want(200)
}

// steps tells a run's output and its steps in one line.
func stepsOf(run map[string]any, ids ...string) string {
	out := []string{fmt.Sprint(run["state"], " ", run["output"])}
	for _, id := range ids {
		step, _ := run["steps"].(map[string]any)[id].(map[string]any)
		text := id + "=" + fmt.Sprint(step["state"])
		if step["pinned"] == true {
			text += " pinned"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// TestPins tries a draft on outputs that were given beforehand.
func TestPins(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(chain)
	pin := func(as auth.Role, node string, body any) *reply {
		t.Helper()
		return h.do(call{"PUT", path + "/pins/" + node, as, body, nil})
	}
	pin(auth.Analyst, "a", map[string]any{"output": 1}).want(403)
	pin(auth.Author, "none", map[string]any{"output": 1}).want(404)
	for node, code := range map[string]string{"go": "pin.port", "gate": "pin.port"} {
		if got := pin(auth.Author, node, map[string]any{"output": 1}).want(422)["problems"].([]any)[0].(map[string]any); got["code"] != code || got["pointer"] != "/port" {
			t.Errorf("%s: %v", node, got)
		}
	}
	if got := pin(auth.Author, "a", map[string]any{"output": strings.Repeat("x", 300<<10)}).want(413); !strings.Contains(got["detail"].(string), "256 KiB") {
		t.Error(got)
	}
	pin(auth.Author, "a", map[string]any{"output": map[string]any{"n": 7}}).want(200)
	pin(auth.Author, "gate", map[string]any{"output": map[string]any{"result": true}, "port": "true"}).want(200)
	if list := h.do(call{"GET", path + "/pins", auth.Viewer, nil, nil}).want(200)["items"].([]any); len(list) != 2 || list[0].(map[string]any)["updatedBy"] == "" {
		t.Error(list)
	}

	if got := stepsOf(h.ends(path, map[string]any{"version": "draft", "input": map[string]any{"n": 0}}), "a", "high"); got != "succeeded <nil>, a=succeeded, high=skipped" {
		t.Errorf("without asking for pins: %s", got)
	}
	run := h.ends(path, map[string]any{"version": "draft", "pins": true})
	if got := stepsOf(run, "a", "gate", "high"); got != "succeeded map[n:70], a=succeeded pinned, gate=succeeded pinned, high=succeeded" {
		t.Error(got)
	}
	id := run["id"].(string)
	step := h.do(call{"GET", "/runs/" + id + "/steps/a", auth.Viewer, nil, nil}).want(200)
	if step["pinned"] != true || !strings.Contains(step["inputError"].(string), "pinned") {
		t.Error(step)
	}
	events := h.do(call{"GET", "/runs/" + id + "/events", auth.Viewer, nil, nil}).want(200)["events"].([]any)
	if fmt.Sprint(events[1].(map[string]any)["pinned"]) != "true" {
		t.Error(events)
	}

	// What was pinned stays with the run, whatever becomes of the pin.
	pin(auth.Author, "a", map[string]any{"output": map[string]any{"n": 8}}).want(200)
	h.do(call{"DELETE", path + "/pins/gate", auth.Author, nil, nil}).want(204)
	h.do(call{"DELETE", path + "/pins/gate", auth.Author, nil, nil}).want(404)
	replay := h.do(call{"POST", "/runs/" + id + "/replay?wait=30s", auth.Author, map[string]any{}, nil}).want(200)
	if got := stepsOf(replay, "a", "gate"); got != "succeeded map[n:70], a=succeeded pinned, gate=succeeded pinned" {
		t.Errorf("replayed: %s", got)
	}
	again := h.do(call{"POST", "/runs/" + id + "/retry?wait=30s", auth.Author, map[string]any{"from": []string{"a"}}, nil}).want(200)
	if got := stepsOf(again, "a"); got != "succeeded map[n:70], a=succeeded pinned" {
		t.Errorf("retried: %s", got)
	}
	if got := stepsOf(h.ends(path, map[string]any{"version": "draft", "pins": true, "from": "high", "reuse": id}), "a", "gate"); got != "succeeded map[n:80], a=succeeded pinned, gate=succeeded" {
		t.Errorf("gone on from with another pin: %s", got)
	}

	h.do(call{"POST", path + "/publish", auth.Author, nil, nil}).want(200)
	if got := h.do(call{"POST", path + "/runs", auth.Author, map[string]any{"pins": true}, nil}).want(422); got["problems"].([]any)[0].(map[string]any)["code"] != "pins.version" {
		t.Error(got)
	}
	if got := stepsOf(h.do(call{"POST", "/runs/" + id + "/retry?wait=30s", auth.Author, map[string]any{"from": []string{"high"}, "version": 1, "input": map[string]any{"n": 3}}, nil}).want(200), "a", "gate"); got != "succeeded map[n:30], a=succeeded, gate=succeeded" {
		t.Errorf("as the published version: %s", got)
	}
	h.do(call{"DELETE", path, auth.Admin, nil, nil})
	h.do(call{"GET", path + "/pins", auth.Viewer, nil, nil}).want(404)
}

// TestAPinnedAnswerIsForDryRuns has no pin stand for people where something real follows.
func TestAPinnedAnswerIsForDryRuns(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(`{"format": "drawbridge.flow/1", "name": "Asked", "nodes": [
		{"id": "go", "type": "trigger.manual", "position": [0, 0]},
		{"id": "ask", "type": "core.approval", "position": [0, 0], "with": {"to": ["admin"], "message": "Isolate it?"}},
		{"id": "act", "type": "core.set", "position": [0, 0], "with": {"done": true}}
	], "edges": [{"from": "go", "to": "ask"}, {"from": "ask.approved", "to": "act"}], "output": "{{ steps.act.output }}"}`)
	pinned := map[string]any{"output": map[string]any{"decision": "approved"}, "port": "approved"}
	h.do(call{"PUT", path + "/pins/ask", auth.Author, pinned, nil}).want(200)
	refused := h.do(call{"POST", path + "/runs", auth.Analyst, map[string]any{"version": "draft", "pins": true}, nil}).want(422)
	if got := refused["problems"].([]any)[0].(map[string]any); got["code"] != "pin.answer" || got["node"] != "ask" {
		t.Error(got)
	}
	if got := stepsOf(h.ends(path, map[string]any{"version": "draft", "pins": true, "dryRun": true}), "ask", "act"); got != "succeeded map[done:true], ask=succeeded pinned, act=succeeded" {
		t.Error(got)
	}
}

// TestPinsThatNoLongerFit tells where, instead of taking another way.
func TestPinsThatNoLongerFit(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(chain)
	h.do(call{"PUT", path + "/pins/gate", auth.Author, map[string]any{"output": nil, "port": "true"}, nil}).want(200)
	draft := h.do(call{"GET", path, auth.Author, nil, nil}).want(200)["flow"].(map[string]any)
	draft["nodes"].([]any)[2].(map[string]any)["type"] = "core.set"
	draft["edges"] = []any{map[string]any{"from": "go", "to": "a"}, map[string]any{"from": "a", "to": "gate"}}
	draft["output"] = nil
	for _, i := range []int{5, 3} { // what reads what is gone
		draft["nodes"].([]any)[i].(map[string]any)["with"] = map[string]any{}
	}
	h.do(call{"PUT", path, auth.Author, draft, map[string]string{"If-Match": `"1"`}}).want(200)
	got := h.do(call{"POST", path + "/runs", auth.Author, map[string]any{"version": "draft", "pins": true}, nil}).want(422)["problems"].([]any)[0].(map[string]any)
	if got["code"] != "pin.port" || got["node"] != "gate" || got["pointer"] != "/pins/gate" {
		t.Error(got)
	}
}

// TestRunsOfAPart run one step, up to one, and from one; the plan says so before.
func TestRunsOfAPart(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(chain)
	plan := func(status int, body map[string]any) map[string]any {
		t.Helper()
		body["version"] = "draft"
		return h.do(call{"POST", path + "/runs/plan", auth.Analyst, body, nil}).want(status)
	}
	told := func(p map[string]any) string {
		return fmt.Sprint("runs ", p["runs"], " keeps ", p["reuses"], " pins ", p["pinned"])
	}
	if got := told(plan(200, map[string]any{"until": "gate"})); got != "runs [a gate] keeps [] pins []" {
		t.Error(got)
	}
	run := h.ends(path, map[string]any{"version": "draft", "until": "gate", "input": map[string]any{"n": 5}})
	if got := stepsOf(run, "high", "low"); got != "succeeded map[result:true], high=skipped, low=skipped" || run["until"] != "gate" {
		t.Error(got, run["until"])
	}
	id := run["id"].(string)

	// The next step alone, on what that run made.
	only := map[string]any{"from": "high", "reuse": id, "only": true}
	if got := told(plan(200, only)); got != "runs [high] keeps [a gate] pins []" {
		t.Error(got)
	}
	next := h.ends(path, map[string]any{"version": "draft", "from": "high", "reuse": id, "only": true})
	if got := stepsOf(next, "a", "high", "end", "low"); got != "succeeded map[n:50], a=succeeded, high=succeeded, end=skipped, low=skipped" {
		t.Error(got)
	}
	events := h.do(call{"GET", "/runs/" + next["id"].(string) + "/events", auth.Viewer, nil, nil}).want(200)["events"].([]any)
	if !strings.Contains(fmt.Sprint(events), "kind:step.skipped node:end") {
		t.Errorf("nobody is told that end is skipped: %v", events)
	}
	if got := told(plan(200, map[string]any{"from": "high", "reuse": id})); got != "runs [high end] keeps [a gate] pins []" {
		t.Error(got)
	}

	for name, c := range map[string]struct {
		status int
		code   string
		body   map[string]any
	}{
		"a step whose input isn't there":    {409, "reuse.lacks", map[string]any{"from": "end", "reuse": id, "only": true}},
		"alone, and up to another":          {422, "only", map[string]any{"from": "high", "reuse": id, "only": true, "until": "end"}},
		"alone on nothing":                  {422, "only", map[string]any{"only": true}},
		"up to what isn't there":            {422, "until.unknown", map[string]any{"until": "none"}},
		"from what isn't there":             {422, "retry.from", map[string]any{"from": "none", "reuse": id}},
		"as a dry run on what was for real": {409, "reuse.dry_run", map[string]any{"from": "high", "reuse": id, "dryRun": true}},
	} {
		if got := plan(c.status, c.body)["problems"].([]any)[0].(map[string]any)["code"]; got != c.code {
			t.Errorf("%s: %v", name, got)
		}
		h.do(call{"POST", path + "/runs", auth.Author, c.body, nil}).want(c.status)
	}
	// A run on the branch that isn't taken says that it did not get there.
	if got := h.ends(path, map[string]any{"version": "draft", "until": "low", "input": map[string]any{"n": 5}}); got["error"].(map[string]any)["code"] != "until.not_reached" {
		t.Error(got["error"])
	}
}

// TestAPinIsOfATypeOfNode refuses to give what another node gave that had the id before.
func TestAPinIsOfATypeOfNode(t *testing.T) {
	h := open(t, t.TempDir())
	path := h.drafted(chain)
	h.do(call{"PUT", path + "/pins/a", auth.Author, map[string]any{"output": map[string]any{"n": 5}}, nil}).want(200)
	other := strings.Replace(chain, `{"id": "a", "type": "core.set"`, `{"id": "a", "type": "core.code"`, 1)
	other = strings.Replace(other, `"with": {"n": "{{ trigger.body.n }}"}`, `"with": {"script": "export default () => ({n: 2})"}`, 1)
	h.do(call{"PUT", path, auth.Author, []byte(other), match("1")}).want(200)
	start := map[string]any{"version": "draft", "pins": true}
	problems := h.do(call{"POST", path + "/runs", auth.Author, start, nil}).want(422)["problems"].([]any)
	if p := problems[0].(map[string]any); len(problems) != 1 || p["code"] != "pin.type" || p["node"] != "a" {
		t.Errorf("%v", problems)
	}
	ask := map[string]any{"template": "{{ steps.a.output.n }}", "sample": map[string]any{"input": map[string]any{"n": 1}}}
	if got := h.do(call{"POST", path + "/preview", auth.Author, ask, nil}).want(200); got["pending"] != true {
		t.Errorf("foreseen with it: %v", got)
	}
	h.do(call{"PUT", path + "/pins/a", auth.Author, map[string]any{"output": map[string]any{"n": 7}}, nil}).want(200)
	if run := h.ends(path, start); run["state"] != "succeeded" {
		t.Errorf("pinned anew: %v", run)
	}
}
