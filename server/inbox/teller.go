package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// Teller has people told of questions, when they are asked and at each reminder, by
// the flows that the questions name. Several may work on one store: each telling
// starts one run.
type Teller struct {
	Questions Questions
	// Start runs a published flow once per key.
	Start func(ctx context.Context, flow, key string, input any) error
	// Poke has those who watch look again.
	Poke   func()
	Now    func() time.Time
	Logger *slog.Logger
}

// Run works until the context ends.
func (t *Teller) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := t.Tell(ctx); err != nil && ctx.Err() == nil {
			t.Logger.Warn("questions not looked at; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Tell tells people of all questions that are due.
func (t *Teller) Tell(ctx context.Context) error {
	const batch = 100
	for {
		due, err := t.Questions.TellQuestions(ctx, t.Now(), batch)
		if err != nil {
			return err
		}
		for i := range due {
			q := &due[i]
			if q.Notify != "" {
				if err := t.Start(ctx, q.Notify, fmt.Sprintf("ask/%s/%d", q.ID, q.Reminded), q.notice()); err != nil {
					// The question stands in the inbox all the same.
					t.Logger.Error("people were not told of a question", "question", q.ID, "run", q.Run, "flow", q.Flow, "step", q.Step, "by", q.Notify, "error", err)
				}
			}
			if err := t.Questions.Told(ctx, *q, q.tellNext(t.Now())); err != nil {
				return err
			}
			t.Poke()
		}
		if len(due) < batch {
			return nil
		}
	}
}

// tellNext is when people are reminded next; zero is never.
func (q *Question) tellNext(now time.Time) time.Time {
	if q.Remind <= 0 {
		return time.Time{}
	}
	next := q.TellAt.Add(q.Remind)
	if !next.After(now) { // the server was away: one reminder, not all that were missed
		next = now.Add(q.Remind)
	}
	if !q.Deadline.IsZero() && !next.Before(q.Deadline) {
		return time.Time{}
	}
	return next
}

// notice is what the flow that tells people reads as its input.
func (q *Question) notice() map[string]any {
	to := make([]any, len(q.To))
	for i, name := range q.To {
		to[i] = name
	}
	deadline := any(nil)
	if !q.Deadline.IsZero() {
		deadline = q.Deadline.UTC().Format(time.RFC3339)
	}
	title := q.Title
	if title == "" {
		title = map[engine.AskKind]string{engine.AskApproval: "An approval is asked for", engine.AskForm: "A form is to be filled in"}[q.Kind]
	}
	return map[string]any{
		"id": q.ID, "kind": string(q.Kind), "title": title, "message": q.Message, "show": q.Show, "to": to, "deadline": deadline,
		"reminder": int64(q.Reminded), "flow": q.FlowName, "run": q.Run, "step": q.Step, "dryRun": q.DryRun, "path": "/inbox/" + q.ID,
	}
}
