package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// alertFlow publishes the flow that sorts alerts, and gives how to send it one.
func alertFlow(h *house) (id string, send func(body map[string]any) map[string]any) {
	h.t.Helper()
	id, hook := h.publish("alert-triage")
	return id, func(body map[string]any) map[string]any {
		h.t.Helper()
		run := h.do(call{"POST", "//" + hook, "", body, nil}).want(202)["id"]
		var got map[string]any
		waitFor(h.t, "the run", func() bool {
			got = h.do(call{"GET", "/runs/" + fmt.Sprint(run), "viewer", nil, nil}).want(200)
			return got["state"] == "succeeded" || got["state"] == "failed"
		})
		if got["state"] != "succeeded" {
			h.t.Fatalf("%v", got["error"])
		}
		return got
	}
}

// TestAFlowSortsAlerts has a flow close an alert, saying why, and take another into a case.
func TestAFlowSortsAlerts(t *testing.T) {
	h := open(t, t.TempDir())
	_, send := alertFlow(h)
	first := send(map[string]any{"id": "e-1", "title": "Port scan", "severity": "low", "host": "scanner-1"})
	send(map[string]any{"id": "e-2", "title": "Beacon", "severity": "high", "host": "srv-1", "ip": "203.0.113.9"})
	again := send(map[string]any{"id": "e-2", "title": "Beacon", "severity": "high", "host": "srv-1"})
	if out := again["output"].(map[string]any); out["alert"] != 2.0 || out["count"] != 2.0 {
		t.Errorf("the same alert again gives %v", out)
	}
	closed := h.do(call{"GET", "/alerts/1", "viewer", nil, nil}).want(200)
	decision := closed["decision"].(map[string]any)
	path := decision["path"].([]any)
	if closed["status"] != "closed" || closed["reason"] != "benign" || decision["run"] != first["id"] || decision["step"] != "close" || decision["rule"] != "our scanners" ||
		fmt.Sprint(decision["reasons"]) != "[scanner-1 is ours]" || len(path) != 2 || fmt.Sprint(path[0]) != "map[name:What it is step:kind took:scanner]" || path[1].(map[string]any)["took"] != "true" {
		t.Errorf("%v, %v", closed["status"], decision)
	}
	cased := h.do(call{"GET", "/alerts/2", "viewer", nil, nil}).want(200)
	if cased["status"] != "cased" || cased["caseNumber"] != 1.0 || cased["source"] != "Acme EDR" || cased["count"] != 2.0 {
		t.Errorf("%v", cased)
	}
	of := h.do(call{"GET", "/cases/1", "viewer", nil, nil}).want(200)
	listed := h.do(call{"GET", "/cases/1/alerts", "viewer", nil, nil}).want(200)["items"].([]any)
	if of["title"] != "Beacon" || of["artifactCount"] != 2.0 || len(listed) != 1 || listed[0].(map[string]any)["id"] != cased["id"] {
		t.Errorf("%v, %v", of, listed)
	}
	if cases := h.do(call{"GET", "/cases", "viewer", nil, nil}).want(200)["items"].([]any); len(cases) != 1 {
		t.Errorf("%d cases", len(cases))
	}
}

// TestAReplayChangesNoAlert runs a past run again: it gets what it got, and nothing is
// counted or closed again.
func TestAReplayChangesNoAlert(t *testing.T) {
	h := open(t, t.TempDir())
	_, send := alertFlow(h)
	run := send(map[string]any{"id": "e-1", "title": "Port scan", "host": "scanner-1"})
	before := h.do(call{"GET", "/alerts/1", "viewer", nil, nil}).want(200)["revision"]
	replay := h.do(call{"POST", "/runs/" + run["id"].(string) + "/replay?wait=20s", "author", map[string]any{}, nil}).want(200)
	if replay["state"] != "succeeded" || fmt.Sprint(replay["output"]) != fmt.Sprint(run["output"]) {
		t.Errorf("the replay gives %v, %v", replay["output"], replay["error"])
	}
	if after := h.do(call{"GET", "/alerts/1", "viewer", nil, nil}).want(200)["revision"]; after != before {
		t.Errorf("the alert was at %v and is at %v", before, after)
	}
}

// TestAlertsAreTriaged sends alerts by REST and works them, one and many at once.
func TestAlertsAreTriaged(t *testing.T) {
	h := open(t, t.TempDir())
	receive := func(event map[string]any) map[string]any {
		return h.do(call{"POST", "/alerts", "analyst", map[string]any{"event": event, "scores": map[string]any{"community": 400}}, nil}).want(201)
	}
	one := receive(map[string]any{"id": "1", "title": "One", "severity": "critical", "ip": "203.0.113.9"})
	two := receive(map[string]any{"id": "2", "title": "Two", "ip": "203.0.113.9"})
	if one["score"] != 530.0 || one["community"] != 400.0 || len(one["reasons"].([]any)) != 2 {
		t.Errorf("%v", one)
	}
	bad := h.do(call{"POST", "/alerts", "analyst", map[string]any{"event": map[string]any{"title": "x", "severity": "so", "time": "then"}}, nil}).want(422)["problems"].([]any)
	if len(bad) != 2 || bad[0].(map[string]any)["pointer"] != "/severity" || bad[1].(map[string]any)["fix"] == "" {
		t.Errorf("%v", bad)
	}
	h.do(call{"POST", "/alerts", "viewer", map[string]any{"event": map[string]any{"title": "x"}}, nil}).want(403)
	seen := h.do(call{"POST", "/alerts/normalise", "analyst", map[string]any{"event": map[string]any{"what": "x"}, "mapping": map[string]any{"title": "what"}}, nil}).want(200)
	if seen["alert"].(map[string]any)["title"] != "x" {
		t.Errorf("%v", seen)
	}
	put := func(id any, body map[string]any) *reply {
		return h.do(call{"PUT", "/alerts/" + id.(string), "analyst", body, nil})
	}
	put(one["id"], map[string]any{"status": "closed"}).want(422)
	put(one["id"], map[string]any{"status": "in_progress", "assignee": "me", "base": one["revision"]}).want(200)
	h.do(call{"PUT", "/alerts/1", "responder", map[string]any{"status": "closed", "reason": "benign", "base": one["revision"]}, nil}).want(409)
	related := h.do(call{"GET", "/alerts/1/related", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(related) != 1 || related[0].(map[string]any)["alert"].(map[string]any)["id"] != two["id"] {
		t.Errorf("%v", related)
	}
	many := h.do(call{"POST", "/alerts/bulk", "analyst", map[string]any{"ids": []any{one["id"], "none", two["id"]}, "case": map[string]any{}}, nil}).want(200)["items"].([]any)
	outcome := func(i int) map[string]any { return many[i].(map[string]any) }
	if outcome(0)["ok"] != true || outcome(1)["ok"] != false || outcome(1)["error"] != "there is no such alert" || outcome(2)["alert"].(map[string]any)["caseNumber"] != 1.0 {
		t.Errorf("%v", many)
	}
	many = h.do(call{"POST", "/alerts/bulk", "analyst", map[string]any{"ids": []any{one["id"]}, "fields": map[string]any{"status": "closed", "reason": "other"}}, nil}).want(200)["items"].([]any)
	if outcome(0)["ok"] != false {
		t.Errorf("an alert in a case was closed: %v", many)
	}
	h.do(call{"POST", "/alerts/bulk", "analyst", map[string]any{"ids": []any{one["id"]}}, nil}).want(422)
	list := h.do(call{"GET", "/alerts?status=cased&observable=203[.]0[.]113[.]9", "viewer", nil, nil}).want(200)
	if len(list["items"].([]any)) != 2 || list["counts"].(map[string]any)["cased"] != 2.0 {
		t.Errorf("%v", list)
	}
	events := h.do(call{"GET", "/alerts/1/events", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(events) != 1 || events[0].(map[string]any)["event"].(map[string]any)["title"] != "One" {
		t.Errorf("%v", events)
	}
	h.do(call{"GET", "/alerts/none", "viewer", nil, nil}).want(404)
}

// TestAClosedAlertIsOpenAgainForNews reports a closed alert once as it was, and once with
// something that nobody knew when it was closed.
func TestAClosedAlertIsOpenAgainForNews(t *testing.T) {
	h := open(t, t.TempDir())
	report := func(event map[string]any) map[string]any {
		t.Helper()
		event["id"], event["title"] = "e-1", "Beacon"
		return h.do(call{"POST", "/alerts", "analyst", map[string]any{"event": event}, nil}).want(201)
	}
	made := report(map[string]any{"severity": "low", "ip": "203.0.113.9"})
	h.do(call{"POST", "/alerts/bulk", "analyst", map[string]any{"ids": []any{made["id"]}, "fields": map[string]any{"status": "closed", "reason": "benign", "note": "Ours."}}, nil}).want(200)
	if same := report(map[string]any{"severity": "low", "ip": "203.0.113.9"}); same["status"] != "closed" || same["reason"] != "benign" || same["count"] != 2.0 {
		t.Errorf("the same again: %v", same)
	}
	if more := report(map[string]any{"severity": "low", "ip": "198.51.100.7"}); more["status"] != "new" || more["reason"] != nil || more["note"] != nil || more["count"] != 3.0 {
		t.Errorf("with another address: %v", more)
	}
	if history := h.do(call{"GET", "/alerts/1", "viewer", nil, nil}).want(200)["history"]; !strings.Contains(fmt.Sprint(history), "reopened:true") {
		t.Errorf("%v", history)
	}
}

// TestAlertsAreScoredAnewByWhatIsLearnt learns of a domain and of a network after alerts came
// that have something of these: the queue is ordered by it, and the alert says why.
func TestAlertsAreScoredAnewByWhatIsLearnt(t *testing.T) {
	h := open(t, t.TempDir())
	for id, observable := range map[string][2]string{"e-1": {"url", "http://cdn.evil.example/x"}, "e-2": {"ip", "192.0.2.77"}} {
		h.do(call{"POST", "/alerts", "analyst", map[string]any{"event": map[string]any{"id": id, "title": id, "severity": "low", observable[0]: observable[1]}}, nil}).want(201)
	}
	for _, value := range []string{"evil.example", "192.0.2.0/24"} {
		h.do(call{"POST", "/indicators", "analyst", map[string]any{"value": value, "source": map[string]any{"name": "feed", "verdict": "malicious", "confidence": 90}}, nil}).want(201)
	}
	waitFor(t, "both scores", func() bool {
		list := h.do(call{"GET", "/alerts", "viewer", nil, nil}).want(200)["items"].([]any)
		return list[0].(map[string]any)["score"].(float64) > 125 && list[1].(map[string]any)["score"].(float64) > 125
	})
	for _, number := range []string{"1", "2"} {
		if reasons := fmt.Sprint(h.do(call{"GET", "/alerts/" + number, "viewer", nil, nil}).want(200)["reasons"]); !strings.Contains(reasons, "is an indicator with a score of") {
			t.Errorf("alert %s says %s", number, reasons)
		}
	}
}
