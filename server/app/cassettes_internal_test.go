package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// openTapes are cassettes of a real store, and what they log.
func openTapes(t *testing.T) (*cassettes, *bytes.Buffer) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	log := &bytes.Buffer{}
	return newCassettes(s, slog.New(slog.NewTextHandler(log, nil))), log
}

// taping keeps one call over HTTP of a step.
func (c *cassettes) taping(t *testing.T, runID, step, request, body string) *sandbox.Tape {
	t.Helper()
	answer, _ := json.Marshal(map[string]any{"status": 200, "body": body})
	tape := &sandbox.Tape{Calls: []sandbox.TapedCall{{Function: "http", Request: egress.RedactRequest("http", []byte(request)), Answer: answer}}}
	c.keep(t.Context(), engine.Call{RunID: runID, Step: step, Attempt: 1}, tape)
	return tape
}

// TestAnAnswerBreaksNoOtherCassette: one service's answer can't have what a later step
// did at another not be recorded.
func TestAnAnswerBreaksNoOtherCassette(t *testing.T) {
	for _, hostile := range []string{`","status":200`, `"body":"deleted`, "https://bank.example/", `deleted","status":200}`} {
		c, log := openTapes(t)
		answer, _ := json.Marshal(map[string]string{"access_token": hostile})
		c.taping(t, "r", "lookup", `{"method":"GET","url":"https://evil.example/"}`, string(answer))
		tape := c.taping(t, "r", "transfer", `{"method":"DELETE","url":"https://bank.example/accounts/1"}`, "deleted")
		if log.Len() > 0 {
			t.Errorf("%s: %s", hostile, log)
		}
		if call := tape.Calls[0]; !strings.Contains(string(call.Request), `"https://bank.example/accounts/1"`) || !strings.Contains(string(call.Answer), "deleted") {
			t.Errorf("%s: kept are %s and %s", hostile, call.Request, call.Answer)
		}
	}
}

// TestSecretsAreLetGo: what is known of a run lasts no longer than it, but for calls
// that were called off, and of many runs that go on the oldest goes first.
func TestSecretsAreLetGo(t *testing.T) {
	c, _ := openTapes(t)
	const request, told = `{"url":"https://x.example/"}`, `{"access_token":"canary-0123456789"}`
	use := func(id string) string {
		return string(c.taping(t, id, "use", `{"url":"https://x.example/","body":"it is canary-0123456789"}`, "ok").Calls[0].Request)
	}
	for i := range 100 {
		id := fmt.Sprint("ended-", i)
		c.taping(t, id, "login", request, told)
		c.observe(engine.Committed{Record: engine.Record{ID: id}, Events: []run.Event{{Kind: run.StepSucceeded}, {Kind: run.RunSucceeded}}})
		if got := use(id); strings.Contains(got, "canary") {
			t.Fatalf("a call that was called off: %s", got)
		}
	}
	if len(c.hushes) > maxEnded {
		t.Errorf("the secrets of %d runs that ended are kept", len(c.hushes))
	}
	for i := range maxHushes + 10 {
		c.hush(fmt.Sprint("going-", i))
		c.hush("busy")
	}
	c.taping(t, "busy", "login", request, told)
	c.observe(engine.Committed{Record: engine.Record{ID: "busy"}, Events: []run.Event{{Kind: run.StepSucceeded}}})
	if got := use("busy"); len(c.hushes) > maxHushes || strings.Contains(got, "canary") {
		t.Errorf("%d runs, %s", len(c.hushes), got)
	}
}
