package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// taskRuns starts the flows of tasks, and notes how they ended.
type taskRuns struct{ core *Core }

// Begin implements [web.TaskRuns]: the flow of a task, for the person who asks.
func (t *taskRuns) Begin(ctx context.Context, ref, task string) (cases.Case, error) {
	by := cases.ActorOf(ctx)
	c, err := t.begin(ctx, by, by.Person, ref, task)
	var refused *run.Error
	if errors.As(err, &refused) {
		return c, web.NewProblem(409, refused.Code, refused.Message)
	}
	return c, err
}

// begin starts the flow of a task in the name of a person: whom a question of that flow asks
// is never that one. Nobody is whose doing it is.
func (t *taskRuns) begin(ctx context.Context, by cases.Actor, person, ref, task string) (cases.Case, error) {
	return t.core.Cases.BeginTask(ctx, by, ref, task, func(task *cases.Task, c *cases.Case) (string, error) {
		input := map[string]any{"case": cases.View(c), "task": cases.ViewTask(task)}
		callee, err := callees{flows: t.core.Flows}.Callee(ctx, task.Flow, 0, input)
		if err != nil {
			return "", err
		}
		handle, err := t.core.Engine.Start(ctx, engine.Request{
			Flow: callee.Flow, Version: callee.Version, Trigger: callee.Trigger, By: person, IngestKey: fmt.Sprintf("task/%s/%d~%s", task.ID, task.Tries+1, task.Lineage), Data: map[string]any{
				"type": "flow", "body": input, "headers": map[string]any{}, "query": map[string]any{}, "at": time.Now().UTC().Format(time.RFC3339Nano),
			},
		})
		if err != nil {
			return "", err
		}
		return handle.ID, nil
	})
}

// look starts what starts by itself, and notes what ended.
func (t *taskRuns) look(ctx context.Context) error {
	const batch = 200
	tasks, err := t.core.Cases.TasksAtWork(ctx, batch)
	if err != nil {
		return err
	}
	var errs []error
	for i := range tasks {
		if tasks[i].State == cases.TaskRunning {
			errs = append(errs, t.end(ctx, &tasks[i]))
			continue
		}
		errs = append(errs, t.start(ctx, &tasks[i]))
	}
	return errors.Join(errs...)
}

// start begins a task that starts by itself. One whose flow can't be started is left to
// people, with the reason.
func (t *taskRuns) start(ctx context.Context, task *cases.Task) error {
	by := cases.Actor{Name: "system", Kind: "system", Person: task.Requester, Lineage: task.Lineage}
	if inLineage(task.Lineage, task.Flow) || lineageLength(task.Lineage) > maxLineage {
		return t.core.Cases.FailTask(ctx, by, task, "flows start each other by what they do to cases: start it by hand where that is meant")
	}
	_, err := t.begin(ctx, by, task.Requester, task.Case, task.ID)
	var blocked *cases.BlockedError
	var refused *run.Error
	switch {
	case errors.As(err, &blocked), errors.Is(err, cases.ErrMerged), errors.Is(err, engine.ErrClosed):
		return nil
	case errors.As(err, &refused):
		return t.core.Cases.FailTask(ctx, by, task, refused.Message)
	}
	return err
}

func (t *taskRuns) end(ctx context.Context, task *cases.Task) error {
	last, err := t.core.Store.Last(ctx, task.Run)
	if errors.Is(err, engine.ErrNotFound) {
		return t.core.Cases.EndTask(ctx, task, false, nil, "its run is not kept any more")
	}
	if err != nil {
		return err
	}
	why := ""
	switch {
	case last.Error != nil:
		why = last.Error.Message
	case last.Kind == run.RunCanceled:
		why = "the run was canceled"
	}
	return t.core.Cases.EndTask(ctx, task, last.Kind == run.RunSucceeded, last.Output, why)
}
