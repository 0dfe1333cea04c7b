package intel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Edit changes an indicator. What is nil stays as it is.
type Edit struct {
	// Base is the revision from which the editor saw it; 0 takes what is there now for it.
	// Another one is a [*ConflictError].
	Base int64

	Families, Actors, Vulnerabilities, Tags *[]string
	Relations                               *[]Relation
	TLP, Description                        *string
	// ValidUntil is when it counts no more; the zero time is never.
	ValidUntil *time.Time
	Community  **int
	// Override sets the score; one without a reason takes the override away.
	Override *Override
	// FalsePositive is why it is one; the empty text takes the mark away.
	FalsePositive *string
	// Source adds what a source says, DropSource takes the word of one away, by name.
	Source     *Source
	DropSource string
}

// Override is a score that a person sets, and why.
type Override struct {
	Score  int
	Reason string
}

// Edit changes an indicator by hand or by a step of a flow, whose key it is given.
func (s *Service) Edit(ctx context.Context, by cases.Actor, id, key string, e *Edit) (Indicator, error) {
	note := Note{By: by, Action: "indicator.change", Key: key, Detail: map[string]any{"indicator": id}}
	err := s.change(ctx, note, []string{id}, func(have map[string]*Indicator, at time.Time) (*Work, error) {
		i := have[id]
		switch {
		case i == nil:
			return nil, ErrNotFound
		case e.Base != 0 && e.Base != i.Revision:
			return nil, &ConflictError{*i}
		}
		return &Work{Put: []*Indicator{i}}, e.apply(i, by, at)
	})
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		current := []Indicator{conflict.Current}
		if err := s.scored(ctx, current); err != nil {
			return Indicator{}, err
		}
		return Indicator{}, &ConflictError{current[0]}
	}
	if err != nil {
		return Indicator{}, err
	}
	return s.Indicator(ctx, id)
}

func (e *Edit) apply(i *Indicator, by cases.Actor, at time.Time) error {
	take(&i.Families, e.Families)
	take(&i.Actors, e.Actors)
	take(&i.Vulnerabilities, e.Vulnerabilities)
	take(&i.Tags, e.Tags)
	take(&i.Relations, e.Relations)
	take(&i.TLP, e.TLP)
	take(&i.Description, e.Description)
	take(&i.Community, e.Community)
	if e.ValidUntil != nil {
		i.ValidUntil = e.ValidUntil.UTC().Truncate(time.Microsecond)
	}
	if e.Source != nil {
		i.hears(*e.Source, at)
	}
	if e.DropSource != "" {
		i.Sources = slices.DeleteFunc(i.Sources, func(s Source) bool { return sameName(s.Name, e.DropSource) })
	}
	return e.judge(i, by, at)
}

func take[T any](into, given *T) {
	if given != nil {
		*into = *given
	}
}

// judge takes what a person decides in the place of the formula.
func (e *Edit) judge(i *Indicator, by cases.Actor, at time.Time) error {
	if o := e.Override; o != nil {
		reason, err := checkReason("override", o.Reason)
		switch {
		case err != nil:
			return err
		case o.Score < 0 || o.Score > MaxScore:
			return &FieldError{"override", "a score lies between 0 and 1000", ""}
		case reason == "" && o.Score != 0:
			return &FieldError{"override", "a score that is set says why", "give a reason with it"}
		case reason == "":
			i.Override = nil
		default:
			i.Override = &Said{reason, by.Name, at, o.Score}
		}
	}
	if e.FalsePositive == nil {
		return nil
	}
	reason, err := checkReason("falsePositive", *e.FalsePositive)
	if err != nil {
		return err
	}
	if i.FalsePositive = nil; reason != "" {
		i.FalsePositive = &Said{Reason: reason, By: by.Name, At: at}
	}
	return nil
}

func checkReason(field, reason string) (string, error) {
	if reason = strings.TrimSpace(reason); len(reason) > MaxReason {
		return "", &FieldError{field, fmt.Sprintf("a reason has at most %d bytes", MaxReason), ""}
	}
	return reason, nil
}

func sameName(a, b string) bool { return strings.EqualFold(a, strings.Join(strings.Fields(b), " ")) }

// Sight keeps that an indicator was seen. A sighting whose key was told before is none;
// an empty one is made of where and when it was.
func (s *Service) Sight(ctx context.Context, by cases.Actor, key string, seen Sighting) (Indicator, error) {
	err := s.sight(ctx, Note{By: by, Action: "indicator.sighting", Key: key}, []Sighting{seen})
	if err != nil {
		return Indicator{}, err
	}
	return s.Indicator(ctx, seen.Indicator)
}

// maxSightingCount is how often a sighting may say that a value was seen.
const maxSightingCount = 1_000_000_000

func (s *Service) sight(ctx context.Context, note Note, list []Sighting) error {
	ids := make([]string, len(list))
	for n := range list {
		ids[n] = list[n].Indicator
		switch {
		case len(list[n].Note) > MaxReason || len(list[n].Source) > MaxName:
			return &FieldError{"note", fmt.Sprintf("a note has at most %d bytes", MaxReason), ""}
		case list[n].Count < 0 || list[n].Count > maxSightingCount:
			return &FieldError{"count", "this is no number of sightings", ""}
		}
	}
	note.Detail = map[string]any{"indicators": len(list), "run": note.By.Run}
	return s.change(ctx, note, ids, func(have map[string]*Indicator, at time.Time) (*Work, error) {
		w := &Work{}
		for _, seen := range list {
			if have[seen.Indicator] == nil {
				return nil, ErrNotFound
			}
			seen.fill(note.By, at)
			w.Sightings = append(w.Sightings, seen)
		}
		return w, nil
	})
}

func (s *Sighting) fill(by cases.Actor, at time.Time) {
	if s.At.IsZero() {
		s.At = at
	}
	s.At = s.At.UTC().Truncate(time.Microsecond)
	s.Count = max(s.Count, 1)
	if s.Source == "" {
		s.Source = by.Name
	}
	if s.Run == "" {
		s.Run = by.Run
	}
	if s.Key == "" {
		s.Key = fmt.Sprintf("%s/%s/%s/%d", s.Indicator, s.Source, s.Case, s.At.UnixMicro())
	}
}

// Allow puts a value on the allow list, and Disallow takes an entry away. What it is about
// is scored anew.
func (s *Service) Allow(ctx context.Context, by cases.Actor, kind, kindOfValue, value, reason string) (Allow, error) {
	a, err := NewAllow(kind, kindOfValue, value, reason)
	if err != nil {
		return a, err
	}
	a.By, a.At = by.Name, s.at()
	if err := s.store.SaveAllow(ctx, &a); err != nil {
		return a, err
	}
	s.forgetAllowed()
	return a, s.Rescore(ctx)
}

// Disallow takes an entry away from the allow list.
func (s *Service) Disallow(ctx context.Context, id string) error {
	if err := s.store.RemoveAllow(ctx, id); err != nil {
		return err
	}
	s.forgetAllowed()
	return s.Rescore(ctx)
}

// AllowList gives all entries of the allow list.
func (s *Service) AllowList(ctx context.Context) ([]Allow, error) { return s.store.AllowList(ctx) }

// Bounds of one go of [Service.Rescore]; what is left is for the next.
const (
	rescoredAtOnce = 500
	rescoredInAGo  = 40
)

// Rescore gives the indicators whose score is another by now that score, for lists.
func (s *Service) Rescore(ctx context.Context) error {
	for range rescoredInAGo {
		ids, err := s.store.Due(ctx, s.at(), rescoredAtOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		list, err := s.Named(ctx, ids)
		if err != nil {
			return err
		}
		scores, at := make([]Scored, len(list)), s.at()
		for n := range list {
			scores[n] = Scored{list[n].ID, list[n].Score, Changes(&list[n], at)}
		}
		if err := s.store.Rescored(ctx, scores); err != nil {
			return err
		}
		if err := s.tell(ctx, ids); err != nil {
			return err
		}
		if len(ids) < rescoredAtOnce {
			return nil
		}
	}
	return nil
}
