package web

import (
	"context"
	"slices"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Deletion tells what goes with a flow, and what stays without it.
type Deletion struct {
	Runs     int      `json:"runs" doc:"Runs that stay readable"`
	Active   int      `json:"active" doc:"Those of them that go on"`
	Triggers []string `json:"triggers" doc:"Types of the triggers that start it now: they end"`
	Hooks    int      `json:"hooks" doc:"Webhook addresses that answer now: they end"`
	Callers  []Caller `json:"callers" doc:"Flows that call it, or may, as they choose whom when they run: such calls fail from then on"`
}

// Caller is a flow that names another in a step.
type Caller struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Live  bool   `json:"live" doc:"Its published version calls it"`
	Draft bool   `json:"draft" doc:"Its draft calls it"`
}

func (s *Server) deletion(ctx context.Context, in *ByID) (*body[Deletion], error) {
	d, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := Deletion{Triggers: []string{}, Callers: []Caller{}}
	if d.Version > 0 && !d.Halted {
		v, err := s.Library.Version(ctx, d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		out.startedBy(v.Content)
	}
	if out.Runs, out.Active, err = s.Uses.RunsOf(ctx, d.ID); err != nil {
		return nil, err
	}
	uses, err := s.Uses.CallsOf(ctx, d.ID, func(content []byte) bool { return calls(content, d.ID) })
	if err != nil {
		return nil, err
	}
	for i := range uses {
		if uses[i].Flow != d.ID {
			out.calledBy(&uses[i])
		}
	}
	return answer(out), nil
}

// startedBy notes what starts a published flow by itself.
func (d *Deletion) startedBy(content []byte) {
	published, _ := flow.Decode(content)
	if published == nil {
		return
	}
	for _, t := range published.Triggers() {
		switch {
		case t.Disabled || t.Type == "trigger.manual":
		case t.Type == "trigger.webhook":
			d.Hooks++
		default:
			d.Triggers = append(d.Triggers, t.Type)
		}
	}
}

// calledBy notes a caller once, whether its draft or what is live calls.
func (d *Deletion) calledBy(u *library.Use) {
	live, draft := u.Kind == library.UseVersion && u.Newest, u.Kind == library.UseDraft
	if !live && !draft {
		return
	}
	at := slices.IndexFunc(d.Callers, func(c Caller) bool { return c.ID == u.Flow })
	if at < 0 {
		at = len(d.Callers)
		d.Callers = append(d.Callers, Caller{ID: u.Flow, Name: u.Name})
	}
	d.Callers[at].Live = d.Callers[at].Live || live
	d.Callers[at].Draft = d.Callers[at].Draft || draft
}

// calls says whether a step of a document that names a flow calls it, or may: core.call in
// flow, which may be a template that gives any flow, those that ask people in notify.
func calls(content []byte, id string) bool {
	d, _ := flow.Decode(content)
	if d == nil {
		return false
	}
	return slices.ContainsFunc(d.Nodes, func(n flow.Node) bool {
		called, _ := n.With["flow"].(string)
		return called == id || n.With["notify"] == id || n.Type == "core.call" && expr.IsTemplate(called)
	})
}
