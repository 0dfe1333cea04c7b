package cases

import (
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// Store keeps cases. A case is named by its id or its number.
type Store interface {
	// CreateCase keeps a new case with what was done to it at once, and gives it its number.
	// Where one of the same origin is there already, it gives that one and keeps nothing.
	CreateCase(ctx context.Context, w *Work, origin string) (Case, error)
	// ChangeCase reads a case, has it changed, and keeps what came of it, all while nobody
	// else changes any. Where an entry of the same key is there already, nothing is done. An
	// empty key is none.
	ChangeCase(ctx context.Context, ref, key string, change func(w *Work) error) (Case, error)
	// MergeCases is the same for two.
	MergeCases(ctx context.Context, from, into string, change func(from, into *Work) error) (Case, error)
	// Case gives one.
	Case(ctx context.Context, ref string) (Case, error)
	// CaseNames gives the numbers and titles of those cases that are there, by their ids.
	CaseNames(ctx context.Context, ids []string) (map[string]Name, error)
	// Cases gives a page.
	Cases(ctx context.Context, q Query) (list []Case, next string, err error)
	// CountCases counts the cases of each status, as a query picks them without its own.
	CountCases(ctx context.Context, q Query) (map[string]int, error)
	// Timeline gives entries newest first, those before a seq where that isn't 0.
	Timeline(ctx context.Context, caseID string, before int64, limit int) ([]Entry, error)
	// Artifacts gives all artifacts of a case, the highest score first.
	Artifacts(ctx context.Context, caseID string) ([]Artifact, error)
	// Attachments gives all files of a case, the first added first.
	Attachments(ctx context.Context, caseID string) ([]Attachment, error)
	// Related gives cases that share artifacts with a case, the most shared first.
	Related(ctx context.Context, caseID string, limit int) ([]Related, error)
	// CaseRuns gives the ids of runs that did something to a case, newest first.
	CaseRuns(ctx context.Context, caseID string, limit int) ([]string, error)
	// Tasks gives the tasks of a case, in their order.
	Tasks(ctx context.Context, caseID string) ([]Task, error)
	// TasksAtWork gives tasks whose flow runs, or is to start by itself as nothing holds
	// them up any more.
	TasksAtWork(ctx context.Context, limit int) ([]Task, error)
	// Templates gives the newest version of each template, by name.
	Templates(ctx context.Context) ([]Template, error)
	// Template gives a version of a template; 0 is the newest.
	Template(ctx context.Context, id string, version int) (Template, error)
	// SaveTemplate keeps a template as a version of its own, where the newest is still the
	// one before it; the first is version 1. Otherwise it is [ErrTemplateChanged].
	SaveTemplate(ctx context.Context, t *Template) error
	// RemoveTemplate takes a template out of the list. What was made of it stays.
	RemoveTemplate(ctx context.Context, id string) error
	// CaseMark gives what changes whenever any case does.
	CaseMark(ctx context.Context) (int64, error)
	// CaseEvents gives what flows are to be told yet, oldest first.
	CaseEvents(ctx context.Context, limit int) ([]Event, error)
	// CaseEventTold forgets one.
	CaseEventTold(ctx context.Context, id int64) error
}

// Users knows the people of this server.
type Users interface {
	UserByName(ctx context.Context, name string) (auth.User, error)
}

// Name is what people call a case.
type Name struct {
	Number int64
	Title  string
}

// Related is a case with what it shares with another.
type Related struct {
	Case   Case
	Shared []Artifact // the first few
	Count  int        // of all that are shared
}

// Event is something that happened to a case, for flows that wait for it.
type Event struct {
	ID   int64
	Case string
	// Kind is created, updated or closed.
	Kind string
	At   time.Time
	By   Actor
	// Content is the case after it, as JSON.
	Content map[string]any
}

// Between bounds a time: From itself is inside, Until outside. A zero bound is none.
type Between struct{ From, Until time.Time }

// Query picks cases. Empty fields pick all.
type Query struct {
	Statuses   []string
	Severities []string
	// Assignee is a user's id; Unassigned picks those of nobody.
	Assignee   string
	Unassigned bool
	Tag        string
	// Overdue picks those that are past their time at At.
	Overdue bool
	At      time.Time
	// Text picks those that have all its words, each as the beginning of one of theirs.
	Text string
	// Artifact picks those that have an artifact, of any type where that is empty.
	ArtifactType, Artifact string
	// Opened and Closed are when that was; ClosedBy is person or flow.
	Opened, Closed Between
	Resolutions    []string
	ClosedBy       string
	// Sort is updated (the newest first, the default), created, severity, score or due.
	Sort   string
	Cursor string
	Limit  int
}

// Sorts lists the orders of the list.
var Sorts = []string{"updated", "created", "severity", "score", "due"}

// View is a case as JSON for flows: what steps read, and trigger.case gives.
func View(c *Case) map[string]any {
	tags := make([]any, len(c.Tags))
	for i, t := range c.Tags {
		tags[i] = t
	}
	var score any
	if c.Score != NoScore {
		score = int64(c.Score)
	}
	return map[string]any{
		"id": c.ID, "number": c.Number, "title": c.Title, "description": c.Description, "severity": c.Severity, "status": c.Status, "resolution": c.Resolution, "tlp": c.TLP,
		"assignee": c.AssigneeName, "tags": tags, "labels": tags, "state": state(c), "score": score, "due": timeText(c.Due), "created": timeText(c.Created), "updated": timeText(c.Updated),
		"closed": timeText(c.ClosedAt), "artifactCount": int64(c.Artifacts), "taskCount": int64(c.TaskCount), "tasksDone": int64(c.TasksDone), "mergedInto": c.MergedInto,
	}
}

func state(c *Case) string {
	if c.Status == Closed {
		return Closed
	}
	return Open
}

// ViewArtifact is an artifact as JSON for flows.
func ViewArtifact(a *Artifact) map[string]any {
	var score any
	if a.Score != NoScore {
		score = int64(a.Score)
	}
	return map[string]any{"type": a.Type, "value": a.Value, "shown": a.Shown(), "score": score, "note": a.Note}
}
