package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// ErrGoesOn says that a run has not ended, and can't be replayed or gone on from.
var ErrGoesOn = errors.New("the run has not ended: wait for its end, or cancel it")

// Replays runs past runs again, offline.
type Replays interface {
	// Replay starts a run of a flow that is told what a past run was told. It fails
	// with [ErrGoesOn].
	Replay(ctx context.Context, runID string, f *engine.Flow, version int, job string) (*engine.Handle, error)
}

type replayRun struct {
	ByID
	Wait string `query:"wait" doc:"How long to wait for the end, such as 30s; at most 60s"`
	Body *struct {
		Version Value `json:"version,omitempty" doc:"A number, latest or draft; default the run's own"`
	}
}

type retryPreview struct {
	ByID
	From    []string `query:"from" maxItems:"100" doc:"Keys of the steps to go on from; default those that failed"`
	Version string   `query:"version" maxLength:"20" doc:"A number, latest or draft; default the run's own"`
}

type retryRun struct {
	ByID
	Wait string `query:"wait" doc:"How long to wait for the end, such as 30s; at most 60s"`
	Body *RetryRun
}

// RetryRun says how a run goes on from another.
type RetryRun struct {
	From    []string `json:"from,omitempty" maxItems:"100" doc:"Keys of the steps to go on from; default those that failed"`
	Version Value    `json:"version,omitempty" doc:"A number, latest or draft; default the run's own"`
	Input   *Value   `json:"input,omitempty" doc:"In place of the run's input, for the steps that run again"`
	// Repeat are steps of which nobody can tell whether they took effect.
	Repeat []string `json:"repeat,omitempty" maxItems:"1000" doc:"Keys of steps in the state unknown that may run again although they may have taken effect"`
}

// RetryPlan says what a retry means before it is made.
type RetryPlan struct {
	Reruns  []string             `json:"reruns" doc:"Keys of steps that began and run again"`
	Reuses  []string             `json:"reuses" doc:"Keys of steps whose results are kept"`
	First   []string             `json:"first" doc:"Ids of nodes that may run for the first time"`
	Effects []engine.RetryEffect `json:"effects" doc:"Those of them that change something outside"`
	Unknown []string             `json:"unknown" doc:"Keys of steps that may have taken effect already: name them in repeat"`
}

func (s *Server) replayRoutes() {
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/runs/{id}/replay", id: "replayRun", summary: "Run a past run again, offline; 200 and the run where it was waited for", status: 202, errors: []int{404, 409, 422, 503}}, s.replayRun)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/retry", id: "previewRetry", summary: "What a retry would run again, and what it would keep", errors: []int{404, 409, 422}}, s.previewRetry)
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/runs/{id}/retry", id: "retryRun", summary: "Go on from a past run, as a new run", status: 202, limit: maxInput, errors: []int{404, 409, 422, 503}}, s.retryRun)
	s.describeStarted("/runs/{id}/replay")
	s.describeStarted("/runs/{id}/retry")
}

func (s *Server) replayRun(ctx context.Context, in *replayRun) (*startedRun, error) {
	wait, err := waitFor(in.Wait)
	if err != nil {
		return nil, err
	}
	record, err := s.Runs.Record(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	var version any
	if in.Body != nil {
		version = in.Body.Version.V
	}
	f, number, err := s.versionOf(ctx, &record, version)
	if err != nil {
		return nil, err
	}
	handle, err := s.Replays.Replay(ctx, in.ID, f, number, "")
	if err != nil {
		return nil, err
	}
	return s.awaited(ctx, handle, wait)
}

// versionOf gives the flow that a past run is run again with: its own version, or
// another of the same flow.
func (s *Server) versionOf(ctx context.Context, record *engine.Record, version any) (*engine.Flow, int, error) {
	if version == nil || version == "" {
		f, err := s.Flows.Flow(ctx, record.Digest)
		return f, record.Version, err
	}
	content, number, err := s.chosen(ctx, record.Flow, version)
	if err != nil {
		return nil, 0, err
	}
	f, err := s.Flows.Pin(ctx, content)
	return f, number, err
}

// past is a run that has ended, to be gone on from.
func (s *Server) past(ctx context.Context, id string) (*engine.Past, error) {
	f, err := s.fold(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !f.state.Over():
		return nil, ErrGoesOn
	case f.record.Replay.Run != "":
		return nil, problem(http.StatusConflict, "a replay reached nothing outside, so that nothing goes on from it: go on from the run that it replays")
	case f.flow == nil:
		return nil, problem(http.StatusConflict, "the run's version can't be compiled here any more, so that nothing goes on from it")
	}
	events, err := s.Runs.Events(ctx, id, 0, 0)
	if err != nil {
		return nil, err
	}
	past := &engine.Past{Flow: f.flow, Record: &f.record, Events: events, State: f.state, Asked: map[string]bool{}}
	calls := past.Calls()
	asked, err := s.Runs.Asked(ctx, slices.Collect(maps.Values(calls)))
	for step, called := range calls {
		past.Asked[step] = asked[called]
	}
	return past, err
}

// planned is a retry that can be started.
type planned struct {
	past    *engine.Past
	flow    *engine.Flow
	version int
	data    map[string]any
	plan    *engine.Retry
}

// planRetry plans a run that goes on from another with the setup of that one, or what
// setup gives.
func (s *Server) planRetry(ctx context.Context, id string, version any, from []string, input *Value, setup func(*engine.Flow, int) (run.Setup, error)) (*planned, error) {
	past, err := s.past(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &planned{past: past, data: past.Record.Data}
	if p.flow, p.version, err = s.versionOf(ctx, past.Record, version); err != nil {
		return nil, err
	}
	if input != nil {
		if problems := checkInput(p.flow.Program.Document, input.V); problems.Failed() {
			return nil, problems
		}
		p.data = map[string]any{}
		for key, value := range past.Record.Data {
			p.data[key] = value
		}
		p.data["body"] = input.V
	}
	with := past.State.Setup()
	if p.version > 0 {
		with.Pins = nil // they are for trying a draft
	}
	if _, there := p.flow.Plan.Lookup(with.Until); !there {
		with.Until = ""
	}
	if setup != nil {
		if with, err = setup(p.flow, p.version); err != nil {
			return nil, err
		}
	}
	if p.plan, err = engine.PlanFrom(p.flow, past, p.data, from, with); err != nil {
		return nil, problemAt(http.StatusUnprocessableEntity, "retry.from", "/from", err.Error())
	}
	return p, nil
}

func (p *planned) view() RetryPlan {
	out := RetryPlan{Reruns: orEmpty(p.plan.Reruns), Reuses: orEmpty(p.plan.Reuses), First: orEmpty(p.plan.First), Effects: orEmpty(p.plan.Effects), Unknown: []string{}}
	for _, key := range p.plan.Reruns {
		if step, there := p.past.State.Step(key); there && step.State == run.StepUnsure {
			out.Unknown = append(out.Unknown, key)
		}
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (s *Server) previewRetry(ctx context.Context, in *retryPreview) (*body[RetryPlan], error) {
	p, err := s.planRetry(ctx, in.ID, versionText(in.Version), in.From, nil, nil)
	if err != nil {
		return nil, err
	}
	return answer(p.view()), nil
}

// versionText is a version as a query gives it.
func versionText(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (s *Server) retryRun(ctx context.Context, in *retryRun) (*startedRun, error) {
	wait, err := waitFor(in.Wait)
	if err != nil {
		return nil, err
	}
	if in.Body == nil {
		in.Body = &RetryRun{}
	}
	p, err := s.planRetry(ctx, in.ID, in.Body.Version.V, in.Body.From, in.Body.Input, nil)
	if err != nil {
		return nil, err
	}
	if err := p.mayRepeat(in.Body.Repeat); err != nil {
		return nil, err
	}
	handle, err := s.Engine.Start(ctx, p.request(identityFrom(ctx).Actor.Person()))
	if err != nil {
		return nil, err
	}
	return s.awaited(ctx, handle, wait)
}

// mayRepeat refuses to run steps again of which nobody knows whether they took effect,
// but for those that are named.
func (p *planned) mayRepeat(named []string) error {
	for _, key := range p.view().Unknown {
		if !slices.Contains(named, key) {
			return problemAt(http.StatusConflict, "retry.unknown", "/repeat", "nobody can tell whether the step "+key+" took effect, so that it isn't silently run again: look for its effect, then retry the run and name it in repeat")
		}
	}
	return nil
}

// request is the run that goes on. It is a run of its own: its steps have other
// idempotency keys than those of the run before. As it was, it stays the
// request of who started it: to have a colleague press retry doesn't change whose it is.
// With another input or version it is the request of who retries.
func (p *planned) request(by string) engine.Request {
	r := p.past.Record
	if r.By != "" && p.flow.Digest == r.Digest && run.Same(p.data["body"], r.Data["body"]) {
		by = r.By
	}
	return engine.Request{
		Flow: p.flow, Version: p.version, Trigger: p.plan.Kept[0].Trigger, Data: p.data, DryRun: r.DryRun, By: by, RetryOf: r.ID, Kept: p.plan.Kept,
	}
}

// awaited answers a run that was started: as it is where it ends within a time.
func (s *Server) awaited(ctx context.Context, handle *engine.Handle, wait time.Duration) (*startedRun, error) {
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-handle.Done():
		case <-timer.C:
		case <-s.stopping:
		case <-ctx.Done():
		}
		view, err := s.RunView(ctx, handle.ID)
		if err == nil && !view.EndedAt.IsZero() {
			return &startedRun{http.StatusOK, view}, nil
		}
	}
	return &startedRun{http.StatusAccepted, Accepted{handle.ID}}, nil
}

// cutValue shows a value where it has no more bytes than limit.
func cutValue(v any, limit int) (shown Value, cut bool) {
	if len(flow.CompactJSON(v)) > limit {
		return Value{}, true
	}
	return Value{v}, false
}
