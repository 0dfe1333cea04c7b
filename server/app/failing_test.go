package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestFailingTriggerIsSeen publishes a flow that watches a mailbox which can't be reached:
// the list of flows says so, the trigger since when, and the check of a draft that would
// watch it as well warns.
func TestFailingTriggerIsSeen(t *testing.T) {
	h := open(t, t.TempDir())
	begun := time.Now()
	h.do(call{"POST", "/flows", auth.Author, file(t, "mailbox"), nil}).want(201)
	const id = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c42"
	h.keep(id, "box", "trigger.imap", "127.0.0.1:1", map[string]any{"username": "alice", "password": "secret", "networks": "127.0.0.1/32"})
	warned := func() bool {
		t.Helper()
		problems := h.do(call{"GET", "/flows/" + id, auth.Viewer, nil, nil}).want(200)["problems"].([]any)
		return slices.ContainsFunc(problems, func(p any) bool {
			of := p.(map[string]any)
			return of["code"] == "trigger.failing" && of["severity"] == "warning" && of["node"] == "mail" && strings.Contains(of["message"].(string), "refused")
		})
	}
	failing := func() []any {
		t.Helper()
		item := h.do(call{"GET", "/flows", auth.Viewer, nil, nil}).want(200)["items"].([]any)[0].(map[string]any)
		list, _ := item["failing"].([]any)
		return list
	}
	if got := failing(); got != nil || warned() {
		t.Errorf("before it is published it fails: %v", got)
	}
	h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
	waitFor(t, "the trigger to fail", func() bool { return len(failing()) == 1 })
	since := func(of any) time.Time {
		t.Helper()
		text, _ := of.(map[string]any)["since"].(string)
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || at.Before(begun.Add(-time.Second)) || at.After(time.Now()) {
			t.Errorf("it fails since %q, %v", text, err)
		}
		return at
	}
	got := failing()[0].(map[string]any)
	if got["node"] != "mail" || !strings.Contains(got["message"].(string), "refused") {
		t.Errorf("the list says %v", got)
	}
	states := h.do(call{"GET", "/flows/" + id + "/triggers", auth.Viewer, nil, nil}).want(200)["items"].([]any)
	if a, b := since(got), since(states[0]); !a.Equal(b) {
		t.Errorf("the list says since %v, the trigger since %v", a, b)
	}
	if !warned() {
		t.Error("the draft isn't warned of")
	}
	// Publishing is not refused, and another place is another matter.
	h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
	revision := h.do(call{"GET", "/flows/" + id, auth.Viewer, nil, nil}).header.Get("ETag")
	moved := []byte(strings.Replace(string(file(t, "mailbox")), `"port": 1,`, `"port": 2,`, 1))
	h.do(call{"PUT", "/flows/" + id, auth.Author, moved, map[string]string{"If-Match": revision}}).want(200)
	if warned() {
		t.Error("a draft that watches elsewhere is warned of")
	}
	h.do(call{"POST", "/flows/" + id + "/halt", auth.Admin, nil, nil}).want(200)
	if got := failing(); got != nil {
		t.Errorf("off line it fails: %v", got)
	}
}
