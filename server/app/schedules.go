package app

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Scheduled implements [trigger.ScheduleStarter].
func (r *runner) Scheduled(ctx context.Context, id, node string) (trigger.Scheduled, error) {
	v, err := r.core.Library.Version(ctx, id, 0)
	if errors.Is(err, library.ErrNotFound) {
		return trigger.Scheduled{}, trigger.ErrNoHook
	}
	if err != nil {
		return trigger.Scheduled{}, errors.Join(engine.ErrUnavailable, err)
	}
	d, problems := flow.Decode(v.Content)
	if d == nil {
		return trigger.Scheduled{}, problems
	}
	n := d.Node(node)
	if n == nil || n.Type != flow.TypeSchedule || n.Disabled {
		return trigger.Scheduled{}, trigger.ErrNoHook
	}
	schedule, err := flow.ParseSchedule(n.With)
	if err != nil {
		return trigger.Scheduled{}, err
	}
	target, err := trigger.NewTarget(d, node, v.Digest, v.Number)
	return trigger.Scheduled{Target: target, Schedule: schedule, Input: n.With["input"]}, err
}

// slots lets the scheduler read and move what the library keeps at publishing.
type slots struct{ store *store.Store }

func (s slots) DueSchedules(ctx context.Context, now time.Time, limit int) ([]trigger.Slot, error) {
	due, err := s.store.DueSchedules(ctx, now, limit)
	list := make([]trigger.Slot, len(due))
	for i, d := range due {
		list[i] = trigger.Slot(d)
	}
	return list, err
}

func (s slots) AdvanceSchedule(ctx context.Context, from, to trigger.Slot) error {
	return s.store.AdvanceSchedule(ctx, library.Slot(from), library.Slot(to))
}
