package alerts

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Store keeps alerts. One is named by its id or its number.
type Store interface {
	// ReceiveAlert keeps a new alert with its number, or has the one of the same origin
	// changed instead, while nobody else changes any; an empty origin is none. Where that
	// one has an entry of the same key, nothing is done.
	ReceiveAlert(ctx context.Context, w *Work, origin, key string, again func(w *Work) error) (a Alert, err error)
	// ChangeAlert reads an alert, has it changed and keeps what came of it, while nobody
	// else changes any. Where an entry of the same key is there, nothing is done; an empty
	// key is none.
	ChangeAlert(ctx context.Context, ref, key string, change func(w *Work) error) (Alert, error)
	// Alert gives one.
	Alert(ctx context.Context, ref string) (Alert, error)
	// Alerts gives a page.
	Alerts(ctx context.Context, q Query) (list []Alert, next string, err error)
	// CountAlerts counts the alerts of each status, as a query picks them without its own.
	CountAlerts(ctx context.Context, q Query) (map[string]int, error)
	// AlertObservables gives what there is to be seen of an alert.
	AlertObservables(ctx context.Context, alertID string) ([]cases.Artifact, error)
	// AlertHistory gives what happened to an alert, newest first.
	AlertHistory(ctx context.Context, alertID string, limit int) ([]Entry, error)
	// AlertEvents gives the events of an alert that are kept, as JSON, newest first.
	AlertEvents(ctx context.Context, alertID string) ([]Event, error)
	// RelatedAlerts gives others that share observables with an alert, the most shared first.
	RelatedAlerts(ctx context.Context, alertID string, limit int) ([]Related, error)
	// StaleAlerts gives alerts at work of which something was learnt since their score was
	// made, the newest first.
	StaleAlerts(ctx context.Context, limit int) ([]Stale, error)
	// AlertScored says that the score of one holds what was learnt until then.
	AlertScored(ctx context.Context, one Stale) error
	// AlertMark gives what changes whenever any alert does.
	AlertMark(ctx context.Context) (int64, error)
}

// Stale is an alert whose score doesn't hold what was learnt last.
type Stale struct {
	ID    string
	Since time.Time
}

// Scorer knows what the own intelligence says of observables; NoScore where it says
// nothing. Why is where a score comes from, in a few words each.
type Scorer interface {
	ScoreObservables(ctx context.Context, list []cases.Artifact) (s Scores, why []string, err error)
}

// Estate knows the assets that observables are of, with the loss that is to be expected of
// an alert of a severity.
type Estate interface {
	AssetsOf(ctx context.Context, severity string, list []cases.Artifact) ([]Asset, error)
}

// Event is one event of an alert as it came.
type Event struct {
	Seq  int64
	At   time.Time
	Text string // JSON
}

// Related is an alert with what it shares with another.
type Related struct {
	Alert  Alert
	Shared []cases.Artifact // the first few
	Count  int              // of all that are shared
}

// Query picks alerts. Empty fields pick all.
type Query struct {
	Statuses, Severities []string
	Source               string
	// Assignee is a user's id; Unassigned picks those of nobody.
	Assignee   string
	Unassigned bool
	// Case picks those that go on in a case or in those that were merged into it.
	Case string
	// Observable picks those that have one, of any type where that is empty.
	ObservableType, Observable string
	// Received and Closed are when that was; ClosedBy is person or flow.
	Received, Closed cases.Between
	Reasons          []string
	ClosedBy         string
	// Taken picks those that were taken up: any by whomever, person by a person.
	Taken string
	// Text picks those that have all its words, each as the beginning of one of theirs.
	Text   string
	Sort   string
	Cursor string
	Limit  int
}

// Work is an alert that is being changed: what is added here is kept in one transaction
// with it.
type Work struct {
	Alert *Alert
	By    cases.Actor
	At    time.Time
	// Has reads what there is to be seen of it, in the same transaction.
	Has func() ([]cases.Artifact, error)

	Entries     []Entry
	Observables []cases.Artifact // added
	Event       string           // that came, as JSON; empty is none
}

func (w *Work) tell(kind string, data map[string]any) {
	w.Alert.Entries++
	w.Entries = append(w.Entries, Entry{Seq: w.Alert.Entries, At: w.At, Kind: kind, By: w.By, Data: data})
	w.Alert.Updated = w.At
}

// observe adds observables that it doesn't have, as many as there is room for.
func (w *Work) observe(list []cases.Artifact) error {
	var has []cases.Artifact
	if w.Has != nil {
		var err error
		if has, err = w.Has(); err != nil {
			return err
		}
	}
	known := make(map[[2]string]bool, len(has))
	for i := range has {
		known[[2]string{has[i].Type, has[i].Value}] = true
	}
	for _, a := range list {
		key := [2]string{a.Type, a.Value}
		if known[key] || w.Alert.Observables >= MaxObservables {
			continue
		}
		known[key] = true
		w.Observables = append(w.Observables, a)
		w.Alert.Observables++
	}
	return nil
}
