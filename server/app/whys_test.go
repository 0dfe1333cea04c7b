package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// begin starts a run of a flow and gives its id.
func (h *house) begin(flow string, input any) string {
	h.t.Helper()
	return h.do(call{"POST", "/flows/" + flow + "/runs", auth.Analyst, map[string]any{"input": input}, nil}).want(202)["id"].(string)
}

// reads asks for a run, or a part of it, until it is as wanted.
func (h *house) reads(path string, as func(map[string]any) bool) map[string]any {
	h.t.Helper()
	var got map[string]any
	waitFor(h.t, path, func() bool {
		got = h.do(call{"GET", path, auth.Viewer, nil, nil}).want(200)
		return as(got)
	})
	return got
}

// TestQueuedRunsSayWhy tells of each how many places there are and how many come before it.
func TestQueuedRunsSayWhy(t *testing.T) {
	w := newTrier(t)
	w.grant()
	id := w.do(call{"POST", "/flows", auth.Author, []byte(`{"format": "drawbridge.flow/1", "name": "One by one", "connectors": {"http": "1.0.0"}, "limits": {"concurrency": 1},
		"nodes": [` + manual + `{"id": "first", "type": "http.get", "position": [240, 0], "with": {"url": "` + w.other.URL + `/slow"}}], "edges": [` + toFirst + `]}`), nil}).want(201)["id"].(string)
	at := func(state string) func(map[string]any) bool {
		return func(r map[string]any) bool { return r["state"] == state }
	}
	busy := w.begin(id, nil)
	if r := w.reads("/runs/"+busy, at("running")); r["queue"] != nil {
		t.Errorf("a run at work has a queue: %v", r["queue"])
	}
	first := w.begin(id, nil)
	second := w.begin(id, nil)
	for run, before := range map[string]float64{first: 0, second: 1} {
		if q, _ := w.reads("/runs/"+run, at("queued"))["queue"].(map[string]any); q == nil || q["places"] != 1.0 || q["before"] != before || q["more"] != nil {
			t.Errorf("with %v before it: %v", before, q)
		}
	}
	close(w.slow)
	if r := w.reads("/runs/"+second, at("succeeded")); r["queue"] != nil {
		t.Errorf("a run that is over has a queue: %v", r["queue"])
	}
}

// TestStepsNameTheRunThatTheyCalled while it goes on, and once its output has taken the
// place of its id.
func TestStepsNameTheRunThatTheyCalled(t *testing.T) {
	h := open(t, t.TempDir())
	h.draft(pongID, `{"id": "called", "type": "trigger.flow", "position": [0, 0]}, {"id": "first", "type": "core.wait", "position": [240, 0], "with": {"for": "1s"}}`, `{"from": "called", "to": "first"}`)
	h.do(call{"POST", "/flows/" + pongID + "/publish", auth.Author, nil, nil}).want(200)
	calls := func(id, with string) string {
		h.draft(id, manual+`{"id": "first", "type": "core.call", "position": [240, 0], "with": `+with+`, "onError": "continue"}`, toFirst)
		return h.begin(id, nil)
	}
	calling := calls(pingID, `{"flow": "`+pongID+`", "input": {"n": 1}}`)
	path := "/runs/" + calling + "/steps/first"
	step := h.reads(path, func(s map[string]any) bool { return s["called"] != nil })
	called := h.reads("/runs/"+step["called"].(string), func(r map[string]any) bool { return r["state"] == "succeeded" })
	if p := called["parent"].(map[string]any); p["run"] != calling || p["step"] != "first" {
		t.Errorf("the called run names %v", p)
	}
	if s := h.reads(path, func(s map[string]any) bool { return s["state"] == "succeeded" }); s["called"] != step["called"] {
		t.Errorf("afterwards: %v", s)
	}
	if s := h.do(call{"GET", strings.Replace(path, "first", "start", 1), auth.Viewer, nil, nil}).want(200); s["called"] != nil {
		t.Errorf("another step: %v", s)
	}
	// A flow that isn't there was never called.
	failed := calls(badID, `{"flow": "`+strings.Replace(pongID, "f0e13", "f0eff", 1)+`"}`)
	if s := h.reads("/runs/"+failed+"/steps/first", func(s map[string]any) bool { return s["state"] == "failed" }); s["called"] != nil {
		t.Errorf("a call that failed: %v", s)
	}
}
