package library

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Head is what others need to know of a flow that they call.
type Head struct {
	Name    string
	Version int // the newest published; 0 is none
}

// NewFlow is a flow with all that is kept of it from the beginning.
type NewFlow struct {
	Draft   Draft
	Summary Summary
	Samples []Sample
	// Version is its first, which Triggers start; nil where it isn't published.
	Version  *Version
	Triggers Triggers
}

// Together knows and keeps several flows at once.
type Together interface {
	// Heads gives those of the flows that are there.
	Heads(ctx context.Context, ids []string) (map[string]Head, error)
	// InsertFlows keeps all or none; it fails with [ErrExists] where one is there already.
	InsertFlows(ctx context.Context, flows []NewFlow) error
}

// Shipped is a flow that comes with the server, and what it can be tried with.
type Shipped struct {
	Document *flow.Document
	Samples  []Sample
}

// Adoption says what is to become a flow of this server.
type Adoption struct {
	Shipped
	// Name is another than it has; empty keeps its own.
	Name string
	// Itself keeps its id, so that flows which call it find it; otherwise it is a copy.
	Itself bool
	// Find gives the other flows that ship, by their ids.
	Find func(id string) (Shipped, bool)
	// Publish says whether who adopts may publish.
	Publish bool
	Author  string
}

// Added is a flow that came along with one that calls it, or that was added as itself.
type Added struct {
	ID, Name string
	Version  int // 0 where it isn't published
	// Why says what has to be done before it can be published; empty where it is.
	Why string
}

// Adopted is what an adoption made.
type Adopted struct {
	Draft Draft
	Added []Added
}

// Heads gives the flows of some ids that are there.
func (s *Service) Heads(ctx context.Context, ids []string) (map[string]Head, error) {
	return s.drafts.Heads(ctx, ids)
}

// Adopt makes a flow of one that ships, together with all those that it calls and that
// aren't here: these keep their ids, and those that can run as they are get published.
// All is kept or nothing. It fails with [ErrExists] where one is to keep an id that is taken.
func (s *Service) Adopt(ctx context.Context, a *Adoption) (Adopted, error) {
	const tries = 3 // somebody else may add one of those called meanwhile
	for try := 1; ; try++ {
		made, flows, err := s.adoption(ctx, a)
		if err != nil {
			return Adopted{}, err
		}
		err = s.drafts.InsertFlows(ctx, flows)
		if !errors.Is(err, ErrExists) || a.Itself || try == tries {
			return made, err
		}
	}
}

func (s *Service) adoption(ctx context.Context, a *Adoption) (made Adopted, flows []NewFlow, err error) {
	first := *a.Document
	if a.Name != "" {
		first.Name = a.Name
	}
	if !a.Itself {
		id, err := uuid.NewV7()
		if err != nil {
			return made, nil, err
		}
		first.ID = id.String()
	}
	called, heads, err := s.calledBy(ctx, &first, a.Find)
	if err != nil {
		return made, nil, err
	}
	own := s.newFlow(Shipped{&first, a.Samples}, a.Author)
	made.Draft, flows = own.Draft, []NewFlow{own}
	along := called
	if a.Itself {
		flows, along = nil, append([]Shipped{{&first, a.Samples}}, called...)
	}
	whys := make([]string, len(along))
	for i := range along {
		if whys[i], err = s.unready(ctx, a, along[i].Document); err != nil {
			return made, nil, err
		}
	}
	publishable(along, heads, whys)
	for i := range along {
		f := s.newFlow(along[i], a.Author)
		added := Added{ID: f.Draft.ID, Name: f.Summary.Name, Why: whys[i]}
		if added.Why == "" {
			added.Version = 1
			s.first(&f, along[i].Document, a.Author)
		}
		flows, made.Added = append(flows, f), append(made.Added, added)
	}
	return made, flows, nil
}

// calledBy finds the flows that ship which a document calls, and those that these call,
// as far as they aren't here, each once; and what is here of all that are called.
func (s *Service) calledBy(ctx context.Context, d *flow.Document, find func(string) (Shipped, bool)) (list []Shipped, heads map[string]Head, err error) {
	heads = map[string]Head{}
	seen := map[string]bool{d.ID: true}
	for next := []*flow.Document{d}; len(next) > 0; {
		var ids []string
		for _, d := range next {
			for _, c := range d.Calls() {
				if !seen[c.Flow] {
					seen[c.Flow], ids = true, append(ids, c.Flow)
				}
			}
		}
		here, err := s.drafts.Heads(ctx, ids)
		if err != nil {
			return nil, nil, err
		}
		next = nil
		for _, id := range ids {
			if head, there := here[id]; there {
				heads[id] = head
			} else if f, ships := find(id); ships {
				list, next = append(list, f), append(next, f.Document)
			}
		}
	}
	slices.Reverse(list) // what others wait for is told of first
	return list, heads, nil
}

func (s *Service) newFlow(f Shipped, author string) NewFlow {
	now := s.now()
	d := Draft{ID: f.Document.ID, Content: flow.Encode(f.Document), Revision: 1, Created: now, Updated: now, UpdatedBy: author}
	return NewFlow{Draft: d, Summary: Summarize(f.Document), Samples: f.Samples}
}

// first gives a new flow its first version.
func (s *Service) first(f *NewFlow, d *flow.Document, author string) {
	f.Version = &Version{
		Flow: d.ID, Number: 1, Digest: Digest(f.Draft.Content), Message: "As it ships: a flow that was added calls it",
		Author: author, At: s.now(), Content: f.Draft.Content,
	}
	_, f.Triggers = s.triggers(d.ID, d)
}

// unready says why a flow that ships isn't published when it is added; empty where it may be.
func (s *Service) unready(ctx context.Context, a *Adoption, d *flow.Document) (string, error) {
	if !a.Publish {
		return "somebody who may publish has to do that", nil
	}
	if why := Needs(d); why != "" {
		return why, nil
	}
	_, problems, err := s.Check(ctx, flow.Encode(d))
	if err != nil || len(problems) == 0 {
		return "", err
	}
	return problems[0].Message, nil
}

// Needs says what a flow that ships waits for before it is published: a credential, or
// that somebody asks for what starts it by itself. It is empty where it stands alone.
func Needs(d *flow.Document) string {
	for _, n := range d.Triggers() {
		switch n.Type {
		case flow.TypeSchedule, flow.TypeMailbox, flow.TypeCase:
			return "it starts by itself once it is published"
		}
	}
	aliases := make([]string, 0, len(d.Credentials))
	for alias := range d.Credentials {
		aliases = append(aliases, alias)
	}
	if len(aliases) == 0 {
		return ""
	}
	slices.Sort(aliases)
	return "a credential has to be bound for " + strconv.Quote(aliases[0])
}

// publishable goes on with those that call what can't be published: until no more are found.
func publishable(list []Shipped, heads map[string]Head, whys []string) {
	live := func(id string) (string, bool) {
		if head, here := heads[id]; here {
			return head.Name, head.Version > 0
		}
		for i := range list {
			if list[i].Document.ID == id {
				return list[i].Document.Name, whys[i] == ""
			}
		}
		return id, false
	}
	for again := true; again; {
		again = false
		for i := range list {
			if whys[i] != "" {
				continue
			}
			for _, c := range list[i].Document.Calls() {
				if name, ok := live(c.Flow); !ok {
					whys[i], again = "it calls "+strconv.Quote(name)+", which isn't published", true
					break
				}
			}
		}
	}
}
