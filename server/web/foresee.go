package web

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// errUnsound is of a draft whose graph can't be run, whatever the data.
var errUnsound = errors.New("the draft's graph is not sound")

// begun is a run of the document being edited, on a sample or on what an earlier run began
// with, as far as it is known without running anything.
func (s *Server) begun(ctx context.Context, in *preview, d *flow.Document, earlier *engine.Record) (at *scene, err error) {
	// A draft may be as wrong as its author likes: what can't be laid out has no values yet.
	defer func() {
		if p := recover(); p != nil {
			at, err = nil, errUnsound
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	defer cancel()
	at = &scene{
		flow:   engine.NewFlow(check.Sketch(ctx, d, s.Catalog)),
		record: engine.Record{Flow: d.ID, FlowName: d.Name, Created: time.Now()},
	}
	if earlier != nil {
		at.record.Data, at.record.Trigger, at.record.Created = earlier.Data, earlier.Trigger, earlier.Created
	} else {
		if at.record.Trigger, err = s.beginsAt(ctx, in, d, at.flow); err != nil {
			return nil, err
		}
		if sample := in.Body.Sample; sample != nil {
			at.record.Data = trigger.Data("manual", sample.Input.V, nil, nil, at.record.Created)
		}
	}
	pins, err := s.foreseenPins(ctx, in.ID, at.flow)
	if err != nil {
		return nil, err
	}
	at.state = engine.Foresee(ctx, at.flow, &at.record, pins)
	return at, nil
}

// beginsAt chooses the trigger of a sample. Where it names none, or there is no sample, and a
// run would ask which, it is one that leads to what is looked at, and rather one that has a
// sample of its own.
func (s *Server) beginsAt(ctx context.Context, in *preview, d *flow.Document, f *engine.Flow) (string, error) {
	asked := ""
	if in.Body.Sample != nil {
		asked = in.Body.Sample.Trigger
	}
	for _, named := range []string{asked, ""} {
		if node, err := trigger.Pick(d, named); err == nil {
			return node, nil
		}
	}
	samples, err := s.Library.Samples(ctx, in.ID)
	if err != nil {
		return "", err
	}
	sampled := map[string]bool{}
	for _, sample := range samples.Items {
		sampled[sample.Trigger] = true
	}
	goal, best, most := goalOf(in), "", -1
	for _, n := range d.Triggers() {
		if n.Disabled {
			continue
		}
		worth := 0
		if engine.Leads(f, n.ID, goal) {
			worth += 2
		}
		if sampled[n.ID] {
			worth++
		}
		if worth > most {
			best, most = n.ID, worth
		}
	}
	return best, nil
}

// goalOf is the node whose value is looked at: the one that reads it, or, outside all nodes,
// the first that is read.
func goalOf(in *preview) string {
	if in.Body.Node != "" {
		return in.Body.Node
	}
	template, _ := expr.Compile(in.Body.Template)
	for _, ref := range template.References() {
		if ref.Step != "" {
			return ref.Step
		}
	}
	return ""
}

// foreseenPins gives the pins of a draft that fit the nodes that it has now.
func (s *Server) foreseenPins(ctx context.Context, id string, f *engine.Flow) (map[string]run.Pin, error) {
	pins, err := s.Library.Pins(ctx, id)
	if err != nil {
		return nil, err
	}
	out := map[string]run.Pin{}
	for _, p := range pins {
		pin := run.Pin{Output: p.Output, Port: p.Port}
		if n, there := f.Plan.Lookup(p.Node); there && p.Fits(n.Type) && engine.CheckPin(n.Node, f.Program.Nodes[n.Index].Type, pin) == nil {
			out[p.Node] = pin
		}
	}
	return out, nil
}
