package cases

import (
	"strings"
	"time"
)

// Kinds of entries of a timeline.
const (
	EntryOpened          = "opened"
	EntryChanged         = "changed"
	EntryCommented       = "commented"
	EntryArtifactAdded   = "artifact_added"
	EntryArtifactRemoved = "artifact_removed"
	EntryMergedInto      = "merged_into" // this case goes on in another
	EntryMergedFrom      = "merged_from" // another case goes on in this one
	EntryTaskAdded       = "task_added"
	EntryTaskChanged     = "task_changed"
	EntryTemplate        = "template_applied"
	EntryAttached        = "attachment_added"
	EntryDetached        = "attachment_removed"
)

// Actor is who did something: a person, a token, a flow or the system.
type Actor struct {
	ID   string
	Name string
	Kind string // user, token, link, flow, system
	// Person is whose doing it is in the end, by id: of a flow who started it. Empty is nobody.
	Person string
	// Run, Step, Flow and FlowName are the run of a flow that did it, else empty.
	Run, Step, Flow, FlowName string
	// Lineage names the flows that led to it, each started by what the one before did to a
	// case; the words are the caller's own.
	Lineage string
}

// Entry is one thing that happened to a case: by a person, a flow or the system.
type Entry struct {
	Seq  int64
	At   time.Time
	Kind string
	By   Actor
	// Data is JSON: changes [{field, from, to}] of a change, text of a comment, type and value
	// of an artifact, name and sha256 of a file, case and number of a merge; with left and
	// leftCount where required tasks were open as the case was closed or merged.
	Data map[string]any
	// Key is what a flow's step is known by: told twice, it is kept once. Empty is none.
	Key string
}

// Work is a case that is being changed: what is added to it here is kept in one
// transaction with it.
type Work struct {
	Case *Case
	By   Actor
	At   time.Time

	// HasArtifacts, HasAttachments and HasTasks read what the case has, in the same transaction.
	HasArtifacts   func() ([]Artifact, error)
	HasAttachments func() ([]Attachment, error)
	HasTasks       func() ([]Task, error)

	Entries []Entry
	// Artifacts were added or changed, Removed taken away; likewise tasks.
	Artifacts    []Artifact
	Removed      []Artifact
	Tasks        []Task
	RemovedTasks []string
	// Attached are files that were added, Detached the ids of those taken away.
	Attached []Attachment
	Detached []string
	// Event is created, updated or closed, where flows are to be told; empty is none.
	Event string
}

// tell adds an entry to the timeline. Each makes the case one revision younger, so that
// whoever looks at it is told.
func (w *Work) tell(kind string, data map[string]any) {
	w.Case.Entries++
	w.Entries = append(w.Entries, Entry{Seq: w.Case.Entries, At: w.At, Kind: kind, By: w.By, Data: data})
	w.Case.Updated = w.At
}

// grow gives the case another revision, where nothing that its fields say did.
func (w *Work) grow() { w.Case.Revision++ }

func (w *Work) happened(event string) {
	if w.Event == "" || event == eventClosed {
		w.Event = event
	}
}

// Events that flows wait for, as trigger.case names them.
const (
	eventCreated = "created"
	eventUpdated = "updated"
	eventClosed  = "closed"
)

// apply changes fields, and tells of it. Why is what is said with it; empty is nothing.
func (w *Work) apply(e *Edit, why string) error {
	before := w.Case.Status
	changes, err := Apply(w.Case, e, w.By, w.At)
	if err != nil || len(changes) == 0 {
		return err
	}
	data := map[string]any{"changes": plainChanges(changes)}
	w.happened(eventUpdated)
	if w.Case.Status == Closed && before != Closed {
		if err := w.leave(data, why); err != nil {
			return err
		}
		w.happened(eventClosed)
	}
	w.tell(EntryChanged, data)
	return nil
}

// leave writes into the data of a closing which required tasks it leaves open. People say
// why they do; a flow was made to.
func (w *Work) leave(data map[string]any, why string) error {
	all, err := w.HasTasks()
	if err != nil {
		return err
	}
	left := leftOpen(all)
	if len(left) == 0 {
		return nil
	}
	if w.By.Kind != "flow" && strings.TrimSpace(why) == "" {
		return &LeftOpenError{left}
	}
	nameLeft(data, left)
	return nil
}

// nameLeft writes the first titles of tasks that are left open, and how many there are.
func nameLeft(data map[string]any, left []string) {
	if len(left) == 0 {
		return
	}
	named := make([]any, min(len(left), maxNamed))
	for i := range named {
		named[i] = left[i]
	}
	data["left"], data["leftCount"] = named, int64(len(left))
}

func plainChanges(changes []Change) []any {
	list := make([]any, len(changes))
	for i, c := range changes {
		list[i] = map[string]any{"field": c.Field, "from": plain(c.From), "to": plain(c.To)}
	}
	return list
}

func plain(v any) any {
	if tags, ok := v.([]string); ok {
		list := make([]any, len(tags))
		for i, t := range tags {
			list[i] = t
		}
		return list
	}
	return v
}

// comment adds what somebody says, as Markdown.
func (w *Work) comment(text string) error {
	if err := checkComment(text); err != nil {
		return err
	}
	w.grow()
	w.tell(EntryCommented, map[string]any{"text": text})
	w.happened(eventUpdated)
	return nil
}

// observe adds an artifact, or raises its score and adds to its note where the case has
// it already. Known are those that it has, by type and value.
func (w *Work) observe(a Artifact, known map[[2]string]*Artifact) error {
	if a.Score > MaxScore || a.Score < NoScore {
		return &FieldError{"score", "a score lies between 0 and 1000", ""}
	}
	a.Guessed = false
	key := [2]string{a.Type, a.Value}
	had := known[key]
	if had == nil {
		if w.Case.Artifacts >= MaxArtifacts {
			return ErrFull
		}
		a.Added, a.AddedBy = w.At, w.By
		known[key] = &a
		w.Case.Artifacts++
		w.Artifacts = append(w.Artifacts, a)
		w.grow()
		w.tell(EntryArtifactAdded, map[string]any{"type": a.Type, "value": a.Value, "shown": a.Shown()})
	} else {
		changed := *had
		changed.Score = max(had.Score, a.Score)
		if a.Note != "" {
			changed.Note = a.Note
		}
		if changed == *had {
			return nil
		}
		*had = changed
		w.Artifacts = append(w.Artifacts, changed)
		w.grow()
		w.Case.Updated = w.At
	}
	w.Case.Score = max(w.Case.Score, a.Score)
	w.happened(eventUpdated)
	return nil
}
