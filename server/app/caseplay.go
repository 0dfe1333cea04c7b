package app

import (
	"context"
	"fmt"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// caseRecordings are the recordings that a case of a file of tests holds.
type caseRecordings struct {
	runs  map[string]*engine.Recording
	tapes map[string]CaseRun
}

// open reads the recordings of a case.
func (c *CaseCassettes) open() (*caseRecordings, error) {
	if _, there := c.Runs[c.Run]; !there {
		return nil, fmt.Errorf("the cassettes are of run %q and hold nothing of it", c.Run)
	}
	out := &caseRecordings{runs: map[string]*engine.Recording{}, tapes: c.Runs}
	for id, recorded := range c.Runs {
		events, err := run.DecodeEvents(recorded.Events)
		if err != nil {
			return nil, fmt.Errorf("the cassettes of run %s: %w", id, err)
		}
		record := engine.Record{ID: id, Flow: recorded.Flow, Version: recorded.Version, Trigger: recorded.Trigger, Created: recorded.Created, Data: recorded.Data}
		out.runs[id] = engine.NewRecording(record, events)
	}
	return out, nil
}

// Recording implements [engine.Recordings].
func (c *caseRecordings) Recording(_ context.Context, id string) (*engine.Recording, error) {
	if found := c.runs[id]; found != nil {
		return found, nil
	}
	return nil, engine.ErrNotFound
}

func (c *caseRecordings) tape(_ context.Context, id, step string, attempt int) (*sandbox.Tape, error) {
	return c.tapes[id].Tapes[step][strconv.Itoa(attempt)], nil
}

// replay makes the engine of a job that is told what was recorded, and its request's
// part.
func (h *Headless) replay(ctx context.Context, j *Job) (*engine.Engine, engine.Request, error) {
	recordings, err := j.Cassettes.open()
	if err != nil {
		return nil, engine.Request{}, err
	}
	of := j.Cassettes.Runs[j.Cassettes.Run]
	data := map[string]any{"type": "manual", "headers": map[string]any{}, "query": map[string]any{}}
	for key, value := range of.Data {
		data[key] = value
	}
	data["body"] = j.Input
	invoke := engine.Invoker(taped{core: h.core, recordings: recordings, tapes: recordings.tape})
	if j.Mock != nil {
		invoke = mocked{next: invoke, mock: j.Mock}
	}
	e, err := engine.New(ctx, engine.Config{
		Journal: h.core.Store, Signals: h.core.Store, Invoker: invoke, Flows: h.core.Flows, Clock: clock{}, Callees: callees{h.core.Flows, j.Flows},
		Recordings: recordings, Park: -1,
	})
	return e, engine.Request{Version: of.Version, Data: data, Replay: engine.ReplayOf{Run: j.Cassettes.Run, Created: of.Created}}, err
}
