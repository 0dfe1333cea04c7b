// Package library keeps flows: the draft that people edit, the published
// versions that run, the addresses of their webhooks and recorded inputs.
package library

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such flow")
	ErrExists   = errors.New("a flow with this id exists")
)

// ConflictError says that a draft was saved by somebody else since it was read.
type ConflictError struct {
	Yours   int64
	Current Draft
}

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("the draft is at revision %d, yours was made from %d", e.Current.Revision, e.Yours)
}

// Draft is a flow as it is being edited.
type Draft struct {
	ID string
	// Content is the document in canonical form.
	Content  []byte
	Revision int64
	Version  int // the newest published; 0 is none
	// Halted says that the triggers of the published version start nothing.
	Halted    bool
	Created   time.Time
	Updated   time.Time
	UpdatedBy string
}

// Document decodes the draft. Its problems don't stop a draft from being kept.
func (d *Draft) Document() (*flow.Document, flow.Problems) { return flow.Decode(d.Content) }

// Version is one published, immutable state of a flow.
type Version struct {
	Flow    string
	Number  int
	Digest  string
	Message string
	Author  string
	At      time.Time
	// Content is the document in canonical form; empty in lists.
	Content []byte
}

// Summary is a line of the list of flows.
type Summary struct {
	Draft
	Name        string
	Description string
	Labels      []string
	Triggers    []string
	// MinutesSaved is what one run saves; 0 is nothing said.
	MinutesSaved int
}

// Hook is the address of a webhook trigger. The token itself is never stored.
type Hook struct {
	TokenHash string
	Flow      string
	Node      string
}

// Page is where a list goes on: at most Limit rows after Cursor.
type Page struct {
	Query  string
	Cursor string
	Limit  int
}

// Drafts keeps drafts. Save and Delete check the revision and fail with a
// [*ConflictError]; Insert fails with [ErrExists].
type Drafts interface {
	InsertDraft(ctx context.Context, d Draft, s Summary) error
	SaveDraft(ctx context.Context, d Draft, s Summary, base int64, action string) (Draft, error)
	Draft(ctx context.Context, id string) (Draft, error)
	Drafts(ctx context.Context, p Page) (list []Summary, next string, err error)
	DeleteDraft(ctx context.Context, id string) error
	Together
}

// Versions keeps published versions and what they run.
type Versions interface {
	// InsertVersion gives the version the next number and makes its triggers the flow's.
	InsertVersion(ctx context.Context, v Version, revision int64, t Triggers) (int, error)
	// Halt takes a flow's triggers away, or with halted false makes these its triggers.
	Halt(ctx context.Context, id string, halted bool, t Triggers) error
	Version(ctx context.Context, id string, number int) (Version, error)
	Versions(ctx context.Context, id string) ([]Version, error)
	// KeepDocument keeps a document that runs are pinned to by its digest.
	KeepDocument(ctx context.Context, digest string, content []byte) error
	DocumentBy(ctx context.Context, digest string) ([]byte, error)
}

// Extras keeps hooks, samples and pins.
type Extras interface {
	Pins
	SampleStore
	Hook(ctx context.Context, tokenHash string) (Hook, error)
}

// Triggers are what starts a published flow from outside.
type Triggers struct {
	Hooks     []Hook
	Schedules []flow.Slot
	Mailboxes []flow.Watch
}

// Service does what people do with flows.
type Service struct {
	drafts   Drafts
	versions Versions
	extras   Extras
	types    check.Types
	places   *places // of checks
	key      []byte
	now      func() time.Time
	// leastKeep is how long the runs of every flow are kept at least; 0 is no bound.
	leastKeep time.Duration
	known     func(name string) bool // whether there is a user of that name; nil knows all
}

// New makes the service. The key derives webhook tokens; it has 32 bytes.
func New(d Drafts, v Versions, x Extras, types check.Types, key []byte, now func() time.Time) (*Service, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("library: the key has %d bytes, 32 are needed", len(key))
	}
	return &Service{drafts: d, versions: v, extras: x, types: types, places: newPlaces(), key: key, now: now}, nil
}

// LeastKeep sets how long the runs of every flow are kept at least, whatever the flow
// says; 0 is no bound. It is set before the service is used.
func (s *Service) LeastKeep(d time.Duration) { s.leastKeep = d }

// Keeps is how long the runs of a flow are kept; otherwise is for one that doesn't say,
// or not what it may.
func (s *Service) Keeps(d *flow.Document, otherwise time.Duration) time.Duration {
	if d == nil || d.Limits == nil || d.Limits.Keep == "" {
		return otherwise
	}
	keep, err := flow.ParseDuration(d.Limits.Keep)
	if err != nil || keep < time.Hour {
		return otherwise // a draft that can't be published yet
	}
	return max(keep, s.leastKeep)
}

// forgetful finds that a flow would have its runs removed sooner than the server's admin
// wants them kept.
func (s *Service) forgetful(d *flow.Document) flow.Problems {
	if d.Limits == nil {
		return nil
	}
	keep, err := flow.ParseDuration(d.Limits.Keep)
	if err != nil || keep < time.Hour || keep >= s.leastKeep { // another problem says so
		return nil
	}
	return flow.Problems{d.Place(flow.Problem{
		Code: "limits.keep", Severity: flow.SeverityError, Pointer: "/limits/keep",
		Message: "ended runs are kept for " + flow.DurationText(s.leastKeep) + " at least on this server", Fix: "keep them so long or longer, or leave it out",
	}, 0)}
}

// People has the checks of flows know whom questions may name.
func (s *Service) People(known func(name string) bool) { s.known = known }

// strangers finds people who are asked and aren't there. They may come yet, so that it is
// a warning: until then the run fails where it asks them.
func (s *Service) strangers(d *flow.Document) (problems flow.Problems) {
	if s.known == nil {
		return nil
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Type != flow.TypeApproval && n.Type != flow.TypeForm || n.Disabled {
			continue
		}
		to, err := flow.ParseAsked(n.With["to"])
		if err != nil {
			continue // the check of the flow says so
		}
		for _, name := range to {
			if strings.HasPrefix(name, flow.RolePrefix) || strings.Contains(name, "{{") || s.known(name) {
				continue
			}
			problems = append(problems, d.Place(flow.Problem{
				Code: "question.stranger", Severity: flow.SeverityWarning, Pointer: "/nodes/" + strconv.Itoa(i) + "/with/to", Node: n.ID,
				Message: fmt.Sprintf("there is no user %q on this server", name), Fix: "invite them, or name another or a role as role:responder",
			}, 0))
		}
	}
	return problems
}

// Create keeps a new draft. A document without an id gets one. Problems that
// would lose something when stored are answered as the error, a [flow.Problems];
// the others come beside the draft.
func (s *Service) Create(ctx context.Context, content []byte, author string) (Draft, flow.Problems, error) {
	d, problems, err := s.CheckSoon(ctx, content)
	if err != nil {
		return Draft{}, nil, err
	}
	if d == nil || problems.Lossy() {
		return Draft{}, nil, problems
	}
	if d.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Draft{}, nil, err
		}
		d.ID = id.String()
	}
	now := s.now()
	draft := Draft{ID: d.ID, Content: flow.Encode(d), Revision: 1, Created: now, Updated: now, UpdatedBy: author}
	return draft, problems, s.drafts.InsertDraft(ctx, draft, Summarize(d))
}

// Save replaces a draft that is still at the base revision.
func (s *Service) Save(ctx context.Context, id string, base int64, content []byte, author string) (Draft, flow.Problems, error) {
	d, problems, err := s.CheckSoon(ctx, content)
	if err != nil {
		return Draft{}, nil, err
	}
	if d == nil || problems.Lossy() {
		return Draft{}, nil, problems
	}
	if d.ID != "" && d.ID != id {
		return Draft{}, nil, flow.Problems{{
			Code: "flow.id", Severity: flow.SeverityError, Pointer: "/id",
			Message: "the document's id is not that of the flow it is saved to", Fix: "keep the id, or import the file as a copy",
		}}
	}
	d.ID = id
	draft, err := s.drafts.SaveDraft(ctx, Draft{ID: id, Content: flow.Encode(d), Updated: s.now(), UpdatedBy: author}, Summarize(d), base, "flow.save")
	return draft, problems, err
}

// Draft gives a flow's draft.
func (s *Service) Draft(ctx context.Context, id string) (Draft, error) {
	return s.drafts.Draft(ctx, id)
}

// List gives a page of flows, the last edited first.
func (s *Service) List(ctx context.Context, p Page) ([]Summary, string, error) {
	return s.drafts.Drafts(ctx, p)
}

// Delete removes a flow with its versions and hooks. Its runs stay.
func (s *Service) Delete(ctx context.Context, id string) error { return s.drafts.DeleteDraft(ctx, id) }

// Summarize gives what a list shows of a document.
func Summarize(d *flow.Document) Summary {
	// A draft is kept with what is wrong of it, which the dashboard must not add up.
	saved := min(max(d.MinutesSaved, 0), flow.MaxMinutesSaved)
	sum := Summary{Name: d.Name, Description: d.Description, Labels: d.Labels, MinutesSaved: saved}
	for _, t := range d.Triggers() {
		sum.Triggers = append(sum.Triggers, t.Type)
	}
	return sum
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
