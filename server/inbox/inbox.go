package inbox

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Limits of what is sent.
const (
	maxComment = 4000 // bytes
	linkLasts  = 7 * 24 * time.Hour
	tokenBytes = 32
)

// Users knows the people of this server.
type Users interface {
	User(ctx context.Context, id string) (auth.User, error)
	UserByName(ctx context.Context, name string) (auth.User, error)
	Users(ctx context.Context) ([]auth.User, error)
}

// Service answers and hands on questions.
type Service struct {
	questions Questions
	users     Users
	// told has a run read what was answered.
	told func(runID string)
	now  func() time.Time
}

// New makes the service. Told has a run read its messages; it must not block.
func New(q Questions, u Users, told func(runID string), now func() time.Time) *Service {
	return &Service{q, u, told, now}
}

// Reach implements [engine.People].
func (s *Service) Reach(ctx context.Context, to []string, except string) (int, error) {
	users, err := s.users.Users(ctx)
	if err != nil {
		return 0, errors.Join(engine.ErrUnavailable, err)
	}
	for _, name := range to {
		if role, isRole := strings.CutPrefix(name, "role:"); isRole {
			if _, err := auth.ParseRole(role); err != nil {
				return 0, &run.Error{Code: "bad_input", Message: "to: " + err.Error()}
			}
			continue
		}
		if !slices.ContainsFunc(users, func(u auth.User) bool { return auth.NameKey(u.Name) == auth.NameKey(name) }) {
			return 0, &run.Error{Code: "bad_input", Message: fmt.Sprintf("to: there is no user %q: roles are written as role:responder", name)}
		}
	}
	q, n := Question{}, 0
	q.To = to
	for i := range users {
		u := &users[i]
		if u.ID != except && u.State() == auth.Active && q.asked(&Person{u.ID, u.Name, u.Role}) {
			n++
		}
	}
	return n, nil
}

// PersonOf is who an actor answers as: themself, or who made the token.
func (s *Service) PersonOf(ctx context.Context, a auth.Actor) (Person, error) {
	if a.User == "" {
		return Person{a.Person(), a.Name, a.Role}, nil
	}
	u, err := s.users.User(ctx, a.User)
	if err != nil {
		return Person{}, err
	}
	return Person{u.ID, u.Name, a.Role}, nil
}

// Decision is what somebody sends as their answer.
type Decision struct {
	// Decision is one of the engine's: approve, reject, fill, done, not_done, retry.
	Decision string
	// Hash is that of the question as it was read.
	Hash    string
	Comment string
	Form    any
}

// Decide answers a question, and waits a moment for the run to act on it. The error
// is a [*Refusal] where the answer isn't taken.
func (s *Service) Decide(ctx context.Context, p Person, id string, d Decision) (Question, error) {
	return s.decide(ctx, p, id, "", d)
}

func (s *Service) decide(ctx context.Context, p Person, id, link string, d Decision) (Question, error) {
	var sent engine.Signal
	q, err := s.questions.AnswerQuestion(ctx, id, link, func(q Question) (Answer, engine.Signal, error) {
		answer, err := s.answer(&q, &p, d)
		if err != nil {
			return answer, sent, err
		}
		said := engine.Decision{
			Ask: q.ID, Step: q.Step, Hash: q.Hash, Kind: d.Decision, Person: answer.Person, By: answer.By, For: answer.For, At: answer.At, Comment: d.Comment, Form: d.Form,
		}
		sent = said.Signal(q.Run)
		return answer, sent, nil
	})
	if err != nil {
		return q, err
	}
	s.told(q.Run)
	s.await(ctx, sent)
	return s.questions.Question(ctx, id)
}

// await gives the run a moment to act: whoever answered is then told what came of it.
// The answer is kept whether it does or not.
func (s *Service) await(ctx context.Context, sent engine.Signal) {
	const every, most = 10 * time.Millisecond, 200
	for range most {
		if taken, err := s.questions.Taken(ctx, sent.RunID, sent.ID); err != nil || taken {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// answer holds what was sent against the question as it is now.
func (s *Service) answer(q *Question, p *Person, d Decision) (Answer, error) {
	now := s.now().UTC()
	onBehalf, err := q.May(p)
	if err != nil {
		return Answer{}, err
	}
	switch {
	case !q.Deadline.IsZero() && !now.Before(q.Deadline):
		return Answer{}, &Refusal{Code: "approval.expired", Message: "the deadline was " + q.Deadline.UTC().Format(time.RFC3339)}
	case d.Hash == "":
		return Answer{}, &Refusal{Code: "approval.hash", Field: "/hash", Message: "send the hash of the question as you read it"}
	case d.Hash != q.Hash:
		return Answer{}, &Refusal{Code: "approval.changed", Field: "/hash", Message: "this isn't what is asked now", Fix: "read the question again, and answer that"}
	case len(d.Comment) > maxComment:
		return Answer{}, &Refusal{Code: "approval.comment", Field: "/comment", Message: fmt.Sprintf("a comment has at most %d bytes", maxComment)}
	case !slices.Contains(answers[q.Kind], d.Decision):
		return Answer{}, &Refusal{Code: "approval.decision", Field: "/decision", Message: "decision must be " + strings.Join(answers[q.Kind], ", ")}
	case d.Decision == engine.DecideReject && strings.TrimSpace(d.Comment) == "":
		return Answer{}, &Refusal{Code: "approval.reason", Field: "/comment", Message: "say why it is rejected"}
	}
	if err := checkForm(q, d); err != nil {
		return Answer{}, err
	}
	return Answer{Person: p.ID, By: p.Name, For: onBehalf, Decision: d.Decision, Comment: d.Comment, Form: d.Form, At: now.Truncate(time.Microsecond)}, nil
}

// answers are what each kind of question can be answered with.
var answers = map[engine.AskKind][]string{
	engine.AskApproval: {engine.DecideApprove, engine.DecideReject},
	engine.AskForm:     {engine.DecideFill},
	engine.AskUnknown:  {engine.DecideDone, engine.DecideNotDone, engine.DecideRetry},
}

// checkForm holds fields against the question's schema. A rejection needs none, and
// of a call that took effect the output need not be known.
func checkForm(q *Question, d Decision) error {
	needed := d.Decision == engine.DecideApprove || d.Decision == engine.DecideFill
	if q.Form == nil {
		if d.Form != nil && q.Kind != engine.AskUnknown {
			return &Refusal{Code: "approval.form", Field: "/form", Message: "nothing is to be filled in here"}
		}
		return nil
	}
	if !needed && (d.Form == nil || d.Decision != engine.DecideDone) {
		return nil
	}
	schema, err := check.Schema(q.Form)
	if err != nil {
		return err // it was compiled when it was asked
	}
	problems := check.Value(schema, "/form", d.Form)
	if problems.Failed() {
		return problems
	}
	return nil
}

// Delegate hands a question on to another user, by name: they answer in the place of
// who was asked.
func (s *Service) Delegate(ctx context.Context, p Person, id, name, comment string) (Question, error) {
	if len(comment) > maxComment {
		return Question{}, &Refusal{Code: "approval.comment", Field: "/comment", Message: fmt.Sprintf("a comment has at most %d bytes", maxComment)}
	}
	u, err := s.users.UserByName(ctx, strings.TrimSpace(name))
	if errors.Is(err, auth.ErrNotFound) {
		return Question{}, &Refusal{Code: "approval.delegate", Field: "/to", Message: fmt.Sprintf("there is no user %q", name)}
	}
	if err != nil {
		return Question{}, err
	}
	if u.State() != auth.Active {
		return Question{}, &Refusal{Code: "approval.delegate", Field: "/to", Message: u.Name + " can't log in"}
	}
	return s.questions.DelegateQuestion(ctx, id, func(q Question) (Delegation, error) {
		if _, err := q.May(&p); err != nil {
			return Delegation{}, err
		}
		to := Person{u.ID, u.Name, u.Role}
		_, refused := q.May(&to)
		var why *Refusal
		switch {
		case refused == nil:
			return Delegation{}, &Refusal{Code: "approval.delegate", Field: "/to", Message: u.Name + " is asked already"}
		case errors.As(refused, &why) && why.Code != "approval.not_asked":
			return Delegation{}, &Refusal{Code: "approval.delegate", Field: "/to", Message: u.Name + " can't: " + strings.Replace(why.Message, "you answered", "they answered", 1)}
		}
		return Delegation{From: p.ID, FromName: p.Name, To: u.ID, ToName: u.Name, Comment: comment, At: s.now().UTC().Truncate(time.Microsecond)}, nil
	})
}

// MakeLink gives the token of a link with which a user, by name, answers a question
// once without logging in. It is bound to what is asked now, and ends with the
// question or after a week. Who started the run makes none: they could use it.
func (s *Service) MakeLink(ctx context.Context, by Person, id, name string) (token string, expires time.Time, err error) {
	q, err := s.questions.Question(ctx, id)
	if err != nil {
		return "", expires, err
	}
	if q.Kind == engine.AskApproval && q.Requester != "" && q.Requester == by.ID {
		return "", expires, &Refusal{Code: "approval.requester", Message: "who started the run makes no link to approve it", Fix: "ask another admin", Forbidden: true}
	}
	u, err := s.users.UserByName(ctx, strings.TrimSpace(name))
	if errors.Is(err, auth.ErrNotFound) {
		return "", expires, &Refusal{Code: "approval.link", Field: "/user", Message: fmt.Sprintf("there is no user %q", name)}
	}
	if err != nil {
		return "", expires, err
	}
	if u.State() != auth.Active {
		return "", expires, &Refusal{Code: "approval.link", Field: "/user", Message: u.Name + " can't log in"}
	}
	if _, err := q.May(&Person{u.ID, u.Name, u.Role}); err != nil {
		return "", expires, err
	}
	raw := make([]byte, tokenBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", expires, err
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	expires = s.now().UTC().Add(linkLasts)
	if !q.Deadline.IsZero() && q.Deadline.Before(expires) {
		expires = q.Deadline
	}
	return token, expires, s.questions.InsertLink(ctx, Link{Hash: linkHash(token), Question: id, Person: u.ID, Payload: q.Hash, Expires: expires})
}

func linkHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ByLink gives the question and the person of a link that is good.
func (s *Service) ByLink(ctx context.Context, token string) (Question, Person, error) {
	l, err := s.questions.Link(ctx, linkHash(token))
	if err != nil {
		return Question{}, Person{}, err
	}
	q, err := s.questions.Question(ctx, l.Question)
	if err != nil {
		return Question{}, Person{}, err
	}
	u, err := s.users.User(ctx, l.Person)
	if err != nil || u.State() != auth.Active || !l.Used.IsZero() || !s.now().Before(l.Expires) || q.State != Open || q.Hash != l.Payload {
		return Question{}, Person{}, ErrNotFound
	}
	return q, Person{u.ID, u.Name, u.Role}, nil
}

// DecideByLink answers by a link, which is used up with it.
func (s *Service) DecideByLink(ctx context.Context, token string, d Decision) (Question, Person, error) {
	q, p, err := s.ByLink(ctx, token)
	if err != nil {
		return q, p, err
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: p.ID, Name: p.Name, Kind: "link", Role: p.Role, User: p.ID})
	q, err = s.decide(ctx, p, q.ID, linkHash(token), d)
	return q, p, err
}

// Question gives a question.
func (s *Service) Question(ctx context.Context, id string) (Question, error) {
	return s.questions.Question(ctx, id)
}

// List gives a page of questions; the error is never a refusal.
func (s *Service) List(ctx context.Context, f Filter) ([]Question, string, error) {
	return s.questions.ListQuestions(ctx, f)
}

// Open counts the questions that are open, whomever they ask, and gives a number that is
// another whenever one is asked or closed.
func (s *Service) Open(ctx context.Context) (open int, revision int64, err error) {
	return s.questions.OpenQuestions(ctx)
}
