package app

import (
	"context"
	"errors"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
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
