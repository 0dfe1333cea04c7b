package web

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// FlowItem is a line of the list of flows.
type FlowItem struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Labels      []string  `json:"labels"`
	Revision    int64     `json:"revision"`
	Version     int       `json:"version" doc:"The newest published; 0 is none"`
	Halted      bool      `json:"halted" doc:"The triggers of the published version start nothing"`
	Triggers    []string  `json:"triggers"`
	UpdatedAt   time.Time `json:"updatedAt"`
	UpdatedBy   string    `json:"updatedBy"`
	LastRuns    []LastRun `json:"lastRuns" doc:"The newest 12, newest first"`
	// Failing are the triggers that look for events themselves and can't.
	Failing []FailingTrigger `json:"failing,omitempty" required:"false" nullable:"false" doc:"Triggers of the published version that can't look for events, such as those of a mailbox out of reach"`
}

// FailingTrigger says why a trigger can't look for events.
type FailingTrigger struct {
	Node    string    `json:"node"`
	Message string    `json:"message" doc:"What is wrong"`
	Since   time.Time `json:"since"`
}

// LastRun is one of a flow's newest runs.
type LastRun struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

// Flow is a flow's draft with what is known of it.
type Flow struct {
	ID        string            `json:"id"`
	Revision  int64             `json:"revision"`
	Version   int               `json:"version"`
	Halted    bool              `json:"halted" doc:"The triggers of the published version start nothing"`
	Flow      Document          `json:"flow"`
	Problems  []ItemProblem     `json:"problems"`
	Hooks     map[string]string `json:"hooks" doc:"Addresses of the published version's webhooks, by node"`
	Published *Publication      `json:"published" doc:"null where nothing was published"`
	UpdatedAt time.Time         `json:"updatedAt"`
	UpdatedBy string            `json:"updatedBy"`
}

// Publication says when and by whom the newest version was published.
type Publication struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
}

// Saved is the answer to a change of a draft.
type Saved struct {
	Revision int64         `json:"revision"`
	Problems []ItemProblem `json:"problems"`
}

// Created is the answer to a new flow.
type Created struct {
	ID       string `json:"id"`
	Revision int64  `json:"revision"`
}

// Problems are what a check finds.
type Problems struct {
	Problems []ItemProblem `json:"problems"`
}

type flowFile struct {
	RawBody []byte `contentType:"application/json"`
}

type saveFlow struct {
	ByID
	IfMatch string `header:"If-Match"`
	RawBody []byte `contentType:"application/json"`
}

type checkFlow struct {
	ByID
	RawBody []byte `contentType:"application/json" required:"false"`
}

type listFlows struct {
	Page
	Query string `query:"q" maxLength:"200"`
}

type oneFlow struct {
	ETag string `header:"ETag"`
	Body Flow
}

type savedFlow struct {
	ETag string `header:"ETag"`
	Body Saved
}

type createdFlow struct {
	ETag string `header:"ETag"`
	Body Created
}

func (s *Server) flowRoutes() {
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows", id: "listFlows", summary: "List flows, the last edited first"}, s.flows)
	route(s, needs(auth.FlowWrite), operation{method: "POST", path: "/flows", id: "createFlow", summary: "Keep a new flow", status: 201, limit: flow.MaxBytes, errors: []int{400, 409, 413, 415, 422}}, s.createFlow)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}", id: "getFlow", summary: "A flow's draft", errors: []int{404}}, s.flow)
	route(s, needs(auth.FlowWrite), operation{method: "PUT", path: "/flows/{id}", id: "saveFlow", summary: "Save a flow's draft", limit: flow.MaxBytes, errors: []int{400, 404, 409, 413, 415, 422, 428}}, s.saveFlow)
	route(s, needs(auth.FlowWrite), operation{method: "DELETE", path: "/flows/{id}", id: "deleteFlow", summary: "Delete a flow; its runs stay", status: 204, errors: []int{404}}, s.deleteFlow)
	route(s, needs(auth.FlowWrite), operation{method: "GET", path: "/flows/{id}/deletion", id: "getDeletion", summary: "What would go with a flow, and what would stay without it", errors: []int{404}}, s.deletion)
	route(s, needs(auth.FlowRead), operation{method: "POST", path: "/flows/{id}/check", id: "checkFlow", summary: "Check a flow file, or the draft", limit: flow.MaxBytes, errors: []int{404, 413, 415}}, s.checkFlow)
}

func (s *Server) flows(ctx context.Context, in *listFlows) (*body[List[FlowItem]], error) {
	list, next, err := s.Library.List(ctx, library.Page{Query: in.Query, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	last, err := s.Runs.LastRuns(ctx, ids, 12)
	if err != nil {
		return nil, err
	}
	failing, err := s.failing(ctx, ids)
	if err != nil {
		return nil, err
	}
	items := make([]FlowItem, len(list))
	for i, f := range list {
		items[i] = FlowItem{
			ID: f.ID, Name: f.Name, Description: f.Description, Labels: nonNil(f.Labels), Revision: f.Revision, Version: f.Version, Halted: f.Halted,
			Triggers: nonNil(f.Triggers), UpdatedAt: f.Updated, UpdatedBy: f.UpdatedBy, LastRuns: lastRuns(last[f.ID]),
			Failing: failing[f.ID],
		}
	}
	return answer(List[FlowItem]{items, next}), nil
}

// failing gives the triggers that fail, by their flows.
func (s *Server) failing(ctx context.Context, ids []string) (map[string][]FailingTrigger, error) {
	boxes, err := s.Receipts.FailingMailboxes(ctx, ids)
	if err != nil {
		return nil, err
	}
	by := make(map[string][]FailingTrigger, len(boxes))
	for i := range boxes {
		b := &boxes[i]
		by[b.Flow] = append(by[b.Flow], FailingTrigger{b.Node, b.Health.Message, b.FailingSince()})
	}
	return by, nil
}

func lastRuns(runs []RunSummary) []LastRun {
	list := make([]LastRun, len(runs))
	for i, r := range runs {
		list[i] = LastRun{r.ID, r.State, r.Created}
	}
	return list
}

func (s *Server) createFlow(ctx context.Context, in *flowFile) (*createdFlow, error) {
	d, _, err := s.Library.Create(ctx, in.RawBody, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	return &createdFlow{etag(d.Revision), Created{d.ID, d.Revision}}, nil
}

func (s *Server) flow(ctx context.Context, in *ByID) (*oneFlow, error) {
	d, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	document, problems, err := s.Library.CheckSoon(ctx, d.Content)
	if err != nil {
		return nil, err
	}
	if problems, err = s.withBindings(ctx, d.ID, document, problems); err != nil {
		return nil, err
	}
	out := Flow{
		ID: d.ID, Revision: d.Revision, Version: d.Version, Halted: d.Halted, Flow: Document(d.Content), Problems: itemProblems(problems),
		Hooks: map[string]string{}, UpdatedAt: d.Updated, UpdatedBy: d.UpdatedBy,
	}
	if d.Version > 0 {
		v, err := s.Library.Version(ctx, d.ID, d.Version)
		if err != nil {
			return nil, err
		}
		out.Published = &Publication{v.Number, v.At, v.Author}
		// An address starts runs: it is for those who may draw what it starts.
		if published, _ := flow.Decode(v.Content); published != nil && auth.Can(identityFrom(ctx).Actor, auth.FlowWrite) {
			out.Hooks = addresses(s.Library.Tokens(d.ID, published))
		}
	}
	return &oneFlow{etag(d.Revision), out}, nil
}

// addresses gives where webhooks lie on this server.
func addresses(tokens map[string]string) map[string]string {
	out := make(map[string]string, len(tokens))
	for node, token := range tokens {
		out[node] = "/hooks/" + token
	}
	return out
}

func (s *Server) saveFlow(ctx context.Context, in *saveFlow) (*savedFlow, error) {
	base, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	d, problems, err := s.Library.Save(ctx, in.ID, base, in.RawBody, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	s.Live.FlowChanged(d.ID)
	document, _ := d.Document()
	if problems, err = s.withBindings(ctx, d.ID, document, problems); err != nil {
		return nil, err
	}
	return &savedFlow{etag(d.Revision), Saved{d.Revision, itemProblems(problems)}}, nil
}

func (s *Server) deleteFlow(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Library.Delete(ctx, in.ID); err != nil {
		return nil, err
	}
	s.Published()
	// Who has it open learns that it is gone.
	s.Live.FlowChanged(in.ID)
	return &none{}, nil
}

func (s *Server) checkFlow(ctx context.Context, in *checkFlow) (*body[Problems], error) {
	d, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	content := d.Content
	if len(in.RawBody) > 0 {
		content = in.RawBody
	}
	document, problems, err := s.Library.Check(ctx, content)
	if err != nil {
		return nil, err
	}
	if problems, err = s.withBindings(ctx, d.ID, document, problems); err != nil {
		return nil, err
	}
	return answer(Problems{itemProblems(problems)}), nil
}
