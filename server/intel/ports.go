package intel

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Store keeps indicators. What it gives isn't scored yet.
type Store interface {
	// ChangeIndicators reads indicators by their ids, has them changed, and keeps what came of
	// it, all while nobody else changes any. Where a change of the same key was kept
	// already, nothing is done. An empty key is none.
	ChangeIndicators(ctx context.Context, note Note, ids []string, change func(have map[string]*Indicator) (*Work, error)) error
	// Indicator gives one, by its id.
	Indicator(ctx context.Context, id string) (Indicator, error)
	// ByID gives those that there are of some ids, in no order.
	ByID(ctx context.Context, ids []string) ([]Indicator, error)
	// Indicators gives a page.
	Indicators(ctx context.Context, q Query) (list []Indicator, next string, err error)
	// NetworkSizes gives the sizes of the networks that there are, ascending; see [Observable.Size].
	NetworkSizes(ctx context.Context) ([]int, error)
	// NetworksAt gives the networks that begin at some places; see [Observable.Place].
	NetworksAt(ctx context.Context, places []string) ([]Indicator, error)
	// RemoveIndicator removes one, with its sightings.
	RemoveIndicator(ctx context.Context, id string) error
	// Due gives ids of indicators whose score is another by now.
	Due(ctx context.Context, at time.Time, limit int) ([]string, error)
	// Rescored keeps scores, and when each will next be another.
	Rescored(ctx context.Context, list []Scored) error
	// SightingsOf gives sightings, the newest first, from a cursor on.
	SightingsOf(ctx context.Context, id, cursor string, limit int) (list []Sighting, next string, err error)
	// AllowList gives all entries.
	AllowList(ctx context.Context) ([]Allow, error)
	// SaveAllow keeps an entry in the place of one of the same id, RemoveAllow takes it away.
	// All that the entry is about is due for another score.
	SaveAllow(ctx context.Context, a *Allow) error
	RemoveAllow(ctx context.Context, id string) error
	// KeepObjects keeps STIX objects as they came; one of the same id and version is
	// replaced. Objects gives them in the order of their ids, after one.
	KeepObjects(ctx context.Context, list []Object) error
	Objects(ctx context.Context, after string, limit int) ([]Object, error)
	// CasesWith gives the ids of cases that have one of some indicators, or something below
	// a domain or within a network of these; of each kind and of so many indicators as one
	// query asks for, at most limit.
	CasesWith(ctx context.Context, ids []string, limit int) ([]string, error)
}

// Note says of a change who makes it and what for, for the audit log.
type Note struct {
	By     cases.Actor
	Action string // such as indicator.add
	Key    string // of a flow's step; empty is none
	Detail map[string]any
}

// Work is what came of a change.
type Work struct {
	// Put were added or changed, whole.
	Put []*Indicator
	// Sightings are kept where they are new, and counted; their indicators are kept with them.
	Sightings []Sighting
	// Settle is called for each indicator that is kept, when its sightings are counted.
	Settle func(*Indicator)
}

// Scored is a score as it is kept for lists.
type Scored struct {
	ID    string
	Score int
	// Next is when it will be another by itself; zero is never.
	Next time.Time
}

// Sighting is where and when an indicator was seen.
type Sighting struct {
	// Key tells it from others: told twice, it is kept once.
	Key       string
	Indicator string // its id
	At        time.Time
	Count     int
	// Source is who saw it: a feed, a person or a flow.
	Source string
	Note   string
	// Case is the id of the case, Run that of the run, in which it was; empty is none.
	Case, Run string
	// CaseNumber and CaseTitle are filled in as it is read.
	CaseNumber int64
	CaseTitle  string
	// Observed is the value that was seen, where it isn't the indicator's own.
	Observed string
}

// Object is a STIX object, or what stands for one, byte by byte as it came.
type Object struct {
	// Key is its id with its version behind, Type is its STIX type.
	Key, Type string
	Content   []byte
	// Indicators are the ids of what was made of it.
	Indicators []string
}

// Query picks indicators. Empty fields pick all.
type Query struct {
	Types                      []string
	MinScore                   int
	Source, Family, Actor, Tag string
	Vulnerability              string
	// Text picks those that have all its words, each as the beginning of one of theirs.
	Text string
	// Sort is score (the highest first, the default), updated or sighted.
	Sort   string
	Cursor string
	Limit  int
}

// Sorts lists the orders of the list.
var Sorts = []string{"score", "updated", "sighted"}
