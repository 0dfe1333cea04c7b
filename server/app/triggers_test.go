package app_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// TestScheduleCallsAFlow lets the time of a schedule come, whose flow calls another.
func TestScheduleCallsAFlow(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("twice")
	id, _ := h.publish("daily")
	tomorrow, err := h.server.Store.DueSchedules(t.Context(), time.Now().Add(25*time.Hour), 10)
	if err != nil || len(tomorrow) != 1 || tomorrow[0].Flow != id {
		t.Fatalf("publishing gives the slots %+v, %v", tomorrow, err)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if at := tomorrow[0].At.In(berlin); at.Hour() != 0 || at.Minute() != 0 {
		t.Errorf("the slot is at %v", at)
	}
	missed := flow.Slot{Flow: id, Node: "clock", At: tomorrow[0].At.AddDate(0, 0, -3), Due: tomorrow[0].At.AddDate(0, 0, -3)}
	if err := h.server.Store.AdvanceSchedule(t.Context(), tomorrow[0], missed); err != nil {
		t.Fatal(err)
	}
	var parent map[string]any
	for deadline := time.Now().Add(20 * time.Second); parent == nil || parent["state"] != "succeeded"; {
		if time.Now().After(deadline) {
			t.Fatalf("the run is %v", parent)
		}
		<-time.After(20 * time.Millisecond)
		for _, item := range h.do(call{"GET", "/runs?flow=" + id, "viewer", nil, nil}).want(200)["items"].([]any) {
			parent = h.do(call{"GET", "/runs/" + item.(map[string]any)["id"].(string), "viewer", nil, nil}).want(200)
		}
	}
	if output := parent["output"].([]any); output[0] != "schedule" || output[1] != 14.0 || parent["trigger"] != "clock" {
		t.Errorf("the run gives %v", parent)
	}
	all := h.do(call{"GET", "/runs", "viewer", nil, nil}).want(200)["items"].([]any)
	if len(all) != 2 {
		t.Fatalf("%d runs, want one that made up for what was missed, and the one that it called", len(all))
	}
	for _, item := range all {
		child := h.do(call{"GET", "/runs/" + item.(map[string]any)["id"].(string), "viewer", nil, nil}).want(200)
		if by, called := child["parent"].(map[string]any); called && (by["run"] != parent["id"] || by["step"] != "twice") {
			t.Errorf("the called run says that it was called by %v", by)
		}
	}
	if again, err := h.server.Store.DueSchedules(t.Context(), time.Now().Add(25*time.Hour), 10); err != nil || len(again) != 1 || !again[0].At.Equal(tomorrow[0].At) {
		t.Errorf("the next slot is %+v, %v", again, err)
	}
}

// TestACallersAnswerIsWaitedFor asks a flow that calls another, by its webhook and
// by the API.
func TestACallersAnswerIsWaitedFor(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("twice")
	id, hook := h.publish("relay")
	if got := h.do(call{"POST", hook, "", map[string]any{"n": 4}, nil}).want(200); got["n"] != 8.0 {
		t.Errorf("the webhook answers %v", got)
	}
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "author", map[string]any{"input": map[string]any{"n": 5}}, nil}).want(200)
	if run["output"] != 10.0 || run["state"] != "succeeded" {
		t.Errorf("the run gives %v", run)
	}
}

// TestCaseEvents tells of what happened to cases, some of it twice: one run each for
// the flow that waits for it.
func TestCaseEvents(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("cased")
	h.publish("quiet") // waits for nothing of it
	happened := func(id, kind, severity string, labels ...any) {
		t.Helper()
		e := trigger.CaseEvent{ID: id, Kind: kind, At: time.Now(), Case: map[string]any{"title": id, "severity": severity, "labels": labels}}
		if err := h.server.CaseEvents.Happened(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	happened("e1", "created", "high")
	happened("e1", "created", "high")
	happened("e2", "updated", "critical")
	happened("e3", "closed", "critical")
	happened("e4", "created", "medium")
	happened("e5", "created", "unheard of")
	happened("e6", "created", "high", "test")
	if err := h.server.CaseEvents.Happened(t.Context(), trigger.CaseEvent{Kind: "created"}); err == nil {
		t.Error("an event without an id is taken")
	}
	if err := h.server.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	waitFor(t, "three runs", func() bool {
		for _, item := range h.do(call{"GET", "/runs", "viewer", nil, nil}).want(200)["items"].([]any) {
			run := h.do(call{"GET", "/runs/" + item.(map[string]any)["id"].(string), "viewer", nil, nil}).want(200)
			outputs[run["id"].(string)] = fmt.Sprint(run["output"])
		}
		return len(outputs) == 3 && !slices.Contains(slices.Collect(maps.Values(outputs)), "<nil>")
	})
	got := slices.Sorted(maps.Values(outputs))
	if !slices.Equal(got, []string{"closed e3", "created e1", "created e5"}) {
		t.Errorf("the runs give %v", got)
	}
	lines, _ := h.receipts("trigger=happened")
	slices.Sort(lines)
	if want := []string{"closed case <nil> 1", "closed case <nil> 1", "closed case <nil> 2", "dropped case rule 1"}; !slices.Equal(lines, want) {
		t.Errorf("the receipts are %v, want %v", lines, want)
	}
}

// TestAHaltedFlowIsStartedByNothing takes flows off line, whom webhooks, clocks and cases
// start, and on line again: it is for those who publish, and each start by hand stays.
func TestAHaltedFlowIsStartedByNothing(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("twice")
	id, hook := h.publish("relay")
	daily, _ := h.publish("daily")
	cased, _ := h.publish("cased")
	slots := func() int {
		t.Helper()
		due, err := h.server.Store.DueSchedules(t.Context(), time.Now().Add(25*time.Hour), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(due)
	}
	happened := func(event string) {
		t.Helper()
		e := trigger.CaseEvent{ID: event, Kind: "created", At: time.Now(), Case: map[string]any{"title": event, "severity": "high"}}
		if err := h.server.CaseEvents.Happened(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	runs := func(id string) int {
		t.Helper()
		return len(h.do(call{"GET", "/runs?flow=" + id, "viewer", nil, nil}).want(200)["items"].([]any))
	}
	h.do(call{"POST", "/flows/" + id + "/halt", "responder", nil, nil}).want(403)
	for _, flow := range []string{id, daily, cased} {
		h.do(call{"POST", "/flows/" + flow + "/halt", "author", nil, nil}).want(200)
		if got := h.do(call{"GET", "/flows/" + flow, "viewer", nil, nil}).want(200); got["halted"] != true || got["version"] != 1.0 {
			t.Errorf("the flow is halted: %v, version %v", got["halted"], got["version"])
		}
	}
	h.do(call{"POST", hook, "", map[string]any{"n": 4}, nil}).want(404)
	happened("e1")
	if n, started := slots(), runs(cased); n != 0 || started != 0 {
		t.Errorf("%d times are waited for, and a case started %d runs", n, started)
	}
	states := h.do(call{"GET", "/flows/" + daily + "/triggers", "viewer", nil, nil}).want(200)["items"].([]any)
	if state := states[0].(map[string]any)["state"]; state != "halted" {
		t.Errorf("the clock is %v", state)
	}
	if run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "author", map[string]any{"input": map[string]any{"n": 5}}, nil}).want(200); run["state"] != "succeeded" {
		t.Errorf("by hand it gives %v", run)
	}

	for _, flow := range []string{id, daily, cased} {
		h.do(call{"POST", "/flows/" + flow + "/resume", "author", nil, nil}).want(200)
	}
	h.do(call{"POST", hook, "", map[string]any{"n": 4}, nil}).want(200)
	happened("e2")
	waitFor(t, "the run of the case", func() bool { return runs(cased) == 1 })
	if n := slots(); n != 1 {
		t.Errorf("%d times are waited for", n)
	}
	// Publishing takes it on line, too.
	h.do(call{"POST", "/flows/" + id + "/halt", "author", nil, nil}).want(200)
	h.do(call{"POST", "/flows/" + id + "/publish", "author", map[string]any{}, nil}).want(200)
	if got := h.do(call{"GET", "/flows/" + id, "viewer", nil, nil}).want(200); got["halted"] != false {
		t.Error("a flow that was published is halted")
	}
	draft := h.do(call{"POST", "/flows", "author", file(t, "relay"), nil})
	if draft.status == 201 {
		h.do(call{"POST", "/flows/" + draft.want(201)["id"].(string) + "/halt", "author", nil, nil}).want(404)
	}
}
