// Package cases knows the work of a security team: cases with what is known of them, who
// did what and when, and what they have in common.
package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What the fields of a case can be.
var (
	// Severities are ordered, the lowest first.
	Severities = []string{"low", "medium", "high", "critical"}
	Statuses   = []string{Open, InProgress, Pending, Closed}
	// Resolutions say how a closed case ended; Merged is given by a merge alone.
	Resolutions = []string{"true_positive", "benign_positive", "false_positive", "duplicate", "undetermined"}
	// TLPs are the labels of the Traffic Light Protocol 2.0.
	TLPs = []string{"clear", "green", "amber", "amber+strict", "red"}
)

// Statuses of a case.
const (
	Open       = "open"
	InProgress = "in_progress"
	Pending    = "pending"
	Closed     = "closed"
	// Merged is the resolution of a case that went on in another.
	Merged = "merged"
)

// Bounds of a case.
const (
	MaxTitle       = 300      // characters
	MaxDescription = 64 << 10 // bytes
	MaxComment     = 64 << 10 // bytes
	MaxTags        = 50       // of one case
	MaxTag         = 60       // characters
	MaxArtifacts   = 5_000    // of one case
	MaxScore       = 1000     // of an artifact, and so of a case
	NoScore        = -1       // nobody scored it yet
	firstSeverity  = "medium" // where nobody says
	firstTLP       = "amber"  // what is not said to be shareable is not
	day            = 24 * time.Hour
)

// Within is in which time a case of a severity is to be closed, unless somebody sets
// another time for it.
var Within = map[string]time.Duration{"critical": 4 * time.Hour, "high": day, "medium": 3 * day, "low": 7 * day}

// Case is a case with the revisions at which its fields changed.
type Case struct {
	ID     string
	Number int64 // what people call it by
	Title  string
	// Description is Markdown.
	Description string
	Severity    string
	Status      string
	Resolution  string // of a closed one, else empty
	TLP         string
	// Assignee is a user's id, AssigneeName what they are called; empty is nobody.
	Assignee, AssigneeName string
	Tags                   []string // sorted, in lower case
	Due                    time.Time
	// Score is the highest of its artifacts, 0 to 1000; NoScore where none has one.
	Score     int
	CreatedBy Actor
	Created   time.Time
	Updated   time.Time
	ClosedAt  time.Time
	// Revision rises with everything that happens to the case.
	Revision int64
	// MergedInto is the id of the case in which this one goes on; empty is none.
	MergedInto string
	// Marks say for each field when it changed last, and by whom.
	Marks map[string]Mark
	// Entries is the seq of the last entry of its timeline.
	Entries   int64
	Artifacts int // how many it has
	// TaskCount and TasksDone are how many tasks it has, and how many of them are over.
	TaskCount, TasksDone int
}

// Mark is when a field changed, and by whom.
type Mark struct {
	Revision int64     `json:"revision"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Edit changes fields of a case. What is nil stays as it is.
type Edit struct {
	// Base is the revision from which the editor saw the fields; nil takes what is there
	// now for it. A field that changed since is a [*ConflictError].
	Base *int64

	Title, Description, Severity, Status, Resolution, TLP *string
	// Assignee is a user's id, AssigneeName what they are called; empty takes it from everybody.
	Assignee     *string
	AssigneeName string
	Tags         *[]string
	// AddTags and RemoveTags never conflict.
	AddTags, RemoveTags []string
	Due                 *time.Time
}

// Change is one field before and after.
type Change struct {
	Field string `json:"field"`
	From  any    `json:"from"`
	To    any    `json:"to"`
}

// FieldError says which field can't be taken, and why.
type FieldError struct {
	Field   string // JSON name, such as severity
	Message string
	Fix     string
}

// Error implements the error interface.
func (e *FieldError) Error() string {
	if e.Fix != "" {
		return e.Field + ": " + e.Message + ": " + e.Fix
	}
	return e.Field + ": " + e.Message
}

// ConflictError says that somebody changed the same fields first. Nothing was changed.
type ConflictError struct {
	Fields []string
	// By is who changed the first of them, At when.
	By      string
	At      time.Time
	Current Case
}

// Error implements the error interface.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s changed %s first", e.By, strings.Join(e.Fields, ", "))
}

// Errors of cases.
var (
	ErrNotFound = errors.New("there is no such case")
	ErrMerged   = errors.New("the case was merged into another: work on that one")
	ErrFull     = fmt.Errorf("a case has at most %d artifacts", MaxArtifacts)
)

// Apply changes a case as an edit says, and gives what changed: none where all was so
// already. The error is a [*FieldError] or a [*ConflictError], and then nothing changed.
func Apply(c *Case, e *Edit, by Actor, at time.Time) ([]Change, error) {
	next := *c
	changes, err := edit(&next, e)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	if conflict := conflicts(c, e, changes); conflict != nil {
		return nil, conflict
	}
	next.Revision++
	next.Marks = make(map[string]Mark, len(c.Marks)+len(changes))
	for field, mark := range c.Marks {
		next.Marks[field] = mark
	}
	for _, change := range changes {
		next.Marks[change.Field] = Mark{next.Revision, by.Name, at}
	}
	switch {
	case next.Status == Closed && c.Status != Closed:
		next.ClosedAt = at
	case next.Status != Closed:
		next.ClosedAt = time.Time{}
	}
	next.Updated = at
	*c = next
	return changes, nil
}

// edit writes an edit into a case and lists what differs after it.
func edit(c *Case, e *Edit) ([]Change, error) {
	before := *c
	for _, f := range []struct {
		name  string
		given *string
		into  *string
		check func(string) (string, error)
	}{
		{"title", e.Title, &c.Title, checkTitle},
		{"description", e.Description, &c.Description, checkDescription},
		{"severity", e.Severity, &c.Severity, among("severity", Severities)},
		{"status", e.Status, &c.Status, among("status", Statuses)},
		{"resolution", e.Resolution, &c.Resolution, among("resolution", append([]string{""}, Resolutions...))},
		{"tlp", e.TLP, &c.TLP, among("tlp", TLPs)},
		{"assignee", e.Assignee, &c.Assignee, func(s string) (string, error) { return s, nil }},
	} {
		if f.given == nil {
			continue
		}
		value, err := f.check(*f.given)
		if err != nil {
			return nil, err
		}
		*f.into = value
	}
	if e.Assignee != nil {
		c.AssigneeName = e.AssigneeName
	}
	if e.Due != nil {
		c.Due = e.Due.UTC().Truncate(time.Microsecond)
	}
	if err := editTags(c, e); err != nil {
		return nil, err
	}
	if err := settle(c, &before, e); err != nil {
		return nil, err
	}
	return differences(&before, c), nil
}

// settle keeps status and resolution in step, and the due time in step with the severity
// where nobody set another.
func settle(c, before *Case, e *Edit) error {
	switch {
	case c.Status == Closed && c.Resolution == "":
		return &FieldError{"resolution", "a closed case says how it ended", "give one of " + strings.Join(Resolutions, ", ")}
	case c.Status != Closed && e.Resolution != nil && *e.Resolution != "":
		return &FieldError{"resolution", "only a closed case has one", "set the status to closed with it"}
	case c.Status != Closed:
		c.Resolution = ""
	}
	if e.Due == nil && c.Severity != before.Severity && before.Due.Equal(before.Created.Add(Within[before.Severity])) {
		c.Due = c.Created.Add(Within[c.Severity])
	}
	return nil
}

func editTags(c *Case, e *Edit) error {
	tags := c.Tags
	if e.Tags != nil {
		tags = *e.Tags
	}
	tags = append(slices.Clone(tags), e.AddTags...)
	clean := make([]string, 0, len(tags))
	for _, tag := range tags {
		tag, err := Tag(tag)
		if err != nil {
			return err
		}
		clean = append(clean, tag)
	}
	for _, tag := range e.RemoveTags {
		gone, err := Tag(tag)
		if err != nil {
			return err
		}
		clean = slices.DeleteFunc(clean, func(t string) bool { return t == gone })
	}
	slices.Sort(clean)
	clean = slices.Compact(clean)
	if len(clean) > MaxTags {
		return &FieldError{"tags", fmt.Sprintf("a case has at most %d tags", MaxTags), ""}
	}
	c.Tags = clean
	return nil
}

// Tag is a tag as it is kept: in lower case, without space around it.
func Tag(s string) (string, error) {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if s == "" || utf8.RuneCountInString(s) > MaxTag || strings.Contains(s, ",") {
		return "", &FieldError{"tags", fmt.Sprintf("%q is no tag", s), fmt.Sprintf("a tag has 1 to %d characters, and no comma", MaxTag)}
	}
	return s, nil
}

func differences(a, b *Case) []Change {
	var list []Change
	add := func(field string, from, to any, differ bool) {
		if differ {
			list = append(list, Change{field, from, to})
		}
	}
	add("title", a.Title, b.Title, a.Title != b.Title)
	add("description", a.Description, b.Description, a.Description != b.Description)
	add("severity", a.Severity, b.Severity, a.Severity != b.Severity)
	add("status", a.Status, b.Status, a.Status != b.Status)
	add("resolution", a.Resolution, b.Resolution, a.Resolution != b.Resolution)
	add("tlp", a.TLP, b.TLP, a.TLP != b.TLP)
	add("assignee", a.AssigneeName, b.AssigneeName, a.Assignee != b.Assignee)
	add("tags", a.Tags, b.Tags, !slices.Equal(a.Tags, b.Tags))
	add("due", timeText(a.Due), timeText(b.Due), !a.Due.Equal(b.Due))
	return list
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// conflicts finds the fields of an edit that somebody changed after its base. What both
// made the same is no conflict; neither is adding or taking away single tags.
func conflicts(c *Case, e *Edit, changes []Change) error {
	if e.Base == nil {
		return nil
	}
	var list []string
	first := Mark{}
	for _, change := range changes {
		if change.Field == "tags" && e.Tags == nil {
			continue
		}
		mark := c.Marks[change.Field]
		if mark.Revision <= *e.Base {
			continue
		}
		if list = append(list, change.Field); first.Revision == 0 || mark.Revision < first.Revision {
			first = mark
		}
	}
	if len(list) == 0 {
		return nil
	}
	return &ConflictError{Fields: list, By: first.By, At: first.At, Current: *c}
}

func checkTitle(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" {
		return "", &FieldError{"title", "a case needs a title", "say in a line what it is about"}
	}
	if utf8.RuneCountInString(s) > MaxTitle {
		return "", &FieldError{"title", fmt.Sprintf("a title has at most %d characters", MaxTitle), "put the rest into the description"}
	}
	return s, nil
}

func checkDescription(s string) (string, error) {
	if len(s) > MaxDescription {
		return "", &FieldError{"description", fmt.Sprintf("a description has at most %d KiB", MaxDescription>>10), "attach the rest as a file"}
	}
	return s, nil
}

func among(field string, values []string) func(string) (string, error) {
	return func(s string) (string, error) {
		if slices.Contains(values, s) {
			return s, nil
		}
		known := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
		return "", &FieldError{field, fmt.Sprintf("%q is no %s", s, field), "use " + strings.Join(known, ", ")}
	}
}

// New makes a case of what is said of it: the rest is as usual.
func New(id string, e *Edit, by Actor, at time.Time) (Case, error) {
	c := Case{ID: id, Severity: firstSeverity, Status: Open, TLP: firstTLP, Tags: []string{}, Score: NoScore, CreatedBy: by, Created: at, Updated: at, Marks: map[string]Mark{}}
	if e.Title == nil {
		e.Title = new(string)
	}
	e.Base = nil
	if _, err := edit(&c, e); err != nil {
		return c, err
	}
	if c.Due.IsZero() {
		c.Due = at.Add(Within[c.Severity])
	}
	if c.Status == Closed {
		c.ClosedAt = at
	}
	c.Revision = 1
	return c, nil
}

// Overdue says whether a case that is not closed is past its time.
func (c *Case) Overdue(now time.Time) bool {
	return c.Status != Closed && !c.Due.IsZero() && now.After(c.Due)
}

// Rank is the place of a severity among all, the lowest 0; -1 is none of them.
func Rank(severity string) int { return slices.Index(Severities, severity) }
