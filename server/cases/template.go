package cases

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Template is how cases of a kind are worked: phases of ordered steps.
type Template struct {
	ID          string
	Name        string
	Description string
	// Steps are in the order of their phases.
	Steps   []Step
	Version int
	By      string // who saved the version
	At      time.Time
}

// Errors of templates.
var (
	ErrNoTemplate = errors.New("there is no such template")
	// ErrTemplateChanged says that somebody saved another version first.
	ErrTemplateChanged = errors.New("somebody saved another version of this template first: look at it, and save yours again")
)

// check looks whether a template can be kept, and gives its steps keys where they have none.
func (t *Template) check() error {
	t.Name = strings.Join(strings.Fields(t.Name), " ")
	switch {
	case t.Name == "" || utf8.RuneCountInString(t.Name) > MaxTitle:
		return &FieldError{"name", fmt.Sprintf("a template's name has 1 to %d characters", MaxTitle), "name the kind of incident"}
	case len(t.Description) > MaxDescription:
		return &FieldError{"description", fmt.Sprintf("a description has at most %d KiB", MaxDescription>>10), ""}
	case len(t.Steps) == 0:
		return &FieldError{"steps", "a template has tasks", "add the first"}
	case len(t.Steps) > MaxTasks:
		return &FieldError{"steps", fmt.Sprintf("a template has at most %d tasks", MaxTasks), ""}
	}
	keys := map[string]int{}
	for i := range t.Steps {
		field := fmt.Sprintf("steps/%d", i)
		if err := checkStep(field, &t.Steps[i]); err != nil {
			return err
		}
		if t.Steps[i].Key == "" {
			t.Steps[i].Key = t.freeKey(i)
		}
		if at, taken := keys[t.Steps[i].Key]; taken {
			return &FieldError{field + "/key", fmt.Sprintf("task %d has the key %q already", at+1, t.Steps[i].Key), "give it another"}
		}
		keys[t.Steps[i].Key] = i
	}
	for i := range t.Steps {
		for _, before := range t.Steps[i].After {
			if at, there := keys[before]; !there || at >= i {
				return &FieldError{fmt.Sprintf("steps/%d/after", i), fmt.Sprintf("%q is no task that stands before %q", before, t.Steps[i].Title), "name one that does"}
			}
		}
	}
	return nil
}

// freeKey is a key that no other step has.
func (t *Template) freeKey(i int) string {
	for n := i + 1; ; n++ {
		key := fmt.Sprintf("t%d", n)
		if !slices.ContainsFunc(t.Steps, func(s Step) bool { return s.Key == key }) {
			return key
		}
	}
}

// Plan says what applying a template to a case does to its tasks.
type Plan struct {
	// Kept have their place in the template already, or are the work of somebody; Added are
	// new, and Dropped are of a template that was applied before, and nobody began them.
	Kept, Added, Dropped []Task
	all                  []Task // as they are after it
}

// plan finds what a template does to the tasks of a case.
func plan(c *Case, t *Template, has []Task, by Actor) (Plan, error) {
	var p Plan
	mine := func(o *Task) bool { return o.Template == t.ID }
	for i := range t.Steps {
		s := &t.Steps[i]
		at := slices.IndexFunc(has, func(o Task) bool { return mine(&o) && o.Key == s.Key })
		if at >= 0 {
			kept := has[at]
			if kept.State == TaskOpen { // what somebody began stays as they read it
				usual := kept.Due.IsZero() || kept.Due.Equal(c.Created.Add(kept.Within))
				kept.Step = *s
				if usual && s.Within > 0 { // a time that somebody set stays
					kept.Due = c.Created.Add(s.Within)
				}
			}
			kept.TemplateVersion = t.Version
			p.Kept, p.all = append(p.Kept, kept), append(p.all, kept)
			continue
		}
		task, err := newTask(c, s, 0, by)
		if err != nil {
			return p, err
		}
		task.Template, task.TemplateVersion = t.ID, t.Version
		p.Added, p.all = append(p.Added, task), append(p.all, task)
	}
	for i := range has {
		o := &has[i]
		if mine(o) && slices.ContainsFunc(t.Steps, func(s Step) bool { return s.Key == o.Key }) {
			continue
		}
		if o.Template != "" && o.State == TaskOpen && o.Note == "" && o.Answers == nil && o.Run == "" && o.Assignee == "" {
			p.Dropped = append(p.Dropped, *o)
			continue
		}
		p.Kept, p.all = append(p.Kept, *o), append(p.all, *o)
	}
	if len(p.all) > MaxTasks {
		return p, &FieldError{"template", fmt.Sprintf("the case would have more than %d tasks", MaxTasks), ""}
	}
	for i := range p.all {
		p.all[i].Place = i + 1
	}
	return p, nil
}
