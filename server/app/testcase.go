package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// Taped implements [web.Cassettes].
func (r *replayer) Taped(ctx context.Context, runID, step string, attempt int) ([]web.TapedCall, bool, error) {
	tape, err := r.tape(ctx, runID, step, attempt)
	if err != nil || tape == nil {
		return nil, false, err
	}
	began := time.Unix(0, tape.Wall).UTC()
	var list []web.TapedCall
	if tape.Clock {
		list = append(list, web.TapedCall{Function: abi.HostNow, What: "reads the clock", Outcome: began.Format(time.RFC3339Nano), At: began})
	}
	if tape.Seed != "" {
		list = append(list, web.TapedCall{Function: abi.HostRandom, What: "draws random numbers", Outcome: "from a seed of its own", At: began})
	}
	for i := range tape.Calls {
		list = append(list, shownCall(&tape.Calls[i], began))
	}
	return list, true, nil
}

// maxShownCall is the largest answer that is shown.
const maxShownCall = 64 << 10

func shownCall(c *sandbox.TapedCall, began time.Time) web.TapedCall {
	out := web.TapedCall{
		Function: c.Function, What: c.What, Outcome: c.Outcome, Cut: c.Cut,
		At: began.Add(time.Duration(c.At) - time.Duration(c.Took)*time.Microsecond), TookMs: float64(c.Took) / 1000,
	}
	if out.What == "" {
		out.What = egress.NameRequest(c.Function, c.Request)
	}
	switch {
	case c.Errno < 0:
		out.Outcome = "refused (" + strconv.FormatInt(c.Errno, 10) + ")"
	case out.Outcome == "" && c.Cut == 0:
		out.Outcome = "answered"
	}
	out.Request.V, _ = flow.ParseValue(c.Request) // what was taped is JSON
	answer := egress.RedactAnswer(c.Function, c.Answer)
	if len(answer) > maxShownCall {
		out.Response.V = fmt.Sprintf("%d bytes, too large to be shown here", len(answer))
		return out
	}
	out.Response.V, _ = flow.ParseValue(answer)
	return out
}

// TestCase is one case of a file of tests, as a run is recorded into it.
type TestCase struct {
	Name    string          `json:"name"`
	Trigger string          `json:"trigger,omitempty"`
	Input   json.RawMessage `json:"input"`
	Now     time.Time       `json:"now"`
	// Cassettes are what the run was told from outside.
	Cassettes *CaseCassettes `json:"cassettes"`
	Expect    CaseExpect     `json:"expect"`
}

// CaseExpect is how the run ended.
type CaseExpect struct {
	State  run.Status      `json:"state"`
	Output json.RawMessage `json:"output,omitempty"`
}

// CaseCassettes are the recordings of a run and of those that it called.
type CaseCassettes struct {
	Run  string             `json:"run"` // which of Runs the case is of
	Runs map[string]CaseRun `json:"runs"`
}

// CaseRun is the recording of one run.
type CaseRun struct {
	Flow    string         `json:"flow"`
	Version int            `json:"version,omitempty"`
	Trigger string         `json:"node,omitempty"` // that fired
	Created time.Time      `json:"created"`
	Data    map[string]any `json:"trigger,omitempty"` // what expressions read as trigger, but the body
	// Events are the run's journal, without what steps gave: but for what people
	// answered, and the runs that were called.
	Events json.RawMessage `json:"events"`
	// Tapes are by step key and attempt.
	Tapes map[string]map[string]*sandbox.Tape `json:"tapes,omitempty"`
}

// Bounds of cases.
const (
	// maxCase is the largest case that is made, in bytes.
	maxCase = 8 << 20
	// maxCaseRuns is how many runs one is made of: the run, and those that it called.
	maxCaseRuns = 200
)

// caseMaker puts a case together, and stops where it grows too large: what doesn't fit is
// never in memory at once.
type caseMaker struct {
	*replayer
	to      *CaseCassettes
	secrets map[string]bool // that are left out
	hush    egress.Hush     // knows again what outputs tell, which no cassette has
	size    int
}

// grow counts what is added.
func (m *caseMaker) grow(n int) error {
	if m.size += n; m.size > maxCase {
		return web.NewProblem(422, "test_case.large", fmt.Sprintf("the case would have more than %d MiB, which is what a file of tests takes: record a smaller run", maxCase>>20))
	}
	return nil
}

// TestCase implements [web.Cassettes].
func (r *replayer) TestCase(ctx context.Context, runID string) (web.Value, error) {
	record, events, err := r.core.Store.Load(ctx, runID)
	if err != nil {
		return web.Value{}, err
	}
	if record.Replay.Run != "" {
		return r.TestCase(ctx, record.Replay.Run)
	}
	last := run.Event{}
	if len(events) > 0 {
		last = events[len(events)-1]
	}
	if !last.Kind.Terminal() {
		return web.Value{}, web.ErrGoesOn
	}
	state := map[run.Kind]run.Status{run.RunSucceeded: run.Succeeded, run.RunFailed: run.Failed, run.RunCanceled: run.Canceled, run.RunUnknown: run.Unknown}[last.Kind]
	c := TestCase{
		Name: "recorded from run " + runID, Trigger: record.Trigger, Now: record.Created, Input: flow.CompactJSON(record.Data["body"]),
		Cassettes: &CaseCassettes{Run: runID, Runs: map[string]CaseRun{}}, Expect: CaseExpect{State: state},
	}
	select { // one at a time
	case r.casing <- struct{}{}:
		defer func() { <-r.casing }()
	case <-ctx.Done():
		return web.Value{}, ctx.Err()
	}
	m := &caseMaker{replayer: r, to: c.Cassettes, secrets: map[string]bool{}}
	if err := m.grow(len(c.Input)); err != nil {
		return web.Value{}, err
	}
	if err := m.record(ctx, runID); err != nil {
		return web.Value{}, err
	}
	if state == run.Succeeded {
		c.Expect.Output = flow.CompactJSON(without(m.hush.Value(last.Output), m.secrets))
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return web.Value{}, err
	}
	m.size = 0
	if err := m.grow(len(raw)); err != nil {
		return web.Value{}, err
	}
	v, err := flow.ParseValue(raw)
	return web.Value{V: v}, err
}

// without takes the secrets out of a value that were taken out of what it is made of.
func without(v any, secrets map[string]bool) any {
	switch v := v.(type) {
	case string:
		for secret := range secrets {
			v = strings.ReplaceAll(v, secret, egress.Redacted)
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = without(v[i], secrets)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key := range v {
			out[key] = without(v[key], secrets)
		}
		return out
	}
	return v
}

// record adds a run and those that it called.
func (m *caseMaker) record(ctx context.Context, runID string) error {
	if _, known := m.to.Runs[runID]; known {
		return nil
	}
	called, err := m.recordRun(ctx, runID)
	if errors.Is(err, engine.ErrNotFound) {
		return nil // a called run that is gone: its step fails with replay.missing
	}
	for i := 0; i < len(called) && err == nil; i++ {
		err = m.record(ctx, called[i])
	}
	return err
}

// recordRun adds a run, and gives those that it called.
func (m *caseMaker) recordRun(ctx context.Context, runID string) (called []string, err error) {
	record, events, err := m.core.Store.Load(ctx, runID)
	if err != nil {
		return nil, err
	}
	if len(m.to.Runs) == maxCaseRuns {
		return nil, web.NewProblem(422, "test_case.large", fmt.Sprintf("the run called more than %d others, which is what a case takes: record a smaller run", maxCaseRuns-1))
	}
	c := CaseRun{Flow: record.Flow, Version: record.Version, Trigger: record.Trigger, Created: record.Created, Data: map[string]any{}, Tapes: map[string]map[string]*sandbox.Tape{}}
	for key, value := range record.Data {
		if key != "body" && key != "headers" && key != "query" { // they may hold secrets
			c.Data[key] = value
		}
	}
	m.to.Runs[runID] = c
	bare := make([]run.Event, 0, len(events))
	for i := range events {
		e := &events[i]
		if e.Calls > 0 {
			m.hush.Value(e.Output)
		}
		if err := m.recordTape(ctx, &c, runID, e); err != nil {
			return nil, err
		}
		if id := engine.CalledRun(e); id != "" {
			called = append(called, id)
		}
		if e.Kind != run.StepDecided { // it names people, and what they said is in what they decided
			bare = append(bare, bareEvent(*e, answeredByPeople(events, e.Step)))
		}
	}
	if c.Events, err = run.EncodeEvents(bare); err != nil {
		return nil, err
	}
	m.to.Runs[runID] = c
	return called, m.grow(len(c.Events))
}

func (m *caseMaker) recordTape(ctx context.Context, c *CaseRun, runID string, e *run.Event) error {
	if e.Calls == 0 {
		return nil
	}
	tape, err := m.tape(ctx, runID, e.Step, e.Attempt)
	if err != nil {
		return err
	}
	if tape == nil {
		return web.NewProblem(409, CodeNotRecorded, fmt.Sprintf("what attempt %d of the step %s was told from outside is not kept, so that no case can be made of the run", e.Attempt, e.Step))
	}
	shown := *tape
	shown.Calls = append([]sandbox.TapedCall(nil), tape.Calls...)
	for i := range shown.Calls {
		for _, secret := range egress.SecretsOf(shown.Calls[i].Function, shown.Calls[i].Answer) {
			m.secrets[secret] = true
		}
		shown.Calls[i].Answer = egress.RedactAnswer(shown.Calls[i].Function, shown.Calls[i].Answer)
	}
	if c.Tapes[e.Step] == nil {
		c.Tapes[e.Step] = map[string]*sandbox.Tape{}
	}
	c.Tapes[e.Step][strconv.Itoa(e.Attempt)] = &shown
	return m.grow(shown.Size())
}

// bareEvent leaves out of an event what running the flow again makes.
func bareEvent(e run.Event, answered bool) run.Event {
	e.Logs, e.Response, e.Key = nil, nil, ""
	if e.Calls > 0 {
		e.Error = nil // it may name what is redacted in the cassette
	}
	if !answered && engine.CalledRun(&e) == "" {
		e.Output = nil
	}
	return e
}

// answeredByPeople says whether people were asked for what a step gives.
func answeredByPeople(events []run.Event, step string) bool {
	for i := range events {
		if e := &events[i]; e.Step == step && engine.Asks(e) {
			return true
		}
	}
	return false
}
