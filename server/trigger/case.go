package trigger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// CaseEvent is something that happened to a case.
type CaseEvent struct {
	// ID names the event: the same one told twice starts nothing more.
	ID string
	// Kind is created, updated or closed.
	Kind string
	// Case is the case after it, as JSON: severity is read here, the rest by flows.
	Case map[string]any
	At   time.Time
	// Led says of a flow, by id, that it led to the event: it isn't started by it again. Nil
	// is none.
	Led func(flow string) bool
}

// Subscription is a trigger that waits for events of cases.
type Subscription struct {
	Target *Target
	Wants  flow.CaseSubscription
}

// CaseStarter begins the runs of case events.
type CaseStarter interface {
	// Subscriptions gives the enabled case triggers of all published flows.
	Subscriptions(ctx context.Context) ([]Subscription, error)
	Start(ctx context.Context, s Start) (Started, error)
}

// Cases starts runs by what happens to cases.
type Cases struct {
	Starter  CaseStarter
	Receipts Receipts
}

// Happened starts one run for each flow that waits for an event. It returns once
// all of them are durable; after an error it is to be told the event again, which
// starts those that are missing.
func (c *Cases) Happened(ctx context.Context, e CaseEvent) error {
	if e.ID == "" {
		return errors.New("an event of a case needs an id")
	}
	all, err := c.Starter.Subscriptions(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i := range all {
		if err := c.start(ctx, &all[i], &e); err != nil {
			errs = append(errs, fmt.Errorf("flow %s: %w", all[i].Target.Flow, err))
		}
	}
	return errors.Join(errs...)
}

func (c *Cases) start(ctx context.Context, s *Subscription, e *CaseEvent) error {
	severity, _ := e.Case["severity"].(string)
	if !s.Wants.Wants(e.Kind, severity) || e.Led != nil && e.Led(s.Target.Flow) {
		return nil
	}
	t := s.Target
	input := map[string]any{"event": e.Kind, "case": e.Case}
	data := Data("case", input, nil, nil, e.At)
	key := "case/" + t.Flow + "/" + t.Node + "/" + e.ID
	keep := func(state, code, message string) error {
		r := t.receipt("case", state, code, message, e.At)
		title, _ := e.Case["title"].(string)
		r.Subject, r.Key = short(title), key
		return c.Receipts.Keep(ctx, r)
	}
	if problems := t.Check(input); problems.Failed() {
		return keep(ReceiptFailed, "input.invalid", problems[0].Message)
	}
	if t.Rule.Drops(ctx, data) {
		return keep(ReceiptDropped, "rule", "the trigger's rule leaves it out")
	}
	started, err := c.Starter.Start(ctx, Start{Target: t, IngestKey: key, Data: data})
	if err != nil && !passes(ctx, err) {
		// Telling it again would change nothing, and hold up all others.
		return keep(ReceiptFailed, "start", err.Error())
	}
	if err == nil && started.Duplicate {
		c.Receipts.Repeated(started.ID)
	}
	return err
}

// passes says whether what failed may work in a moment.
func passes(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, engine.ErrUnavailable) || errors.Is(err, engine.ErrClosed) || errors.Is(err, engine.ErrFull)
}
