package app

import (
	"context"
	"errors"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Subscriptions implements [trigger.CaseStarter].
func (r *runner) Subscriptions(ctx context.Context) ([]trigger.Subscription, error) {
	ids, err := r.core.Store.FlowsNaming(ctx, `"`+flow.TypeCase+`"`)
	if err != nil {
		return nil, errors.Join(engine.ErrUnavailable, err)
	}
	var list []trigger.Subscription
	for _, id := range ids {
		v, err := r.core.Library.Version(ctx, id, 0)
		if errors.Is(err, library.ErrNotFound) {
			continue // it was deleted meanwhile
		}
		if err != nil {
			return nil, errors.Join(engine.ErrUnavailable, err)
		}
		d, problems := flow.Decode(v.Content)
		if d == nil { // one that can't be read any more must not hold up the others
			r.core.Logger.Warn("a flow that waits for cases can't be read", "flow", id, "error", problems)
			continue
		}
		for _, n := range d.Triggers() {
			if n.Type != flow.TypeCase || n.Disabled {
				continue
			}
			target, err := trigger.NewTarget(d, n.ID, v.Digest, v.Number)
			if err != nil {
				r.core.Logger.Warn("a flow that waits for cases can't be started", "flow", id, "node", n.ID, "error", err)
				continue
			}
			list = append(list, trigger.Subscription{Target: target, Wants: flow.ParseCaseSubscription(n.With)})
		}
	}
	return list, nil
}
