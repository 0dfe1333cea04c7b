// Package inbox knows what people are asked by runs: who may answer, how an answer is
// bound to what was asked, and who takes whose place.
package inbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// Question is what people are asked, with what came of it so far.
type Question struct {
	engine.Ask
	Run string
	// State is open, approved, rejected, expired, answered or withdrawn.
	State  string
	Closed time.Time
	// RequestedBy is the name of who started the run; empty where a trigger did.
	RequestedBy string
	// RootFlow is the flow whose run called that which asks, itself or through others;
	// empty where none did.
	RootFlow, RootFlowName string
	Answers                []Answer
	Delegations            []Delegation
	// Reminded counts how often people were told of it.
	Reminded int
	// TellAt is when they are to be told next; zero is never.
	TellAt time.Time
}

// Open is the state of a question that waits for answers.
const Open = "open"

// Answer is what one person said.
type Answer struct {
	Person string // id
	By     string // name
	For    string // name of whose place they took; empty is their own
	// Decision is one of the engine's: approve, reject, fill, done, not_done, retry.
	Decision string
	Comment  string
	Form     any
	At       time.Time
}

// Delegation is that one person answers in the place of another.
type Delegation struct {
	From, FromName string
	To, ToName     string
	Comment        string
	At             time.Time
}

// Person is who answers.
type Person struct {
	// ID is a user's, or token:ID where a token that nobody made answers.
	ID   string
	Name string
	Role auth.Role
}

// Refusal says why something can't be done to a question.
type Refusal struct {
	// Code is the problem's, such as approval.closed.
	Code    string
	Message string
	Fix     string
	// Forbidden says that it is somebody else's to do.
	Forbidden bool
	// Field is the JSON pointer of what is wrong in what was sent; empty where nothing is.
	Field string
}

// Error implements the error interface.
func (r *Refusal) Error() string { return r.Message }

// ErrNotFound says that there is no such question, or that a link is no good.
var ErrNotFound = errors.New("there is no such question")

// Filter picks questions of the list. Empty fields pick all.
type Filter struct {
	State  string // open, or closed for every other
	Run    string
	Cursor string
	Limit  int
}

// Questions is where questions are kept.
type Questions interface {
	// Question gives one.
	Question(ctx context.Context, id string) (Question, error)
	// ListQuestions gives a page: open ones by their deadline and then by age, others
	// newest first.
	ListQuestions(ctx context.Context, f Filter) (list []Question, next string, err error)
	// OpenQuestions counts those that are open, whomever they ask, and gives a number that
	// is another whenever one is asked or closed.
	OpenQuestions(ctx context.Context) (open int, revision int64, err error)
	// AnswerQuestion keeps an answer and the message to the run together, where decide
	// allows it on the question as it is. Link is the hash of the link that is used up
	// with it; empty is none.
	AnswerQuestion(ctx context.Context, id, link string, decide func(q Question) (Answer, engine.Signal, error)) (Question, error)
	// DelegateQuestion keeps a delegation, where decide allows it.
	DelegateQuestion(ctx context.Context, id string, decide func(q Question) (Delegation, error)) (Question, error)
	// Taken says whether a run has acted on a message.
	Taken(ctx context.Context, runID, signal string) (bool, error)
	// InsertLink keeps a link.
	InsertLink(ctx context.Context, l Link) error
	// Link finds one by the hash of its token, used or not.
	Link(ctx context.Context, hash string) (Link, error)
	// TellQuestions lists up to limit open questions that people are to be told of.
	TellQuestions(ctx context.Context, now time.Time, limit int) ([]Question, error)
	// Told notes that people were told, and when they are to be next; it does nothing
	// where somebody else has noted it.
	Told(ctx context.Context, q Question, next time.Time) error
}

// Link lets one person answer one question once, without logging in.
type Link struct {
	Hash     string // of the token, hex SHA-256
	Question string
	Person   string // user id
	// Payload is the hash of what was asked when the link was made.
	Payload string
	Expires time.Time
	Used    time.Time // zero is not yet
}

// asked says whether a person is among those who are asked, by themself or by their
// role, leaving delegations out of account.
func (q *Question) asked(p *Person) bool {
	for _, to := range q.To {
		if role, isRole := strings.CutPrefix(to, "role:"); isRole {
			if atLeast(p.Role, auth.Role(role)) {
				return true
			}
			continue
		}
		if auth.NameKey(to) == auth.NameKey(p.Name) {
			return true
		}
	}
	return false
}

func atLeast(have, want auth.Role) bool {
	return slices.Contains(auth.Roles, want) && slices.Index(auth.Roles, have) >= slices.Index(auth.Roles, want)
}

// May says whether a person may answer, and in whose place; the error says why not.
func (q *Question) May(p *Person) (onBehalf string, err error) {
	if q.State != Open {
		return "", &Refusal{Code: "approval.closed", Message: "this was " + q.State + " already", Fix: "nothing is to be done any more"}
	}
	if q.Kind == engine.AskApproval && q.Requester != "" && q.Requester == p.ID {
		return "", &Refusal{Code: "approval.requester", Message: "who started the run can't approve it", Fix: "ask another of those named", Forbidden: true}
	}
	for i := range q.Answers {
		if q.Answers[i].Person == p.ID {
			return "", &Refusal{Code: "approval.answered", Message: "you answered this already"}
		}
	}
	asked := q.asked(p)
	for _, d := range q.Delegations { // in their order: who handed it on may get it back
		switch p.ID {
		case d.From:
			asked, onBehalf = false, ""
		case d.To:
			asked, onBehalf = true, d.FromName
		}
	}
	if !asked {
		return "", &Refusal{Code: "approval.not_asked", Message: "you are not among those who are asked: " + strings.Join(q.To, ", "), Forbidden: true}
	}
	return onBehalf, nil
}
