package cases

import (
	"context"
	"slices"
	"strings"
	"time"
)

func (s *Service) actApply(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, template := r.ref("case"), r.text("template")
	if r.err != nil {
		return nil, r.err
	}
	changed, err := s.ApplyTemplate(ctx, c.By, ref, c.Key, template)
	if err != nil {
		return nil, err
	}
	return s.tasksView(ctx, &changed)
}

func (s *Service) actAddTask(ctx context.Context, c *Call, r *reader) (any, error) {
	ref := r.ref("case")
	step := Step{Title: r.text("title"), Phase: r.text("phase"), Instructions: r.text("instructions"), Flow: r.text("flow")}
	step.Required, _ = r.in["required"].(bool)
	edit, err := s.taskEdit(ctx, r)
	if err != nil {
		return nil, err
	}
	changed, err := s.AddTask(ctx, c.By, ref, c.Key, step, edit)
	if err != nil {
		return nil, err
	}
	return s.tasksView(ctx, &changed)
}

// taskEdit reads who is to do a task, and until when.
func (s *Service) taskEdit(ctx context.Context, r *reader) (e TaskEdit, err error) {
	name, due := r.text("assignee"), r.text("due")
	if due != "" {
		at, err := time.Parse(time.RFC3339, due)
		if err != nil {
			r.fail("due", due+" is no time", "write it as 2026-01-31T09:00:00Z")
		}
		e.Due = &at
	}
	if r.err != nil || name == "" {
		return e, r.err
	}
	var who Edit
	err = s.Assign(ctx, &who, name)
	e.Assignee, e.AssigneeName = who.Assignee, who.AssigneeName
	return e, err
}

func (s *Service) actComplete(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, task, note := r.ref("case"), r.text("task"), r.text("note")
	if r.err != nil {
		return nil, r.err
	}
	found, err := s.Case(ctx, ref)
	if err != nil {
		return nil, err
	}
	all, err := s.Tasks(ctx, found.ID)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(t Task) bool {
		return t.ID == task || t.Key != "" && t.Key == task || strings.EqualFold(t.Title, task)
	})
	if at < 0 {
		return nil, ErrNoTask
	}
	state := TaskDone
	e := TaskEdit{State: &state, Answers: r.in["answers"]}
	if note != "" {
		e.Note = &note
	}
	changed, err := s.ChangeTask(ctx, c.By, found.ID, c.Key, all[at].ID, &e)
	if err != nil {
		return nil, err
	}
	return s.tasksView(ctx, &changed)
}

func (s *Service) actTasks(ctx context.Context, _ *Call, r *reader) (any, error) {
	ref := r.ref("case")
	if r.err != nil {
		return nil, r.err
	}
	c, err := s.Case(ctx, ref)
	if err != nil {
		return nil, err
	}
	return s.tasksView(ctx, &c)
}

// tasksView is a case's tasks as JSON for flows.
func (s *Service) tasksView(ctx context.Context, c *Case) (any, error) {
	all, err := s.Tasks(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	list := make([]any, len(all))
	for i := range all {
		list[i] = ViewTask(&all[i])
	}
	return map[string]any{"case": c.ID, "number": c.Number, "tasks": list, "count": int64(c.TaskCount), "done": int64(c.TasksDone), "complete": c.TaskCount == c.TasksDone}, nil
}

// ViewTask is a task as JSON for flows.
func ViewTask(t *Task) map[string]any {
	return map[string]any{
		"id": t.ID, "key": t.Key, "phase": t.Phase, "title": t.Title, "state": t.State, "required": t.Required, "assignee": t.AssigneeName, "due": timeText(t.Due), "note": t.Note, "answers": t.Answers,
	}
}
