package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// maxGroup is how many batches one transaction takes.
const maxGroup = 256

// inline is the largest value kept in a row; larger ones go to blobs.
const inline = 64 << 10

// committer writes the journal: one goroutine takes all that is queued and
// commits it in one transaction, so that the disk's sync is paid once for many
// runs. It uses plain statements; everything else in this package uses GORM.
type committer struct {
	db    *sql.DB
	blobs *Blobs
	queue chan job
	wg    sync.WaitGroup

	mu      sync.RWMutex
	stopped bool
}

type job struct {
	batch *engine.Batch
	done  func(engine.Appended)
	rows  []row
	data  any // the run's input: a string, or nil where it is a blob
	ref   any
	err   error
}

// row is one row of the journal.
type row struct {
	first, last int64
	step        string
	attempt     int
	kind        string
	output      any
	ref         any
	terminal    int
	at          int64
}

func startCommitter(ctx context.Context, db *sql.DB, blobs *Blobs) (*committer, error) {
	c := &committer{db: db, blobs: blobs, queue: make(chan job, 4*maxGroup)}
	statements, err := prepare(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("preparing the journal's statements: %w", err)
	}
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		defer statements.close()
		c.run(context.WithoutCancel(ctx), statements)
	}()
	return c, nil
}

// Append implements [engine.Journal].
func (s *Store) Append(b *engine.Batch, done func(engine.Appended)) { s.committer.append(b, done) }

func (c *committer) append(b *engine.Batch, done func(engine.Appended)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.stopped {
		go done(engine.Appended{Err: engine.ErrUnavailable})
		return
	}
	j := job{batch: b, done: done}
	j.err = j.encode(c.blobs) // on the caller's time, outside the transaction
	c.queue <- j
}

func (c *committer) stop() {
	c.mu.Lock()
	stopped := c.stopped
	c.stopped = true
	c.mu.Unlock()
	if !stopped {
		close(c.queue)
	}
	c.wg.Wait()
}

func (c *committer) run(ctx context.Context, st *statements) {
	group := make([]job, 0, maxGroup)
	for first := range c.queue {
		group = append(group[:0], first)
		rows := len(first.rows)
		for rows < maxGroup && len(group) < maxGroup {
			more, ok := c.poll()
			if !ok {
				break
			}
			group = append(group, more)
			rows += len(more.rows)
		}
		c.commit(ctx, st, group)
	}
}

func (c *committer) poll() (job, bool) {
	select {
	case j, ok := <-c.queue:
		return j, ok
	default:
		return job{}, false
	}
}

// errBatch says that a statement failed on one batch, and not the database as a whole.
var errBatch = errors.New("a batch can't be written")

// commit writes a group. A batch that is refused fails its own caller alone. Where
// a statement fails, the group's batches are written again one by one, so that
// what is wrong with one isn't the others' end too. A fault of the transaction
// itself fails all: a commit that failed may have been kept, and would be refused
// the second time.
func (c *committer) commit(ctx context.Context, st *statements, group []job) {
	results := make([]engine.Appended, len(group))
	err := c.transaction(ctx, st, group, results)
	if len(group) > 1 && errors.Is(err, errBatch) {
		for i := range group {
			c.commit(ctx, st, group[i:i+1])
		}
		return
	}
	for i, j := range group {
		if err != nil {
			results[i] = engine.Appended{Err: fmt.Errorf("%w: %w", engine.ErrUnavailable, err)}
		}
		j.done(results[i])
	}
}

func (c *committer) transaction(ctx context.Context, st *statements, group []job, results []engine.Appended) error {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	in := st.in(ctx, tx)
	for i := range group {
		if group[i].err != nil {
			results[i] = engine.Appended{Err: fmt.Errorf("%w: %w", engine.ErrUnavailable, group[i].err)}
			continue
		}
		if results[i], err = in.write(ctx, &group[i]); err != nil {
			return errors.Join(fmt.Errorf("%w: %w", errBatch, err), tx.Rollback())
		}
	}
	return tx.Commit()
}

// encode makes the rows of a batch, sending large values to blobs.
func (j *job) encode(blobs *Blobs) error {
	b := j.batch
	if b.Create != nil {
		var err error
		if j.data, j.ref, err = spill(blobs, flow.CompactJSON(b.Create.Data), true); err != nil {
			return err
		}
	}
	for _, pack := range packs(b.Events) {
		data, err := run.EncodeEvents(pack)
		if err != nil {
			return err
		}
		r := row{first: pack[0].Seq, last: pack[len(pack)-1].Seq, kind: "pack", at: micro(pack[0].At)}
		if len(pack) == 1 {
			r.step, r.attempt, r.kind = pack[0].Step, pack[0].Attempt, string(pack[0].Kind)
			if endsEffect(&pack[0]) {
				r.terminal = 1
			}
		}
		if r.output, r.ref, err = spill(blobs, data, false); err != nil {
			return err
		}
		j.rows = append(j.rows, r)
	}
	return nil
}

func spill(blobs *Blobs, data []byte, text bool) (value, ref any, err error) {
	if len(data) > inline {
		id, err := blobs.Put(context.Background(), data) //nolint:forbidigo // a started write is finished
		return nil, id, err
	}
	if text {
		return string(data), nil, nil
	}
	return data, nil, nil
}

// endsEffect says whether an event ends a step that has effects outside; the
// engine gives such events the step's idempotency key.
func endsEffect(e *run.Event) bool {
	return e.Key != "" && (e.Kind == run.StepSucceeded || e.Kind == run.StepFailed || e.Kind == run.StepUnknown)
}

// packs cuts events into rows: each that ends an effect stands alone, because the
// database holds such a row to be the only one.
func packs(events []run.Event) [][]run.Event {
	var list [][]run.Event
	for len(events) > 0 {
		n := slices.IndexFunc(events, func(e run.Event) bool { return endsEffect(&e) })
		switch n {
		case -1:
			n = len(events)
		case 0:
			n = 1
		}
		list, events = append(list, events[:n]), events[n:]
	}
	return list
}
