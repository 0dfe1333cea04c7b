package engine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// world is what outlives a crash, in a simulation: the database, and what happened
// outside. It isn't locked: of a bubble's goroutines one at a time touches it, those of
// a step one after the other by its mutex-free channel discipline is not to be relied
// on, so that each port takes the world's turn.
type world struct {
	turn    chan struct{} // holds one token: whoever has it may touch the rest
	rows    map[string]*simRun
	keys    map[string]string // ingest keys
	commits []*commit         // queued, oldest first
	calls   []*simCall        // in flight, in the order they began
	effects map[string]int    // writes that took effect outside, by run and step
	byKey   map[string]string // the idempotency key that each step called with
	retried map[string]int    // how often a person had a step done again
	fault   string            // the first invariant that was broken
	labels  map[string]string // what runs are called, whatever their ids: by the seed alone
	down    int               // turns in which the database refuses all
}

// simRun is a run as the database keeps it.
type simRun struct {
	record  engine.Record
	events  []run.Event
	epochs  []int64
	state   *run.State // folded as events come in
	flow    *engine.Flow
	status  run.Status
	owner   string
	holder  *incarnation // who has the epoch
	epoch   int64
	until   time.Time // of the lease, or of the parking
	signals []engine.Signal
	asks    map[string]*engine.Ask
	closed  map[string]string
	heard   map[string]int // decisions by what was said and by whom
}

// over says whether the run's end is kept.
func (r *simRun) over() bool { return len(r.events) > 0 && r.events[len(r.events)-1].Kind.Terminal() }

// commit is one batch on its way.
type commit struct {
	from  *incarnation
	batch *engine.Batch
	done  func(engine.Appended)
}

// simCall is one call of an action on its way.
type simCall struct {
	from  *incarnation
	call  engine.Call
	reply chan engine.Result
	ctx   context.Context //nolint:containedctx // the call's own
}

// incarnation is one life of one engine: what it asks for after its death is lost.
type incarnation struct {
	w    *world
	name string
	dead bool
}

func newWorld() *world {
	w := &world{
		turn: make(chan struct{}, 1), rows: map[string]*simRun{}, keys: map[string]string{}, effects: map[string]int{}, byKey: map[string]string{}, retried: map[string]int{},
		labels: map[string]string{},
	}
	w.turn <- struct{}{}
	return w
}

// in runs f while nobody else touches the world.
func (w *world) in(f func()) {
	<-w.turn
	defer func() { w.turn <- struct{}{} }()
	f()
}

func (w *world) broken(format string, args ...any) {
	if w.fault == "" {
		w.fault = fmt.Sprintf(format, args...)
	}
}

func (w *world) ids() []string {
	ids := make([]string, 0, len(w.rows))
	for id := range w.rows {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.labels[a], w.labels[b]), cmp.Compare(a, b))
	})
	return ids
}

// Append implements [engine.Journal].
func (i *incarnation) Append(b *engine.Batch, done func(engine.Appended)) {
	i.w.in(func() {
		if !i.dead {
			i.w.name(b)
			i.w.commits = append(i.w.commits, &commit{i, b, done})
		}
	})
}

// name calls a run by what it was asked for by.
func (w *world) name(b *engine.Batch) {
	if c := b.Create; c != nil && w.labels[b.RunID] == "" {
		w.labels[b.RunID] = "run " + c.IngestKey
		if c.Parent.Run != "" {
			w.labels[b.RunID] = w.labels[c.Parent.Run] + " > " + c.Parent.Step
		}
	}
}

// apply writes a batch as the store does, and looks whether it may be.
func (w *world) apply(from *incarnation, b *engine.Batch, flows *flows) engine.Appended {
	r := w.rows[b.RunID]
	if b.Create != nil {
		if key := b.Create.IngestKey; key != "" && w.keys[key] != "" {
			return engine.Appended{Existing: w.keys[key]}
		}
		if r != nil {
			return engine.Appended{Existing: b.RunID}
		}
		f, _ := flows.Flow(context.Background(), b.Create.Digest) //nolint:forbidigo // a map
		r = &simRun{record: *b.Create, flow: f, state: run.New(f.Plan, b.Create.Data), epoch: b.Create.Epoch, holder: from, asks: map[string]*engine.Ask{}, closed: map[string]string{}, heard: map[string]int{}}
		w.rows[b.RunID] = r
		if b.Create.IngestKey != "" {
			w.keys[b.Create.IngestKey] = b.RunID
		}
	}
	if r == nil || r.epoch != b.Epoch || int64(len(r.events)) != b.Events[0].Seq-1 {
		return engine.Appended{Err: engine.ErrStale}
	}
	for _, e := range b.Events {
		if w.doubled(r, &e) {
			return engine.Appended{Err: engine.ErrStale}
		}
	}
	w.keep(r, b)
	return engine.Appended{}
}

// doubled is the unique index on the rows that end steps with effects.
func (w *world) doubled(r *simRun, e *run.Event) bool {
	ends := func(e *run.Event) bool {
		return e.Key != "" && (e.Kind == run.StepSucceeded || e.Kind == run.StepFailed)
	}
	return ends(e) && slices.ContainsFunc(r.events, func(o run.Event) bool { return o.Step == e.Step && ends(&o) })
}

func (w *world) keep(r *simRun, b *engine.Batch) {
	for _, e := range b.Events {
		if e.Seq != int64(len(r.events))+1 {
			w.broken("run %s: seq %d at place %d", b.RunID, e.Seq, len(r.events)+1)
		}
		data, err := run.EncodeEvents([]run.Event{e})
		if err != nil {
			w.broken("event %+v: %v", e, err)
			return
		}
		kept, err := run.DecodeEvents(data)
		if err != nil {
			w.broken("event %+v: %v", e, err)
			return
		}
		if _, err := r.state.Apply(kept[0]); err != nil {
			w.broken("run %s: the journal is no valid state: %v", b.RunID, err)
		}
		if e.Kind == run.StepDecided {
			said, _ := e.Output.(map[string]any)
			what := fmt.Sprint(e.Step, said["by"])
			if r.heard[what]++; r.heard[what] > 1 && !strings.Contains(what, "again") {
				w.broken("run %s: what %s said took effect twice", b.RunID, what)
			}
		}
		r.events, r.epochs = append(r.events, kept[0]), append(r.epochs, b.Epoch)
	}
	r.status = b.Update.Status
	if r.status != r.state.Status {
		w.broken("run %s is kept as %s and is %s", b.RunID, r.status, r.state.Status)
	}
	if r.owner, r.until = b.Owner, time.Now().Add(b.Lease); !b.Park.IsZero() {
		r.owner, r.until = "", b.Park
	}
	r.signals = slices.DeleteFunc(r.signals, func(s engine.Signal) bool { return slices.Contains(b.Taken, s.ID) })
	for _, s := range b.Notify {
		if to := w.rows[s.RunID]; to != nil && !to.over() {
			to.hear(s)
		}
	}
	for i := range b.Asks {
		r.asks[b.Asks[i].ID] = &b.Asks[i]
	}
	for _, c := range b.Closed {
		if r.closed[c.ID] != "" {
			w.broken("run %s: the question %s is closed twice", b.RunID, c.ID)
		}
		r.closed[c.ID] = c.Outcome
	}
}

func (r *simRun) hear(s engine.Signal) {
	if !slices.ContainsFunc(r.signals, func(o engine.Signal) bool { return o.ID == s.ID }) {
		r.signals = append(r.signals, s)
	}
}

// ask runs a read or a small write, which the database may refuse.
func (i *incarnation) ask(f func() error) (err error) {
	i.w.in(func() {
		if i.dead || i.w.down > 0 {
			err = engine.ErrUnavailable
			return
		}
		err = f()
	})
	return err
}

// Load implements [engine.Journal].
func (i *incarnation) Load(_ context.Context, id string) (record engine.Record, events []run.Event, err error) {
	err = i.ask(func() error {
		r := i.w.rows[id]
		if r == nil {
			return engine.ErrNotFound
		}
		record, events = r.record, slices.Clone(r.events)
		record.Epoch = r.epoch
		return nil
	})
	return record, events, err
}

// Claim implements [engine.Journal].
func (i *incarnation) Claim(_ context.Context, owner string, lease time.Duration, limit int) (records []engine.Record, err error) {
	err = i.ask(func() error {
		for _, id := range i.w.ids() {
			r := i.w.rows[id]
			if r.over() || r.until.After(time.Now()) || len(records) == limit {
				continue
			}
			r.epoch++
			r.holder = i
			r.owner, r.until = owner, time.Now().Add(lease)
			records = append(records, engine.Record{ID: id, Epoch: r.epoch, Owner: owner})
		}
		return nil
	})
	return records, err
}

// Held implements [engine.Journal].
func (i *incarnation) Held(_ context.Context, owner string) (records []engine.Record, err error) {
	err = i.ask(func() error {
		for _, id := range i.w.ids() {
			if r := i.w.rows[id]; r.owner == owner && !r.over() {
				records = append(records, engine.Record{ID: id, Epoch: r.epoch, Owner: owner})
			}
		}
		return nil
	})
	return records, err
}

// Prolong implements [engine.Journal].
func (i *incarnation) Prolong(_ context.Context, id string, epoch int64, lease time.Duration) error {
	return i.ask(func() error {
		r := i.w.rows[id]
		if r.over() || r.epoch != epoch {
			return engine.ErrStale
		}
		r.until = time.Now().Add(lease)
		return nil
	})
}

// Renew implements [engine.Journal].
func (i *incarnation) Renew(_ context.Context, owner string, lease time.Duration) error {
	return i.ask(func() error {
		for _, r := range i.w.rows {
			if r.owner == owner && !r.over() {
				r.until = time.Now().Add(lease)
			}
		}
		return nil
	})
}

// Last implements [engine.Journal].
func (i *incarnation) Last(_ context.Context, id string) (last run.Event, err error) {
	err = i.ask(func() error {
		r := i.w.rows[id]
		if r == nil {
			return engine.ErrNotFound
		}
		last = r.events[len(r.events)-1]
		return nil
	})
	return last, err
}

// Called implements [engine.Journal].
func (i *incarnation) Called(_ context.Context, root string, limit int) (n int, err error) {
	err = i.ask(func() error {
		for _, r := range i.w.rows {
			if r.record.Root == root {
				n++
			}
		}
		n = min(n, limit)
		return nil
	})
	return n, err
}

// Release implements [engine.Journal].
func (i *incarnation) Release(ctx context.Context, id string, epoch int64, after time.Duration) error {
	return i.Park(ctx, id, epoch, time.Now().Add(after))
}

// Park implements [engine.Journal].
func (i *incarnation) Park(_ context.Context, id string, epoch int64, until time.Time) error {
	return i.ask(func() error {
		if r := i.w.rows[id]; r.epoch == epoch {
			r.owner, r.until = "", until
		}
		return nil
	})
}

// Wake implements [engine.Journal].
func (i *incarnation) Wake(_ context.Context, id string) error {
	return i.ask(func() error {
		if r := i.w.rows[id]; r.owner == "" && !r.over() {
			r.until = time.Time{}
		}
		return nil
	})
}

// Admit implements [engine.Queues].
func (i *incarnation) Admit(_ context.Context, flow string, limit int) (ids []string, err error) {
	err = i.ask(func() error {
		for _, id := range i.w.ids() {
			if r := i.w.rows[id]; r.record.Flow == flow && !r.over() && r.status == run.Running {
				limit--
			}
		}
		for _, id := range i.w.ids() {
			if r := i.w.rows[id]; limit > 0 && r.record.Flow == flow && !r.over() && r.status == run.Queued {
				limit--
				r.status = run.Running
				r.hear(engine.Signal{RunID: id, ID: engine.SignalAdmit, Kind: engine.SignalAdmit})
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// Queued implements [engine.Queues].
func (i *incarnation) Queued(context.Context) (list []engine.QueuedFlow, err error) {
	err = i.ask(func() error {
		for _, id := range i.w.ids() {
			if r := i.w.rows[id]; r.status == run.Queued && !r.over() {
				list = append(list, engine.QueuedFlow{Flow: r.record.Flow, Digest: r.record.Digest})
			}
		}
		return nil
	})
	return list, err
}

// QueueLength implements [engine.Queues].
func (i *incarnation) QueueLength(context.Context, string, int) (int, error) { return 0, nil }

// Signal implements [engine.Signals].
func (i *incarnation) Signal(_ context.Context, s engine.Signal) error {
	return i.ask(func() error {
		r := i.w.rows[s.RunID]
		if r == nil {
			return engine.ErrNotFound
		}
		r.hear(s)
		return nil
	})
}

// Signals implements [engine.Signals].
func (i *incarnation) Signals(_ context.Context, id string) (list []engine.Signal, err error) {
	err = i.ask(func() error {
		if r := i.w.rows[id]; r != nil {
			list = slices.Clone(r.signals)
		}
		return nil
	})
	return list, err
}

// Drop implements [engine.Signals].
func (i *incarnation) Drop(_ context.Context, runID, id string) error {
	return i.ask(func() error {
		if r := i.w.rows[runID]; r != nil {
			r.signals = slices.DeleteFunc(r.signals, func(s engine.Signal) bool { return s.ID == id })
		}
		return nil
	})
}

// Signaled implements [engine.Signals].
func (i *incarnation) Signaled(_ context.Context, behind string, limit int) (ids []string, err error) {
	err = i.ask(func() error {
		for _, id := range i.w.ids() {
			if r := i.w.rows[id]; behind == "" && len(r.signals) > 0 && !r.over() && len(ids) < limit {
				ids = append(ids, id)
			}
		}
		return nil
	})
	return ids, err
}

// Reach implements [engine.People].
func (i *incarnation) Reach(context.Context, []string, string) (int, error) { return 3, nil }

// Invoke implements [engine.Invoker].
func (i *incarnation) Invoke(ctx context.Context, c engine.Call) engine.Result {
	call := &simCall{from: i, call: c, reply: make(chan engine.Result, 1), ctx: ctx}
	i.w.in(func() {
		step := c.RunID + "/" + c.Step
		if before := i.w.byKey[step]; before != "" && before != c.Key {
			i.w.broken("%s is called with another key than before", step)
		}
		i.w.byKey[step] = c.Key
		if r := i.w.rows[c.RunID]; !i.dead && c.Type == "test.write" && r.holder != i {
			i.w.broken("%s is called by an engine whose lease has gone to another", step)
		}
		i.w.calls = append(i.w.calls, call)
	})
	select {
	case result := <-call.reply:
		return result
	case <-ctx.Done():
		return engine.Result{Error: &engine.Failure{Code: "canceled", Message: errors.Join(ctx.Err()).Error()}}
	}
}
