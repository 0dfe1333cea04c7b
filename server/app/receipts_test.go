package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// receipts gives the receipts that a query finds, as state, source, reason and times.
func (h *house) receipts(query string) (lines []string, items []map[string]any) {
	h.t.Helper()
	for _, item := range h.do(call{"GET", "/receipts?" + query, auth.Viewer, nil, nil}).want(200)["items"].([]any) {
		r := item.(map[string]any)
		reason, _ := r["reason"].(map[string]any)
		lines, items = append(lines, fmt.Sprint(r["state"], " ", r["source"], " ", reason["code"], " ", r["times"])), append(items, r)
	}
	return lines, items
}

// TestReceipts sends what a hook takes and what it refuses, and asks what became of
// each.
func TestReceipts(t *testing.T) {
	h := open(t, t.TempDir())
	const secret = "eight or more bytes"
	h.do(call{"POST", "/flows", auth.Author, file(t, "verified"), nil}).want(201)
	h.keep(verifiedID, "edr", "trigger.signing", "edr.example.com", map[string]any{"secret": secret})
	hook := h.do(call{"POST", "/flows/" + verifiedID + "/publish", auth.Author, nil, nil}).want(200)["hooks"].(map[string]any)["hook"].(string)
	send := func(status int, secret, body string) {
		t.Helper()
		h.do(signed(hook, secret, body, time.Now())).want(status)
	}
	send(200, secret, `{"n": 1, "alert": {"id": "a-1"}}`)
	send(200, secret, `{"n": 2, "alert": {"id": "a-1"}}`)
	send(200, secret, `{"n": 3, "alert": {"id": "a-1"}}`)
	send(202, secret, `{"n": 4, "alert": {"id": "a-4"}, "test": true}`)
	send(400, secret, `{"n": 5}`)
	send(400, secret, `{`)
	for range 30 {
		send(404, "nobody's secret", `{"n": 6, "alert": {"id": "a-6"}}`)
	}
	h.do(call{"POST", "/flows/" + verifiedID + "/runs?wait=20s", auth.Analyst, map[string]any{"input": map[string]any{"n": 1}}, nil}).want(200)
	if err := h.server.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}

	lines, _ := h.receipts("limit=200")
	count, unverified, times := map[string]int{}, 0, 0
	for _, line := range lines {
		n := 0
		if _, err := fmt.Sscanf(line, "failed webhook unverified %d", &n); err == nil {
			unverified, times = unverified+1, times+n
			continue
		}
		count[line]++
	}
	// 20 a minute, and a minute may end meanwhile.
	if unverified < 20 || times != 30 {
		t.Errorf("30 deliveries by nobody have %d receipts that tell of %d", unverified, times)
	}
	want := map[string]int{
		"closed webhook <nil> 3": 1, "dropped webhook rule 1": 1, "failed webhook webhook.key 1": 1, "failed webhook json.syntax 1": 1, "closed manual <nil> 1": 1,
	}
	if fmt.Sprint(count) != fmt.Sprint(want) {
		t.Errorf("the receipts are %v, want %v", count, want)
	}
	if lines, items := h.receipts("state=closed&trigger=hook&q=A-1"); len(lines) != 1 || items[0]["run"] == "" || items[0]["flowName"] != "Verified" || items[0]["trigger"] != "hook" {
		t.Errorf("%v", items)
	}
	if lines, items := h.receipts("state=dropped&flow=" + verifiedID); len(lines) != 1 || items[0]["run"] != "" || items[0]["subject"] != "127.0.0.1" {
		t.Errorf("%v", items)
	}
	if lines, _ := h.receipts("since=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339)); len(lines) > 0 {
		t.Errorf("since the future: %v", lines)
	}
	h.do(call{"GET", "/receipts?state=lost", auth.Viewer, nil, nil}).want(422)

	states := h.do(call{"GET", "/flows/" + verifiedID + "/triggers", auth.Viewer, nil, nil}).want(200)["items"].([]any)
	if s := states[0].(map[string]any); len(states) != 1 || s["state"] != "active" || s["node"] != "hook" {
		t.Errorf("the triggers are %v", states)
	}
	h.do(call{"PUT", "/flows/" + verifiedID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{}}, nil}).want(200)
	states = h.do(call{"GET", "/flows/" + verifiedID + "/triggers", auth.Viewer, nil, nil}).want(200)["items"].([]any)
	if s := states[0].(map[string]any); s["state"] != "unbound" || s["message"] == "" {
		t.Errorf("the triggers are %v", states)
	}
}
