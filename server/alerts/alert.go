// Package alerts knows what detection systems report: events of several shapes as one kind
// of alert, scored, worked in a queue, closed with the reason or taken into a case.
package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Statuses of an alert.
const (
	New        = "new"
	InProgress = "in_progress"
	Closed     = "closed"
	Cased      = "cased" // it goes on in a case
)

// What the fields of an alert can be.
var (
	// Severities are ordered, the lowest first.
	Severities = []string{"info", "low", "medium", "high", "critical"}
	Statuses   = []string{New, InProgress, Closed, Cased}
	// Reasons say why an alert was closed.
	Reasons = []string{"false_positive", "true_positive", "benign", "duplicate", "other"}
	// Sorts are the orders of the queue: by the total score (the default) or one part of
	// it, the highest first; the oldest, or the newest first.
	Sorts = []string{"score", "local", "community", "enrichment", "impact", "age", "newest"}
)

// Bounds of an alert.
const (
	MaxTitle       = 300       // characters
	MaxText        = 16 << 10  // bytes of a description or a note
	MaxName        = 500       // bytes of a source, rule, host and the like
	MaxObservables = 500       // of one alert
	MaxEvent       = 512 << 10 // bytes of one event
	MaxEvents      = 20        // of one alert that are kept: the first, and the newest
	maxList        = 100       // tactics, techniques, reasons
	// NoScore says that nobody gave one.
	NoScore = cases.NoScore
	// MaxScore is the highest score.
	MaxScore = cases.MaxScore
)

// Alert is what a detection system reported, once, however often it did.
type Alert struct {
	ID     string
	Number int64 // what people call it by
	Fields
	// Observables is how many it has.
	Observables int
	Status      string
	// Reason and Note say why it was closed; empty where it wasn't.
	Reason, Note string
	// Assignee is a user's id, AssigneeName what they are called; empty is nobody.
	Assignee, AssigneeName string
	// Case is the id of the case in which it goes on, CaseNumber what that is called by.
	Case       string
	CaseNumber int64
	// Count is how often it was reported; Created and Last are when that was first and last.
	Count         int64
	Created, Last time.Time
	Updated       time.Time
	ClosedAt      time.Time
	// Score is 0 to 1000, of which Rating says how it came about.
	Score  int
	Rating Rating
	// Decision says how a flow came to close it; nil where none did.
	Decision *Decision
	// Revision rises with everything that happens to it. Decided is the one at which a
	// person or flow worked on it last, and DecidedBy who.
	Revision  int64
	Decided   int64
	DecidedBy string
	// Entries is the seq of the last entry of its history.
	Entries int64
}

// Fields are what an event says.
type Fields struct {
	Title, Description string
	// Source is the product that reported it; ExternalID is its id there.
	Source, ExternalID string
	Severity           string
	// At is when it happened, as the source says.
	At   time.Time
	Rule string
	// Tactics and Techniques are MITRE ATT&CK's, by id where the source gives it.
	Tactics, Techniques []string
	Host, User          string
	// Shape is what the event was recognised as.
	Shape string
}

// Decision is how a flow came to its end of an alert.
type Decision struct {
	Run      string `json:"run"`
	Flow     string `json:"flow"`
	FlowName string `json:"flowName"`
	Step     string `json:"step"`
	// Rule names the criterion that decided; Reasons are what it went by.
	Rule    string   `json:"rule,omitempty"`
	Reasons []string `json:"reasons"`
	// Path are the decisions of the run that led to the step, in their order.
	Path []Turn `json:"path"`
	At   string `json:"at"`
}

// Turn is a decision on the way of a run: the step that decided, and what it came to.
type Turn struct {
	Step string `json:"step"`
	Name string `json:"name"`
	// Took is the way out, such as true or a row's value.
	Took string `json:"took"`
}

// Kinds of entries of an alert's history.
const (
	EntryReceived = "received"
	EntryAgain    = "received_again"
	EntryChanged  = "changed"
	EntryCased    = "cased"
	EntryScored   = "scored" // a flow gave scores
)

// Entry is one thing that happened to an alert.
type Entry struct {
	Seq  int64
	At   time.Time
	Kind string
	By   cases.Actor
	Data map[string]any
}

// Edit changes an alert. What is nil stays as it is.
type Edit struct {
	// Base is the revision that the editor saw; nil is whatever there is. Where somebody
	// worked on the alert since, it is a [*ConflictError].
	Base                   *int64
	Status, Reason, Note   *string
	Severity               *string
	Assignee, AssigneeName *string
	// Given are scores that a flow found out; NoScore leaves what there was.
	Given *Scores
	// Decision is how a flow came to it.
	Decision *Decision
}

// InvalidError lists what can't be taken, with places.
type InvalidError struct{ Problems []cases.FieldError }

// Error implements the error interface.
func (e *InvalidError) Error() string {
	list := make([]string, len(e.Problems))
	for i := range e.Problems {
		list[i] = e.Problems[i].Error()
	}
	return strings.Join(list, "; ")
}

func invalid(field, message, fix string) error {
	return &InvalidError{[]cases.FieldError{{Field: field, Message: message, Fix: fix}}}
}

// ConflictError says that somebody worked on the alert first. Nothing was changed.
type ConflictError struct {
	By      string
	At      time.Time
	Current Alert
}

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s worked on alert %d first: it is %s now", e.By, e.Current.Number, strings.ReplaceAll(e.Current.Status, "_", " "))
}

// Errors of alerts.
var (
	ErrNotFound = errors.New("there is no such alert")
	ErrCased    = errors.New("the alert goes on in a case: work on that")
)

// Apply changes an alert as an edit says, and gives what changed: none where all was so
// already. After an error nothing changed.
func Apply(a *Alert, e *Edit, by cases.Actor, at time.Time) ([]cases.Change, error) {
	next := *a
	if err := next.edit(e); err != nil {
		return nil, err
	}
	changes := differences(a, &next)
	if len(changes) == 0 && e.Given == nil {
		return nil, nil
	}
	if e.Base != nil && a.Decided > *e.Base && len(changes) > 0 {
		return nil, &ConflictError{a.DecidedBy, a.Updated, *a}
	}
	switch {
	case next.Status == Closed && a.Status != Closed:
		next.ClosedAt, next.Decision = at, e.Decision
	case next.Status != Closed:
		next.ClosedAt, next.Decision = time.Time{}, nil
	}
	if e.Given != nil {
		next.Rating.Given = next.Rating.Given.With(*e.Given)
	}
	next.Revision++
	next.Updated = at
	if len(changes) > 0 { // scores that come meanwhile are nobody's decision
		next.Decided, next.DecidedBy = next.Revision, by.Name
	}
	next.rate()
	*a = next
	return changes, nil
}

func (a *Alert) edit(e *Edit) error {
	for _, f := range []struct {
		name  string
		given *string
		into  *string
		known []string
	}{
		{"status", e.Status, &a.Status, []string{New, InProgress, Closed}},
		{"reason", e.Reason, &a.Reason, append([]string{""}, Reasons...)},
		{"severity", e.Severity, &a.Severity, Severities},
	} {
		if f.given == nil || *f.given == *f.into {
			continue
		}
		if !slices.Contains(f.known, *f.given) {
			return invalid(f.name, fmt.Sprintf("%q is no %s of an alert", *f.given, f.name), "use "+strings.Trim(strings.Join(f.known, ", "), ", "))
		}
		if f.name == "status" && a.Status == Cased {
			return ErrCased
		}
		*f.into = *f.given
	}
	if e.Note != nil {
		if len(*e.Note) > MaxText {
			return invalid("note", fmt.Sprintf("a note has at most %d KiB", MaxText>>10), "")
		}
		a.Note = *e.Note
	}
	if e.Assignee != nil {
		a.Assignee, a.AssigneeName = *e.Assignee, *e.AssigneeName
	}
	switch {
	case a.Status == Closed && a.Reason == "":
		return invalid("reason", "a closed alert says why", "give one of "+strings.Join(Reasons, ", "))
	case a.Status != Closed && e.Reason != nil && *e.Reason != "":
		return invalid("reason", "only a closed alert has one", "set the status to closed with it")
	case a.Status != Closed:
		a.Reason, a.Note = "", ""
	}
	return nil
}

func differences(a, b *Alert) []cases.Change {
	var list []cases.Change
	for _, f := range []struct{ name, from, to string }{
		{"status", a.Status, b.Status},
		{"reason", a.Reason, b.Reason},
		{"note", a.Note, b.Note},
		{"severity", a.Severity, b.Severity},
		{"assignee", a.AssigneeName, b.AssigneeName},
	} {
		if f.from != f.to {
			list = append(list, cases.Change{Field: f.name, From: f.from, To: f.to})
		}
	}
	return list
}

// Rank is the place of a severity among all, the lowest 0; -1 is none of them.
func Rank(severity string) int { return slices.Index(Severities, severity) }
