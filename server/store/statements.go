package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// statements are the committer's, prepared once.
type statements struct {
	create, existing, advance, proceed, insert, insertEffect, taken, notify, tally *sql.Stmt

	dialect *dialect
}

// createRun inserts a run, unless there is one with its key. Its arguments are those of
// [job.createArguments].
func (d *dialect) createRun() string {
	return `INSERT INTO runs (id, flow_id, flow_name, flow_version, digest, trigger_node, state, ended, dry_run, due_at, lease_owner, lease_epoch, lease_until, next_seq,
			input, input_ref, ingest_key, created_at, started_at, ended_at, steps, error_code, error_message, parent_run, parent_step, root_run, depth, started_by,
			retry_of, replay_of, replay_at, replay_job, source)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ` + d.now + ` + ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
}

// advanceRun changes a run's row, unless another has the run. Its arguments are those of
// [job.advanceArguments].
func (d *dialect) advanceRun() string {
	return `UPDATE runs SET state = ?, ended = ?, due_at = ?, lease_owner = ?, lease_until = ` + d.now + ` + ?, next_seq = ?, started_at = ?, ended_at = ?, steps = ?, error_code = ?, error_message = ?
			WHERE id = ? AND lease_epoch = ? AND next_seq = ?`
}

// proceedRun changes a run's row where its state stays and its lease has yet to run for
// most of its time: then nothing changes that an index names, and none is written. Its
// arguments are those of [job.proceedArguments].
func (d *dialect) proceedRun() string {
	return `UPDATE runs SET due_at = ?, next_seq = ?, started_at = ?, steps = ?
			WHERE id = ? AND lease_epoch = ? AND next_seq = ? AND lease_owner = ? AND ended = 0 AND state = ? AND lease_until >= ` + d.now + ` + ?`
}

func prepare(ctx context.Context, db *sql.DB, d *dialect) (*statements, error) {
	st := &statements{dialect: d}
	for text, into := range map[string]**sql.Stmt{
		d.createRun(): &st.create,
		`SELECT id FROM runs WHERE ingest_key = ?`: &st.existing,
		d.advanceRun(): &st.advance,
		d.proceedRun(): &st.proceed,
		`INSERT INTO journal (run_id, seq, last_seq, step_key, attempt, kind, status, output, blob_ref, terminal, epoch, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`: &st.insert,
		`INSERT INTO journal (run_id, seq, last_seq, step_key, attempt, kind, status, output, blob_ref, terminal, epoch, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`: &st.insertEffect,
		`DELETE FROM signals WHERE run_id = ? AND id = ?`: &st.taken,
		`INSERT INTO signals (run_id, id, kind, payload, created_at) SELECT id, ?, ?, ?, ` + d.now + ` FROM runs WHERE id = ? AND ended = 0 ON CONFLICT DO NOTHING`: &st.notify,
		`INSERT INTO tallies (content) VALUES (?)`: &st.tally,
	} {
		prepared, err := db.PrepareContext(ctx, d.bind(text)) //nolint:sqlclosecheck // statements.close closes it
		if err != nil {
			st.close()
			return nil, err
		}
		*into = prepared
	}
	return st, nil
}

func (st *statements) close() {
	for _, s := range []*sql.Stmt{st.create, st.existing, st.advance, st.proceed, st.insert, st.insertEffect, st.taken, st.notify, st.tally} {
		if s != nil {
			_ = s.Close()
		}
	}
}

// in binds the statements to a transaction.
func (st *statements) in(ctx context.Context, tx *sql.Tx) *writer {
	return &writer{tx: tx, st: &statements{
		create: tx.StmtContext(ctx, st.create), existing: tx.StmtContext(ctx, st.existing), advance: tx.StmtContext(ctx, st.advance), proceed: tx.StmtContext(ctx, st.proceed),
		insert: tx.StmtContext(ctx, st.insert), insertEffect: tx.StmtContext(ctx, st.insertEffect), taken: tx.StmtContext(ctx, st.taken), notify: tx.StmtContext(ctx, st.notify), tally: tx.StmtContext(ctx, st.tally), dialect: st.dialect,
	}}
}

type writer struct {
	tx *sql.Tx
	st *statements
}

// write adds one batch. An error is the database's; a refusal is in the result.
func (w *writer) write(ctx context.Context, j *job) (engine.Appended, error) {
	if !j.needsSavepoint() {
		return w.attempt(ctx, j)
	}
	// The effect's row may be refused after the run's row was changed.
	if _, err := w.tx.ExecContext(ctx, "SAVEPOINT batch"); err != nil {
		return engine.Appended{}, err
	}
	result, err := w.attempt(ctx, j)
	if err == nil && result.Err != nil {
		_, err = w.tx.ExecContext(ctx, "ROLLBACK TO batch")
	}
	if err == nil {
		_, err = w.tx.ExecContext(ctx, "RELEASE batch")
	}
	return result, err
}

func (j *job) needsSavepoint() bool {
	for i := range j.rows {
		if j.rows[i].terminal == 1 {
			return true
		}
	}
	return false
}

func (w *writer) attempt(ctx context.Context, j *job) (engine.Appended, error) {
	var result engine.Appended
	var err error
	if j.batch.Create != nil {
		result, err = w.create(ctx, j)
	} else {
		result, err = w.advance(ctx, j)
	}
	if err != nil || result.Err != nil || result.Existing != "" {
		return result, err
	}
	for i := range j.rows {
		inserted, err := w.insert(ctx, j, &j.rows[i])
		if err != nil {
			return result, err
		}
		if !inserted {
			return engine.Appended{Err: engine.ErrStale}, nil
		}
	}
	for _, id := range j.batch.Taken {
		if _, err := w.st.taken.ExecContext(ctx, j.batch.RunID, id); err != nil {
			return result, err
		}
	}
	for i := range j.batch.Notify {
		n := &j.batch.Notify[i]
		if _, err := w.st.notify.ExecContext(ctx, n.ID, n.Kind, string(flow.CompactJSON(n.Payload)), n.RunID); err != nil {
			return result, err
		}
	}
	return result, w.questions(ctx, j.batch)
}

func (j *job) createArguments() []any {
	r, u := j.batch.Create, &j.batch.Update
	var ingest any
	if r.IngestKey != "" {
		ingest = r.IngestKey
	}
	var retryOf any
	if r.RetryOf != "" {
		retryOf = r.RetryOf
	}
	code, message := errorColumns(u)
	source, _ := r.Data["type"].(string)
	return []any{
		r.ID, r.Flow, r.FlowName, r.Version, r.Digest, r.Trigger, string(u.Status), boolean(j.batch.Over()), boolean(r.DryRun),
		micro(u.Due), j.holder(), r.Epoch, j.lease(), j.nextSeq(), j.data, j.ref, ingest,
		micro(r.Created), micro(u.Started), micro(u.Ended), u.Steps, code, message, r.Parent.Run, r.Parent.Step, r.Root, r.Depth, r.By,
		retryOf, r.Replay.Run, micro(r.Replay.Created), r.Replay.Job, source,
	}
}

func (w *writer) create(ctx context.Context, j *job) (engine.Appended, error) {
	res, err := w.st.create.ExecContext(ctx, j.createArguments()...)
	if err != nil {
		return engine.Appended{}, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return engine.Appended{}, err
	}
	return w.existing(ctx, j)
}

// existing finds the run that has a batch's key.
func (w *writer) existing(ctx context.Context, j *job) (engine.Appended, error) {
	var id string
	err := w.st.existing.QueryRowContext(ctx, j.batch.Create.IngestKey).Scan(&id)
	return engine.Appended{Existing: id}, err
}

func (j *job) advanceArguments() []any {
	u := &j.batch.Update
	code, message := errorColumns(u)
	return []any{
		string(u.Status), boolean(j.batch.Over()), micro(u.Due), j.holder(), j.lease(), j.nextSeq(),
		micro(u.Started), micro(u.Ended), u.Steps, code, message, j.batch.RunID, j.batch.Epoch, j.rows[0].first,
	}
}

// proceeds says whether a batch leaves its run with its holder, to go on. Whether the
// state stays what it was is for the database to say.
func (j *job) proceeds() bool {
	b := j.batch
	return b.Create == nil && !b.Over() && b.Park.IsZero() && b.Update.Error == nil
}

func (j *job) proceedArguments() []any {
	b := j.batch
	return []any{
		micro(b.Update.Due), j.nextSeq(), micro(b.Update.Started), b.Update.Steps,
		b.RunID, b.Epoch, j.rows[0].first, b.Owner, string(b.Update.Status), (b.Lease * 5 / 6).Microseconds(), // calls that write begin for two thirds of it
	}
}

func (w *writer) advance(ctx context.Context, j *job) (engine.Appended, error) {
	if j.proceeds() {
		res, err := w.st.proceed.ExecContext(ctx, j.proceedArguments()...)
		if err != nil {
			return engine.Appended{}, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return engine.Appended{}, err
		}
	}
	res, err := w.st.advance.ExecContext(ctx, j.advanceArguments()...)
	if err != nil {
		return engine.Appended{}, err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return engine.Appended{Err: engine.ErrStale}, nil
	}
	return engine.Appended{}, err
}

func (w *writer) insert(ctx context.Context, j *job, r *row) (bool, error) {
	statement := w.st.insert
	if r.terminal == 1 {
		statement = w.st.insertEffect
	}
	res, err := statement.ExecContext(ctx, append([]any{j.batch.RunID}, j.rowArguments(r)...)...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// holder is whose the run is after the batch: of nobody where it only waits.
func (j *job) holder() string {
	if j.batch.Park.IsZero() {
		return j.batch.Owner
	}
	return ""
}

// lease is for how long, in microseconds: that of the holder, or until a run that waits
// is to be looked at. It counts from the database's clock, by which it is looked for.
func (j *job) lease() int64 {
	if j.batch.Park.IsZero() {
		return j.batch.Lease.Microseconds()
	}
	return left(j.batch.Park)
}

// left is how long it is until a time, in microseconds; 0 where it is past.
func left(until time.Time) int64 { return max(time.Until(until), 0).Microseconds() }

// nextSeq is the seq that the run's next event will have.
func (j *job) nextSeq() int64 { return j.rows[len(j.rows)-1].last + 1 }

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxMessage cuts what the list of runs shows of an error; the whole is in the journal.
const maxMessage = 500

func errorColumns(u *engine.Update) (code, message string) {
	if u.Error == nil {
		return "", ""
	}
	message = u.Error.Message
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") // the cut may be inside a rune
	}
	return u.Error.Code, message
}

// rowArguments are the columns of a row of the journal behind the run's id.
func (j *job) rowArguments(r *row) []any {
	return []any{
		r.first, r.last, r.step, r.attempt, r.kind, string(j.batch.Update.Status), r.output, r.ref, r.terminal, j.batch.Epoch, r.at,
	}
}
