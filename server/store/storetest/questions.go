package storetest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// questions are asked with a batch, answered once by each, and closed with another.
func questions(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	now := time.Now().UTC().Truncate(time.Microsecond)
	asked := engine.Ask{
		ID: newID(t), Kind: engine.AskApproval, Step: "ok", Flow: "f", FlowName: "Flow", Title: "a\x00b\\0", Message: "ü", Show: map[string]any{"n": int64(1)},
		Form: map[string]any{"type": "object"}, To: []string{"role:responder"}, Quorum: 2, Requester: "u1", Asked: now, Deadline: now.Add(time.Hour),
		Remind: time.Minute, Notify: "n", Hash: "h", Then: []engine.AskedFor{{Node: "x", Type: "a.b", Effect: "write", With: json.RawMessage(`{"host":"dc-1"}`)}}, DryRun: true,
	}
	first := First(id)
	first.Create.DryRun = true
	first.Asks = []engine.Ask{asked}
	if got := Append(t, s, first); got.Err != nil {
		t.Fatal(got.Err)
	}
	q, err := s.Question(t.Context(), asked.ID)
	if err != nil || !reflect.DeepEqual(q.Ask, asked) || q.Run != id || q.State != inbox.Open || !q.TellAt.Equal(now) {
		t.Fatalf("%+v, %v", q, err)
	}
	answers(t, s, &q)
	tells(t, s, now)
	closing := next(id, 1, run.Event{Seq: 2, At: now, Kind: run.RunCanceling})
	closing.Closed = []engine.Closed{{ID: asked.ID, Outcome: "withdrawn", At: now}}
	before, revision, err := s.OpenQuestions(t.Context())
	if err != nil || before != 1 {
		t.Fatal(before, err)
	}
	if got := Append(t, s, closing); got.Err != nil {
		t.Fatal(got.Err)
	}
	if after, higher, err := s.OpenQuestions(t.Context()); err != nil || after != 0 || higher <= revision {
		t.Error(after, higher, revision, err)
	}
	for state, want := range map[string]int{inbox.Open: 0, "closed": 1, "": 1} {
		if list, next, err := s.ListQuestions(t.Context(), inbox.Filter{State: state, Limit: 1}); err != nil || len(list) != want || next != "" {
			t.Errorf("%q: %d, %q, %v", state, len(list), next, err)
		}
	}
	if q, err := s.Question(t.Context(), asked.ID); err != nil || q.State != "withdrawn" || len(q.Answers) != 1 || len(q.Delegations) != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := s.Question(t.Context(), "none"); !errors.Is(err, inbox.ErrNotFound) {
		t.Error(err)
	}
}

func answers(t *testing.T, s interface {
	inbox.Questions
	engine.Signals
}, q *inbox.Question,
) {
	t.Helper()
	said := inbox.Answer{Person: "u2", By: "lead", Decision: "approve", Comment: "a\x00b", Form: map[string]any{"t": "1"}, At: q.Asked}
	say := func(inbox.Question) (inbox.Answer, engine.Signal, error) {
		return said, engine.Signal{RunID: q.Run, ID: "decision/" + said.Person, Kind: engine.SignalDecision, Payload: map[string]any{"by": "lead"}}, nil
	}
	if _, err := s.AnswerQuestion(t.Context(), q.ID, "", say); err != nil {
		t.Fatal(err)
	}
	var refused *inbox.Refusal
	if _, err := s.AnswerQuestion(t.Context(), q.ID, "", say); !errors.As(err, &refused) || refused.Code != "approval.answered" {
		t.Errorf("a second answer: %v", err)
	}
	if _, err := s.AnswerQuestion(t.Context(), q.ID, "no link", func(inbox.Question) (inbox.Answer, engine.Signal, error) {
		return inbox.Answer{Person: "u3"}, engine.Signal{RunID: q.Run, ID: "x"}, nil
	}); !errors.Is(err, inbox.ErrNotFound) {
		t.Errorf("a link that isn't there: %v", err)
	}
	if list, err := s.Signals(t.Context(), q.Run); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if taken, err := s.Taken(t.Context(), q.Run, "decision/u2"); err != nil || taken {
		t.Errorf("taken before its time: %v", err)
	}
	handed, err := s.DelegateQuestion(t.Context(), q.ID, func(inbox.Question) (inbox.Delegation, error) {
		return inbox.Delegation{From: "u3", FromName: "c", To: "u4", ToName: "d", At: q.Asked}, nil
	})
	if err != nil || len(handed.Delegations) != 1 || !reflect.DeepEqual(handed.Answers, []inbox.Answer{said}) {
		t.Errorf("%+v, %v", handed, err)
	}
}

// tells people once for each time that is due.
func tells(t *testing.T, s inbox.Questions, now time.Time) {
	t.Helper()
	due, err := s.TellQuestions(t.Context(), now.Add(time.Second), 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	for range 2 { // the second comes late
		if err := s.Told(t.Context(), due[0], now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := s.TellQuestions(t.Context(), now.Add(time.Second), 10); err != nil || len(again) != 0 {
		t.Errorf("%v, %v", again, err)
	}
	if later, err := s.TellQuestions(t.Context(), now.Add(time.Minute), 10); err != nil || len(later) != 1 || later[0].Reminded != 1 {
		t.Errorf("%+v, %v", later, err)
	}
}
