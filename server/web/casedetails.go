package web

import (
	"context"
	"strconv"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// CaseEntry is one thing that happened to a case.
type CaseEntry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind" enum:"opened,changed,commented,artifact_added,artifact_removed,merged_into,merged_from,task_added,task_changed,template_applied,attachment_added,attachment_removed"`
	By   CaseActor `json:"by"`
	Data Value     `json:"data" doc:"changes [{field, from, to}] of changed, with left, the titles of the first required tasks that a closing left open, and leftCount, how many there were; text of commented and of merges; type and value of an artifact; attachment, name, size, type and sha256 of a file; case, number and title of a merge; task, title, state and text of a task; name, version, kept, added and dropped of a template"`
}

// RelatedCase is a case with what it shares with another.
type RelatedCase struct {
	Case   Case           `json:"case"`
	Shared []CaseArtifact `json:"shared" nullable:"false" doc:"The first of them"`
	Count  int            `json:"count" doc:"How many artifacts both have"`
}

// CaseSnapshot is what the topic of a case tells.
type CaseSnapshot struct {
	Case     Case  `json:"case"`
	Revision int64 `json:"revision"`
}

// CasesSnapshot is what the topic of all cases tells.
type CasesSnapshot struct {
	Revision int64 `json:"revision"`
}

type commentCase struct {
	ByID
	Body struct {
		Text string `json:"text" doc:"Markdown"`
	}
}

type caseTimeline struct {
	ByID
	Before int64 `query:"before" minimum:"0" doc:"Entries before this one; 0 is the newest"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type addArtifacts struct {
	ByID
	Body struct {
		Artifacts []GivenArtifact `json:"artifacts" minItems:"1" maxItems:"1000"`
	}
}

type removeArtifact struct {
	ByID
	Type  string `query:"type" maxLength:"40" required:"true"`
	Value string `query:"value" maxLength:"8192" required:"true"`
}

type retypeArtifact struct {
	ByID
	Type  string `query:"type" maxLength:"40" required:"true"`
	Value string `query:"value" maxLength:"8192" required:"true"`
	Body  struct {
		Type string `json:"type" maxLength:"40" doc:"What it is"`
	}
}

type mergeCase struct {
	ByID
	Body struct {
		Into    string `json:"into" maxLength:"100" doc:"The id or number of the case in which it goes on"`
		Comment string `json:"comment,omitempty"`
	}
}

// maxCaseRuns is how many runs of a case are listed.
const maxCaseRuns = 100

func (s *Server) caseDetailRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/timeline", id: "caseTimeline", summary: "What happened to a case, newest first", errors: []int{404}}, s.caseTimeline)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases/{id}/comments", id: "commentCase", summary: "Say something in a case", status: 201, errors: []int{404, 409, 422}}, s.commentCase)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/artifacts", id: "listArtifacts", summary: "What a case is about, the highest score first", errors: []int{404}}, s.artifacts)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases/{id}/artifacts", id: "addArtifacts", summary: "Add artifacts; those that it has take the higher score", errors: []int{404, 409, 422}}, s.addArtifacts)
	route(s, needs(auth.CaseWork), operation{method: "DELETE", path: "/cases/{id}/artifacts", id: "removeArtifact", summary: "Take an artifact away that doesn't belong to a case", errors: []int{404, 409}}, s.removeArtifact)
	route(s, needs(auth.CaseWork), operation{method: "PUT", path: "/cases/{id}/artifacts", id: "retypeArtifact", summary: "Say of what type an artifact of a case is", errors: []int{404, 409, 422}}, s.retypeArtifact)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/related", id: "relatedCases", summary: "Cases that share artifacts with a case, the most shared first", errors: []int{404}}, s.relatedCases)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/runs", id: "caseRuns", summary: "Runs that did something to a case, newest first", errors: []int{404}}, s.caseRuns)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases/{id}/merge", id: "mergeCase", summary: "Have a case go on in another; the answer is that one", errors: []int{404, 409, 422}}, s.mergeCase)
}

func (s *Server) caseTimeline(ctx context.Context, in *caseTimeline) (*body[List[CaseEntry]], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Cases.Timeline(ctx, c.ID, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	list := List[CaseEntry]{Items: make([]CaseEntry, len(found))}
	for i := range found {
		e := &found[i]
		list.Items[i] = CaseEntry{e.Seq, e.At, e.Kind, caseActor(&e.By), Value{e.Data}}
	}
	if n := len(found); n == in.Limit && found[n-1].Seq > 1 {
		list.Next = strconv.FormatInt(found[n-1].Seq, 10)
	}
	return answer(list), nil
}

func (s *Server) commentCase(ctx context.Context, in *commentCase) (*body[Case], error) {
	return caseAnswer(s.Cases.Comment(ctx, cases.ActorOf(ctx), in.ID, "", in.Body.Text))
}

func caseAnswer(c cases.Case, err error) (*body[Case], error) {
	if err != nil {
		return nil, err
	}
	return answer(caseItem(&c)), nil
}

func (s *Server) artifacts(ctx context.Context, in *ByID) (*body[List[CaseArtifact]], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.Cases.Artifacts(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return answer(List[CaseArtifact]{Items: caseArtifacts(found)}), nil
}

func caseArtifacts(found []cases.Artifact) []CaseArtifact {
	list := make([]CaseArtifact, len(found))
	for i := range found {
		list[i] = caseArtifact(&found[i])
	}
	return list
}

func (s *Server) addArtifacts(ctx context.Context, in *addArtifacts) (*body[Case], error) {
	list, err := givenArtifacts("artifacts", in.Body.Artifacts)
	if err != nil {
		return nil, err
	}
	return caseAnswer(s.Cases.AddArtifacts(ctx, cases.ActorOf(ctx), in.ID, "", list))
}

func (s *Server) retypeArtifact(ctx context.Context, in *retypeArtifact) (*body[Case], error) {
	return caseAnswer(s.Cases.RetypeArtifact(ctx, cases.ActorOf(ctx), in.ID, in.Type, in.Value, in.Body.Type))
}

func (s *Server) removeArtifact(ctx context.Context, in *removeArtifact) (*body[Case], error) {
	return caseAnswer(s.Cases.RemoveArtifact(ctx, cases.ActorOf(ctx), in.ID, in.Type, in.Value))
}

func (s *Server) relatedCases(ctx context.Context, in *ByID) (*body[List[RelatedCase]], error) {
	found, err := s.Cases.RelatedTo(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[RelatedCase]{Items: make([]RelatedCase, len(found))}
	for i := range found {
		list.Items[i] = RelatedCase{caseItem(&found[i].Case), caseArtifacts(found[i].Shared), found[i].Count}
	}
	return answer(list), nil
}

func (s *Server) caseRuns(ctx context.Context, in *ByID) (*body[List[string]], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ids, err := s.Cases.CaseRuns(ctx, c.ID, maxCaseRuns)
	if err != nil {
		return nil, err
	}
	return answer(List[string]{Items: append([]string{}, ids...)}), nil
}

func (s *Server) mergeCase(ctx context.Context, in *mergeCase) (*body[Case], error) {
	return caseAnswer(s.Cases.Merge(ctx, cases.ActorOf(ctx), in.ID, in.Body.Into, in.Body.Comment))
}

// CaseView gives what the topic of a case tells.
func (s *Server) CaseView(ctx context.Context, id string) (CaseSnapshot, error) {
	c, err := s.Cases.Case(ctx, id)
	if err != nil {
		return CaseSnapshot{}, err
	}
	return CaseSnapshot{caseItem(&c), c.Revision}, nil
}

// CasesView gives what the topic of all cases tells.
func (s *Server) CasesView(ctx context.Context) (CasesSnapshot, error) {
	mark, err := s.Cases.CaseMark(ctx)
	return CasesSnapshot{mark}, err
}
