package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

const (
	// commitWithin bounds a transaction of a committer on a database that is reached by
	// a network.
	commitWithin = 10 * time.Second
	// doubtEvery is how often what is in doubt is looked for again.
	doubtEvery = 100 * time.Millisecond
	// lookWithin bounds one such look.
	lookWithin = 2 * time.Second
)

// errUnsure says that a commit failed and may have been kept nevertheless.
var errUnsure = errors.New("it isn't known whether the commit was kept")

// doubt is a group whose commit failed. What became of it is read from the journal,
// and only then told: to write it again before could be to write it twice, and to
// call it refused could be to lose a run that is there.
type doubt struct {
	jobs        []job
	transaction string
	cause       error
}

// clear tells what became of the groups in doubt, of those where that can be found out
// now.
func (c *committer) clear(ctx context.Context) {
	c.doubts = slices.DeleteFunc(c.doubts, func(d doubt) bool {
		results, err := c.look(ctx, &d)
		if err != nil {
			return false
		}
		c.inDoubt.Add(-int64(len(d.jobs)))
		for i, j := range d.jobs {
			j.done(results[i])
		}
		return true
	})
}

var errUnfinished = errors.New("the transaction is still at work")

// look reads the fates of a group. It uses other connections than the one that failed,
// because on SQLite that one sees what it has not committed.
func (c *committer) look(ctx context.Context, d *doubt) ([]engine.Appended, error) {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	if c.dialect.unfinished == "" {
		// A commit that failed leaves the transaction open on the one connection.
		_, _ = c.db.ExecContext(ctx, "ROLLBACK")
	} else if d.transaction != "" {
		// The connection is lost, but the database may not have noticed.
		var unfinished bool
		if err := c.read.QueryRowContext(ctx, c.dialect.bind(c.dialect.unfinished), d.transaction).Scan(&unfinished); err != nil {
			return nil, err
		}
		if unfinished {
			return nil, errUnfinished
		}
	}
	results := make([]engine.Appended, len(d.jobs))
	for i := range d.jobs {
		var err error
		if results[i], err = c.fate(ctx, &d.jobs[i], d.cause); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// fate reads what became of one batch: its last row is there, under its epoch, or
// nothing of it is.
func (c *committer) fate(ctx context.Context, j *job, cause error) (engine.Appended, error) {
	var n int
	if j.err != nil {
		return unavailable(j.err), nil
	}
	last := j.rows[len(j.rows)-1].last
	err := c.read.QueryRowContext(ctx, c.dialect.bind("SELECT count(*) FROM journal WHERE run_id = ? AND last_seq = ? AND epoch = ?"), j.batch.RunID, last, j.batch.Epoch).Scan(&n)
	if err != nil || n > 0 {
		return engine.Appended{}, err
	}
	return unavailable(cause), nil
}

// giveUp tells at the end what can't be found out any more.
func (c *committer) giveUp() {
	for _, d := range c.doubts {
		for _, j := range d.jobs {
			j.done(unavailable(d.cause))
		}
	}
	c.doubts = nil
}
