package app

import (
	"context"
	"time"
)

// prompted does something again and again: at once where it is told to, and each second
// besides, for what another server was told of or this one before it stopped.
type prompted chan struct{}

func newPrompted() prompted { return make(prompted, 1) }

// tell has it look at once. It never blocks.
func (p prompted) tell() {
	select {
	case p <- struct{}{}:
	default:
	}
}

// run looks until ctx ends. Failed is told of what went wrong before.
func (p prompted) run(ctx context.Context, look func(ctx context.Context) error, failed func(err error)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-p:
		}
	}
}
