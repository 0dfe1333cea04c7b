package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// RunPlan says what a start means before it is made.
type RunPlan struct {
	Runs    []string             `json:"runs" doc:"Keys of steps, and ids of nodes that have not run before, that run or may run"`
	Reuses  []string             `json:"reuses" doc:"Keys of steps whose results are kept"`
	Pinned  []string             `json:"pinned" doc:"Those that give their pinned output instead of running"`
	Effects []engine.RetryEffect `json:"effects" doc:"Those of runs that change something outside"`
	Unknown []string             `json:"unknown" doc:"Keys of steps that may have taken effect already, for which the start is refused"`
}

type planRun struct {
	ByID
	Body *StartRun
}

func (s *Server) planRoutes() {
	route(s, needs(auth.FlowRun), operation{method: "POST", path: "/flows/{id}/runs/plan", id: "planRun", summary: "What a start would run, keep and take from pins; nothing is started", limit: maxInput, errors: []int{404, 409, 413, 415, 422}}, s.planRun)
}

func (s *Server) planRun(ctx context.Context, in *planRun) (*body[RunPlan], error) {
	start := &startRun{ByID: in.ByID, Body: in.Body}
	if start.Body == nil {
		start.Body = &StartRun{}
	}
	if start.Body.From != "" || start.Body.Reuse != "" {
		p, err := s.reusing(ctx, start)
		if err != nil {
			return nil, err
		}
		return answer(planView(p.plan, p.view().Unknown)), nil
	}
	f, node, setup, err := s.fresh(ctx, start)
	if err != nil {
		return nil, err
	}
	return answer(planView(engine.PlanStart(f.Flow, node, setup), nil)), nil
}

func planView(p *engine.Retry, unknown []string) RunPlan {
	return RunPlan{Runs: orEmpty(append(p.Reruns, p.First...)), Reuses: orEmpty(p.Reuses), Pinned: orEmpty(p.Pinned), Effects: orEmpty(p.Effects), Unknown: orEmpty(unknown)}
}

// versioned is a flow that is to be run, and the number of its version.
type versioned struct {
	*engine.Flow
	number int
}

// fresh says what a run is made of that keeps nothing of another.
func (s *Server) fresh(ctx context.Context, in *startRun) (f versioned, node string, setup run.Setup, err error) {
	if in.Body.Only {
		return f, "", setup, problemAt(http.StatusUnprocessableEntity, "only", "/only", "a step runs alone on what an earlier run made: give from, the step, and reuse, that run; or run up to it by until")
	}
	content, number, err := s.chosen(ctx, in.ID, in.Body.Version.V)
	if err != nil {
		return f, "", setup, err
	}
	f.number = number
	if f.Flow, err = s.Flows.Pin(ctx, content); err != nil {
		return f, "", setup, err
	}
	if node, err = trigger.Pick(f.Program.Document, in.Body.Trigger); err != nil {
		return f, "", setup, problemAt(http.StatusUnprocessableEntity, "trigger.unknown", "/trigger", err.Error())
	}
	if setup, err = s.setup(ctx, in, f.Flow, number); err == nil && setup.Until != "" && !engine.Leads(f.Flow, node, setup.Until) {
		err = problemAt(http.StatusUnprocessableEntity, "until.unreachable", "/until", "no edges lead from "+strconv.Quote(node)+" to "+strconv.Quote(setup.Until)+": join them, or begin at another trigger")
	}
	return f, node, setup, err
}

// setup says what a run does otherwise than its document.
func (s *Server) setup(ctx context.Context, in *startRun, f *engine.Flow, number int) (setup run.Setup, err error) {
	if until := in.Body.Until; until != "" {
		n, there := f.Plan.Lookup(until)
		switch {
		case !there || n.Type == flow.TypeNote:
			return setup, problemAt(http.StatusUnprocessableEntity, "until.unknown", "/until", "this version of the flow has no node "+strconv.Quote(until))
		case n.Disabled:
			return setup, problemAt(http.StatusUnprocessableEntity, "until.disabled", "/until", "the node "+strconv.Quote(until)+" is disabled: enable it to run up to it")
		}
		setup.Until = until
	}
	if !in.Body.Pins {
		return setup, nil
	}
	if number != 0 {
		return setup, problemAt(http.StatusUnprocessableEntity, "pins.version", "/pins", "pinned outputs are for trying a draft: run the draft, or leave pins out")
	}
	setup.Pins, err = s.pinsOf(ctx, in.ID, f, in.Body.DryRun)
	return setup, err
}

// pinsOf gives the pins of the nodes that a draft has, if they fit those.
// Nobody's answer is given beforehand where something real depends on it.
func (s *Server) pinsOf(ctx context.Context, id string, f *engine.Flow, dry bool) (map[string]run.Pin, error) {
	pins, err := s.Library.Pins(ctx, id)
	if err != nil {
		return nil, err
	}
	out := map[string]run.Pin{}
	var problems flow.Problems
	for _, p := range pins {
		n, there := f.Plan.Lookup(p.Node)
		if !there {
			continue // it may come back, by an undo
		}
		out[p.Node] = run.Pin{Output: p.Output, Port: p.Port}
		if typ := n.Type; !dry && (typ == flow.TypeApproval || typ == flow.TypeForm) {
			problems = append(problems, flow.Problem{Code: "pin.answer", Severity: flow.SeverityError, Pointer: flow.Join("/pins", p.Node), Node: p.Node, Message: "a pinned answer stands for people in dry runs alone: this run would act on what nobody was asked", Fix: "make it a dry run, run it without pins, or unpin the answer"})
		}
		if err := engine.CheckPin(n.Node, f.Program.Nodes[n.Index].Type, out[p.Node]); err != nil {
			problems = append(problems, flow.Problem{Code: "pin.port", Severity: flow.SeverityError, Pointer: flow.Join("/pins", p.Node), Node: p.Node, Message: err.Error(), Fix: "edit its pinned output, or unpin it"})
		} else if !p.Fits(n.Type) {
			problems = append(problems, flow.Problem{Code: "pin.type", Severity: flow.SeverityError, Pointer: flow.Join("/pins", p.Node), Node: p.Node, Message: "the pinned output was given for a node of type " + p.Type + ", and " + p.Node + " is " + n.Type, Fix: "edit its pinned output, or unpin it"})
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}

// reuse begins a run of a flow from a node, with what an earlier run of it made.
func (s *Server) reuse(ctx context.Context, in *startRun) (*engine.Request, error) {
	p, err := s.reusing(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := p.mayRepeat(nil); err != nil {
		return nil, err
	}
	r := p.request(identityFrom(ctx).Actor.Person())
	return &r, nil
}

// reusing plans such a run.
func (s *Server) reusing(ctx context.Context, in *startRun) (*planned, error) {
	b := in.Body
	if b.From == "" || b.Reuse == "" {
		return nil, problemAt(http.StatusUnprocessableEntity, "reuse", "/from", "a run from a node needs both: from, the node's step key, and reuse, the run whose results are kept")
	}
	record, err := s.Runs.Record(ctx, b.Reuse)
	if errors.Is(err, engine.ErrNotFound) || err == nil && record.Flow != in.ID {
		return nil, problemAt(http.StatusUnprocessableEntity, "reuse", "/reuse", "this flow has no run "+b.Reuse)
	}
	if err != nil {
		return nil, err
	}
	var input *Value
	if b.Input.V != nil {
		input = &b.Input
	}
	version := b.Version.V
	if version == nil {
		draft, err := s.Library.Draft(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		version = int64(draft.Version)
		if draft.Version == 0 {
			version = "draft"
		}
	}
	p, err := s.planReuse(ctx, in, version, input)
	if err != nil {
		return nil, err
	}
	// What people said yes to in a dry run, and what stood in for outputs there, is no
	// result of a real one; and the other way round.
	if p.past.Record.DryRun != b.DryRun {
		return nil, problemAt(http.StatusConflict, "reuse.dry_run", "/dryRun", "results of a dry run are kept by a dry run alone, and those of a real one by a real one")
	}
	return p, nil
}

// planReuse plans it with what the start says besides.
func (s *Server) planReuse(ctx context.Context, in *startRun, version any, input *Value) (*planned, error) {
	b := in.Body
	if b.Only && b.Until != "" {
		return nil, problemAt(http.StatusUnprocessableEntity, "only", "/until", "a step that runs alone is the last one: leave until out")
	}
	p, err := s.planRetry(ctx, b.Reuse, version, []string{b.From}, input, func(f *engine.Flow, number int) (run.Setup, error) {
		setup, err := s.setup(ctx, in, f, number)
		if b.Only {
			setup.Until = run.NodeID(b.From)
		}
		return setup, err
	})
	if err != nil || !b.Only {
		return p, err
	}
	if missing := p.plan.Lacks(p.flow, b.From); len(missing) > 0 {
		return nil, problemAt(http.StatusConflict, "reuse.lacks", "/reuse", "the run lacks what "+b.From+" needs, or the draft was changed before it ("+strings.Join(missing[:min(len(missing), 3)], ", ")+"): run up to it instead")
	}
	return p, nil
}
