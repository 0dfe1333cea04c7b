package web

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Runs is where runs are kept.
type Runs interface {
	ListRuns(ctx context.Context, f RunFilter) (list []RunSummary, next string, err error)
	LastRuns(ctx context.Context, flows []string, each int) (map[string][]RunSummary, error)
	Load(ctx context.Context, id string) (engine.Record, []run.Event, error)
	Record(ctx context.Context, id string) (engine.Record, error)
	// LastSeq is the seq of a run's last event.
	LastSeq(ctx context.Context, id string) (int64, error)
	Events(ctx context.Context, id string, since int64, limit int) ([]run.Event, error)
	// Asked says in which of some runs people were asked, or in one that they called.
	// One that is not kept any more may have asked.
	Asked(ctx context.Context, ids []string) (map[string]bool, error)
}

// Flows prepares documents for running.
type Flows interface {
	engine.Flows
	// Pin keeps a document; the error is its problems where it can't be run.
	Pin(ctx context.Context, content []byte) (*engine.Flow, error)
}

// Accepted is the answer to a run that was started.
type Accepted struct {
	ID string `json:"id"`
}

// Events is a part of a run's journal.
type Events struct {
	Events []live.Event `json:"events"`
	Next   int64        `json:"next" doc:"Give it as since to go on"`
}

// Pinned is the document that a run runs.
type Pinned struct {
	Version int      `json:"version"`
	Digest  string   `json:"digest"`
	Flow    Document `json:"flow"`
}

type startRun struct {
	ByID
	Key  string `header:"Idempotency-Key" maxLength:"255"`
	Wait string `query:"wait" doc:"How long to wait for the end, such as 30s; at most 60s"`
	Body *StartRun
}

// StartRun says what to run. Empty is a run without input.
type StartRun struct {
	Input   Value  `json:"input,omitempty"`
	Trigger string `json:"trigger,omitempty" doc:"Node id; default the manual one, else the only one"`
	Version Value  `json:"version,omitempty" doc:"A number, latest or draft; default the newest published, else the draft"`
	DryRun  bool   `json:"dryRun,omitempty"`
	From    string `json:"from,omitempty" maxLength:"1000" doc:"With reuse: the step to begin from; a node's id where the run did not have it"`
	Reuse   string `json:"reuse,omitempty" maxLength:"100" doc:"A run of this flow, whose results before that step are kept"`
	Only    bool   `json:"only,omitempty" doc:"With from and reuse: runs that step alone, and nothing after it; refused where that run lacks what the step needs"`
	Until   string `json:"until,omitempty" maxLength:"100" doc:"Node id: runs what leads to it, and nothing after it; the run's output is then that node's"`
	Pins    bool   `json:"pins,omitempty" doc:"Of a draft: nodes with a pinned output give that, and are neither evaluated nor called"`
}

type startedRun struct {
	Status int
	Body   any
}

type stepOf struct {
	ByID
	Key string `path:"key" maxLength:"1000"`
}

type shownStep struct {
	ByID
	Key  string `path:"key" maxLength:"1000"`
	Most int    `query:"most" minimum:"1024" maximum:"67108864" doc:"Bytes of input and of output that are shown of each, from the beginning; without it, all"`
}

type eventsOf struct {
	ByID
	Since int64 `query:"since" minimum:"0"`
	Limit int   `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
}

// maxWait is how long a start may wait for its run.
const maxWait = time.Minute

// maxInput is the most bytes of a body that carries an input.
const maxInput = 32 << 20

func (s *Server) runRoutes() {
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/flows/{id}/runs", id: "startRun", summary: "Start a run; 200 and the run where it was waited for", status: 202, limit: maxInput, errors: []int{404, 413, 415, 422, 503}}, s.startRun)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs", id: "listRuns", summary: "List runs, newest first", errors: []int{422}}, s.runs)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}", id: "getRun", summary: "A run with its steps", errors: []int{404}}, s.run)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/flow", id: "getRunFlow", summary: "The document that a run is pinned to", errors: []int{404}}, s.runFlow)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/steps/{key}", id: "getStep", summary: "One step with its input, output and log", errors: []int{404}}, s.runStep)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/steps/{key}/output", id: "downloadStepOutput", summary: "The whole output of a step, as a file", errors: []int{404}}, s.stepOutput)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/steps/{key}/input", id: "downloadStepInput", summary: "The whole input of a step, as a file", errors: []int{404}}, s.stepInput)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/output", id: "downloadRunOutput", summary: "The whole output of a run, as a file", errors: []int{404}}, s.runOutput)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/runs/{id}/events", id: "listEvents", summary: "A run's journal", errors: []int{404}}, s.runEvents)
	route(s, needs(auth.RunCancel), operation{method: "POST", path: "/runs/{id}/cancel", id: "cancelRun", summary: "Ask a run to end", status: 202, errors: []int{404}}, s.cancelRun)
	s.describeStarted("/flows/{id}/runs")
	s.planRoutes()
}

// describeStarted says what is answered where a run is started.
func (s *Server) describeStarted(path string) {
	start := s.api.OpenAPI().Paths[apiPrefix+path].Post
	for status, kind := range map[string]reflect.Type{"200": reflect.TypeFor[Run](), "202": reflect.TypeFor[Accepted]()} {
		schema := s.api.OpenAPI().Components.Schemas.Schema(kind, true, "")
		start.Responses[status] = &huma.Response{Description: http.StatusText(http.StatusAccepted), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
}

func (s *Server) startRun(ctx context.Context, in *startRun) (*startedRun, error) {
	wait, err := waitFor(in.Wait)
	if err != nil {
		return nil, err
	}
	request, err := s.request(ctx, in)
	if err != nil {
		return nil, err
	}
	handle, err := s.Engine.Start(ctx, *request)
	if err != nil {
		return nil, err
	}
	return s.awaited(ctx, handle, wait)
}

func waitFor(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, problemAt(422, "wait", "wait", "wait is a duration such as 30s")
	}
	return min(d, maxWait), nil
}

// request says what to run.
func (s *Server) request(ctx context.Context, in *startRun) (*engine.Request, error) {
	if in.Body == nil {
		in.Body = &StartRun{}
	}
	if in.Body.From != "" || in.Body.Reuse != "" {
		r, err := s.reuse(ctx, in)
		if err == nil && in.Key != "" {
			r.IngestKey = "run/" + in.ID + "/" + in.Key
		}
		return r, err
	}
	f, node, setup, err := s.fresh(ctx, in)
	if err != nil {
		return nil, err
	}
	if problems := checkInput(f.Program.Document, in.Body.Input.V); problems.Failed() {
		return nil, problems
	}
	r := &engine.Request{
		Flow: f.Flow, Version: f.number, Trigger: node, Setup: setup, DryRun: in.Body.DryRun, By: identityFrom(ctx).Actor.Person(),
		Data: trigger.Data("manual", in.Body.Input.V, nil, nil, time.Now()),
	}
	if in.Key != "" {
		r.IngestKey = "run/" + in.ID + "/" + in.Key
	}
	return r, nil
}

// chosen gives the document of a version: a number, latest, draft, or nil.
func (s *Server) chosen(ctx context.Context, id string, version any) (content []byte, number int, err error) {
	draft, err := s.Library.Draft(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	switch v := version.(type) {
	case nil:
		number = draft.Version
	case int64:
		number = int(v)
	case string:
		if number, err = named(v, draft); err != nil {
			return nil, 0, err
		}
	default:
		number = -1
	}
	switch {
	case number < 0:
		return nil, 0, problemAt(422, "version", "/version", "version is a number, latest or draft")
	case number == 0:
		return draft.Content, 0, nil
	}
	found, err := s.Library.Version(ctx, id, number)
	return found.Content, found.Number, err
}

func named(version string, draft library.Draft) (int, error) {
	switch version {
	case "draft", "":
		return 0, nil
	case "latest":
		if draft.Version == 0 {
			return 0, problemAt(422, "version", "/version", "the flow has not been published: publish it, or run the draft")
		}
		return draft.Version, nil
	}
	n, err := strconv.Atoi(version)
	if err != nil || n < 1 {
		return -1, nil
	}
	return n, nil
}

func (s *Server) run(ctx context.Context, in *ByID) (*body[Run], error) {
	view, err := s.RunView(ctx, in.ID)
	if err == nil && view.State == run.Queued {
		view.Queue, err = s.queueOf(ctx, in.ID)
	}
	return answer(view), err
}

func (s *Server) runFlow(ctx context.Context, in *ByID) (*body[Pinned], error) {
	record, err := s.Runs.Record(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	content, err := s.Library.Pinned(ctx, record.Digest)
	return answer(Pinned{record.Version, record.Digest, Document(content)}), err
}

func (s *Server) runStep(ctx context.Context, in *shownStep) (*body[Step], error) {
	f, step, err := s.wholeStep(ctx, &stepOf{in.ByID, in.Key})
	if err != nil {
		return nil, err
	}
	if in.Most > 0 {
		step.cut(in.Most)
	}
	state, _ := f.state.Step(in.Key)
	if step.Called, err = s.calledBy(ctx, in.ID, state); err != nil {
		return nil, err
	}
	return answer(*step), nil
}

func (s *Server) runEvents(ctx context.Context, in *eventsOf) (*body[Events], error) {
	events, err := s.Runs.Events(ctx, in.ID, in.Since, in.Limit)
	if err != nil {
		return nil, err
	}
	if len(events) == 0 {
		if _, err := s.Runs.LastSeq(ctx, in.ID); err != nil {
			return nil, err
		}
	}
	out := Events{Events: make([]live.Event, len(events)), Next: in.Since}
	for i := range events {
		out.Events[i] = live.NewEvent(&events[i])
		out.Next = events[i].Seq
	}
	return answer(out), nil
}

func (s *Server) cancelRun(ctx context.Context, in *ByID) (*body[Accepted], error) {
	f, err := s.fold(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if f.state.Over() {
		return answer(Accepted{in.ID}), nil // once is enough
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	return answer(Accepted{in.ID}), s.Engine.Signal(ctx, engine.Signal{RunID: in.ID, ID: id.String(), Kind: engine.SignalCancel})
}

// FlowSnapshot is what a flow's topic tells.
type FlowSnapshot struct {
	Revision int64     `json:"revision"`
	Version  int       `json:"version"`
	Runs     []LastRun `json:"runs"`
}

// FlowView gives what a flow's topic tells.
func (s *Server) FlowView(ctx context.Context, id string) (FlowSnapshot, error) {
	d, err := s.Library.Draft(ctx, id)
	if err != nil {
		return FlowSnapshot{}, err
	}
	last, err := s.Runs.LastRuns(ctx, []string{id}, 12)
	return FlowSnapshot{d.Revision, d.Version, lastRuns(last[id])}, err
}
