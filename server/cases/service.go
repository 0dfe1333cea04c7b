package cases

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// maxRelated is how many related cases are shown.
const maxRelated = 50

// Service works on cases.
type Service struct {
	Store
	users Users
	now   func() time.Time
	// changed is told of each case that changed; it must not block.
	changed func(id string)
	// files keeps what is attached, each of at most fileLimit bytes.
	files     Files
	fileLimit int64
	// estate knows hosts and people by their names; nil knows none.
	estate Estate
}

// New makes the service. Changed is told of each case that changed, and must not block.
func NewService(s Store, u Users, now func() time.Time, changed func(id string)) *Service {
	return &Service{Store: s, users: u, now: now, changed: changed}
}

// ActorOf is who acts in a context, where a person or token does.
func ActorOf(ctx context.Context) Actor {
	a := auth.ActorFrom(ctx)
	return Actor{ID: a.Person(), Name: a.Name, Kind: a.Kind, Person: a.Person()}
}

func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Opening is what a case begins with.
type Opening struct {
	Edit      Edit
	Artifacts []Artifact
	// Template is the id or name of the template whose tasks it begins with; empty is none.
	Template string
	// Origin is what the case comes from: the same twice is one case. Empty is none.
	Origin string
}

// Open opens a case, or gives the one that was opened of the same origin.
func (s *Service) Open(ctx context.Context, by Actor, o Opening) (Case, error) {
	c, _, err := s.open(ctx, by, o)
	return c, err
}

// open also says whether the case is a new one.
func (s *Service) open(ctx context.Context, by Actor, o Opening) (_ Case, fresh bool, _ error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Case{}, false, err
	}
	if o.Artifacts, err = s.recognised(ctx, o.Artifacts); err != nil {
		return Case{}, false, err
	}
	at := s.at()
	c, err := New(id.String(), &o.Edit, by, at)
	if err != nil {
		return Case{}, false, err
	}
	w := &Work{Case: &c, By: by, At: at}
	w.tell(EntryOpened, map[string]any{"severity": c.Severity})
	known := map[[2]string]*Artifact{}
	for _, a := range o.Artifacts {
		if err := w.observe(a, known); err != nil {
			return Case{}, false, err
		}
	}
	if o.Template != "" {
		if err := s.beginWith(ctx, w, o.Template); err != nil {
			return Case{}, false, err
		}
	}
	w.Event = eventCreated
	made, err := s.done(s.CreateCase(ctx, w, o.Origin))
	return made, made.ID == id.String(), err
}

func (s *Service) done(c Case, err error) (Case, error) {
	if err == nil {
		s.changed(c.ID)
	}
	return c, err
}

// change has an open case worked on.
func (s *Service) change(ctx context.Context, by Actor, ref, key string, do func(w *Work) error) (Case, error) {
	return s.done(s.ChangeCase(ctx, ref, key, func(w *Work) error {
		if w.Case.MergedInto != "" {
			return ErrMerged
		}
		w.By, w.At = by, s.at()
		return do(w)
	}))
}

// Update changes fields of a case, with a comment or none. Key is that of a flow's step, or
// empty. Where somebody closes a case with required tasks open and says nothing, it is a
// [*LeftOpenError].
func (s *Service) Update(ctx context.Context, by Actor, ref, key string, e *Edit, comment string) (Case, error) {
	return s.change(ctx, by, ref, key, func(w *Work) error {
		if err := w.apply(e, comment); err != nil {
			return err
		}
		if strings.TrimSpace(comment) == "" {
			return nil
		}
		return w.comment(comment)
	})
}

// Comment adds a comment, which is Markdown.
func (s *Service) Comment(ctx context.Context, by Actor, ref, key, text string) (Case, error) {
	return s.change(ctx, by, ref, key, func(w *Work) error { return w.comment(text) })
}

func checkComment(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &FieldError{"text", "a comment says something", ""}
	case len(text) > MaxComment:
		return &FieldError{"text", fmt.Sprintf("a comment has at most %d KiB", MaxComment>>10), "attach the rest as a file"}
	}
	return nil
}

// AddArtifacts adds artifacts to a case; those that it has get the higher score.
func (s *Service) AddArtifacts(ctx context.Context, by Actor, ref, key string, list []Artifact) (Case, error) {
	list, err := s.recognised(ctx, list)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, by, ref, key, func(w *Work) error {
		has, err := w.HasArtifacts()
		if err != nil {
			return err
		}
		known := byKey(has)
		for _, a := range list {
			if err := w.observe(a, known); err != nil {
				return err
			}
		}
		return nil
	})
}

func byKey(list []Artifact) map[[2]string]*Artifact {
	known := make(map[[2]string]*Artifact, len(list))
	for i := range list {
		known[[2]string{list[i].Type, list[i].Value}] = &list[i]
	}
	return known
}

// RemoveArtifact takes an artifact away that doesn't belong to a case.
func (s *Service) RemoveArtifact(ctx context.Context, by Actor, ref, kind, value string) (Case, error) {
	return s.change(ctx, by, ref, "", func(w *Work) error {
		artifacts, err := w.HasArtifacts()
		if err != nil {
			return err
		}
		gone := byKey(artifacts)[[2]string{kind, value}]
		if gone == nil {
			return nil // somebody else took it away first
		}
		w.forget(artifacts, gone)
		return nil
	})
}

// forget takes one of the artifacts of a case away.
func (w *Work) forget(artifacts []Artifact, gone *Artifact) {
	w.Removed = append(w.Removed, *gone)
	w.Case.Artifacts--
	w.Case.Score = NoScore
	for i := range artifacts {
		if &artifacts[i] != gone {
			w.Case.Score = max(w.Case.Score, artifacts[i].Score)
		}
	}
	w.grow()
	w.tell(EntryArtifactRemoved, map[string]any{"type": gone.Type, "value": gone.Value, "shown": gone.Shown()})
}

// Merge has one case go on in another: its artifacts, attachments and tags go over, it is closed, and
// each says so. The timeline of each stays with it.
func (s *Service) Merge(ctx context.Context, by Actor, from, into, reason string) (Case, error) {
	if reason != "" {
		if err := checkComment(reason); err != nil {
			return Case{}, err
		}
	}
	other := ""
	c, err := s.MergeCases(ctx, from, into, func(a, b *Work) error {
		if a.Case.ID == b.Case.ID {
			return &FieldError{"into", "a case can't be merged into itself", "name another"}
		}
		if a.Case.MergedInto == b.Case.ID {
			return nil // somebody else did so first
		}
		if a.Case.MergedInto != "" {
			return ErrMerged
		}
		if b.Case.MergedInto != "" {
			return &FieldError{"into", fmt.Sprintf("case %d was merged into another itself", b.Case.Number), "merge into that one"}
		}
		at := s.at()
		a.By, a.At, b.By, b.At, other = by, at, by, at, a.Case.ID
		return merge(a, b, reason)
	})
	if err == nil && other != "" {
		s.changed(other)
	}
	return s.done(c, err)
}

func merge(a, b *Work, reason string) error {
	of, err := a.HasArtifacts()
	if err != nil {
		return err
	}
	has, err := b.HasArtifacts()
	if err != nil {
		return err
	}
	known := byKey(has)
	for i := range of {
		copied := of[i]
		if err := b.observe(copied, known); err != nil {
			return err
		}
	}
	if err := carry(a, b); err != nil {
		return err
	}
	tags := Edit{AddTags: a.Case.Tags}
	if Rank(a.Case.Severity) > Rank(b.Case.Severity) {
		tags.Severity = &a.Case.Severity
	}
	if err := b.apply(&tags, ""); err != nil {
		return err
	}
	b.grow()
	b.tell(EntryMergedFrom, said(map[string]any{"case": a.Case.ID, "number": a.Case.Number, "title": a.Case.Title}, reason))
	b.happened(eventUpdated)
	wasOpen := a.Case.Status != Closed
	a.Case.MergedInto = b.Case.ID
	a.Case.Revision++
	a.Case.Status, a.Case.Resolution = Closed, Merged
	a.Case.ClosedAt = a.At
	into := said(map[string]any{"case": b.Case.ID, "number": b.Case.Number, "title": b.Case.Title}, reason)
	if wasOpen {
		all, err := a.HasTasks() // which stay with it
		if err != nil {
			return err
		}
		nameLeft(into, leftOpen(all))
		a.happened(eventClosed)
	}
	a.tell(EntryMergedInto, into)
	return nil
}

func said(data map[string]any, reason string) map[string]any {
	if reason != "" {
		data["text"] = reason
	}
	return data
}

// RelatedTo gives the cases that share artifacts with a case.
func (s *Service) RelatedTo(ctx context.Context, ref string) ([]Related, error) {
	c, err := s.Case(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.Related(ctx, c.ID, maxRelated)
}

// PersonByName gives the id of a user, whether they can log in or not.
func (s *Service) PersonByName(ctx context.Context, name string) (string, error) {
	u, err := s.users.UserByName(ctx, strings.TrimSpace(name))
	if errors.Is(err, auth.ErrNotFound) {
		return "", &FieldError{"assignee", fmt.Sprintf("there is no user %q", name), "name somebody who is or was here"}
	}
	return u.ID, err
}

// Assign writes into an edit who is to have the case, by name; empty is nobody.
func (s *Service) Assign(ctx context.Context, e *Edit, name string) error {
	name = strings.TrimSpace(name)
	if name == "" {
		e.Assignee = new(string)
		return nil
	}
	u, err := s.users.UserByName(ctx, name)
	switch {
	case errors.Is(err, auth.ErrNotFound):
		return &FieldError{"assignee", fmt.Sprintf("there is no user %q", name), "name somebody who can log in here"}
	case err != nil:
		return err
	case u.State() != auth.Active:
		return &FieldError{"assignee", u.Name + " can't log in", "assign it to somebody who can"}
	}
	e.Assignee, e.AssigneeName = &u.ID, u.Name
	return nil
}
