package web

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Cassettes are what steps were told from outside.
type Cassettes interface {
	// Taped lists what an attempt was told, of a run or of the one that it went on from;
	// found is false where nothing was recorded.
	Taped(ctx context.Context, runID, step string, attempt int) (calls []TapedCall, found bool, err error)
	// TestCase makes a case for a file of tests of an ended run.
	TestCase(ctx context.Context, runID string) (Value, error)
}

// TapedCall is one thing that a step was told from outside. Secrets are redacted.
type TapedCall struct {
	Function string    `json:"function" example:"http" doc:"http, net_open, net_read, net_write, net_close, sign, kv_get, kv_put, now or random"`
	What     string    `json:"what" doc:"In a few words" example:"GET https://api.example.com/v1/hosts"`
	Outcome  string    `json:"outcome"`
	At       time.Time `json:"at"`
	TookMs   float64   `json:"tookMs"`
	Request  Value     `json:"request"`
	Response Value     `json:"response"`
	// CutAt says that the answer was too large to be kept.
	Cut int `json:"cut,omitempty" doc:"Bytes of an answer that was too large to be kept: the run can't be replayed past it"`
}

// StepCalls is what the attempts of a step were told.
type StepCalls struct {
	Attempts []AttemptCalls `json:"attempts"`
}

// AttemptCalls is what one attempt was told.
type AttemptCalls struct {
	Attempt int       `json:"attempt"`
	EndedAt time.Time `json:"endedAt"`
	State   string    `json:"state" enum:"succeeded,failed,canceled,unknown"`
	// Recorded is false where there was something to record that isn't there.
	Recorded bool        `json:"recorded" doc:"False where the cassette was not recorded, or is not kept any more"`
	Expected int         `json:"expected" doc:"How much the journal says is on the cassette"`
	Calls    []TapedCall `json:"calls"`
}

func (s *Server) callRoutes() {
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/steps/{key}/calls", id: "listCalls", summary: "What a step was told from outside, by attempt", errors: []int{404}}, s.stepCalls)
	route(s, needs(auth.Export), operation{method: "GET", path: "/runs/{id}/test-case", id: "getTestCase", summary: "A case for a file of tests, with what the run was told from outside", errors: []int{404, 409, 422}}, s.testCase)
}

func (s *Server) stepCalls(ctx context.Context, in *stepOf) (*body[StepCalls], error) {
	record, events, err := s.Runs.Load(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id := in.ID
	if record.Replay.Run != "" {
		id = record.Replay.Run // a replay is told what the run was told
	}
	out := StepCalls{Attempts: []AttemptCalls{}}
	known := false
	for i := range events {
		e := &events[i]
		if e.Step != in.Key {
			continue
		}
		known = true
		state, ended := map[run.Kind]string{run.StepSucceeded: "succeeded", run.StepFailed: "failed", run.StepRetry: "failed", run.StepCancel: "canceled", run.StepUnknown: "unknown"}[e.Kind]
		if !ended || e.Attempt == 0 {
			continue
		}
		a := AttemptCalls{Attempt: e.Attempt, EndedAt: e.At, State: state, Expected: e.Calls, Calls: []TapedCall{}}
		calls, found, err := s.Cassettes.Taped(ctx, id, in.Key, e.Attempt)
		if err != nil {
			return nil, err
		}
		a.Recorded = found || e.Calls == 0
		a.Calls = append(a.Calls, calls...)
		out.Attempts = append(out.Attempts, a)
	}
	if !known {
		return nil, engine.ErrNotFound
	}
	return answer(out), nil
}

func (s *Server) testCase(ctx context.Context, in *ByID) (*body[Value], error) {
	found, err := s.Cassettes.TestCase(ctx, in.ID)
	return answer(found), err
}
