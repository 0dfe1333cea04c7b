package cases

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// AddTask adds a step to a case, at its end.
func (s *Service) AddTask(ctx context.Context, by Actor, ref, key string, step Step, edit TaskEdit) (Case, error) {
	return s.change(ctx, by, ref, key, func(w *Work) error {
		if err := checkStep("task", &step); err != nil {
			return err
		}
		all, err := w.HasTasks()
		if err != nil {
			return err
		}
		if len(all) >= MaxTasks {
			return &FieldError{"task", "the case has all the tasks that one may have", ""}
		}
		step.After = nil
		t, err := newTask(w.Case, &step, len(all)+1, w.By)
		if err != nil {
			return err
		}
		if _, err := t.edit(&edit, all, w.By, w.At); err != nil {
			return err
		}
		w.Tasks = append(w.Tasks, t)
		w.count(append(all, t))
		w.grow()
		w.tell(EntryTaskAdded, map[string]any{"task": t.ID, "title": t.Title})
		w.happened(eventUpdated)
		return nil
	})
}

// ChangeTask changes a task of a case. Answers that don't fit the form are the caller's to
// refuse.
func (s *Service) ChangeTask(ctx context.Context, by Actor, ref, key, task string, e *TaskEdit) (Case, error) {
	return s.change(ctx, by, ref, key, func(w *Work) error {
		return w.changeTask(task, func(t *Task, all []Task) (map[string]any, error) {
			if t.State == TaskRunning && e.State != nil {
				return nil, &FieldError{"state", "its flow runs just now", "wait for it, or cancel the run"}
			}
			return t.edit(e, all, w.By, w.At)
		})
	})
}

// BeginTask has the flow of a task run. Start begins the run, once for each of the task's
// tries, and gives its id: whoever is second gets the same.
func (s *Service) BeginTask(ctx context.Context, by Actor, ref, task string, start func(t *Task, c *Case) (string, error)) (Case, error) {
	c, err := s.Case(ctx, ref)
	if err != nil {
		return c, err
	}
	all, err := s.Tasks(ctx, c.ID)
	if err != nil {
		return c, err
	}
	at := slices.IndexFunc(all, func(t Task) bool { return t.ID == task })
	if at < 0 {
		return c, ErrNoTask
	}
	if err := mayBegin(&all[at], all); err != nil {
		return c, err
	}
	run, err := start(&all[at], &c)
	if err != nil {
		return c, err
	}
	return s.change(ctx, by, c.ID, "", func(w *Work) error {
		return w.changeTask(task, func(t *Task, all []Task) (map[string]any, error) {
			if t.Run == run && t.State != TaskFailed {
				return nil, nil // whoever was faster noted it
			}
			if err := mayBegin(t, all); err != nil { // it was done or skipped meanwhile
				return nil, err
			}
			t.State, t.Run, t.Tries = TaskRunning, run, t.Tries+1
			return map[string]any{"state": t.State, "run": run}, nil
		})
	})
}

// mayBegin says why the flow of a task can't be started.
func mayBegin(t *Task, all []Task) error {
	switch {
	case t.Flow == "":
		return &FieldError{"task", "no flow does this task", "do it, and mark it as done"}
	case t.State != TaskOpen && t.State != TaskFailed:
		return &FieldError{"task", "it is " + t.State, ""}
	}
	if blocked := Blocked(t, all); len(blocked) > 0 {
		return &BlockedError{blocked}
	}
	return nil
}

// EndTask notes how the run of a task ended, also where its case was merged meanwhile.
func (s *Service) EndTask(ctx context.Context, t *Task, succeeded bool, output any, why string) error {
	by := Actor{ID: t.Flow, Name: t.Title, Kind: "flow", Person: t.Requester, Run: t.Run, Flow: t.Flow, Lineage: t.Lineage}
	_, err := s.done(s.ChangeCase(ctx, t.Case, "", func(w *Work) error {
		w.By, w.At = by, s.at()
		return w.changeTask(t.ID, func(now *Task, _ []Task) (map[string]any, error) {
			if now.State != TaskRunning || now.Run != t.Run {
				return nil, nil
			}
			if !succeeded {
				now.State = TaskFailed
				return map[string]any{"state": now.State, "run": now.Run, "text": why}, nil
			}
			if size := sizeOf(output); size > maxAnswers {
				output = map[string]any{"$truncated": true, "size": int64(size)} // its run has it
			}
			now.State, now.Answers, now.DoneBy, now.Done = TaskDone, output, by, w.At
			return map[string]any{"state": now.State, "run": now.Run}, nil
		})
	}))
	return err
}

// FailTask notes why the flow of a task could not be started.
func (s *Service) FailTask(ctx context.Context, by Actor, t *Task, why string) error {
	_, err := s.change(ctx, by, t.Case, "", func(w *Work) error {
		return w.changeTask(t.ID, func(now *Task, _ []Task) (map[string]any, error) {
			if now.State != TaskOpen {
				return nil, nil
			}
			now.State = TaskFailed
			return map[string]any{"state": now.State, "text": why}, nil
		})
	})
	return err
}

// SaveTemplate keeps a template as its next version. Its version is the one that it was
// made from; 0 is a new template.
func (s *Service) SaveTemplate(ctx context.Context, t Template) (Template, error) {
	if err := t.check(); err != nil {
		return t, err
	}
	if t.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return t, err
		}
		t.ID, t.Version = id.String(), 0
	}
	t.Version++
	t.By, t.At = ActorOf(ctx).Name, s.at()
	return t, s.Store.SaveTemplate(ctx, &t)
}

// template finds a template by its id or its name.
func (s *Service) template(ctx context.Context, ref string) (Template, error) {
	ref = strings.TrimSpace(ref)
	all, err := s.Templates(ctx)
	if err != nil {
		return Template{}, err
	}
	for i := range all {
		if all[i].ID == ref || strings.EqualFold(all[i].Name, ref) {
			return all[i], nil
		}
	}
	return Template{}, ErrNoTemplate
}

// PlanTemplate says what applying a template would do to a case.
func (s *Service) PlanTemplate(ctx context.Context, ref, template string) (Plan, error) {
	t, err := s.template(ctx, template)
	if err != nil {
		return Plan{}, err
	}
	c, err := s.Case(ctx, ref)
	if err != nil {
		return Plan{}, err
	}
	has, err := s.Tasks(ctx, c.ID)
	if err != nil {
		return Plan{}, err
	}
	return plan(&c, &t, has, ActorOf(ctx))
}

// ApplyTemplate gives a case the tasks of a template: what is there of it already is kept,
// what is missing added, and what nobody began of another template dropped.
func (s *Service) ApplyTemplate(ctx context.Context, by Actor, ref, key, template string) (Case, error) {
	t, err := s.template(ctx, template)
	if err != nil {
		return Case{}, err
	}
	return s.change(ctx, by, ref, key, func(w *Work) error {
		has, err := w.HasTasks()
		if err != nil {
			return err
		}
		return w.take(&t, has)
	})
}

// beginWith gives a case that isn't kept yet the tasks of a template.
func (s *Service) beginWith(ctx context.Context, w *Work, template string) error {
	t, err := s.template(ctx, template)
	if errors.Is(err, ErrNoTemplate) {
		return &FieldError{"template", "there is no such template", "choose another, or none"}
	}
	if err != nil {
		return err
	}
	return w.take(&t, nil)
}

// take gives a case the tasks of a template, and tells of it.
func (w *Work) take(t *Template, has []Task) error {
	p, err := plan(w.Case, t, has, w.By)
	if err != nil {
		return err
	}
	for i := range p.Dropped {
		w.RemovedTasks = append(w.RemovedTasks, p.Dropped[i].ID)
	}
	w.Tasks = append(w.Tasks, p.all...)
	w.count(p.all)
	w.grow()
	w.tell(EntryTemplate, map[string]any{
		"template": t.ID, "name": t.Name, "version": int64(t.Version), "kept": int64(len(p.Kept)), "added": int64(len(p.Added)), "dropped": int64(len(p.Dropped)),
	})
	w.happened(eventUpdated)
	return nil
}
