package views

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Person is who asks.
type Person struct {
	ID, Name string
	// Shares says that they may make and change views that all share.
	Shares bool
}

// Store keeps views.
type Store interface {
	// Views gives those of a list that a person sees, by name, and the id of the one that
	// they begin with; "" where there is none.
	Views(ctx context.Context, list, person string) (views []View, first string, err error)
	// View gives one, or ErrNotFound.
	View(ctx context.Context, id string) (View, error)
	// AddView keeps a new one: ErrTaken where its name is, ErrFull where there is no room.
	AddView(ctx context.Context, v View) error
	// ChangeView keeps one in the place of that with its id, at the revision before its
	// own: a [ConflictError] where it has another.
	ChangeView(ctx context.Context, v View) error
	// RemoveView forgets one.
	RemoveView(ctx context.Context, id string) error
	// BeginWith has a person begin a list with a view, or with none.
	BeginWith(ctx context.Context, list, person, id string) error
}

// Service works on views.
type Service struct {
	store Store
	now   func() time.Time
}

// NewService makes one.
func NewService(store Store, now func() time.Time) *Service { return &Service{store, now} }

// List gives the views of a list that a person sees, and the id of the one that they
// begin with.
func (s *Service) List(ctx context.Context, list string, who Person) ([]View, string, error) {
	if err := checkList(list); err != nil {
		return nil, "", err
	}
	return s.store.Views(ctx, list, who.ID)
}

// Make keeps a new view.
func (s *Service) Make(ctx context.Context, list string, in Input, who Person) (View, error) {
	if err := checkList(list); err != nil {
		return View{}, err
	}
	if err := in.check(); err != nil {
		return View{}, err
	}
	if in.Shared && !who.Shares {
		return View{}, ErrNotYours
	}
	at := s.now()
	v := View{
		ID: uuid.Must(uuid.NewV7()).String(), List: list, Name: in.Name, Owner: who.ID, OwnerName: who.Name, Shared: in.Shared, Filter: in.Filter,
		Revision: 1, Created: at, Updated: at, UpdatedBy: who.Name,
	}
	return v, s.store.AddView(ctx, v)
}

// Change keeps a view in the place of another that is at the revision base; 0 is any.
func (s *Service) Change(ctx context.Context, id string, base int64, in Input, who Person) (View, error) {
	if err := in.check(); err != nil {
		return View{}, err
	}
	v, err := s.mine(ctx, id, who)
	switch {
	case err != nil:
		return View{}, err
	case in.Shared && !who.Shares:
		return View{}, ErrNotYours
	case !in.Shared && v.Owner != who.ID:
		return View{}, ErrKept
	case base != 0 && base != v.Revision:
		return View{}, &ConflictError{base, v}
	}
	v.Name, v.Shared, v.Filter = in.Name, in.Shared, in.Filter
	v.Revision, v.Updated, v.UpdatedBy = v.Revision+1, s.now(), who.Name
	err = s.store.ChangeView(ctx, v)
	var conflict *ConflictError
	if errors.As(err, &conflict) && !conflict.Current.Shared && conflict.Current.Owner != who.ID {
		return View{}, ErrNotFound // its owner took it back meanwhile
	}
	return v, err
}

// Remove forgets a view.
func (s *Service) Remove(ctx context.Context, id string, who Person) error {
	if _, err := s.mine(ctx, id, who); err != nil {
		return err
	}
	return s.store.RemoveView(ctx, id)
}

// Begin has a person begin a list with a view, or with none where id is empty.
func (s *Service) Begin(ctx context.Context, list, id string, who Person) error {
	if err := checkList(list); err != nil {
		return err
	}
	if id != "" {
		v, err := s.store.View(ctx, id)
		if err != nil {
			return err
		}
		if v.List != list || !v.Shared && v.Owner != who.ID {
			return ErrNotFound
		}
	}
	return s.store.BeginWith(ctx, list, who.ID, id)
}

// mine finds a view that a person may change.
func (s *Service) mine(ctx context.Context, id string, who Person) (View, error) {
	v, err := s.store.View(ctx, id)
	switch {
	case err != nil:
		return View{}, err
	case v.Shared && !who.Shares && v.Owner != who.ID:
		return View{}, ErrNotYours
	case !v.Shared && v.Owner != who.ID:
		return View{}, ErrNotFound
	}
	return v, nil
}
