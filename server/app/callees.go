package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// callees finds the flows that core.call runs: the published ones of the library,
// or those that a command was given, where a version is no matter.
type callees struct {
	flows *Flows
	given func(id string) (*flow.Document, error) // nil on a server
}

// Callee implements [engine.Callees].
func (c callees) Callee(ctx context.Context, id string, version int, input any) (engine.Callee, error) {
	number, content, err := c.content(ctx, id, version)
	if err != nil {
		return engine.Callee{}, err
	}
	prepared, err := c.flows.Pin(ctx, content)
	var problems flow.Problems
	if errors.As(err, &problems) {
		return engine.Callee{}, &run.Error{Code: "flow_unavailable", Message: "the called flow can't be run here: " + problems[0].Message}
	}
	if err != nil {
		return engine.Callee{}, err
	}
	d := prepared.Program.Document
	node, err := trigger.PickForCall(d)
	if err != nil {
		return engine.Callee{}, &run.Error{Code: "bad_input", Message: fmt.Sprintf("the flow %q can't be called: %v", d.Name, err)}
	}
	if problems := trigger.CheckInput(d, input); problems.Failed() {
		return engine.Callee{}, &run.Error{Code: "bad_input", Message: fmt.Sprintf("the input for the flow %q: %s", d.Name, problems[0].Message)}
	}
	return engine.Callee{Flow: prepared, Version: number, Trigger: node}, nil
}

func (c callees) content(ctx context.Context, id string, version int) (int, []byte, error) {
	if c.given != nil {
		d, err := c.given(id)
		if err != nil {
			return 0, nil, err
		}
		if d == nil {
			return 0, nil, &run.Error{Code: "not_found", Message: "there is no flow " + id + " here: name the folder that it lies in with --flows"}
		}
		return 0, flow.Encode(d), nil
	}
	v, err := c.flows.library.Version(ctx, id, version)
	switch {
	case errors.Is(err, library.ErrNotFound) && version > 0:
		return 0, nil, &run.Error{Code: "not_found", Message: fmt.Sprintf("the flow %s has no version %d", id, version)}
	case errors.Is(err, library.ErrNotFound):
		return 0, nil, &run.Error{Code: "not_found", Message: "there is no published flow " + id}
	}
	return v.Number, v.Content, err
}
