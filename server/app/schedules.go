package app

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Scheduled implements [trigger.ScheduleStarter].
func (r *runner) Scheduled(ctx context.Context, id, node string) (trigger.Scheduled, error) {
	d, n, v, err := r.published(ctx, id, node, flow.TypeSchedule)
	if err != nil {
		return trigger.Scheduled{}, err
	}
	schedule, err := flow.ParseSchedule(n.With)
	if err != nil {
		return trigger.Scheduled{}, err
	}
	target, err := trigger.NewTarget(d, node, v.Digest, v.Number)
	return trigger.Scheduled{Target: target, Schedule: schedule, Input: n.With["input"]}, err
}
