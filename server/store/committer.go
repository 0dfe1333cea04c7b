package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

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
	db        *sql.DB
	read      *sql.DB // other connections
	dialect   *dialect
	blobs     Blobs
	within    time.Duration // for one transaction; 0 is for ever
	queue     chan job
	wg        sync.WaitGroup
	committed func(Commit)
	inDoubt   *atomic.Int64
	// doubts are groups of which it isn't known whether they were committed.
	doubts []doubt

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

// startCommitter starts a committer that was given all but its queue.
func startCommitter(ctx context.Context, c *committer) (*committer, error) {
	c.queue = make(chan job, 4*maxGroup)
	statements, err := prepare(ctx, c.db, c.dialect)
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
	for {
		first, ok := c.next(ctx)
		if !ok {
			c.giveUp()
			return
		}
		c.commit(ctx, st, c.gather(first))
	}
}

// next waits for a batch, clearing doubts meanwhile.
func (c *committer) next(ctx context.Context) (job, bool) {
	for c.clear(ctx); len(c.doubts) > 0; c.clear(ctx) {
		select {
		case j, ok := <-c.queue:
			return j, ok
		case <-time.After(doubtEvery):
		}
	}
	j, ok := <-c.queue
	return j, ok
}

// gather takes what else is queued, as much as one transaction takes.
func (c *committer) gather(first job) []job {
	group := []job{first}
	rows := len(first.rows)
	for rows < maxGroup && len(group) < maxGroup {
		more, ok := c.poll()
		if !ok {
			// What is ready to run may be about to queue more: letting it go first costs no
			// time, and each commit that is saved is worth several batches.
			runtime.Gosched()
			if more, ok = c.poll(); !ok {
				break
			}
		}
		group = append(group, more)
		rows += len(more.rows)
	}
	// Two committers that wait for one another's ingest keys would wait for ever. Beyond
	// that, neighbours in the indexes are written one after the other.
	slices.SortStableFunc(group, func(a, b job) int {
		return cmp.Or(strings.Compare(a.ingestKey(), b.ingestKey()), strings.Compare(a.batch.RunID, b.batch.RunID))
	})
	return group
}

func (j *job) ingestKey() string {
	if j.batch.Create == nil {
		return ""
	}
	return j.batch.Create.IngestKey
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
// itself fails all; where the commit failed, it may have been kept, and nobody is
// told anything before that is known.
func (c *committer) commit(ctx context.Context, st *statements, group []job) {
	results := make([]engine.Appended, len(group))
	begun := time.Now()
	name, err := c.transaction(ctx, st, group, results)
	c.tell(group, begun, err)
	switch {
	case len(group) > 1 && errors.Is(err, errBatch):
		for i := range group {
			c.commit(ctx, st, group[i:i+1])
		}
	case errors.Is(err, errUnsure):
		c.doubts = append(c.doubts, doubt{jobs: slices.Clone(group), transaction: name, cause: err})
		c.inDoubt.Add(int64(len(group)))
	default:
		for i, j := range group {
			if err != nil {
				results[i] = unavailable(err)
			}
			j.done(results[i])
		}
	}
}

func (c *committer) tell(group []job, begun time.Time, err error) {
	rows := 0
	for i := range group {
		rows += len(group[i].rows)
	}
	c.committed(Commit{Rows: rows, Took: time.Since(begun), Failed: err != nil})
}

func unavailable(err error) engine.Appended {
	return engine.Appended{Err: fmt.Errorf("%w: %w", engine.ErrUnavailable, err)}
}

// transaction writes a group, and gives what the database calls the transaction.
func (c *committer) transaction(ctx context.Context, st *statements, group []job, results []engine.Appended) (name string, err error) {
	if c.within > 0 {
		bounded, cancel := context.WithTimeout(ctx, c.within)
		defer cancel()
		ctx = bounded
	}
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // it goes back to its pool
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	in := st.in(ctx, tx)
	done := make([]bool, len(group))
	if c.dialect.numbered {
		if name, done, err = pipeline(ctx, conn, in, group, results); err != nil {
			return name, errors.Join(c.ofBatch(err), tx.Rollback())
		}
	}
	for i := range group {
		if done[i] {
			continue
		}
		if group[i].err != nil {
			results[i] = unavailable(group[i].err)
			continue
		}
		if results[i], err = in.write(ctx, &group[i]); err != nil {
			return name, errors.Join(c.ofBatch(err), tx.Rollback())
		}
	}
	if err := in.tally(ctx, group, results); err != nil {
		return name, errors.Join(c.ofBatch(err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return name, fmt.Errorf("%w: %w", errUnsure, err)
	}
	return name, nil
}

// ofBatch says [errBatch] of an error that isn't the database's as a whole.
func (c *committer) ofBatch(err error) error {
	if c.dialect.numbered && lost(err) {
		return err
	}
	return fmt.Errorf("%w: %w", errBatch, err)
}

// encode makes the rows of a batch, sending large values to blobs.
func (j *job) encode(blobs Blobs) error {
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

func spill(blobs Blobs, data []byte, text bool) (value, ref any, err error) {
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
	return e.Key != "" && (e.Kind == run.StepSucceeded || e.Kind == run.StepFailed)
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
