package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// TestReplaysOfPastRunsAreBounded refuses a fourth of one person while three are under way.
func TestReplaysOfPastRunsAreBounded(t *testing.T) {
	h := open(t, t.TempDir())
	source := []byte(`{"format": "drawbridge.flow/1", "name": "Nothing", "nodes": [{"id": "a", "type": "core.set", "position": [0, 0]}], "edges": []}`)
	flow := h.do(call{"POST", "/flows", auth.Author, source, nil}).want(201)["id"].(string)
	run := h.do(call{"POST", "/flows/" + flow + "/runs?wait=30s", auth.Analyst, map[string]any{}, nil}).want(200)["id"].(string)
	me := h.do(call{"POST", "/flows/" + flow + "/replays", auth.Analyst, map[string]any{}, nil}).want(202)["id"].(string)
	first, err := h.server.Store.ReplayJob(t.Context(), me)
	if err != nil {
		t.Fatal(err)
	}
	// By id, whatever the name that is shown.
	for i := range 3 {
		job := store.ReplayJob{ID: fmt.Sprint("job-", i), Flow: flow, Digest: "none", Query: "{}", CreatedBy: "renamed", Creator: first.Creator, Created: time.Now()}
		if err := h.server.Store.CreateReplayJob(t.Context(), job, []string{run}, store.JobLimits{All: 9, Each: 9}); err != nil {
			t.Fatal(err)
		}
	}
	if got := code(h.do(call{"POST", "/flows/" + flow + "/replays", auth.Analyst, map[string]any{}, nil}), 429); got != "replay.full" {
		t.Error(got)
	}
	other := store.ReplayJob{ID: "other", Flow: flow, Digest: "none", Query: "{}", CreatedBy: "author", Creator: "somebody else", Created: time.Now()}
	for i := range 3 {
		other.ID = fmt.Sprint("other-", i)
		if err := h.server.Store.CreateReplayJob(t.Context(), other, []string{run}, store.JobLimits{All: 9, Each: 9}); err != nil {
			t.Fatal(err)
		}
	}
	h.do(call{"POST", "/flows/" + flow + "/replays", auth.Author, map[string]any{}, nil}).want(202)
}
