package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// actOnAlert does what a step asks of alerts.
func (w workspace) actOnAlert(ctx context.Context, c engine.Call) engine.Result {
	by, err := workspaceActor(ctx, w.store, &c)
	if err != nil {
		return unreadable(err)
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: c.Flow, Name: c.FlowName, Kind: "flow"})
	output, err := w.alerts.Act(ctx, alerts.Call{
		Type: c.Type, Input: c.Input, Key: c.Key, By: by,
		Path: func(ctx context.Context) ([]alerts.Turn, error) { return decisions(ctx, w.store, w.flows, &c) },
	})
	return workspaceResult(output, err)
}

// reconsider makes the scores of alerts anew of which something was learnt.
func (core *Core) reconsider(ctx context.Context) {
	if err := core.Alerts.Reconsider(ctx); err != nil && ctx.Err() == nil {
		core.Logger.Warn("alerts of which something was learnt were not scored anew", "error", err)
	}
}

// deciders are the nodes that choose a way.
var deciders = []string{"core.if", "core.switch", "core.table", "core.approval"}

// decisions gives the decisions of a run that led to a step, in their order: those of the
// nodes from which it can be reached, in the same passes of loops.
func decisions(ctx context.Context, st *store.Store, flows *Flows, c *engine.Call) ([]alerts.Turn, error) {
	const most = 50
	path := []alerts.Turn{}
	record, err := st.Record(ctx, c.RunID)
	if errors.Is(err, engine.ErrNotFound) {
		return path, nil
	}
	if err != nil {
		return nil, err
	}
	prepared, err := flows.Flow(ctx, record.Digest)
	if err != nil {
		return nil, err
	}
	d := prepared.Program.Document
	before := ancestors(d, nodeOf(c.Step))
	events, err := st.Events(ctx, c.RunID, 0, 0)
	if err != nil {
		return nil, err
	}
	for i := range events {
		e := &events[i]
		n := before[nodeOf(e.Step)]
		if e.Kind != run.StepSucceeded || n == nil || !slices.Contains(deciders, n.Type) || !strings.HasPrefix(c.Step, passOf(e.Step)) || len(path) == most {
			continue
		}
		turn := alerts.Turn{Step: e.Step, Name: n.Name, Took: e.Port}
		if value, ok := e.Output.(map[string]any); ok && n.Type == "core.table" {
			turn.Took = strings.Trim(cutText(string(flow.CompactJSON(value["value"]))), `"`)
		}
		path = append(path, turn)
	}
	return path, nil
}

func cutText(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// nodeOf is the node of a step's key, passOf what stands before it: the pass of the loop.
func nodeOf(step string) string { return step[strings.LastIndexByte(step, '.')+1:] }
func passOf(step string) string { return step[:strings.LastIndexByte(step, '.')+1] }

// ancestors are the nodes from which a node can be reached, by their ids; what leads to a
// container leads to what is in it.
func ancestors(d *flow.Document, node string) map[string]*flow.Node {
	found, byID := map[string]*flow.Node{}, map[string]*flow.Node{}
	for i := range d.Nodes {
		byID[d.Nodes[i].ID] = &d.Nodes[i]
	}
	var visit func(id string)
	visit = func(id string) {
		n := byID[id]
		if n == nil {
			return
		}
		next := []string{}
		if n.Parent != "" {
			next = append(next, n.Parent)
		}
		for i := range d.Edges {
			if from, _ := d.Edges[i].Port(); d.Edges[i].To == id {
				next = append(next, from)
			}
		}
		for _, id := range next {
			if found[id] == nil && byID[id] != nil {
				found[id] = byID[id]
				visit(id)
			}
		}
	}
	visit(node)
	return found
}

// alertChanged has those look again who watch alerts.
func (s *Server) alertChanged(string) { s.hub.Poke([]string{live.AlertsTopic}) }
