package app_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// layFirst makes a data folder of what a server with the first format left. Retries of
// which it says when are moved to those times.
func layFirst(t *testing.T, due map[string]time.Time) (data string, runs map[string]string) {
	t.Helper()
	data = t.TempDir()
	if err := json.Unmarshal(must(os.ReadFile("testdata/first/runs.json")), &runs); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(must(os.ReadFile("testdata/first/journals.sql")))); err != nil {
		t.Fatal(err)
	}
	for name, at := range due {
		var text string
		if err := db.QueryRowContext(t.Context(), "SELECT CAST(output AS TEXT) FROM journal WHERE run_id = ? AND kind = 'step.retry'", runs[name]).Scan(&text); err != nil {
			t.Fatal(err)
		}
		moved := regexp.MustCompile(`"due":\d+`).ReplaceAllString(text, fmt.Sprintf(`"due":%d`, at.UnixMicro()))
		if _, err := db.ExecContext(t.Context(), "UPDATE journal SET output = CAST(? AS BLOB) WHERE run_id = ? AND kind = 'step.retry'", moved, runs[name]); err != nil {
			t.Fatal(err)
		}
	}
	return data, runs
}

// TestFirstFormat starts today's server on what the first format left: what had ended is
// shown as it was, what waits goes on waiting, what was in flight goes on or is asked
// about, each by the document that it was pinned to.
func TestFirstFormat(t *testing.T) {
	needsConnectors(t)
	later := time.Now().Add(21 * 24 * time.Hour).UTC().Truncate(time.Second)
	data, runs := layFirst(t, map[string]time.Time{"waiting": later, "due": time.Now().Add(-24 * time.Hour)})
	h := &house{t: t, data: data, tokens: tokens()}
	config := app.ServeConfig{Connectors: t.TempDir()}
	if err := os.WriteFile(filepath.Join(config.Connectors, "witness.wasm"), witnessConnector(t), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := h.startWith(t, config)
	t.Cleanup(func() { stop() })
	get := func(name string) map[string]any {
		t.Helper()
		return h.do(call{"GET", "/runs/" + runs[name], auth.Viewer, nil, nil}).want(200)
	}
	for name, want := range map[string]string{
		"succeeded": `succeeded 7 <nil>`,
		"stopped":   `failed <nil> map[code:stopped message:the way is bad step:halt]`,
		"failed":    `failed <nil> map[code:expr.eval`,
		"canceled":  `canceled <nil>`,
		"unknown":   `unknown <nil>`,
	} {
		r := get(name)
		if got := fmt.Sprint(r["state"], " ", r["output"], " ", r["error"]); !strings.HasPrefix(got, want) || r["endedAt"] == nil {
			t.Errorf("%s is shown as %s, ended at %v; want %s", name, got, r["endedAt"], want)
		}
		h.gapless(runs[name])
	}
	if steps := get("unknown")["steps"].(map[string]any); steps["post"].(map[string]any)["state"] != "unknown" {
		t.Errorf("the step of an unknown run is %v", steps["post"])
	}
	waitFor(t, "the retry whose time came to be made", func() bool { return get("due")["state"] == "succeeded" })
	// By version 1, whose factor is 2; the newest has 100.
	if got := fmt.Sprint(get("due")["output"]); !strings.HasPrefix(got, "map[mail:failed shares:[24 12 map[error:map[code:expr.eval") {
		t.Errorf("the run that went on gives %s", got)
	}
	h.stillWaits(runs["waiting"], later)
	stop()
	stop = h.startWith(t, config) // it waits on, however often servers come and go
	h.stillWaits(runs["waiting"], later)
	h.newest()
	h.firstWrites(runs)
	var left []string
	for _, item := range h.do(call{"GET", "/runs?limit=200", auth.Viewer, nil, nil}).want(200)["items"].([]any) {
		if r := item.(map[string]any); r["endedAt"] == nil {
			left = append(left, r["id"].(string))
		}
	}
	if len(left) != 1 || left[0] != runs["waiting"] {
		t.Errorf("runs that have not ended: %v", left)
	}
}

// stillWaits sees that a run waits for a time.
func (h *house) stillWaits(id string, until time.Time) {
	h.t.Helper()
	var r map[string]any
	waitFor(h.t, "a run to wait", func() bool {
		r = h.do(call{"GET", "/runs/" + id, auth.Viewer, nil, nil}).want(200)
		return r["state"] == "waiting"
	})
	if step := r["steps"].(map[string]any)["parse"].(map[string]any); step["due"] != until.Format(time.RFC3339) || step["attempts"] != 1.0 {
		h.t.Errorf("the step that waits is %v, want it due at %v", step, until)
	}
	h.gapless(id)
}

// gapless reads a run's events, whose seqs count from 1.
func (h *house) gapless(id string) {
	h.t.Helper()
	events := h.do(call{"GET", "/runs/" + id + "/events?limit=10000", auth.Viewer, nil, nil}).want(200)["events"].([]any)
	for i, each := range events {
		e := each.(map[string]any)
		if e["seq"] != float64(i+1) {
			h.t.Fatalf("run %s: seq %v at place %d", id, e["seq"], i+1)
		}
	}
	if len(events) == 0 {
		h.t.Errorf("run %s has no events", id)
	}
}

// newest starts a run of a flow of then, which can be published again.
func (h *house) newest() {
	h.t.Helper()
	r := h.do(call{"POST", "/flows/0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0f03/runs?wait=20s", auth.Analyst, map[string]any{"input": map[string]any{"way": "good", "n": 3}}, nil}).want(200)
	if r["state"] != "succeeded" || r["output"] != 3.0 {
		h.t.Errorf("a flow of then gives %v now: %v", r["output"], r["error"])
	}
	published := h.do(call{"POST", "/flows/0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0f03/publish", auth.Author, nil, nil}).want(200)
	hook := published["hooks"].(map[string]any)["hook"].(string)
	if answered := h.do(call{"POST", hook, "", map[string]any{"way": "good", "n": 4}, nil}); answered.status != http.StatusCreated || published["version"] != 2.0 {
		h.t.Errorf("published again as version %v, its hook answers %d: %s", published["version"], answered.status, answered.body)
	}
}

// firstKey is the key with which the first format began the write that may be repeated.
const firstKey = "fcdee82250fa1c1b8aefc8aba4b008ea"

// firstWrites sees what became of writes that were interrupted: of the one that may not be
// repeated people are asked; the other is made again with the key that it had.
func (h *house) firstWrites(runs map[string]string) {
	h.t.Helper()
	var question map[string]any
	waitFor(h.t, "people to be asked of the interrupted write", func() bool {
		items := h.do(call{"GET", "/approvals?run=" + runs["interrupted"], auth.Admin, nil, nil}).want(200)["items"].([]any)
		if len(items) == 1 {
			question = items[0].(map[string]any)
		}
		return question != nil
	})
	if question["kind"] != "unknown" || question["step"] != "post" || question["show"].(map[string]any)["n"] != 2.0 {
		h.t.Errorf("%v", question)
	}
	answer := map[string]any{"decision": "done", "hash": question["hash"], "form": map[string]any{"seen": 1}}
	h.do(call{"POST", "/approvals/" + question["id"].(string) + "/decide", auth.Admin, answer, nil}).want(200)
	if got := h.outcome(runs["interrupted"]); got != "succeeded 3" {
		h.t.Errorf("the interrupted run ends as %s", got)
	}
	h.outcome(runs["repeatable"]) // it may not reach what it wrote to then
	events, err := h.server.Store.Events(h.t.Context(), runs["repeatable"], 0, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	keys := map[string]int{}
	for i := range events {
		if events[i].Kind == run.StepStarted {
			keys[events[i].Key]++
		}
	}
	if keys[firstKey] != 2 || len(keys) != 1 {
		h.t.Errorf("the write that may be repeated was begun with the keys %v", keys)
	}
	h.gapless(runs["interrupted"])
}
