package web

import (
	"context"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/transfer"
)

// ImportPlan is what an import would do.
type ImportPlan struct {
	ID         string        `json:"id"`
	Items      []ImportItem  `json:"items"`
	Missing    Missing       `json:"missing"`
	Problems   []FileProblem `json:"problems"`
	Applicable bool          `json:"applicable" doc:"false where a file can't be read without losing something"`
}

// ImportItem is one flow of a plan.
type ImportItem struct {
	File    string          `json:"file"`
	FlowID  string          `json:"flowId"`
	Name    string          `json:"name"`
	Status  transfer.Status `json:"status" enum:"new,same,changed,conflict"`
	Changes []Change        `json:"changes"`
	Local   *ImportLocal    `json:"local" doc:"The flow here; null where it is new"`
	Choices []string        `json:"choices"`
	Choice  string          `json:"choice" enum:"theirs,mine,copy"`
}

// ImportLocal is what is here already.
type ImportLocal struct {
	Revision int64 `json:"revision"`
	Version  int   `json:"version"`
}

// Missing is what flows of the plan need and this system lacks.
type Missing struct {
	Connectors  []MissingConnector  `json:"connectors"`
	Credentials []MissingCredential `json:"credentials"`
}

// MissingConnector is a connector that isn't installed.
type MissingConnector struct {
	ID      string   `json:"id"`
	Version string   `json:"version"`
	Flows   []string `json:"flows"`
}

// MissingCredential is an alias that has to be bound.
type MissingCredential struct {
	Alias string   `json:"alias"`
	Type  string   `json:"type"`
	Flows []string `json:"flows"`
}

// FileProblem is a problem in one of the files.
type FileProblem struct {
	File string `json:"file"`
	ItemProblem
}

// ImportResult is an import that was carried out.
type ImportResult struct {
	ImportID string         `json:"importId"`
	Flows    []ImportedFlow `json:"flows"`
}

// ImportedFlow is what became of one flow.
type ImportedFlow struct {
	FlowID   string `json:"flowId" doc:"As in the plan"`
	ID       string `json:"id" doc:"As it is here"`
	Revision int64  `json:"revision"`
	Result   string `json:"result" enum:"created,updated,kept,copied"`
}

// Import is an import that was carried out, and perhaps undone.
type Import struct {
	ID    string       `json:"id"`
	At    time.Time    `json:"at"`
	By    string       `json:"by"`
	State string       `json:"state" enum:"applied,rolledback"`
	Flows []ImportFlow `json:"flows"`
}

// ImportFlow is one flow that an import wrote.
type ImportFlow struct {
	ID     string `json:"id"`
	Name   string `json:"name" doc:"As in the file; empty of a copy"`
	Result string `json:"result" enum:"created,updated"`
}

type applyImport struct {
	ByID
	Body *struct {
		Choices map[string]string `json:"choices,omitempty" doc:"By flow id: theirs, mine or copy"`
	}
}

type exportFlows struct {
	Flows string `query:"flows" doc:"Ids with commas; empty is all"`
}

type exported struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Server) importRoutes() {
	route(s, needs(auth.Import), operation{method: "POST", path: "/import/plans", id: "planImport", summary: "Plan the import of a flow file, a bundle or several files", status: 201, limit: maxInput, errors: []int{413, 415, 422}}, s.planImport)
	route(s, needs(auth.Import), operation{method: "GET", path: "/import/plans/{id}", id: "getImportPlan", summary: "A plan that was made", errors: []int{404, 409}}, s.importPlan)
	route(s, needs(auth.Import), operation{method: "POST", path: "/import/plans/{id}/apply", id: "applyImport", summary: "Carry a plan out, all or nothing", errors: []int{404, 409, 422}}, s.applyImport)
	route(s, needs(auth.Import), operation{method: "GET", path: "/import", id: "listImports", summary: "Imports that were carried out, newest first"}, s.imports)
	route(s, needs(auth.Import), operation{method: "POST", path: "/import/{id}/rollback", id: "rollbackImport", summary: "Undo an import", errors: []int{404, 409}}, s.rollbackImport)
	route(s, needs(auth.Export), operation{method: "GET", path: "/export", id: "exportFlows", summary: "One flow as its file, several as a bundle", errors: []int{404}}, s.export)
}

func (s *Server) imports(ctx context.Context, in *Page) (*body[List[Import]], error) {
	done, next, err := s.Transfer.Done(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	list := List[Import]{Items: make([]Import, len(done)), Next: next}
	for i, d := range done {
		list.Items[i] = Import{d.ID, d.At, d.By, d.State, make([]ImportFlow, len(d.Flows))}
		for j, f := range d.Flows {
			list.Items[i].Flows[j] = ImportFlow(f)
		}
	}
	return answer(list), nil
}

func (s *Server) planImport(ctx context.Context, in *flowFile) (*body[ImportPlan], error) {
	p, err := s.Transfer.Make(ctx, in.RawBody, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	return answer(planOf(p)), nil
}

func planOf(p *transfer.Plan) ImportPlan {
	out := ImportPlan{
		ID: p.ID, Applicable: p.Applicable, Items: make([]ImportItem, len(p.Items)), Problems: make([]FileProblem, len(p.Problems)),
		Missing: Missing{make([]MissingConnector, len(p.Connectors)), make([]MissingCredential, len(p.Credentials))},
	}
	for i, item := range p.Items {
		out.Items[i] = ImportItem{item.File, item.FlowID, item.Name, item.Status, changesOf(item.Changes), (*ImportLocal)(item.Local), item.Choices, item.Choice}
	}
	for i, found := range p.Problems {
		out.Problems[i] = FileProblem{found.File, ItemProblem(found.Problem)}
	}
	for i, c := range p.Connectors {
		out.Missing.Connectors[i] = MissingConnector(c)
	}
	for i, c := range p.Credentials {
		out.Missing.Credentials[i] = MissingCredential(c)
	}
	return out
}

func (s *Server) importPlan(ctx context.Context, in *ByID) (*body[ImportPlan], error) {
	p, err := s.Transfer.Plan(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(planOf(p)), nil
}

func (s *Server) applyImport(ctx context.Context, in *applyImport) (*body[ImportResult], error) {
	var choices map[string]string
	if in.Body != nil {
		choices = in.Body.Choices
	}
	applied, err := s.Transfer.Apply(ctx, in.ID, choices, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	out := ImportResult{applied.ImportID, make([]ImportedFlow, len(applied.Flows))}
	for i, f := range applied.Flows {
		out.Flows[i] = ImportedFlow(f)
		s.Live.FlowChanged(f.ID)
	}
	return answer(out), nil
}

func (s *Server) rollbackImport(ctx context.Context, in *ByID) (*body[ImportResult], error) {
	ids, err := s.Transfer.Rollback(ctx, in.ID, identityFrom(ctx).Actor.Name)
	if err != nil {
		return nil, err
	}
	s.Published()
	for _, id := range ids {
		s.Live.FlowChanged(id)
	}
	return answer(ImportResult{in.ID, []ImportedFlow{}}), nil
}

func (s *Server) export(ctx context.Context, in *exportFlows) (*exported, error) {
	var ids []string
	if in.Flows != "" {
		ids = strings.Split(in.Flows, ",")
	}
	out, err := s.Transfer.Export(ctx, ids)
	if err != nil {
		return nil, err
	}
	return &exported{"application/json", `attachment; filename="` + out.Name + `"`, out.Content}, nil
}
