package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/inbox"
	"github.com/drawbridge-soar/drawbridge/server/live"
)

// Question is what a run asks people, with what came of it so far.
type Question struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind" enum:"approval,form,unknown"`
	State       string       `json:"state" enum:"open,approved,rejected,expired,answered,withdrawn"`
	Run         string       `json:"run"`
	Step        string       `json:"step" doc:"Step key"`
	Flow        string       `json:"flow"`
	FlowName    string       `json:"flowName"`
	Root        string       `json:"root,omitempty" doc:"The flow whose run called the one that asks, itself or through others"`
	RootName    string       `json:"rootName,omitempty"`
	Names       []NamedID    `json:"names,omitempty" required:"false" nullable:"false" doc:"The flows and cases whose ids stand in show and in with, as far as you may see them. In lists also of what is left out there"`
	Title       string       `json:"title"`
	Message     string       `json:"message"`
	Show        Value        `json:"show,omitempty" doc:"Exactly what is decided on"`
	Form        Value        `json:"form,omitempty" doc:"The JSON Schema of what is filled in"`
	To          []string     `json:"to" doc:"Names of users, and roles as role:NAME"`
	Then        []Follow     `json:"then" doc:"Actions with effects outside that follow an approval"`
	About       string       `json:"about,omitempty" doc:"The first values that it is about, in a line: of its show, or else of the first action that follows"`
	Quorum      int          `json:"quorum"`
	Hash        string       `json:"hash" doc:"Send it with the answer: it binds it to exactly this"`
	RequestedBy string       `json:"requestedBy,omitempty" doc:"Who started the run"`
	DryRun      bool         `json:"dryRun" doc:"Whether the run calls nothing that changes something outside, whatever is answered"`
	AskedAt     time.Time    `json:"askedAt"`
	DeadlineAt  time.Time    `json:"deadlineAt,omitzero"`
	ClosedAt    time.Time    `json:"closedAt,omitzero"`
	Reminded    int          `json:"reminded"`
	Answers     []Answered   `json:"answers"`
	Delegations []Delegation `json:"delegations"`
	// Mine says whether who reads it may answer.
	Mine bool   `json:"mine" doc:"Whether you may answer"`
	Why  string `json:"why,omitempty" doc:"Why you may not, or in whose place you do"`
}

// Follow is an action that an approval lets happen.
type Follow struct {
	Node   string `json:"node"`
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	Effect string `json:"effect"`
	With   Value  `json:"with,omitempty" doc:"Its parameters, as far as they were known when it was asked. Left out in lists, and by links where the question has a show"`
	// What with is not.
	Open   []string    `json:"open,omitempty" doc:"JSON Pointers into with of the templates that stand as they are written: only the answer, a later step or the time gives them their values. A text anywhere else is data, whatever it looks like"`
	Cut    []live.More `json:"cut,omitempty" doc:"Where a value has more than with has of it"`
	Untold bool        `json:"untold,omitempty" doc:"Whether its parameters are not told here"`
}

// Answered is what one person said.
type Answered struct {
	By       string    `json:"by"`
	For      string    `json:"for,omitempty" doc:"Whose place they took"`
	Decision string    `json:"decision"`
	Comment  string    `json:"comment"`
	Form     Value     `json:"form,omitempty"`
	At       time.Time `json:"at"`
}

// Delegation is that one person answers in the place of another.
type Delegation struct {
	From    string    `json:"from"`
	To      string    `json:"to"`
	Comment string    `json:"comment"`
	At      time.Time `json:"at"`
}

// AnswerBody is an answer to a question.
type AnswerBody struct {
	Decision string `json:"decision" enum:"approve,reject,fill,done,not_done,retry"`
	Hash     string `json:"hash" maxLength:"100" doc:"Of the question as you read it"`
	Comment  string `json:"comment,omitempty"`
	Form     Value  `json:"form,omitempty"`
}

type listQuestions struct {
	Page
	State string `query:"state" enum:"open,closed," doc:"Empty is all"`
	Run   string `query:"run" maxLength:"100"`
}

type answerQuestion struct {
	ByID
	Body AnswerBody
}

type delegateQuestion struct {
	ByID
	Body struct {
		To      string `json:"to" maxLength:"200" doc:"The name of a user"`
		Comment string `json:"comment,omitempty"`
	}
}

type linkQuestion struct {
	ByID
	Body struct {
		User string `json:"user" maxLength:"200" doc:"The name of who is to answer by it"`
	}
}

type byLink struct {
	Body struct {
		Token string `json:"token" maxLength:"200"`
	}
}

type answerByLink struct {
	Body struct {
		AnswerBody
		Token string `json:"token" maxLength:"200"`
	}
}

// LinkedQuestion is a question with who may answer it by a link.
type LinkedQuestion struct {
	Question Question `json:"question"`
	As       string   `json:"as" doc:"The name of who answers"`
}

func (s *Server) questionRoutes() {
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/approvals", id: "listQuestions", summary: "What runs ask people: approvals, forms, and what became of interrupted calls"}, s.questions)
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/approvals/{id}", id: "getQuestion", summary: "A question", errors: []int{404}}, s.question)
	route(s, needs(auth.RunRead), operation{method: "POST", path: "/approvals/{id}/decide", id: "answerQuestion", summary: "Answer a question: whoever it asks may", errors: []int{404, 409, 422}}, s.answerQuestion)
	route(s, needs(auth.RunRead), operation{method: "POST", path: "/approvals/{id}/delegate", id: "delegateQuestion", summary: "Have somebody else answer in your place", errors: []int{404, 409, 422}}, s.delegateQuestion)
	route(s, needs(auth.UserManage), operation{method: "POST", path: "/approvals/{id}/link", id: "linkQuestion", summary: "Make a link by which one person answers once, without logging in", status: 201, errors: []int{404, 409, 422}}, s.linkQuestion)
	route(s, public, operation{method: "POST", path: "/answer", id: "questionByLink", summary: "The question that a link is for", errors: []int{404}}, s.questionByLink)
	route(s, public, operation{method: "POST", path: "/answer/decide", id: "answerByLink", summary: "Answer by a link, which is used up with it", errors: []int{404, 409, 422}}, s.answerByLink)
}

func (s *Server) person(ctx context.Context) (inbox.Person, error) {
	return s.Inbox.PersonOf(ctx, identityFrom(ctx).Actor)
}

func (s *Server) questions(ctx context.Context, in *listQuestions) (*body[List[Question]], error) {
	p, err := s.person(ctx)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Inbox.List(ctx, inbox.Filter{State: in.State, Run: in.Run, Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	list := List[Question]{Items: make([]Question, len(found)), Next: next}
	all := make([]*Question, len(found))
	for i := range found {
		list.Items[i] = questionItem(&found[i], &p)
		all[i] = &list.Items[i]
	}
	if err := s.name(ctx, all...); err != nil {
		return nil, err
	}
	for _, q := range all {
		untell(q)
	}
	return answer(list), nil
}

func (s *Server) question(ctx context.Context, in *ByID) (*body[Question], error) {
	p, err := s.person(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.Inbox.Question(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return s.questionAnswer(ctx, &q, &p)
}

func (s *Server) answerQuestion(ctx context.Context, in *answerQuestion) (*body[Question], error) {
	p, err := s.person(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.Inbox.Decide(ctx, p, in.ID, in.Body.decision())
	if err != nil {
		return nil, err
	}
	return s.questionAnswer(ctx, &q, &p)
}

func (b *AnswerBody) decision() inbox.Decision {
	return inbox.Decision{Decision: b.Decision, Hash: b.Hash, Comment: b.Comment, Form: b.Form.V}
}

func (s *Server) delegateQuestion(ctx context.Context, in *delegateQuestion) (*body[Question], error) {
	p, err := s.person(ctx)
	if err != nil {
		return nil, err
	}
	q, err := s.Inbox.Delegate(ctx, p, in.ID, in.Body.To, in.Body.Comment)
	if err != nil {
		return nil, err
	}
	return s.questionAnswer(ctx, &q, &p)
}

func (s *Server) linkQuestion(ctx context.Context, in *linkQuestion) (*body[SetupLink], error) {
	p, err := s.person(ctx)
	if err != nil {
		return nil, err
	}
	token, expires, err := s.Inbox.MakeLink(ctx, p, in.ID, in.Body.User)
	if err != nil {
		return nil, err
	}
	// Behind the #, so that it stands in no server's log and no scanner of mails follows it.
	return answer(SetupLink{Path: "/answer#" + token, ExpiresAt: expires}), nil
}

func (s *Server) questionByLink(ctx context.Context, in *byLink) (*body[LinkedQuestion], error) {
	q, p, err := s.Inbox.ByLink(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return answer(LinkedQuestion{linkedItem(&q, &p), p.Name}), nil
}

func (s *Server) answerByLink(ctx context.Context, in *answerByLink) (*body[LinkedQuestion], error) {
	q, p, err := s.Inbox.DecideByLink(ctx, in.Body.Token, in.Body.decision())
	if err != nil {
		return nil, err
	}
	return answer(LinkedQuestion{linkedItem(&q, &p), p.Name}), nil
}

// linkedItem is a question for who has not logged in: what its author chose to show is all
// that it shows.
func linkedItem(q *inbox.Question, p *inbox.Person) Question {
	out := questionItem(q, p)
	if q.Show != nil {
		untell(&out)
	}
	return out
}

// untell leaves out what the actions that follow are given.
func untell(q *Question) {
	for i := range q.Then {
		t := &q.Then[i]
		t.Untold = t.Untold || t.With.V != nil
		t.With, t.Open, t.Cut = Value{}, nil, nil
	}
}

func questionItem(q *inbox.Question, p *inbox.Person) Question {
	out := Question{
		ID: q.ID, Kind: string(q.Kind), State: q.State, Run: q.Run, Step: q.Step, Flow: q.Flow, FlowName: q.FlowName, Root: q.RootFlow, RootName: q.RootFlowName, Title: q.Title, Message: q.Message,
		Show: Value{q.Show}, Form: Value{q.Form}, To: q.To, Then: make([]Follow, len(q.Then)), Quorum: q.Quorum, Hash: q.Hash, RequestedBy: q.RequestedBy, DryRun: q.DryRun,
		AskedAt: q.Asked, DeadlineAt: q.Deadline, ClosedAt: q.Closed, Reminded: q.Reminded,
		Answers: make([]Answered, len(q.Answers)), Delegations: make([]Delegation, len(q.Delegations)),
	}
	for i, t := range q.Then {
		out.Then[i] = Follow{t.Node, t.Name, t.Type, t.Effect, Value{}, t.Open, nil, t.Untold}
		for _, c := range t.Cut {
			out.Then[i].Cut = append(out.Then[i].Cut, live.More(c))
		}
		if len(t.With) > 0 {
			out.Then[i].With.V, _ = flow.ReadKept(t.With)
		}
	}
	out.About = about(&out)
	for i, a := range q.Answers {
		out.Answers[i] = Answered{a.By, a.For, a.Decision, a.Comment, Value{a.Form}, a.At}
	}
	for i, d := range q.Delegations {
		out.Delegations[i] = Delegation{d.FromName, d.ToName, d.Comment, d.At}
	}
	onBehalf, err := q.May(p)
	out.Mine = err == nil
	switch {
	case err != nil:
		out.Why = err.Error()
	case onBehalf != "":
		out.Why = "in the place of " + onBehalf
	}
	return out
}

func (s *Server) questionAnswer(ctx context.Context, q *inbox.Question, p *inbox.Person) (*body[Question], error) {
	item := questionItem(q, p)
	if err := s.name(ctx, &item); err != nil {
		return nil, err
	}
	return answer(item), nil
}

// refused answers what can't be done to a question.
func refused(r *inbox.Refusal) *Problem {
	status := http.StatusConflict
	switch {
	case r.Forbidden:
		status = http.StatusForbidden
	case r.Field != "" && r.Code != "approval.changed":
		status = http.StatusUnprocessableEntity
	}
	p := problemAt(status, r.Code, r.Field, r.Message)
	p.Problems[0].Fix = r.Fix
	return p
}

// InboxSnapshot is what the inbox's topic tells.
type InboxSnapshot struct {
	Open     int   `json:"open"`
	Revision int64 `json:"revision"`
}

// InboxView gives what the inbox's topic tells.
func (s *Server) InboxView(ctx context.Context) (InboxSnapshot, error) {
	open, revision, err := s.Inbox.Open(ctx)
	return InboxSnapshot{open, revision}, err
}

func asRefusal(err error) *Problem {
	var r *inbox.Refusal
	if errors.As(err, &r) {
		return refused(r)
	}
	return nil
}
