package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestATemplateBringsWhatItCalls makes a flow of one that ships: those that it calls come
// along under their own ids, and what can run as it is runs.
func TestATemplateBringsWhatItCalls(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	made := h.do(call{"POST", "/library/phishing-case/flows", auth.Author, map[string]any{"name": "Ours"}, nil}).want(201)
	added := map[string]map[string]any{}
	for _, f := range made["added"].([]any) {
		f := f.(map[string]any)
		added[f["name"].(string)] = f
		here := h.do(call{"GET", "/flows/" + f["id"].(string), auth.Viewer, nil, nil}).want(200)
		if here["version"] != f["version"] || (f["version"] == 0.0) != (f["why"] != nil) {
			t.Errorf("%v, and the flow is at %v", f, here["version"])
		}
	}
	// enrich-case calls one itself.
	for _, name := range []string{"Phishing triage", "Enrich a case", "Enrich an indicator"} {
		if added[name] == nil {
			t.Errorf("%q is not among %v", name, added)
		}
	}
	if triage := added["Phishing triage"]; triage != nil {
		if triage["version"] != 1.0 {
			t.Errorf("needs nothing, and isn't published: %v", triage)
		}
		if samples := h.do(call{"GET", "/flows/" + triage["id"].(string) + "/samples", auth.Viewer, nil, nil}).want(200)["items"].([]any); len(samples) == 0 {
			t.Error("it came without its samples")
		}
	}
	draft := h.do(call{"GET", "/flows/" + made["id"].(string), auth.Viewer, nil, nil}).want(200)
	if draft["flow"].(map[string]any)["name"] != "Ours" || made["id"] == "0199f3a0-6d2b-7c11-8a53-3f7d20c9c200" {
		t.Errorf("%v", draft["flow"])
	}
	for _, f := range added {
		if f["version"] == 0.0 && problemOf(draft["problems"], "call.unpublished", f["name"].(string)) == nil && f["name"] != "Enrich an indicator" {
			t.Errorf("nothing says that %v isn't published: %v", f, draft["problems"])
		}
	}
	again := h.do(call{"POST", "/library/phishing-case/flows", auth.Author, nil, nil}).want(201)
	if len(again["added"].([]any)) != 0 || again["id"] == made["id"] {
		t.Errorf("what is here comes again: %v", again)
	}
	h.do(call{"POST", "/library/nothing/flows", auth.Author, nil, nil}).want(404)
	h.do(call{"POST", "/library/phishing-case/flows", auth.Analyst, nil, nil}).want(403)
}

// TestACallOfWhatIsMissingIsTold warns in the draft, and is refused where it is published.
func TestACallOfWhatIsMissingIsTold(t *testing.T) {
	needsConnectors(t)
	h := open(t, t.TempDir())
	const ships = "0199f3a0-6d2b-7c11-8a53-3f7d20c9b213" // score-alert
	caller := func(called, with string) string {
		return strings.TrimPrefix(h.drafted(`{"format": "drawbridge.flow/1", "name": "Calls", "edges": [{"from": "begin", "to": "c"}], "nodes": [
			{"id": "begin", "type": "trigger.manual", "position": [0, 0]},
			{"id": "c", "type": "core.call", "position": [0, 0], "with": {"flow": "`+called+`"`+with+`}}]}`), "/flows/")
	}
	told := func(id, code, name, fix string) {
		t.Helper()
		p := problemOf(h.do(call{"GET", "/flows/" + id, auth.Viewer, nil, nil}).want(200)["problems"], code, name)
		if p == nil || p["severity"] != "warning" || p["pointer"] != "/nodes/1/with/flow" || p["node"] != "c" || p["fix"] == nil {
			t.Errorf("%s of %s: %v", code, name, p)
		}
		if code == "call.unpublished" { // of two that call each other one comes first
			h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
			return
		}
		refused := h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(422)
		if p := problemOf(refused["problems"], code, name); p == nil || p["severity"] != "error" {
			t.Errorf("published: %v", refused)
		}
	}
	told(caller("0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0cff", ""), "call.missing", "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0cff", "")
	of := caller(ships, "")
	told(of, "call.missing", "Score an alert", "templates")
	itself := h.do(call{"POST", "/library/score-alert/flows", auth.Author, map[string]any{"itself": true}, nil}).want(201)
	if itself["id"] != ships {
		t.Errorf("%v", itself)
	}
	h.do(call{"POST", "/library/score-alert/flows", auth.Author, map[string]any{"itself": true}, nil}).want(409)
	h.do(call{"POST", "/flows/" + of + "/publish", auth.Author, nil, nil}).want(200)
	told(caller(ships, `, "version": 7`), "call.version", "Score an alert", "")
	told(caller(caller(ships, ""), ""), "call.unpublished", "Calls", "")
}

// problemOf finds a problem by its code and a word of its message.
func problemOf(list any, code, word string) map[string]any {
	for _, p := range list.([]any) {
		p := p.(map[string]any)
		if p["code"] == code && strings.Contains(p["message"].(string), word) {
			return p
		}
	}
	return nil
}
