package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Preview is a template's value on real data.
type Preview struct {
	OK        bool          `json:"ok"`
	Pending   bool          `json:"pending,omitempty" doc:"The data that it reads isn't there yet"`
	Value     Value         `json:"value" doc:"Of ok; cut where truncated"`
	Type      string        `json:"type,omitempty" enum:"null,bool,int,double,string,list,object"`
	Truncated bool          `json:"truncated,omitempty"`
	Problems  []ItemProblem `json:"problems,omitempty"`
}

type preview struct {
	ByID
	Body struct {
		Template string   `json:"template" maxLength:"65536"`
		Node     string   `json:"node,omitempty"`
		Run      string   `json:"run,omitempty" doc:"Empty is the flow's newest run"`
		Flow     Document `json:"flow,omitempty" doc:"The document as it is being edited; default the draft"`
		Item     int      `json:"item,omitempty" minimum:"0" doc:"The pass of the container that the node lies in"`
		Passes   []int    `json:"passes,omitempty" maxItems:"16" doc:"The passes of all containers that it lies in, the outermost first; instead of item"`
		Sample   *struct {
			Input   Value  `json:"input"`
			Trigger string `json:"trigger,omitempty"`
		} `json:"sample,omitempty"`
	}
}

// Bounds of a preview.
const (
	previewWithin = time.Second
	maxPreview    = 16 << 10
	// previewsAtOnce leaves processors to the runs.
	previewsAtOnce = 2
)

// scene is what a template is evaluated in.
type scene struct {
	flow   *engine.Flow
	record engine.Record
	state  *run.State
}

func (s *Server) preview(ctx context.Context, in *preview) (*body[Preview], error) {
	template, faults := expr.Compile(in.Body.Template)
	if len(faults) > 0 {
		return answer(Preview{Problems: faultsOf(faults, in.Body.Node)}), nil
	}
	done, err := s.mayPreview(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	d, err := s.edited(ctx, in)
	if err != nil {
		return nil, err
	}
	at, err := s.scene(ctx, in, d)
	if errors.Is(err, errUnsound) {
		return answer(Preview{Pending: true}), nil
	}
	if err != nil {
		return nil, err
	}
	node := at.stand(d, in.Body.Node)
	if at.lacks(template, d, node) && at.record.ID != "" {
		// What was drawn since that run is computed on what it began with.
		if at, err = s.begun(ctx, in, d, &at.record); errors.Is(err, errUnsound) {
			return answer(Preview{Pending: true}), nil
		} else if err != nil {
			return nil, err
		}
		node = at.stand(d, in.Body.Node)
	}
	if at.lacks(template, d, node) {
		return answer(Preview{Pending: true}), nil
	}
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	defer cancel()
	value, err := engine.Preview(ctx, at.flow, &at.record, at.state, node, passesOf(in), template)
	if err != nil {
		return answer(Preview{Problems: faultsOf(expr.Errors{exprError(err)}, in.Body.Node)}), nil
	}
	return answer(shown(value)), nil
}

// mayPreview waits for one of the few places that previews have, so that they leave
// processors to the runs; done gives it back.
func (s *Server) mayPreview(ctx context.Context) (done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, previewWithin)
	defer cancel()
	select {
	case s.previews <- struct{}{}:
		return func() { <-s.previews }, nil
	case <-ctx.Done():
		busy := problem(http.StatusServiceUnavailable, "too many previews at once: ask again in a moment")
		busy.retry = previewWithin
		return nil, busy
	}
}

func passesOf(in *preview) []int {
	if len(in.Body.Passes) > 0 {
		return in.Body.Passes
	}
	return []int{in.Body.Item}
}

// edited gives the document that is being edited: as sent, or the draft.
func (s *Server) edited(ctx context.Context, in *preview) (*flow.Document, error) {
	draft, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	content := draft.Content
	if len(in.Body.Flow) > 0 && string(in.Body.Flow) != "null" {
		content = in.Body.Flow
	}
	return decode(content)
}

// scene is a past run, or what a run would know at its start of a sample. The
// document being edited may have errors, so a past run keeps its own nodes and
// takes only the vars from it.
func (s *Server) scene(ctx context.Context, in *preview, d *flow.Document) (*scene, error) {
	id := in.Body.Run
	if id == "" && in.Body.Sample == nil {
		last, err := s.Runs.LastRuns(ctx, []string{in.ID}, 1)
		if err != nil {
			return nil, err
		}
		if len(last[in.ID]) > 0 {
			id = last[in.ID][0].ID
		}
	}
	if id == "" {
		return s.begun(ctx, in, d, nil)
	}
	f, err := s.fold(ctx, id)
	if err != nil {
		return nil, err
	}
	if f.flow == nil {
		return s.begun(ctx, in, d, nil)
	}
	doc := *f.flow.Program.Document
	doc.Vars = d.Vars
	program := *f.flow.Program
	program.Document = &doc
	return &scene{flow: engine.NewFlow(&program), record: f.record, state: f.state}, nil
}

// stand gives the node to stand at. One that the run doesn't know yet stands
// beside any other of its container.
func (at *scene) stand(d *flow.Document, node string) string {
	if _, known := at.flow.Plan.Lookup(node); known {
		return node
	}
	n := d.Node(node)
	if n == nil || n.Parent == "" {
		return node
	}
	for i := range at.flow.Program.Document.Nodes {
		if other := &at.flow.Program.Document.Nodes[i]; other.Parent == n.Parent {
			return other.ID
		}
	}
	return node
}

// lacks says whether a template reads what isn't there yet.
func (at *scene) lacks(t *expr.Template, d *flow.Document, node string) bool {
	for _, ref := range t.References() {
		switch ref.Name {
		case "trigger":
			if at.record.Data == nil {
				return true
			}
		case "item", "index", "attempt":
			if !at.looped(d, node) {
				return true
			}
		case "steps":
			if !at.ended(ref.Step) {
				return true
			}
		}
	}
	return false
}

// ended says whether any step of a node has an end. Where there is nothing to begin with, only
// what is pinned has one.
func (at *scene) ended(node string) bool {
	for _, step := range at.state.Steps() {
		if _, pinned := at.state.Pin(step); step.Node.ID == node && step.EndedSeq > 0 && (at.record.Data != nil || pinned && step.State == run.StepDone) {
			return true
		}
	}
	return false
}

// looped says whether the container of a node has opened a pass.
func (at *scene) looped(d *flow.Document, node string) bool {
	n := d.Node(node)
	if n == nil {
		n = at.flow.Program.Document.Node(node)
	}
	if n == nil || n.Parent == "" {
		return false
	}
	for _, step := range at.state.Steps() {
		if step.Scope.Container != nil && step.Scope.Container.Node.ID == n.Parent {
			return true
		}
	}
	return false
}

func exprError(err error) *expr.Error {
	var known *expr.Error
	if errors.As(err, &known) {
		return known
	}
	return &expr.Error{Code: expr.CodeEval, Message: err.Error()}
}

func faultsOf(faults expr.Errors, node string) []ItemProblem {
	out := make([]ItemProblem, len(faults))
	for i, f := range faults {
		out[i] = ItemProblem{Code: f.Code, Severity: flow.SeverityError, Pointer: f.Pointer, Node: node, Column: f.Offset + 1, Line: 1, Message: f.Error()}
	}
	return out
}

// shown cuts a value that is too large to be shown beneath a field.
func shown(v any) Preview {
	out := Preview{OK: true, Value: Value{v}, Type: typeOf(v)}
	if text, ok := v.(string); ok && len(text) > maxPreview {
		out.Value, out.Truncated = Value{strings.ToValidUTF8(text[:maxPreview], "")}, true
		return out
	}
	if data := flow.CompactJSON(v); len(data) > maxPreview {
		out.Value, out.Truncated = Value{strings.ToValidUTF8(string(data[:maxPreview]), "")}, true
	}
	return out
}

func typeOf(v any) string {
	switch v.(type) {
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "double"
	case string:
		return "string"
	case []any:
		return "list"
	case map[string]any:
		return "object"
	}
	return "null"
}
