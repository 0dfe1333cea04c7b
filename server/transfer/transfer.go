// Package transfer carries flows between systems: it makes a reviewed plan of
// what a file would change, applies it whole or not at all, and undoes it.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// Formats of what is imported and exported, beside the flow file itself.
const (
	FormatBundle = "drawbridge.bundle/1"
	FormatFiles  = "drawbridge.files/1"
)

// Errors that callers tell apart.
var (
	ErrNotFound = errors.New("there is no such import")
	// ErrChanged says that a flow isn't as it was when the plan was made.
	ErrChanged = errors.New("something changed since the plan was made: make a new one")
	// ErrUsed says that a flow was changed, published or run since an import, which can't be
	// rolled back without losing that.
	ErrUsed = errors.New("a flow of this import was changed, published or run since, and rolling back would lose that: restore or delete each flow by itself")
	// ErrState says that an import was applied or rolled back already.
	ErrState = errors.New("this import was applied or rolled back already")
	// ErrFormat says that a file is none that can be imported.
	ErrFormat = errors.New("this is no flow file and no bundle")
)

// ChoiceError says that a choice can't be made.
type ChoiceError struct{ Flow, Choice string }

// Error implements the error interface.
func (e *ChoiceError) Error() string {
	if e.Choice == "" {
		return "the plan has problems that stop it: mend the files and make a new plan"
	}
	return fmt.Sprintf("%q can't be chosen for the flow %q: see its choices in the plan", e.Choice, e.Flow)
}

// Status says how a flow of a file stands to the one here.
type Status string

// Statuses of an [Item].
const (
	StatusNew      Status = "new"
	StatusSame     Status = "same"
	StatusChanged  Status = "changed"  // it differs from the one here
	StatusConflict Status = "conflict" // it differs, and the one here was edited since
)

// Choices of an [Item].
const (
	Theirs = "theirs" // take what the file has
	Mine   = "mine"   // leave what is here as it is
	Copy   = "copy"   // keep both: the file's gets a new id
)

// Item is one flow of a plan.
type Item struct {
	File    string        `json:"file"`
	FlowID  string        `json:"flowId"`
	Name    string        `json:"name"`
	Status  Status        `json:"status"`
	Changes []flow.Change `json:"changes"`
	// Local is the flow here; nil where it is new.
	Local   *Local   `json:"local"`
	Choices []string `json:"choices"`
	Choice  string   `json:"choice"`
	// Content is the file's document in canonical form.
	Content []byte `json:"content"`
}

// Local is what is here already.
type Local struct {
	Revision int64 `json:"revision"`
	Version  int   `json:"version"`
}

// MissingConnector is a connector that flows of the plan need and that isn't here.
type MissingConnector struct {
	ID      string   `json:"id"`
	Version string   `json:"version"`
	Flows   []string `json:"flows"`
}

// MissingCredential is a credential alias that has to be bound here.
type MissingCredential struct {
	Alias string   `json:"alias"`
	Type  string   `json:"type"`
	Flows []string `json:"flows"`
}

// FileProblem is a problem in one of the files.
type FileProblem struct {
	File string `json:"file"`
	flow.Problem
}

// Plan is what an import would do.
type Plan struct {
	ID          string              `json:"id"`
	Items       []Item              `json:"items"`
	Connectors  []MissingConnector  `json:"connectors"`
	Credentials []MissingCredential `json:"credentials"`
	Problems    []FileProblem       `json:"problems"`
	// Applicable is false where a file can't be read without losing something.
	Applicable bool `json:"applicable"`
}

// Result is what became of one flow.
type Result struct {
	FlowID   string `json:"flowId"` // as in the plan
	ID       string `json:"id"`     // as it is here
	Revision int64  `json:"revision"`
	Result   string `json:"result"` // created, updated, kept or copied
}

// Applied is an import that was carried out.
type Applied struct {
	ImportID string   `json:"importId"`
	Flows    []Result `json:"flows"`
}

// Done is an import that was carried out, and perhaps undone.
type Done struct {
	ID    string
	At    time.Time
	By    string
	State string // applied or rolledback
	Flows []DoneFlow
}

// DoneFlow is one flow that an import wrote.
type DoneFlow struct {
	ID     string
	Name   string // as in the file
	Result string // created or updated
}

// Write is one flow to be written by an import.
type Write struct {
	Draft   library.Draft
	Summary library.Summary
	// Base is the revision that the flow must be at; 0 is a flow that must not exist.
	Base int64
}

// Undo is what one flow was before an import.
type Undo struct {
	FlowID string `json:"flowId"`
	// Revision is the one that the import made.
	Revision int64 `json:"revision"`
	// Content is nil where the import made the flow.
	Content []byte `json:"content"`
}

// Imports keeps plans and carries them out. Apply and Rollback do all or nothing,
// in one transaction; they fail with [ErrChanged] where a flow isn't at its
// revision and with [ErrState] where the import isn't in the state before.
type Imports interface {
	InsertPlan(ctx context.Context, p *Plan, author string, at time.Time) error
	Plan(ctx context.Context, id string) (*Plan, error)
	Apply(ctx context.Context, id string, writes []Write) ([]library.Draft, error)
	Rollback(ctx context.Context, id, author string, at time.Time, summarize func(content []byte) (library.Summary, error)) ([]string, error)
	// Done lists imports that were carried out, newest first.
	Done(ctx context.Context, cursor string, limit int) (list []Done, next string, err error)
	// Imported is the revision that the last import gave a flow; 0 where none did.
	Imported(ctx context.Context, flowID string) (int64, error)
}

// Connectors knows what is installed.
type Connectors interface {
	Connector(id, version string) (*catalog.Connector, error)
}

// Service imports and exports.
type Service struct {
	library    *library.Service
	imports    Imports
	connectors Connectors
	now        func() time.Time
}

// New makes the service.
func New(l *library.Service, i Imports, c Connectors, now func() time.Time) *Service {
	return &Service{library: l, imports: i, connectors: c, now: now}
}

// Plan gives a plan that was made.
func (s *Service) Plan(ctx context.Context, id string) (*Plan, error) { return s.imports.Plan(ctx, id) }

// Done lists imports that were carried out, newest first.
func (s *Service) Done(ctx context.Context, cursor string, limit int) ([]Done, string, error) {
	return s.imports.Done(ctx, cursor, limit)
}

// Apply carries a plan out with the choices, by flow id, that differ from the plan's.
func (s *Service) Apply(ctx context.Context, id string, choices map[string]string, author string) (*Applied, error) {
	p, err := s.imports.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	if !p.Applicable {
		return nil, &ChoiceError{}
	}
	if err := p.choose(choices); err != nil {
		return nil, err
	}
	var writes []Write
	results := make([]Result, len(p.Items))
	for i := range p.Items {
		w, result, err := s.write(&p.Items[i], author)
		if err != nil {
			return nil, err
		}
		results[i] = result
		if w != nil {
			writes = append(writes, *w)
		}
	}
	written, err := s.imports.Apply(ctx, id, writes)
	if err != nil {
		return nil, err
	}
	for i := range results {
		for _, d := range written {
			if d.ID == results[i].ID && results[i].Result != "kept" {
				results[i].Revision = d.Revision
			}
		}
	}
	return &Applied{id, results}, nil
}

// write says what an item's choice writes; nil where nothing.
func (s *Service) write(item *Item, author string) (*Write, Result, error) {
	result := Result{FlowID: item.FlowID, ID: item.FlowID, Result: "kept"}
	if item.Local != nil {
		result.Revision = item.Local.Revision
	}
	if item.Choice == Mine || item.Choice == Theirs && item.Status == StatusSame {
		return nil, result, nil
	}
	d, problems := flow.Decode(item.Content)
	if d == nil {
		return nil, result, problems
	}
	w := &Write{}
	switch {
	case item.Choice == Copy:
		id, err := uuid.NewV7()
		if err != nil {
			return nil, result, err
		}
		d.ID = id.String()
		d.Name += " (copy)"
		result.ID, result.Result = d.ID, "copied"
	case item.Status == StatusNew:
		result.Result = "created"
	default:
		result.Result, w.Base = "updated", item.Local.Revision
	}
	now := s.now()
	w.Draft = library.Draft{ID: d.ID, Content: flow.Encode(d), Revision: 1, Created: now, Updated: now, UpdatedBy: author}
	w.Summary = library.Summarize(d)
	return w, result, nil
}

// Rollback makes flows what they were before an import, and removes those that
// it made. It gives the ids of the flows; [ErrUsed] where one was changed, published or run since.
func (s *Service) Rollback(ctx context.Context, id, author string) ([]string, error) {
	ids, err := s.imports.Rollback(ctx, id, author, s.now(), func(content []byte) (library.Summary, error) {
		d, problems := flow.Decode(content)
		if d == nil {
			return library.Summary{}, problems
		}
		return library.Summarize(d), nil
	})
	if errors.Is(err, ErrChanged) {
		return nil, ErrUsed
	}
	return ids, err
}

func (p *Plan) choose(choices map[string]string) error {
	for id, choice := range choices {
		item := p.item(id)
		if item == nil || !contains(item.Choices, choice) {
			return &ChoiceError{id, choice}
		}
		item.Choice = choice
	}
	return nil
}

func (p *Plan) item(id string) *Item {
	for i := range p.Items {
		if p.Items[i].FlowID == id {
			return &p.Items[i]
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	for _, each := range list {
		if each == s {
			return true
		}
	}
	return false
}
