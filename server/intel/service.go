package intel

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// allowFor is how long the allow list is remembered, where another server may have
// changed it.
const allowFor = time.Second

// Service works on indicators.
type Service struct {
	store Store
	now   func() time.Time
	// seen is told of the cases that changed indicators are in; it must not block.
	seen func(ids []string)

	mu     sync.Mutex
	allow  *allowList
	readAt time.Time
}

// NewService makes the service. Seen is told of cases that have indicators whose score changed;
// it must not block.
func NewService(s Store, now func() time.Time, seen func(caseIDs []string)) *Service {
	return &Service{store: s, now: now, seen: seen}
}

func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// allowed is the allow list, read again where it may have changed.
func (s *Service) allowed(ctx context.Context) (*allowList, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.allow != nil && time.Since(s.readAt) < allowFor {
		return s.allow, nil
	}
	entries, err := s.store.AllowList(ctx)
	if err != nil {
		return nil, err
	}
	s.allow, s.readAt = newAllowList(entries), time.Now()
	return s.allow, nil
}

func (s *Service) forgetAllowed() {
	s.mu.Lock()
	s.allow = nil
	s.mu.Unlock()
}

// scored gives indicators their scores.
func (s *Service) scored(ctx context.Context, list []Indicator) error {
	allow, err := s.allowed(ctx)
	if err != nil {
		return err
	}
	at := s.at()
	for n := range list {
		scoreBy(&list[n], allow, at)
	}
	return nil
}

func scoreBy(i *Indicator, allow *allowList, at time.Time) {
	i.Allowed = allow.find(Observable{i.Type, i.Value})
	i.Score, i.Reasons = Score(i, at)
}

// Indicator gives one, by its id.
func (s *Service) Indicator(ctx context.Context, id string) (Indicator, error) {
	i, err := s.store.Indicator(ctx, id)
	if err != nil {
		return i, err
	}
	list := []Indicator{i}
	err = s.scored(ctx, list)
	return list[0], err
}

// Named gives those that there are of some ids, scored, in no order.
func (s *Service) Named(ctx context.Context, ids []string) ([]Indicator, error) {
	list, err := s.store.ByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	return list, s.scored(ctx, list)
}

// Indicators gives a page.
func (s *Service) Indicators(ctx context.Context, q Query) ([]Indicator, string, error) {
	list, next, err := s.store.Indicators(ctx, q)
	if err != nil {
		return nil, "", err
	}
	return list, next, s.scored(ctx, list)
}

// SightingsOf gives where an indicator was seen, the newest first.
func (s *Service) SightingsOf(ctx context.Context, id, cursor string, limit int) ([]Sighting, string, error) {
	return s.store.SightingsOf(ctx, id, cursor, limit)
}

// Remove removes an indicator.
func (s *Service) Remove(ctx context.Context, id string) error {
	return s.store.RemoveIndicator(ctx, id)
}

// change has indicators changed and kept, with their scores.
func (s *Service) change(ctx context.Context, note Note, ids []string, do func(have map[string]*Indicator, at time.Time) (*Work, error)) error {
	allow, err := s.allowed(ctx)
	if err != nil {
		return err
	}
	var changed []string
	err = s.store.ChangeIndicators(ctx, note, ids, func(have map[string]*Indicator) (*Work, error) {
		at := s.at()
		w, err := do(have, at)
		if err != nil {
			return nil, err
		}
		for _, i := range w.Put {
			if err := i.check(); err != nil {
				return nil, err
			}
		}
		changed = changed[:0]
		w.Settle = func(i *Indicator) {
			i.Updated = at
			i.Revision++
			was := i.Score
			if scoreBy(i, allow, at); i.Score != was {
				changed = append(changed, i.ID)
			}
		}
		return w, nil
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	return s.tell(ctx, changed)
}

// tell says which cases have indicators that changed.
func (s *Service) tell(ctx context.Context, ids []string) error {
	const most = 1000
	found, err := s.store.CasesWith(ctx, ids, most)
	if err != nil || len(found) == 0 {
		return err
	}
	s.seen(found)
	return nil
}

// Given is what is told of an indicator: it is added to what is known of it.
type Given struct {
	Observable
	// Source says so; nil is nobody, where something else is added.
	Source                                  *Source
	Families, Actors, Vulnerabilities, Tags []string
	Relations                               []Relation
	TLP, Description                        string // empty leaves what there is
	ValidUntil                              time.Time
	Community                               *int
}

// Add adds what is told of a value to its indicator, which it makes where there is none.
// Key is that of a flow's step, or empty.
func (s *Service) Add(ctx context.Context, by cases.Actor, key string, g Given) (Indicator, error) {
	o, err := Normalise(g.Type, g.Value)
	if err != nil {
		return Indicator{}, err
	}
	g.Observable = o
	if err := s.AddAll(ctx, by, key, []Given{g}); err != nil {
		return Indicator{}, err
	}
	return s.Indicator(ctx, o.ID())
}

// AddAll adds what is told of normalised values, all or nothing. One that is told of twice
// is told of one after the other.
func (s *Service) AddAll(ctx context.Context, by cases.Actor, key string, list []Given) error {
	ids := make([]string, len(list))
	for n := range list {
		ids[n] = list[n].ID()
	}
	note := Note{By: by, Action: "indicator.add", Key: key, Detail: map[string]any{"indicators": len(list), "run": by.Run}}
	return s.change(ctx, note, ids, func(have map[string]*Indicator, at time.Time) (*Work, error) {
		w, put := &Work{}, map[string]bool{}
		for n := range list {
			i, changed := list[n].into(have[ids[n]], at)
			if have[i.ID] = i; changed && !put[i.ID] {
				put[i.ID] = true
				w.Put = append(w.Put, i)
			}
		}
		return w, nil
	})
}

// into adds what is given to an indicator, nil where there is none, and says whether
// anything is another after it.
func (g *Given) into(i *Indicator, at time.Time) (_ *Indicator, changed bool) {
	if i == nil {
		i, changed = &Indicator{ID: g.ID(), Type: g.Type, Value: g.Value, Created: at}, true
	}
	if g.Source != nil && i.hears(*g.Source, at) {
		changed = true
	}
	for _, list := range []struct {
		into *[]string
		more []string
	}{{&i.Families, g.Families}, {&i.Actors, g.Actors}, {&i.Vulnerabilities, g.Vulnerabilities}, {&i.Tags, g.Tags}} {
		for _, name := range list.more {
			if !slices.ContainsFunc(*list.into, func(s string) bool { return sameName(s, name) }) {
				*list.into, changed = append(*list.into, name), true
			}
		}
	}
	for _, r := range g.Relations {
		if !slices.Contains(i.Relations, r) {
			i.Relations, changed = append(i.Relations, r), true
		}
	}
	set := func(into *string, to string) {
		if to != "" && *into != to {
			*into, changed = to, true
		}
	}
	set(&i.TLP, g.TLP)
	set(&i.Description, g.Description)
	if until := g.ValidUntil.UTC().Truncate(time.Microsecond); !g.ValidUntil.IsZero() && !until.Equal(i.ValidUntil) {
		i.ValidUntil, changed = until, true
	}
	if g.Community != nil && (i.Community == nil || *i.Community != *g.Community) {
		i.Community, changed = g.Community, true
	}
	return i, changed
}

// hears takes what a source says: of one that said something before, the newer word holds,
// and the time in which it saw the value grows.
func (i *Indicator) hears(s Source, at time.Time) (changed bool) {
	s.FirstSeen, s.LastSeen = s.FirstSeen.UTC().Truncate(time.Microsecond), s.LastSeen.UTC().Truncate(time.Microsecond)
	if s.LastSeen.IsZero() {
		s.LastSeen = at
	}
	if s.FirstSeen.IsZero() || s.FirstSeen.After(s.LastSeen) {
		s.FirstSeen = s.LastSeen
	}
	for n := range i.Sources {
		had := i.Sources[n]
		if !sameName(had.Name, s.Name) {
			continue
		}
		next := s
		next.Name = had.Name
		if had.LastSeen.After(s.LastSeen) {
			next = had
		}
		if had.FirstSeen.Before(s.FirstSeen) {
			next.FirstSeen = had.FirstSeen
		}
		if next.Reference == "" {
			next.Reference = had.Reference
		}
		i.Sources[n] = next
		return next != had
	}
	i.Sources = append(i.Sources, s)
	return true
}
