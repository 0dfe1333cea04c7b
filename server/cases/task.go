package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// States of a task.
const (
	TaskOpen    = "open"
	TaskRunning = "running" // its flow runs
	TaskFailed  = "failed"  // its flow did
	TaskDone    = "done"
	TaskSkipped = "skipped"
)

// Bounds of tasks.
const (
	MaxTasks   = 500      // of one case, and of one template
	maxAnswers = 64 << 10 // bytes of what was filled in or came of a flow
	maxNamed   = 5        // that are named where a case is closed with them open
)

// Step is what is to be done: in a template, and as a task of a case.
type Step struct {
	// Key names it within its template, so that a later version knows it again.
	Key   string `json:"key"`
	Phase string `json:"phase"`
	Title string `json:"title"`
	// Instructions are Markdown.
	Instructions string `json:"instructions,omitempty"`
	// Required says that the case is not complete without it: it can't be skipped.
	Required bool `json:"required,omitempty"`
	// After are the keys of those that come before it.
	After []string `json:"after,omitempty"`
	// Within is in which time it is to be done, from the case's opening; 0 is any.
	Within time.Duration `json:"within,omitempty"`
	// Form is the JSON Schema of what is filled in with it; nil is nothing.
	Form json.RawMessage `json:"form,omitempty"`
	// Flow is the id of the flow that does it; empty is a person.
	Flow string `json:"flow,omitempty"`
	// Auto starts the flow as soon as nothing holds it up.
	Auto bool `json:"auto,omitempty"`
}

// Task is a step of a case.
type Task struct {
	ID, Case string
	// Template and TemplateVersion say where it comes from; empty was added alone.
	Template        string
	TemplateVersion int
	Place           int
	Step
	State                  string
	Assignee, AssigneeName string
	Due                    time.Time
	// Answers are the fields of the form, or what the flow gave.
	Answers any
	Note    string
	Run     string // of the flow
	// Requester is whose doing it is that the flow runs, by id: who added the task, or opened
	// it again. Lineage is that of what added it.
	Requester, Lineage string
	Tries              int // how often the flow was started
	DoneBy             Actor
	Done               time.Time
}

// Over says whether nothing is to be done any more.
func (t *Task) Over() bool { return t.State == TaskDone || t.State == TaskSkipped }

// leftOpen lists the titles of the required tasks that are not over.
func leftOpen(all []Task) []string {
	var list []string
	for i := range all {
		if t := &all[i]; t.Required && !t.Over() {
			list = append(list, t.Title)
		}
	}
	return list
}

// Blocked lists the titles of what comes before a task and is not over.
func Blocked(t *Task, all []Task) []string {
	var list []string
	for i := range all {
		o := &all[i]
		if o.Template == t.Template && slices.Contains(t.After, o.Key) && !o.Over() {
			list = append(list, o.Title)
		}
	}
	return list
}

// TaskEdit changes a task. What is nil stays as it is.
type TaskEdit struct {
	State        *string // done, skipped or open
	Note         *string
	Answers      any
	Assignee     *string
	AssigneeName string
	Due          *time.Time
}

// ErrNoTask says that a case has no such task.
var ErrNoTask = errors.New("the case has no such task")

// BlockedError says what comes before a task.
type BlockedError struct{ By []string }

// Error implements the error interface.
func (e *BlockedError) Error() string {
	return "first comes " + strings.Join(e.By, ", ")
}

// LeftOpenError says which required tasks are open in a case that is to be closed, and
// nobody says why.
type LeftOpenError struct{ Tasks []string }

// Error implements the error interface.
func (e *LeftOpenError) Error() string {
	said := "a required task is open: "
	if n := len(e.Tasks); n > 1 {
		said = fmt.Sprintf("%d required tasks are open: ", n)
	}
	said += strings.Join(e.Tasks[:min(len(e.Tasks), maxNamed)], ", ")
	if more := len(e.Tasks) - maxNamed; more > 0 {
		said += fmt.Sprintf(" and %d more", more)
	}
	return said
}

// changeTask changes one task of a case, and tells of it.
func (w *Work) changeTask(id string, do func(t *Task, all []Task) (map[string]any, error)) error {
	all, err := w.HasTasks()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(t Task) bool { return t.ID == id })
	if at < 0 {
		return ErrNoTask
	}
	t := all[at]
	data, err := do(&t, all)
	if err != nil || data == nil {
		return err
	}
	all[at] = t
	data["task"], data["title"] = t.ID, t.Title
	w.Tasks = append(w.Tasks, t)
	w.count(all)
	w.grow()
	w.tell(EntryTaskChanged, data)
	w.happened(eventUpdated)
	return nil
}

// count keeps with the case how many tasks it has, and how many are over.
func (w *Work) count(all []Task) {
	w.Case.TaskCount, w.Case.TasksDone = len(all), 0
	for i := range all {
		if all[i].Over() {
			w.Case.TasksDone++
		}
	}
}

// edit applies what a person or flow says of a task; the data is nil where nothing changes.
func (t *Task) edit(e *TaskEdit, all []Task, by Actor, at time.Time) (map[string]any, error) {
	data := map[string]any{}
	if e.Assignee != nil && *e.Assignee != t.Assignee {
		t.Assignee, t.AssigneeName, data["assignee"] = *e.Assignee, e.AssigneeName, e.AssigneeName
	}
	if e.Due != nil && !e.Due.Equal(t.Due) {
		t.Due = e.Due.UTC().Truncate(time.Microsecond)
		data["due"] = timeText(t.Due)
	}
	if e.Note != nil && *e.Note != t.Note {
		if len(*e.Note) > MaxComment {
			return nil, &FieldError{"note", fmt.Sprintf("a note has at most %d KiB", MaxComment>>10), ""}
		}
		t.Note, data["text"] = *e.Note, *e.Note
	}
	if e.Answers != nil {
		if size := sizeOf(e.Answers); size > maxAnswers {
			return nil, &FieldError{"answers", fmt.Sprintf("answers have at most %d KiB", maxAnswers>>10), "attach the rest to the case as a comment"}
		}
		t.Answers = e.Answers
		data["answers"] = true
	}
	if e.State != nil && *e.State != t.State {
		if err := t.turn(*e.State, all, by, at); err != nil {
			return nil, err
		}
		data["state"] = t.State
	}
	if len(data) == 0 {
		return nil, nil
	}
	return data, nil
}

// turn brings a task into a state that people give it.
func (t *Task) turn(state string, all []Task, by Actor, at time.Time) error {
	switch state {
	case TaskDone:
		if blocked := Blocked(t, all); len(blocked) > 0 {
			return &BlockedError{blocked}
		}
		t.DoneBy, t.Done = by, at
	case TaskSkipped:
		if t.Required {
			return &FieldError{"state", "this task is required", "do it, or say in its note why it was done otherwise"}
		}
		t.DoneBy, t.Done = by, at
	case TaskOpen:
		t.DoneBy, t.Done, t.Run = Actor{}, time.Time{}, ""
		t.Requester, t.Lineage = by.Person, by.Lineage
	default:
		return &FieldError{"state", fmt.Sprintf("%q is no state that a task is given", state), "use done, skipped or open"}
	}
	t.State = state
	return nil
}

// checkStep looks whether a step can be kept, and cleans it.
func checkStep(field string, s *Step) error {
	s.Title, s.Phase = strings.Join(strings.Fields(s.Title), " "), strings.Join(strings.Fields(s.Phase), " ")
	switch {
	case s.Title == "" || utf8.RuneCountInString(s.Title) > MaxTitle:
		return &FieldError{field + "/title", fmt.Sprintf("a task's title has 1 to %d characters", MaxTitle), "say what is to be done"}
	case utf8.RuneCountInString(s.Phase) > MaxTitle:
		return &FieldError{field + "/phase", fmt.Sprintf("a phase's name has at most %d characters", MaxTitle), ""}
	case len(s.Instructions) > MaxDescription:
		return &FieldError{field + "/instructions", fmt.Sprintf("instructions have at most %d KiB", MaxDescription>>10), "keep the rest elsewhere, and link to it"}
	case s.Within < 0 || s.Within > 3660*day:
		return &FieldError{field + "/within", "a task is to be done within ten years at most", ""}
	case s.Auto && s.Flow == "":
		return &FieldError{field + "/auto", "only a flow starts by itself", "choose the flow"}
	}
	return nil
}

// sizeOf is how many bytes a value has as JSON.
func sizeOf(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		return maxAnswers + 1
	}
	return len(data)
}

// newTask makes a task of a step.
func newTask(c *Case, s *Step, place int, by Actor) (Task, error) {
	id, err := uuid.NewV7()
	t := Task{ID: id.String(), Case: c.ID, Place: place, Step: *s, State: TaskOpen, Requester: by.Person, Lineage: by.Lineage}
	if s.Within > 0 {
		t.Due = c.Created.Add(s.Within)
	}
	return t, err
}
