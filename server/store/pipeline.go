package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// plain says whether a batch is one row of the journal beside the run's own: most are.
func (j *job) plain() bool {
	b := j.batch
	return j.err == nil && len(j.rows) == 1 && j.rows[0].terminal == 0 && len(b.Taken)+len(b.Notify)+len(b.Asks)+len(b.Closed) == 0
}

// begun writes a run's row and, where that was done, one row of its journal.
func begun(statement string) string {
	return postgresDialect.bind(`WITH moved AS (` + statement + ` RETURNING id)
		INSERT INTO journal (run_id, seq, last_seq, step_key, attempt, kind, status, output, blob_ref, terminal, epoch, at)
		SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BYTEA), CAST(? AS TEXT),
			CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT) FROM moved`)
}

var (
	plainCreate  = begun(postgresDialect.createRun())
	plainAdvance = begun(postgresDialect.advanceRun())
	plainProceed = begun(postgresDialect.proceedRun())
)

// pipeline sends the plain batches of a group to PostgreSQL together, so that the way
// there and back is paid once for all of them. It says what the transaction is called,
// and which batches it wrote or refused; the others are to be written one by one.
func pipeline(ctx context.Context, conn *sql.Conn, in *writer, group []job, results []engine.Appended) (name string, done []bool, err error) {
	done = make([]bool, len(group))
	wrote := make([]bool, len(group))
	batch := &pgx.Batch{}
	batch.Queue(postgresDialect.transaction)
	for i := range group {
		if done[i] = group[i].plain(); done[i] {
			group[i].queue(batch)
		}
	}
	err = conn.Raw(func(raw any) error {
		s, ok := raw.(*session)
		if !ok {
			return fmt.Errorf("the database's driver gives a %T", raw)
		}
		answers := s.Conn.Conn().SendBatch(ctx, batch)
		err := answers.QueryRow().Scan(&name)
		for i := 0; i < len(group) && err == nil; i++ {
			if done[i] {
				tag, failed := answers.Exec()
				wrote[i], err = tag.RowsAffected() == 1, failed
			}
		}
		return errors.Join(err, answers.Close())
	})
	for i := range group {
		if err != nil {
			return name, nil, err
		}
		switch {
		case !done[i] || wrote[i]:
		case group[i].proceeds():
			done[i] = false // its row changes otherwise: that is tried by itself
		case group[i].batch.Create != nil:
			results[i], err = in.existing(ctx, &group[i])
		default:
			results[i] = engine.Appended{Err: engine.ErrStale}
		}
	}
	return name, done, err
}

func (j *job) queue(batch *pgx.Batch) {
	statement, arguments := plainAdvance, j.advanceArguments
	switch {
	case j.batch.Create != nil:
		statement, arguments = plainCreate, j.createArguments
	case j.proceeds():
		statement, arguments = plainProceed, j.proceedArguments
	}
	values := append(arguments(), j.rowArguments(&j.rows[0])...)
	for i := range values {
		v := driver.NamedValue{Value: values[i]}
		_ = (*session)(nil).CheckNamedValue(&v) // it refuses none
		values[i] = v.Value
	}
	batch.Queue(statement, values...)
}
