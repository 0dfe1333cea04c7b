package app

import (
	"context"
	"time"
)

// talliesAtOne is how many tallies one transaction adds up: it is short, because runs wait
// for it on SQLite.
const talliesAtOne = 200

// addUp adds what runs came to, to the totals that the dashboard reads.
func (h *housekeeper) addUp(ctx context.Context, held func() error) error {
	for {
		begun := time.Now()
		n, err := h.store.AddTallies(ctx, h.now(), talliesAtOne)
		if err != nil {
			return err
		}
		if n < talliesAtOne {
			return h.store.ForgetTotals(ctx, h.now())
		}
		if err := h.rest(ctx, begun, held); err != nil {
			return err
		}
	}
}
