package app_test

import (
	"fmt"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestAFlowWorksACase opens, comments, relates and closes a case from a flow, whose
// second run for the same alert opens no other.
func TestAFlowWorksACase(t *testing.T) {
	h := open(t, t.TempDir())
	id, _ := h.publish("case-work")
	before := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "By hand", "artifacts": []any{map[string]any{"value": "evil.example"}}}, nil}).want(201)
	run := func(alert string) map[string]any {
		t.Helper()
		got := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "analyst", map[string]any{"input": map[string]any{"id": alert, "host": "srv-1.corp.example"}}, nil}).want(200)
		if got["state"] != "succeeded" {
			t.Fatalf("%v", got["error"])
		}
		return got
	}
	first := run("a-1")
	out := first["output"].(map[string]any)
	if out["number"] != 2.0 || out["score"] != 640.0 || out["related"] != 1.0 || out["found"] != 2.0 || out["state"] != "closed" {
		t.Errorf("the run gives %v", out)
	}
	if again := run("a-1")["output"].(map[string]any); again["number"] != 2.0 {
		t.Errorf("the same alert again gives %v", again)
	}
	got := h.do(call{"GET", "/cases/2", "viewer", nil, nil}).want(200)
	if got["resolution"] != "false_positive" || got["createdBy"].(map[string]any)["run"] != first["id"] || got["createdBy"].(map[string]any)["name"] != "Case work" {
		t.Errorf("%v", got)
	}
	runs := h.do(call{"GET", "/cases/2/runs", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(runs) != 2 || runs[1] != first["id"] {
		t.Errorf("the runs are %v", runs)
	}
	related := h.do(call{"GET", "/cases/" + before["id"].(string) + "/related", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(related) != 1 || related[0].(map[string]any)["shared"].([]any)[0].(map[string]any)["shown"] != "evil[.]example" {
		t.Errorf("related are %v", related)
	}
}

// TestAReplayChangesNoCase runs a past run again: it gets what it got, and no case is
// opened or changed.
func TestAReplayChangesNoCase(t *testing.T) {
	h := open(t, t.TempDir())
	id, _ := h.publish("case-work")
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "analyst", map[string]any{"input": map[string]any{"id": "a-1", "host": "srv-1.corp.example"}}, nil}).want(200)
	before := h.do(call{"GET", "/cases/1", "viewer", nil, nil}).want(200)["revision"]
	replay := h.do(call{"POST", "/runs/" + run["id"].(string) + "/replay?wait=20s", "author", map[string]any{}, nil}).want(200)
	if replay["state"] != "succeeded" || fmt.Sprint(replay["output"]) != fmt.Sprint(run["output"]) {
		t.Errorf("the replay gives %v, %v", replay["output"], replay["error"])
	}
	if after := h.do(call{"GET", "/cases/1", "viewer", nil, nil}).want(200)["revision"]; after != before {
		t.Errorf("the case was at %v and is at %v", before, after)
	}
	if list := h.do(call{"GET", "/cases", "viewer", nil, nil}).want(200)["items"].([]any); len(list) != 1 {
		t.Errorf("%d cases", len(list))
	}
}

// TestTwoPeopleOnOneCase changes different fields from one revision, and then the same.
func TestTwoPeopleOnOneCase(t *testing.T) {
	h := open(t, t.TempDir())
	c := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Shared"}, nil}).want(201)
	id, base := c["id"].(string), c["revision"]
	put := func(role auth.Role, body map[string]any) *reply {
		t.Helper()
		return h.do(call{"PUT", "/cases/" + id, role, body, nil})
	}
	put("analyst", map[string]any{"base": base, "severity": "critical"}).want(200)
	put("responder", map[string]any{"base": base, "title": "Shared by two"}).want(200)
	refused := put("author", map[string]any{"base": base, "severity": "low", "tlp": "red"}).want(409)
	if refused["updatedBy"] != "analyst" || refused["case"].(map[string]any)["title"] != "Shared by two" || refused["case"].(map[string]any)["tlp"] != "amber" {
		t.Errorf("%v", refused)
	}
	put("author", map[string]any{"base": base, "severity": "critical"}).want(200) // both want the same
	for name, body := range map[string]map[string]any{
		"resolution": {"status": "closed"}, "title": {"title": "  "}, "assignee": {"assignee": "nobody of that name"}, "tags": {"tags": []any{"a,b"}},
	} {
		problems := put("analyst", body).want(422)["problems"].([]any)
		if at := problems[0].(map[string]any)["pointer"]; at != "/"+name {
			t.Errorf("%s is refused at %v", name, at)
		}
	}
	put("viewer", map[string]any{"title": "x"}).want(403)
	h.do(call{"POST", "/cases/" + id + "/comments", "analyst", map[string]any{"text": " "}, nil}).want(422)
	h.do(call{"POST", "/cases/" + id + "/artifacts", "analyst", map[string]any{"artifacts": []any{map[string]any{"type": "ip", "value": "no address"}}}, nil}).want(422)
	h.do(call{"GET", "/cases/none", "viewer", nil, nil}).want(404)
	same := map[string]string{"Idempotency-Key": "k"}
	one := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Once"}, same}).want(201)
	two := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Once"}, same}).want(201)
	if one["id"] != two["id"] {
		t.Error("the same key opened two cases")
	}
}

// TestFlowsThatStartEachOtherEnd has two flows answer each other's comments.
func TestFlowsThatStartEachOtherEnd(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("case-loop")
	h.publish("case-echo")
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Ping"}, nil}).want(201)
	still, last := 0, -1
	waitFor(t, "the end of it", func() bool {
		n := len(h.do(call{"GET", "/runs?limit=200", "viewer", nil, nil}).want(200)["items"].([]any))
		if n == last && n > 0 {
			still++
		} else {
			still = 0
		}
		last = n
		return still > 40 // two seconds in which the teller looked, and started nothing
	})
	// The case starts both, and each run the other once.
	if last < 2 || last > 4 {
		t.Errorf("%d runs came of one case", last)
	}
}
