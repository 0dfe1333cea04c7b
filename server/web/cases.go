package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Case is what a security team works on.
type Case struct {
	ID            string    `json:"id"`
	Number        int64     `json:"number" doc:"What people call it by"`
	Title         string    `json:"title"`
	Description   string    `json:"description" doc:"Markdown"`
	Severity      string    `json:"severity" enum:"low,medium,high,critical"`
	Status        string    `json:"status" enum:"open,in_progress,pending,closed"`
	Resolution    string    `json:"resolution" doc:"Of a closed one: true_positive, benign_positive, false_positive, duplicate, undetermined or merged"`
	TLP           string    `json:"tlp" enum:"clear,green,amber,amber+strict,red" doc:"Traffic Light Protocol 2.0"`
	Assignee      string    `json:"assignee" doc:"The name of a user; empty is nobody"`
	Tags          []string  `json:"tags" nullable:"false"`
	DueAt         time.Time `json:"dueAt,omitzero"`
	Overdue       bool      `json:"overdue"`
	Score         *int      `json:"score,omitempty" doc:"The highest of its artifacts, 0 to 1000; left out where none has one"`
	CreatedBy     CaseActor `json:"createdBy"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	ClosedAt      time.Time `json:"closedAt,omitzero"`
	Revision      int64     `json:"revision" doc:"Rises with everything that happens to it"`
	MergedInto    string    `json:"mergedInto,omitempty" doc:"The case in which it goes on"`
	ArtifactCount int       `json:"artifactCount"`
	TaskCount     int       `json:"taskCount"`
	TasksDone     int       `json:"tasksDone" doc:"How many of its tasks are done or skipped"`
	Entries       int64     `json:"entries" doc:"How many its timeline has"`
}

// CaseActor is who did something to a case.
type CaseActor struct {
	Name string `json:"name"`
	Kind string `json:"kind" doc:"user, token, link, flow or system"`
	Run  string `json:"run,omitempty" doc:"The run that did it"`
	Step string `json:"step,omitempty"`
	Flow string `json:"flow,omitempty"`
}

// CaseArtifact is something that a case is about.
type CaseArtifact struct {
	Type    string    `json:"type" enum:"ip,domain,url,email,hash,file,host,user,cve,process,registry,subject,message_id,other"`
	Value   string    `json:"value" doc:"Normalised"`
	Shown   string    `json:"shown" doc:"Defanged: nothing in it can be clicked"`
	Score   *int      `json:"score,omitempty" doc:"0 to 1000; left out where nobody scored it"`
	Note    string    `json:"note"`
	AddedAt time.Time `json:"addedAt"`
	AddedBy CaseActor `json:"addedBy"`
}

// GivenArtifact is an artifact as it is added.
type GivenArtifact struct {
	Type  string `json:"type,omitempty" maxLength:"40" doc:"Found out from the value where it is left out"`
	Value string `json:"value" doc:"Defanged or not"`
	Score *int   `json:"score,omitempty" minimum:"0" maximum:"1000"`
	Note  string `json:"note,omitempty" maxLength:"2048"`
}

// CaseFields are the fields that people change. What is left out stays as it is.
type CaseFields struct {
	Title       *string    `json:"title,omitempty"`
	Description *string    `json:"description,omitempty"`
	Severity    *string    `json:"severity,omitempty" enum:"low,medium,high,critical"`
	Status      *string    `json:"status,omitempty" enum:"open,in_progress,pending,closed"`
	Resolution  *string    `json:"resolution,omitempty" enum:"true_positive,benign_positive,false_positive,duplicate,undetermined,"`
	TLP         *string    `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	Assignee    *string    `json:"assignee,omitempty" maxLength:"200" doc:"The name of a user; empty takes it from everybody"`
	Tags        *[]string  `json:"tags,omitempty"`
	DueAt       *time.Time `json:"dueAt,omitempty"`
}

type listCases struct {
	Page
	Status   string `query:"status" maxLength:"200" doc:"Statuses, with commas between"`
	Severity string `query:"severity" maxLength:"200" doc:"Severities, with commas between"`
	Assignee string `query:"assignee" maxLength:"200" doc:"The name of a user, me, or none"`
	Tag      string `query:"tag" maxLength:"200"`
	Overdue  bool   `query:"overdue"`
	Q        string `query:"q" maxLength:"300" doc:"Words, or a number"`
	Artifact string `query:"artifact" maxLength:"2048" doc:"The value of an artifact, defanged or not"`
	ClosedTime
	OpenedSince time.Time `query:"openedSince" doc:"Opened then or later"`
	OpenedUntil time.Time `query:"openedUntil" doc:"Opened before"`
	Resolution  string    `query:"resolution" maxLength:"200" doc:"How they ended, with commas between"`

	Sort string `query:"sort" enum:"updated,created,severity,score,due," doc:"Empty is updated"`
}

// CaseList is a page of cases, with how many there are of each status.
type CaseList struct {
	List[Case]
	Counts map[string]int `json:"counts" doc:"By status, of all that the other filters pick"`
}

type openCase struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key twice opens one case"`
	Body           struct {
		CaseFields
		Artifacts []GivenArtifact `json:"artifacts,omitempty" maxItems:"1000"`
		Template  string          `json:"template,omitempty" maxLength:"300" doc:"The id or name of a template, whose tasks the case begins with"`
	}
}

type changeCase struct {
	ByID
	Body struct {
		CaseFields
		Base    *int64 `json:"base,omitempty" doc:"The revision that the fields were read from: a field that somebody changed since is answered with 409, and nothing is changed"`
		Comment string `json:"comment,omitempty" doc:"Markdown, kept with the change; who closes a case with required tasks open says why"`
	}
}

func (s *Server) caseRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases", id: "listCases", summary: "Cases, the last changed first", errors: []int{422}}, s.cases)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/cases", id: "openCase", summary: "Open a case", status: 201, errors: []int{422}}, s.openCase)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}", id: "getCase", summary: "A case, by its id or number", errors: []int{404}}, s.oneCase)
	route(s, needs(auth.CaseWork), operation{method: "PUT", path: "/cases/{id}", id: "changeCase", summary: "Change fields of a case", errors: []int{404, 409, 422}}, s.changeCase)
	s.caseDetailRoutes()
	s.caseTaskRoutes()
	s.attachmentRoutes()
}

func (s *Server) cases(ctx context.Context, in *listCases) (*body[CaseList], error) {
	q := cases.Query{
		Statuses: commas(in.Status), Severities: commas(in.Severity), Tag: in.Tag, Overdue: in.Overdue, Text: in.Q, Sort: in.Sort, Cursor: in.Cursor, Limit: in.Limit, At: time.Now(),
	}
	if err := s.pickAssignee(ctx, in.Assignee, &q); err != nil {
		return nil, err
	}
	var err error
	if q.Opened, err = between("opened", in.OpenedSince, in.OpenedUntil); err != nil {
		return nil, err
	}
	if q.Closed, err = in.closed(); err != nil {
		return nil, err
	}
	q.ClosedBy, q.Resolutions = in.ClosedBy, commas(in.Resolution)
	if in.Artifact != "" {
		a, err := cases.Normalise("", in.Artifact)
		if err != nil {
			return nil, err
		}
		q.Artifact = a.Value
	}
	found, next, err := s.Cases.Cases(ctx, q)
	if err != nil {
		return nil, err
	}
	counts, err := s.Cases.CountCases(ctx, q)
	if err != nil {
		return nil, err
	}
	list := CaseList{List: List[Case]{Items: make([]Case, len(found)), Next: next}, Counts: counts}
	for i := range found {
		list.Items[i] = caseItem(&found[i])
	}
	return answer(list), nil
}

func (s *Server) pickAssignee(ctx context.Context, name string, q *cases.Query) error {
	switch name {
	case "":
		return nil
	case "none":
		q.Unassigned = true
		return nil
	case "me":
		if q.Assignee = identityFrom(ctx).Actor.Person(); q.Assignee == "" {
			q.Assignee = "nobody"
		}
		return nil
	}
	id, err := s.Cases.PersonByName(ctx, name)
	q.Assignee = id
	return err
}

func commas(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func (s *Server) openCase(ctx context.Context, in *openCase) (*body[Case], error) {
	e, err := s.caseEdit(ctx, &in.Body.CaseFields)
	if err != nil {
		return nil, err
	}
	o := cases.Opening{Edit: e, Template: in.Body.Template}
	if o.Artifacts, err = givenArtifacts("artifacts", in.Body.Artifacts); err != nil {
		return nil, err
	}
	by := cases.ActorOf(ctx)
	if in.IdempotencyKey != "" {
		o.Origin = "api/" + by.ID + "/" + in.IdempotencyKey
	}
	c, err := s.Cases.Open(ctx, by, o)
	if err != nil {
		return nil, err
	}
	return answer(caseItem(&c)), nil
}

func (s *Server) oneCase(ctx context.Context, in *ByID) (*body[Case], error) {
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(caseItem(&c)), nil
}

func (s *Server) changeCase(ctx context.Context, in *changeCase) (*body[Case], error) {
	e, err := s.caseEdit(ctx, &in.Body.CaseFields)
	if err != nil {
		return nil, err
	}
	e.Base = in.Body.Base
	c, err := s.Cases.Update(ctx, cases.ActorOf(ctx), in.ID, "", &e, in.Body.Comment)
	if err != nil {
		return nil, err
	}
	return answer(caseItem(&c)), nil
}

func (s *Server) caseEdit(ctx context.Context, f *CaseFields) (cases.Edit, error) {
	e := cases.Edit{
		Title: f.Title, Description: f.Description, Severity: f.Severity, Status: f.Status, Resolution: f.Resolution, TLP: f.TLP, Tags: f.Tags, Due: f.DueAt,
	}
	if f.Assignee == nil {
		return e, nil
	}
	return e, s.Cases.Assign(ctx, &e, *f.Assignee)
}

func givenArtifacts(field string, list []GivenArtifact) ([]cases.Artifact, error) {
	out := make([]cases.Artifact, len(list))
	for i, g := range list {
		a, err := cases.Normalise(g.Type, g.Value)
		if err != nil {
			var wrong *cases.FieldError
			if errors.As(err, &wrong) {
				return nil, &cases.FieldError{Field: field + "/" + strconv.Itoa(i) + "/" + wrong.Field, Message: wrong.Message, Fix: wrong.Fix}
			}
			return nil, err
		}
		if a.Note = g.Note; g.Score != nil {
			a.Score = *g.Score
		}
		out[i] = a
	}
	return out, nil
}

func caseItem(c *cases.Case) Case {
	return Case{
		ID: c.ID, Number: c.Number, Title: c.Title, Description: c.Description, Severity: c.Severity, Status: c.Status, Resolution: c.Resolution, TLP: c.TLP, Assignee: c.AssigneeName,
		Tags: c.Tags, DueAt: c.Due, Overdue: c.Overdue(time.Now()), Score: score(c.Score), CreatedBy: caseActor(&c.CreatedBy), CreatedAt: c.Created, UpdatedAt: c.Updated, ClosedAt: c.ClosedAt,
		Revision: c.Revision, MergedInto: c.MergedInto, ArtifactCount: c.Artifacts, TaskCount: c.TaskCount, TasksDone: c.TasksDone, Entries: c.Entries,
	}
}

func score(n int) *int {
	if n == cases.NoScore {
		return nil
	}
	return &n
}

func caseActor(a *cases.Actor) CaseActor {
	out := CaseActor{Name: a.Name, Kind: a.Kind, Run: a.Run, Step: a.Step, Flow: a.Flow}
	if a.FlowName != "" {
		out.Name = a.FlowName
	}
	return out
}

func caseArtifact(a *cases.Artifact) CaseArtifact {
	return CaseArtifact{a.Type, a.Value, a.Shown(), score(a.Score), a.Note, a.Added, caseActor(&a.AddedBy)}
}

// caseProblem answers what can't be done to a case; nil is none of these.
func caseProblem(err error) *Problem {
	if p := blockedProblem(err); p != nil {
		return p
	}
	var field *cases.FieldError
	var conflict *cases.ConflictError
	var large *cases.TooLargeError
	var left *cases.LeftOpenError
	switch {
	case errors.As(err, &left):
		p := problemAt(http.StatusUnprocessableEntity, "case.left_open", "/comment", left.Error())
		p.Problems[0].Fix = "say in a comment why the case is closed all the same, or do them first"
		return p
	case errors.As(err, &large):
		return problemAt(http.StatusRequestEntityTooLarge, "attachment.size", "", large.Error())
	case errors.As(err, &field):
		p := problemAt(http.StatusUnprocessableEntity, "case.invalid", "/"+field.Field, field.Message)
		p.Problems[0].Fix = field.Fix
		return p
	case errors.As(err, &conflict):
		p := problem(http.StatusConflict, conflict.Error())
		for _, f := range conflict.Fields {
			p.Problems = append(p.Problems, ItemProblem{
				Code: "case.changed", Severity: "error", Pointer: "/" + f,
				Message: fmt.Sprintf("%s changed %s first", conflict.By, f), Fix: "look at what it is now, and change it again where that is still wanted",
			})
		}
		current := caseItem(&conflict.Current)
		p.Case, p.UpdatedBy, p.UpdatedAt = &current, conflict.By, conflict.At
		return p
	}
	return nil
}
