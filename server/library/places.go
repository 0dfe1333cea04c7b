package library

import (
	"context"
	"sync"
	"time"
)

// checksAtOnce leaves processors to the runs.
const checksAtOnce = 2

type personKey struct{}

// WithPerson gives a context whose checks are those of a person, who has one at a time;
// "" is nobody, whose checks are bound only by those of all.
func WithPerson(ctx context.Context, person string) context.Context {
	return context.WithValue(ctx, personKey{}, person)
}

// places are those that checks have: few in all, and one for each person, so that nobody
// takes them from the others.
type places struct {
	all chan struct{} // holds those at work

	mu     sync.Mutex // guards people
	people map[string]*turn
}

// turn is the one place of a person, for as long as somebody holds or awaits it.
type turn struct {
	held  chan struct{}
	users int
}

func newPlaces() *places {
	return &places{all: make(chan struct{}, checksAtOnce), people: map[string]*turn{}}
}

// take waits for a place as long as the patience lasts; done gives it back.
func (p *places) take(ctx context.Context, patience time.Duration) (done func(), err error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	person, _ := ctx.Value(personKey{}).(string)
	if person == "" {
		return hold(ctx, p.all, late.C)
	}
	t := p.join(person)
	own, err := hold(ctx, t.held, late.C)
	if err != nil {
		p.part(person)
		return nil, err
	}
	everybodys, err := hold(ctx, p.all, late.C)
	if err != nil {
		own()
		p.part(person)
		return nil, err
	}
	return func() { everybodys(); own(); p.part(person) }, nil
}

func (p *places) join(person string) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.people[person]
	if t == nil {
		t = &turn{held: make(chan struct{}, 1)}
		p.people[person] = t
	}
	t.users++
	return t
}

func (p *places) part(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people[person].users--; p.people[person].users == 0 {
		delete(p.people, person)
	}
}

func hold(ctx context.Context, place chan struct{}, late <-chan time.Time) (done func(), err error) {
	select {
	case place <- struct{}{}:
		return func() { <-place }, nil
	case <-late:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
