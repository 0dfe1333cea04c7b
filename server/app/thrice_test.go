package app_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// names are what two runs of the same differ in: ids, hashes and times.
var names = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,64}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// journal is what a run's journal says, but for names: what happened, in its order.
func (h *house) journal(id string) (lines []string) {
	h.t.Helper()
	events, err := h.server.Store.Events(h.t.Context(), id, 0, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := range events {
		e := &events[i]
		line := fmt.Sprintf("%d %s %s %d %q %v %s", e.Seq, e.Kind, e.Step, e.Attempt, e.Port, e.Error, flow.CompactJSON(e.Output))
		lines = append(lines, names.ReplaceAllString(line, "*"))
	}
	return lines
}

// alike says that two runs have the same journal, of which one had everything once and
// the other three times.
func (h *house) alike(what, once, thrice string) {
	h.t.Helper()
	a, b := h.journal(once), h.journal(thrice)
	if len(a) < 3 || !slices.Equal(a, b) {
		h.t.Errorf("%s: what came once has the journal\n  %s\nand what came three times\n  %s", what, strings.Join(a, "\n  "), strings.Join(b, "\n  "))
	}
}

// together sends requests at the same time and gives the answers' statuses, in order.
func (h *house) together(times int, c call) (statuses []int, runs map[string]bool) {
	h.t.Helper()
	var mu sync.Mutex
	var senders sync.WaitGroup
	runs = map[string]bool{}
	for range times {
		request := h.request(c)
		senders.Go(func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				h.t.Error(err)
				return
			}
			_ = response.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			statuses = append(statuses, response.StatusCode)
			if id := response.Header.Get("X-Drawbridge-Run"); id != "" {
				runs[id] = true
			}
		})
	}
	senders.Wait()
	slices.Sort(statuses)
	return statuses, runs
}

// question waits until a run asks, and gives what.
func (h *house) question(run string) (q map[string]any) {
	h.t.Helper()
	waitFor(h.t, "a run to ask", func() bool {
		items := h.do(call{"GET", "/approvals?state=open&run=" + run, auth.Admin, nil, nil}).want(200)["items"].([]any)
		if len(items) == 1 {
			q = items[0].(map[string]any)
		}
		return q != nil
	})
	return q
}

// TestThreeTimes has events, decisions, cancels and events of cases come three times, at
// once and later: the journals are those of what came once.
func TestThreeTimes(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("twice")
	_, hook := h.publish("thrice")
	deliver := func(key string) call {
		return call{"POST", hook, "", map[string]any{"n": 4}, map[string]string{"Idempotency-Key": key}}
	}
	begin := func(key string, times int) (id string) {
		t.Helper()
		_, runs := h.together(times, deliver(key))
		if len(runs) != 1 {
			t.Fatalf("%d deliveries of one event have %d runs", times, len(runs))
		}
		for id = range runs {
		}
		return id
	}
	once, thrice, raced := begin("once", 1), begin("thrice", 3), begin("raced", 50)
	for id, times := range map[string]int{once: 1, thrice: 3, raced: 50} {
		q := h.question(id)
		decide := call{"POST", "/approvals/" + q["id"].(string) + "/decide", auth.Responder, map[string]any{"decision": "approve", "hash": q["hash"]}, nil}
		if statuses, _ := h.together(times, decide); statuses[0] != 200 || times > 1 && (statuses[1] != 409 || statuses[times-1] != 409) {
			t.Errorf("%d decisions at once are answered %v", times, statuses)
		}
		if got := h.outcome(id); got != "succeeded 8" {
			t.Errorf("the run ends as %s", got)
		}
		if times > 1 {
			h.do(decide).want(409)
		}
	}
	for range 2 { // long after it ended
		if r := h.do(deliver("thrice")); r.header.Get("X-Drawbridge-Run") != thrice {
			t.Errorf("delivered again it has the run %s", r.header.Get("X-Drawbridge-Run"))
		}
	}
	h.alike("webhooks and decisions", once, thrice)
	h.alike("50 at once", once, raced)

	once, thrice = begin("cancel once", 1), begin("cancel thrice", 3)
	for id, times := range map[string]int{once: 1, thrice: 3} {
		h.question(id)
		if statuses, _ := h.together(times, call{"POST", "/runs/" + id + "/cancel", auth.Responder, nil, nil}); statuses[0] != 202 {
			t.Errorf("cancels are answered %v", statuses)
		}
		h.outcome(id)
	}
	h.alike("cancels", once, thrice)
	h.casesThrice()
	if h.runs() != 5+5+2 { // with those that were called, and those of cases
		t.Errorf("there are %d runs", h.runs())
	}
}

// casesThrice tells of one thing that happened to a case, and three times of another.
func (h *house) casesThrice() {
	h.t.Helper()
	id, _ := h.publish("cased")
	happened := func(event string, times int) (run string) {
		h.t.Helper()
		var tellers sync.WaitGroup
		e := trigger.CaseEvent{ID: event, Kind: "created", At: time.Now(), Case: map[string]any{"title": "Phishing", "severity": "high"}}
		for range times {
			tellers.Go(func() {
				if err := h.server.CaseEvents.Happened(h.t.Context(), e); err != nil {
					h.t.Error(err)
				}
			})
		}
		tellers.Wait()
		items := h.do(call{"GET", "/runs?flow=" + id, auth.Viewer, nil, nil}).want(200)["items"].([]any)
		return items[0].(map[string]any)["id"].(string)
	}
	once, thrice := happened("e1", 1), happened("e2", 3)
	if h.outcome(once) != h.outcome(thrice) || once == thrice {
		h.t.Error("the runs of two events of cases differ, or are one")
	}
	h.alike("events of cases", once, thrice)
}

// TestSlotFiredTwice lets two servers on one database look at the same slots of
// schedules: each time has one run, and all have the same journal.
func TestSlotFiredTwice(t *testing.T) {
	a, b := pair(t, "")
	a.publish("twice")
	const flows = 8
	past := time.Now().Add(-72 * time.Hour)
	var ids []string
	for n := range flows {
		text := strings.Replace(string(file(t, "daily")), "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0d01", fmt.Sprintf("0197a6c2-7d1e-7c3a-9a60-5f0f4f6f1d%02d", n), 1)
		id := a.do(call{"POST", "/flows", auth.Author, []byte(text), nil}).want(201)["id"].(string)
		a.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
		ids = append(ids, id)
	}
	slots, err := a.server.Store.DueSchedules(t.Context(), time.Now().Add(25*time.Hour), 100)
	if err != nil || len(slots) != flows {
		t.Fatalf("%d slots, %v", len(slots), err)
	}
	for range 3 { // the same times again: as after a server that died between run and slot
		for _, s := range slots {
			back := flow.Slot{Flow: s.Flow, Node: s.Node, At: s.At.AddDate(0, 0, -3), Due: past}
			if err := a.server.Store.AdvanceSchedule(t.Context(), s, back); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, "all slots to be fired", func() bool {
			left, err := a.server.Store.DueSchedules(t.Context(), time.Now(), 100)
			return err == nil && len(left) == 0
		})
	}
	var first string
	for _, id := range ids {
		items := b.do(call{"GET", "/runs?flow=" + id, auth.Viewer, nil, nil}).want(200)["items"].([]any)
		if len(items) != 1 {
			t.Fatalf("one time has %d runs", len(items))
		}
		run := items[0].(map[string]any)["id"].(string)
		b.outcome(run)
		if first == "" {
			first = run
		}
		b.alike("schedules", first, run)
	}
}
