package web

import (
	"context"
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// maxShown is the most bytes of an input or output that a run shows, and
// maxShownAll of all of them; larger ones are fetched by step.
const (
	maxShown    = 64 << 10
	maxShownAll = 8 << 20
)

// Run is a run with all its steps.
type Run struct {
	ID        string              `json:"id"`
	Flow      string              `json:"flow"`
	FlowName  string              `json:"flowName"`
	Version   int                 `json:"version" doc:"0 is a draft"`
	State     run.Status          `json:"state"`
	Trigger   string              `json:"trigger" doc:"Node that fired"`
	DryRun    bool                `json:"dryRun"`
	Parent    *Parent             `json:"parent,omitempty" doc:"The step that called this run"`
	RetryOf   string              `json:"retryOf,omitempty" doc:"The run that this one goes on from"`
	ReplayOf  string              `json:"replayOf,omitempty" doc:"The run that this one replays, offline"`
	ReplayJob string              `json:"replayJob,omitempty" doc:"The job that asked for the replay"`
	Until     string              `json:"until,omitempty" doc:"The node up to which it ran"`
	Input     any                 `json:"input"`
	Output    any                 `json:"output"`
	Error     *live.Error         `json:"error"`
	Steps     map[string]StepItem `json:"steps" doc:"By step key: parse, or each.3.look in a loop"`
	CreatedAt time.Time           `json:"createdAt"`
	StartedAt time.Time           `json:"startedAt,omitzero"`
	EndedAt   time.Time           `json:"endedAt,omitzero"`
	Queue     *Queue              `json:"queue,omitempty" doc:"Why it waits to begin, where it is asked for alone"`
	Seq       int64               `json:"seq" doc:"Of the last event that this tells"`
}

// Parent is a step of another run.
type Parent struct {
	Run  string `json:"run"`
	Step string `json:"step"`
}

// StepItem is one step of a run.
type StepItem struct {
	Node      string        `json:"node"`
	State     run.StepState `json:"state"`
	Port      string        `json:"port,omitempty"`
	Output    any           `json:"output"`
	Error     *live.Error   `json:"error"`
	Attempts  int           `json:"attempts"`
	Pinned    bool          `json:"pinned,omitempty" doc:"The output was given beforehand: nothing was evaluated or called"`
	StartedAt time.Time     `json:"startedAt,omitzero"`
	EndedAt   time.Time     `json:"endedAt,omitzero"`
	Due       time.Time     `json:"due,omitzero" doc:"Until when it waits"`
	Count     *Count        `json:"count,omitempty" doc:"Of a container"`
	Ask       string        `json:"ask,omitempty" doc:"The question to people that it waits for"`
	Decisions []any         `json:"decisions,omitempty" doc:"What people answered"`
}

// Count is the progress of a container.
type Count struct {
	Total  int `json:"total"`
	Done   int `json:"done"`
	Failed int `json:"failed"`
}

// RunView gives a run as the API shows it, with the seq of its last event.
func (s *Server) RunView(ctx context.Context, id string) (Run, error) {
	f, err := s.fold(ctx, id)
	if err != nil {
		return Run{}, err
	}
	return f.view(), nil
}

func (f *folded) view() Run {
	r, st := &f.record, f.state
	out := Run{
		ID: r.ID, Flow: r.Flow, FlowName: r.FlowName, Version: r.Version, State: st.Status, Trigger: r.Trigger, DryRun: r.DryRun,
		Input: live.Cut(r.Data["body"], maxShown), Output: live.Cut(st.Output, maxShown), Error: live.NewError(st.Error),
		Steps: map[string]StepItem{}, CreatedAt: r.Created, StartedAt: f.began(), EndedAt: st.Ended, Seq: st.Seq,
	}
	out.Until = st.Setup().Until
	out.RetryOf, out.ReplayOf, out.ReplayJob = r.RetryOf, r.Replay.Run, r.Replay.Job
	if r.Parent.Run != "" {
		out.Parent = &Parent{r.Parent.Run, r.Parent.Step}
	}
	left := maxShownAll
	for _, step := range st.Steps() {
		item := stepItem(step, min(maxShown, left))
		if shown, ok := item.Output.(json.RawMessage); ok {
			left -= len(shown)
		}
		out.Steps[step.Key] = item
	}
	return out
}

// began is when the run itself began; what it kept of another did before.
func (f *folded) began() time.Time {
	if f.record.RetryOf != "" {
		return f.record.Created
	}
	return f.state.Started
}

// stepItem shows a step, its output where it has no more bytes than limit.
func stepItem(step *run.Step, limit int) StepItem {
	item := StepItem{
		Node: step.Node.ID, State: step.State, Port: step.Port, Output: live.Cut(step.Output, limit), Error: live.NewError(step.Error),
		Attempts: step.Attempts, Pinned: step.Pinned, StartedAt: step.StartedAt, EndedAt: step.EndedAt,
	}
	if step.State == run.StepWaiting {
		item.Due = step.Due
	}
	item.Decisions = step.Decisions
	if item.Ask = engine.AskOf(step); item.Ask != "" {
		item.Output = nil
	}
	if loop := step.Loop(); loop != nil {
		item.Count = &Count{loop.Total, loop.Done, loop.Failed}
	}
	return item
}

// LogLine is one line that a connector wrote.
type LogLine struct {
	Level   string    `json:"level"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

// Step is one step, whole.
type Step struct {
	Key string `json:"key"`
	StepItem
	Input      Value     `json:"input" doc:"Computed again from the journal"`
	InputError string    `json:"inputError,omitempty" doc:"Why there is no input"`
	Logs       []LogLine `json:"logs"`
	InputCut   *Cut      `json:"inputCut,omitempty" doc:"Of an input that has more than what is here"`
	OutputCut  *Cut      `json:"outputCut,omitempty" doc:"Of an output that has more than what is here"`
	Called     string    `json:"called,omitempty" doc:"The run that it called, while that is kept"`
}

func (f *folded) step(ctx context.Context, key string) (*Step, error) {
	step, ok := f.state.Step(key)
	if !ok {
		return nil, engine.ErrNotFound
	}
	out := &Step{Key: key, StepItem: stepItem(step, maxShown), Logs: make([]LogLine, len(step.Logs))}
	if out.Ask == "" {
		out.Output = Value{step.Output}
	}
	for i, l := range step.Logs {
		out.Logs[i] = LogLine(l)
	}
	switch {
	case flow.IsTrigger(step.Node.Type):
		out.Input = Value{f.record.Data["body"]}
	case f.flow == nil:
		out.InputError = "the flow can't be compiled here any more"
	default:
		input, err := engine.StepInput(ctx, f.flow, &f.record, f.state, key)
		if err != nil {
			out.InputError = err.Error()
		}
		out.Input = Value{input}
	}
	return out, nil
}
