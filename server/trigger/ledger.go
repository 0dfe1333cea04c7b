package trigger

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Bounds of what is kept of events that start nothing: whoever knows an address could
// send without end.
const (
	notesAMinute  = 20 // of one trigger and reason; more are counted
	maxPending    = 10_000
	flushEvery    = time.Second
	pruneEvery    = time.Hour
	receiptsStay  = 90 * 24 * time.Hour
	receiptsAtAll = 200_000
)

// ReceiptStore is where receipts lie.
type ReceiptStore interface {
	// KeepReceipt keeps a receipt and gives its id.
	KeepReceipt(ctx context.Context, r Receipt) (id string, err error)
	// CountReceipts adds to how often what receipts tell of came, by their ids, and
	// CountRepeats to how often the events of runs did, by theirs.
	CountReceipts(ctx context.Context, counts map[string]Count) error
	CountRepeats(ctx context.Context, counts map[string]Count) error
	// PruneReceipts forgets those from before a time, and the oldest above a number.
	PruneReceipts(ctx context.Context, before time.Time, most int) error
}

// Count says how often something came again, and when last.
type Count struct {
	Times int64
	Last  time.Time
}

func (c Count) plus(at time.Time) Count { return Count{c.Times + 1, at} }

// Ledger keeps receipts: those of what was accepted at once, the others soon and
// within bounds.
type Ledger struct {
	store  ReceiptStore
	logger *slog.Logger

	writing sync.Mutex // held by who writes: two at once would count what is not kept yet
	mu      sync.Mutex
	minute  time.Time
	reasons map[reason]*noted
	notes   []*noted
	repeats map[string]Count
}

// reason is of what receipts are counted together.
type reason struct{ flow, node, code string }

// noted are receipts of one reason: the last of them stands for those that are too many.
type noted struct {
	Receipt
	id   string
	kept int
	more Count
}

// NewLedger makes a ledger over its store.
func NewLedger(s ReceiptStore, l *slog.Logger) *Ledger {
	return &Ledger{store: s, logger: l, reasons: map[reason]*noted{}, repeats: map[string]Count{}}
}

// Keep implements [Receipts].
func (l *Ledger) Keep(ctx context.Context, r Receipt) error {
	_, err := l.store.KeepReceipt(ctx, r)
	return err
}

// Note implements [Receipts].
func (l *Ledger) Note(r Receipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if minute := r.At.Truncate(time.Minute); !minute.Equal(l.minute) {
		l.minute = minute
		maps.DeleteFunc(l.reasons, func(_ reason, n *noted) bool { return n.id != "" && n.more.Times == 0 })
		for _, n := range l.reasons {
			n.kept = 0
		}
	}
	why := reason{r.Flow, r.Node, r.Code}
	last := l.reasons[why]
	if last != nil && last.kept >= notesAMinute || len(l.notes) >= maxPending {
		if last != nil {
			last.more = last.more.plus(r.At)
		}
		return
	}
	n := &noted{Receipt: r, kept: 1}
	if last != nil {
		n.kept = last.kept + 1
		if last.more.Times > 0 { // what was counted belongs to the one before
			l.notes = append(l.notes, last)
		}
	}
	l.reasons[why] = n
	l.notes = append(l.notes, n)
}

// Repeated implements [Receipts].
func (l *Ledger) Repeated(runID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.repeats[runID]; known || len(l.repeats) < maxPending {
		l.repeats[runID] = l.repeats[runID].plus(time.Now())
	}
}

// Run writes what was noted, until the context ends, and then what is left.
func (l *Ledger) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	pruned := time.Time{}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		if err := l.Flush(context.WithoutCancel(ctx)); err != nil {
			l.logger.Warn("receipts not kept; trying again", "error", err)
		}
		if time.Since(pruned) < pruneEvery || ctx.Err() != nil {
			continue
		}
		pruned = time.Now()
		if err := l.store.PruneReceipts(ctx, pruned.Add(-receiptsStay), receiptsAtAll); err != nil {
			l.logger.Warn("old receipts not removed; trying again", "error", err)
		}
	}
}

// Flush writes what was noted until now. What another writes meanwhile, it waits for.
func (l *Ledger) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	notes, repeats := l.notes, l.repeats
	l.notes, l.repeats = nil, map[string]Count{}
	l.mu.Unlock()
	for i, n := range notes {
		if n.id != "" {
			continue // only its count is written
		}
		id, err := l.store.KeepReceipt(ctx, n.Receipt)
		if err != nil {
			l.again(notes[i:], repeats)
			return err
		}
		l.mu.Lock()
		n.id = id
		l.mu.Unlock()
	}
	if err := l.store.CountReceipts(ctx, l.counts(notes)); err != nil {
		l.again(nil, repeats)
		return err
	}
	if len(repeats) == 0 {
		return nil
	}
	if err := l.store.CountRepeats(ctx, repeats); err != nil {
		l.again(nil, repeats)
		return err
	}
	return nil
}

// counts takes what was counted of receipts that are kept.
func (l *Ledger) counts(notes []*noted) map[string]Count {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := map[string]Count{}
	take := func(n *noted) {
		if n.id != "" && n.more.Times > 0 {
			counts[n.id] = n.more
			n.more = Count{}
		}
	}
	for _, n := range notes {
		take(n)
	}
	for _, n := range l.reasons {
		take(n)
	}
	return counts
}

// again puts back what could not be written, within bounds.
func (l *Ledger) again(notes []*noted, repeats map[string]Count) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(notes, l.notes...)
	if len(l.notes) > maxPending {
		l.notes = l.notes[:maxPending]
	}
	for id, c := range repeats {
		now := l.repeats[id]
		l.repeats[id] = Count{now.Times + c.Times, c.Last}
	}
}
