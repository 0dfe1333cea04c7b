package engine_test

import (
	"context"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// crowd are some people who can all be asked.
type crowd int

func (c crowd) Reach(_ context.Context, to []string, except string) (int, error) {
	if strings.Contains(strings.Join(to, " "), "stranger") {
		return 0, &run.Error{Code: "bad_input", Message: "there is no user"}
	}
	if except != "" {
		return int(c) - 1, nil
	}
	return int(c), nil
}

// asked waits for a question, the nth.
func (b *bench) asked(t *testing.T, n int) engine.Ask {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		b.memory.mu.Lock()
		asks := b.memory.asks
		b.memory.mu.Unlock()
		if len(asks) >= n {
			return asks[n-1]
		}
	}
	t.Fatal("nobody is asked")
	return engine.Ask{}
}

func (b *bench) outcome(id string) string {
	b.memory.mu.Lock()
	defer b.memory.mu.Unlock()
	return b.memory.closed[id]
}

func (b *bench) answer(t *testing.T, runID string, d engine.Decision) {
	t.Helper()
	if d.At.IsZero() {
		d.At = time.Now()
	}
	if d.Person == "" {
		d.Person = d.By
	}
	if err := b.engine.Signal(t.Context(), d.Signal(runID)); err != nil {
		t.Fatal(err)
	}
}

const approval = `{"id": "ok", "type": "core.approval", "position": [0, 0], "with": %s},
	{"id": "yes", "type": "core.set", "position": [0, 0]}, {"id": "no", "type": "core.set", "position": [0, 0]}, {"id": "late", "type": "core.set", "position": [0, 0]}`

const approvalEdges = "ok.approved>yes ok.rejected>no ok.expired>late"

func approvalFlow(with string) string {
	return document(strings.Replace(approval, "%s", with, 1), approvalEdges, `, "output": "{{ steps.ok.output }}"`)
}

// taken are the steps that ran.
func taken(s *run.State) string {
	var keys []string
	for _, step := range s.Steps() {
		if step.State == run.StepDone {
			keys = append(keys, step.Key)
		}
	}
	return strings.Join(keys, " ")
}

func TestApproval(t *testing.T) {
	say := func(ask engine.Ask, by, kind string) engine.Decision {
		return engine.Decision{Ask: ask.ID, Step: ask.Step, Hash: ask.Hash, Kind: kind, By: by, Comment: "because"}
	}
	for name, c := range map[string]struct {
		with    string
		answers func(ask engine.Ask) []engine.Decision
		want    string
		outcome string
	}{
		"approved": {`{"to": "lead"}`, func(a engine.Ask) []engine.Decision {
			return []engine.Decision{say(a, "lead", engine.DecideApprove)}
		}, "ok yes", "approved"},
		"rejected": {`{"to": ["lead"]}`, func(a engine.Ask) []engine.Decision {
			return []engine.Decision{say(a, "lead", engine.DecideReject)}
		}, "ok no", "rejected"},
		"two of three": {`{"to": {"roles": ["responder"]}, "quorum": 2}`, func(a engine.Ask) []engine.Decision {
			one := say(a, "one", engine.DecideApprove)
			return []engine.Decision{one, one, say(a, "two", engine.DecideApprove)}
		}, "ok yes", "approved"},
		"one of two rejects": {`{"to": "role:responder", "quorum": 2}`, func(a engine.Ask) []engine.Decision {
			return []engine.Decision{say(a, "one", engine.DecideApprove), say(a, "two", engine.DecideReject)}
		}, "ok no", "rejected"},
		"nobody in time": {`{"to": "lead", "deadline": "150ms"}`, func(a engine.Ask) []engine.Decision {
			other := say(a, "lead", engine.DecideApprove)
			other.Hash = "of something else"
			return []engine.Decision{other}
		}, "ok late", "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(3)})
			b.open(t)
			defer b.close(t)
			h := b.begin(t, approvalFlow(c.with), nil)
			ask := b.asked(t, 1)
			for _, d := range c.answers(ask) {
				b.answer(t, h.ID, d)
			}
			s := wait(t, h)
			if got := taken(s); got != c.want || b.outcome(ask.ID) != c.outcome {
				t.Fatalf("ran %s, outcome %s: %s", got, b.outcome(ask.ID), summary(s))
			}
			if output := s.Output.(map[string]any); output["decision"] != c.outcome {
				t.Errorf("%v", output)
			}
			if left, _ := b.memory.Signals(t.Context(), h.ID); len(left) > 0 {
				t.Errorf("messages are left: %v", left)
			}
			b.replays(t, s)
		})
	}
}

// TestApprovalOutlivesTheEngine asks in one engine and is answered in another; what
// was answered before the deadline counts though it is read after it.
func TestApprovalOutlivesTheEngine(t *testing.T) {
	m := newMemory(t)
	config := engine.Config{People: crowd(2), Park: 20 * time.Millisecond}
	b := startWith(t, m, echo, config)
	b.open(t)
	h := b.begin(t, approvalFlow(`{"to": "lead", "deadline": "400ms"}`), nil)
	ask := b.asked(t, 1)
	b.parked(t, h.ID)
	b.close(t)
	d := engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "lead", At: time.Now()}
	if err := m.Signal(t.Context(), d.Signal(h.ID)); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(ask.Deadline) + 50*time.Millisecond)
	m.crash()
	next := startWith(t, m, echo, config)
	maps.Copy(next.flows.list, b.flows.list)
	next.open(t)
	defer next.close(t)
	if last := next.ended(t, h.ID); last.Kind != run.RunSucceeded || last.Output.(map[string]any)["decision"] != "approved" {
		t.Fatalf("%+v", last)
	}
	if next.outcome(ask.ID) != "approved" || len(m.asks) != 1 {
		t.Errorf("outcome %s, asked %d times", next.outcome(ask.ID), len(m.asks))
	}
}

func TestQuestionsThatCantBeAsked(t *testing.T) {
	for with, want := range map[string]string{
		`{"to": "{{ [] }}"}`:                                                 "to names nobody",
		`{"to": "{{ [1] }}"}`:                                                "to must name users",
		`{"to": "stranger"}`:                                                 "there is no user",
		`{"to": "role:viewer", "quorum": 9}`:                                 "9 must approve, and only 3 could",
		`{"to": "lead", "deadline": "{{ '-1h' }}"}`:                          "deadline must be",
		`{"to": "lead", "deadline": "{{ '0s' }}"}`:                           "the deadline must be after now",
		`{"to": "lead", "deadline": "2020-01-01T00:00:00Z"}`:                 "is past",
		`{"to": "lead", "remind": "{{ '1s' }}"}`:                             "a minute at least",
		`{"to": "lead", "form": "{{ {'type': 'nothing'} }}"}`:                "form is no JSON Schema",
		`{"to": "lead", "title": "{{ 5 }}"}`:                                 "title must be text",
		`{"to": "lead", "notify": "{{ 'somebody' }}"}`:                       "notify must be the id of a flow",
		`{"to": "lead", "form": "{{ {'$ref': 'https://192.0.2.1/x.js'} }}"}`: "form is no JSON Schema",
	} {
		b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(3)})
		b.open(t)
		s := wait(t, b.begin(t, approvalFlow(with), nil))
		if s.Error == nil || !strings.Contains(s.Error.Message, want) {
			t.Errorf("%s: %s, want %q", with, summary(s), want)
		}
		b.close(t)
	}
}

func TestForm(t *testing.T) {
	b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(1)})
	b.open(t)
	defer b.close(t)
	source := document(node("f", "core.form", `, "with": {"to": "role:analyst", "form": {"type": "object"}}`), "", `, "output": "{{ steps.f.output.host }}"`)
	h := b.begin(t, source, nil)
	ask := b.asked(t, 1)
	b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "f", Hash: ask.Hash, Kind: engine.DecideFill, By: "one", Form: map[string]any{"host": "web-1"}})
	if s := wait(t, h); s.Output != "web-1" || b.outcome(ask.ID) != "answered" {
		t.Fatal(summary(s))
	}
}

// TestCanceledQuestions are withdrawn, and answers to them do nothing.
func TestCanceledQuestions(t *testing.T) {
	b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(1)})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, approvalFlow(`{"to": "lead"}`), nil)
	ask := b.asked(t, 1)
	if err := b.engine.Signal(t.Context(), engine.Signal{RunID: h.ID, ID: "c", Kind: engine.SignalCancel}); err != nil {
		t.Fatal(err)
	}
	if s := wait(t, h); s.Status != run.Canceled || b.outcome(ask.ID) != "withdrawn" {
		t.Fatalf("%s, outcome %q", summary(s), b.outcome(ask.ID))
	}
}

// TestGivenAnswers asks nobody where answers were given beforehand.
func TestGivenAnswers(t *testing.T) {
	b := startWith(t, newMemory(t), echo, engine.Config{Answers: beforehand{}})
	b.open(t)
	defer b.close(t)
	s := wait(t, b.begin(t, approvalFlow(`{"to": "lead", "deadline": "9d"}`), nil))
	if taken(s) != "ok yes" || len(b.memory.asks) != 0 || s.Output.(map[string]any)["at"] != "2026-01-02T03:04:05Z" {
		t.Fatal(summary(s))
	}
}

type beforehand struct{}

func (beforehand) Given(context.Context, *engine.Record, string, engine.AskKind) (engine.Given, bool) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return engine.Given{Decisions: []engine.Decision{{Kind: engine.DecideApprove, By: "lead", At: at}}}, true
}

// TestAWriteIsNotMadeTwice retries a write that can't be repeated only where the other side
// heard of nothing or said no; otherwise people are asked. One that can, and a read, are
// made again.
func TestAWriteIsNotMadeTwice(t *testing.T) {
	for name, c := range map[string]struct {
		action  string
		failure engine.Failure
		retried bool
	}{
		"no answer":             {"test.write", engine.Failure{Code: "timeout"}, false},
		"an answer of 500":      {"test.write", engine.Failure{Code: "unavailable"}, false},
		"the sandbox died":      {"test.write", engine.Failure{Code: "crashed"}, false},
		"a refused connection":  {"test.write", engine.Failure{Code: "unavailable", Nothing: true}, true},
		"too many requests":     {"test.write", engine.Failure{Code: "rate_limited"}, true},
		"a code of its own":     {"test.write", engine.Failure{Code: "locked"}, true},
		"a read without answer": {"test.read", engine.Failure{Code: "timeout"}, true},
		"one that may repeat":   {"test.put", engine.Failure{Code: "timeout"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			b := startWith(t, newMemory(t), func(context.Context, engine.Call) engine.Result {
				if calls.Add(1) == 1 {
					f := c.failure
					f.Message, f.Retryable = "no luck", true
					return engine.Result{Error: &f}
				}
				return engine.Result{Output: "done"}
			}, engine.Config{Park: 20 * time.Millisecond})
			b.open(t)
			defer b.close(t)
			id := b.begin(t, document(node("w", c.action, `, "retry": {"attempts": 3, "backoff": "1ms"}`), "", `, "output": "{{ steps.w.output }}"`), nil).ID
			if !c.retried {
				ask := b.asked(t, 1)
				if ask.Kind != engine.AskUnknown || calls.Load() != 1 || !strings.Contains(ask.Message, "no luck") {
					t.Fatalf("%+v after %d calls", ask, calls.Load())
				}
				b.answer(t, id, engine.Decision{Ask: ask.ID, Step: "w", Hash: ask.Hash, Kind: engine.DecideRetry, By: "lead"})
			}
			if last := b.ended(t, id); last.Kind != run.RunSucceeded || calls.Load() != 2 {
				t.Errorf("%s %v after %d calls", last.Kind, last.Error, calls.Load())
			}
		})
	}
}

// TestAnInterruptedWrite asks people what became of it: nothing after it begins, the
// other branches go on, and it goes on as they say.
func TestAnInterruptedWrite(t *testing.T) {
	for name, c := range map[string]struct {
		said  string
		form  any
		calls int32
		want  string
	}{
		"it happened":     {engine.DecideDone, map[string]any{"ticket": "7"}, 0, `succeeded {"ticket":"7"}`},
		"it did not":      {engine.DecideNotDone, nil, 0, "failed not_done"},
		"do it again":     {engine.DecideRetry, nil, 1, `succeeded {"key":true}`},
		"it was canceled": {"", nil, 0, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(t)
			f := compile(t, document(nodes(node("w", "test.write", ""), node("n", "core.set", ""), node("other", "core.set", "")), "w>n", `, "output": "{{ steps.w.output }}"`))
			now := time.Now().UTC()
			m.records["r1"] = engine.Record{ID: "r1", Digest: f.Digest, Data: map[string]any{}, Epoch: 1, Created: now}
			m.events["r1"] = []run.Event{{Seq: 1, At: now, Kind: run.RunStarted}, {Seq: 2, At: now, Kind: run.StepStarted, Step: "w", Attempt: 1, Key: "k"}}
			var calls atomic.Int32
			b := startWith(t, m, func(_ context.Context, call engine.Call) engine.Result {
				calls.Add(1)
				return engine.Result{Output: map[string]any{"key": call.Attempt == 2}}
			}, engine.Config{Park: 20 * time.Millisecond})
			b.flows.list[f.Digest] = f
			b.open(t)
			defer b.close(t)
			ask := b.asked(t, 1)
			if ask.Kind != engine.AskUnknown || m.state("r1") != run.Unknown || b.outcome(ask.ID) != "" {
				t.Fatalf("%+v, %s", ask, m.state("r1"))
			}
			if c.said == "" {
				if err := b.engine.Signal(t.Context(), engine.Signal{RunID: "r1", ID: "c", Kind: engine.SignalCancel}); err != nil {
					t.Fatal(err)
				}
			} else {
				b.answer(t, "r1", engine.Decision{Ask: ask.ID, Step: "w", Hash: ask.Hash, Kind: c.said, By: "lead", Form: c.form})
			}
			last := b.ended(t, "r1")
			got := strings.TrimPrefix(string(last.Kind), "run.")
			switch {
			case last.Error != nil:
				got += " " + last.Error.Code
			case last.Output != nil:
				got += " " + string(flow.CompactJSON(last.Output))
			}
			if got != c.want || calls.Load() != c.calls {
				t.Errorf("%s after %d calls, want %s after %d", got, calls.Load(), c.want, c.calls)
			}
			if b.outcome(ask.ID) == "" {
				t.Error("the question stays open")
			}
		})
	}
}

// TestAJournalOfTheFirstFormat ends as it did: an unknown step ended its run then.
func TestAJournalOfTheFirstFormat(t *testing.T) {
	f := compile(t, document(nodes(node("w", "test.write", ""), node("n", "core.set", "")), "w>n", ""))
	now := time.Now().UTC()
	s, err := engine.Fold(f, &engine.Record{ID: "r1"}, []run.Event{
		{Seq: 1, At: now, Kind: run.RunStarted},
		{Seq: 2, At: now, Kind: run.StepStarted, Step: "w", Attempt: 1},
		{Seq: 3, At: now, Kind: run.StepUnknown, Step: "w", Attempt: 1, Error: &run.Error{Code: "interrupted"}},
		{Seq: 4, At: now, Kind: run.RunUnknown},
	})
	if err != nil || s.Status != run.Unknown || !s.Over() {
		t.Fatalf("%v, %v", s, err)
	}
	if w, _ := s.Step("w"); w.State != run.StepUnsure {
		t.Errorf("the step is %s", w.State)
	}
}

// TestTwoOfOneName both count: somebody who was renamed, and who has their name now.
func TestTwoOfOneName(t *testing.T) {
	b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	h := b.begin(t, approvalFlow(`{"to": "role:responder", "quorum": 2}`), nil)
	ask := b.asked(t, 1)
	for _, person := range []string{"u1", "u2"} {
		b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita", Person: person})
	}
	if wait(t, h); b.outcome(ask.ID) != "approved" {
		t.Error(b.outcome(ask.ID))
	}
}
