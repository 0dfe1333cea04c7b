package web

import (
	"context"
	"fmt"
	"strconv"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// uncalled finds the steps that name a flow which isn't here or isn't published: a run
// fails there. It is a warning always of one that only tells people what they are asked,
// for the question stands without it, and of one that isn't published yet: of two that
// call each other one has to be published first.
func (s *Server) uncalled(ctx context.Context, d *flow.Document, severity flow.Severity) (problems flow.Problems, err error) {
	if d == nil {
		return nil, nil
	}
	calls := d.Calls()
	if len(calls) == 0 {
		return nil, nil
	}
	ids := make([]string, len(calls))
	for i, c := range calls {
		ids[i] = c.Flow
	}
	heads, err := s.Library.Heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		head, here := heads[c.Flow]
		if d.Nodes[c.Node].Disabled || here && head.Version > 0 && c.Version <= head.Version {
			continue
		}
		p := uncalledProblem(c, head, here)
		p.Severity, p.Node = severity, d.Nodes[c.Node].ID
		p.Pointer = flow.Join("/nodes", strconv.Itoa(c.Node), "with", c.Key)
		if c.Key != "flow" || here && head.Version == 0 {
			p.Severity = flow.SeverityWarning
		}
		problems = append(problems, p)
	}
	return problems, nil
}

func uncalledProblem(c flow.Call, head library.Head, here bool) flow.Problem {
	switch {
	case here && head.Version > 0:
		return flow.Problem{
			Code:    "call.version",
			Message: fmt.Sprintf("the flow %q has no version %d, its newest is %d", head.Name, c.Version, head.Version), Fix: "call one that it has, or the newest",
		}
	case here:
		return flow.Problem{Code: "call.unpublished", Message: fmt.Sprintf("the flow %q isn't published", head.Name), Fix: "publish it first, or call another"}
	}
	if ships, err := shipped(); err == nil {
		if f, found := ships.find(c.Flow); found {
			return flow.Problem{
				Code:    "call.missing",
				Message: fmt.Sprintf("the flow %q isn't on this server", f.Document.Name), Fix: "it is one of the templates: add it at this field, or call another",
			}
		}
	}
	return flow.Problem{Code: "call.missing", Message: "there is no flow " + c.Flow + " on this server", Fix: "import it, or call another"}
}
