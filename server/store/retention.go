package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// keysStay is for how long the key of an event is known after its run left.
const keysStay = 30 * 24 * time.Hour

// Retired are the runs of one look at a flow that leave.
type Retired struct {
	Runs int
	// Next is where to go on; empty is the end.
	Next string
}

// Removed counts the rows that were deleted.
type Removed struct {
	Runs, Journal, Cassettes int64
}

// FlowsOfRuns gives the flows that have runs, also those that are gone.
func (s *Store) FlowsOfRuns(ctx context.Context) ([]string, error) {
	return s.flowsOfRuns(ctx, "1 = 1")
}

// Runs of which others live on: those above them, and what reads them.
const (
	belowOthers = `root_run <> '' AND EXISTS (SELECT 1 FROM runs AS above WHERE above.id = runs.root_run)`
	beingRead   = `EXISTS (SELECT 1 FROM runs AS reader WHERE reader.replay_of = runs.id AND reader.replay_of <> '' AND reader.ended = 0)
		OR id IN (SELECT i.run_id FROM replay_items AS i JOIN replay_jobs AS j ON j.id = i.job_id WHERE j.state = '` + JobRunning + `' AND i.state IN ('` + ItemPending + `', '` + ItemRunning + `'))`
)

// Retire hides runs of a flow that ended before a time, of up to limit runs from one on
// in the order of their ids: they will be removed. A run that goes on stays, one that a
// step called stays as long as the first run above it, and one stays that a replay
// reads. Keys of events are kept from here on.
func (s *Store) Retire(ctx context.Context, flow string, ended time.Time, behind string, limit int) (r Retired, err error) {
	var looked []runRow
	err = s.read.WithContext(ctx).Select("id", "ended", "ended_at").Where("flow_id = ? AND id > ? AND id < ?", flow, behind, idAt(ended.Add(idSlack))).
		Order("id").Limit(limit).Find(&looked).Error
	if err != nil {
		return r, err
	}
	if len(looked) == limit {
		r.Next = looked[limit-1].ID
	}
	var ids []string
	for i := range looked {
		if looked[i].Ended && looked[i].EndedAt < micro(ended) {
			ids = append(ids, looked[i].ID)
		}
	}
	if len(ids) == 0 {
		return r, nil // what waits for weeks costs the writer nothing
	}
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var rows []runRow
		err := tx.Raw(`UPDATE runs SET state = ?, due_at = `+s.dialect.now+` WHERE id IN ? AND ended = 1 AND ended_at < ? AND state <> ?
			AND NOT (`+belowOthers+`) AND NOT (`+beingRead+`) RETURNING id, ingest_key`,
			leaving, ids, micro(ended), leaving).Scan(&rows).Error
		if err != nil {
			return err
		}
		r.Runs = len(rows)
		return keepKeys(tx, rows)
	})
	return r, err
}

type pastKeyRow struct {
	KeyHash   string `gorm:"primaryKey"`
	RunID     string
	ExpiresAt int64
}

// TableName implements GORM's Tabler.
func (pastKeyRow) TableName() string { return "past_keys" }

func keyHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// calledKey begins the key of a run that a step called: nobody sends it again, because
// its caller is over.
const calledKey = "call/"

func keepKeys(tx *gorm.DB, rows []runRow) error {
	var keys []pastKeyRow
	for i := range rows {
		if key := rows[i].IngestKey; key != nil && !strings.HasPrefix(*key, calledKey) {
			keys = append(keys, pastKeyRow{keyHash(*key), rows[i].ID, micro(time.Now().Add(keysStay))})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(keys, 100).Error
}

// LookForPastKeys finds out whether there are keys of events whose runs left, and
// forgets those that are past their time by now. Until it is called, none is looked for.
func (s *Store) LookForPastKeys(ctx context.Context, now time.Time) error {
	if err := s.write.WithContext(ctx).Where("expires_at < ?", micro(now)).Delete(&pastKeyRow{}).Error; err != nil {
		return err
	}
	var one []string
	err := s.read.WithContext(ctx).Model(&pastKeyRow{}).Limit(1).Pluck("run_id", &one).Error
	if err == nil {
		s.pastKeys.Store(len(one) > 0)
	}
	return err
}

// pastRun gives the run that an event's key started and that left; empty is none.
func (s *Store) pastRun(ctx context.Context, key string) (string, error) {
	if key == "" || !s.pastKeys.Load() || strings.HasPrefix(key, calledKey) {
		return "", nil
	}
	var ids []string
	// What was started meanwhile with a key that is past its time is of its own.
	err := s.read.WithContext(ctx).Model(&pastKeyRow{}).Where("key_hash = ? AND expires_at >= ?", keyHash(key), micro(time.Now())).Pluck("run_id", &ids).Error
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// RemoveRetired deletes up to budget rows, in one transaction, of runs that were hidden
// for so long, with all that hangs on them; more says that there is more to do. A run
// with many rows goes in several steps: nobody sees it meanwhile.
func (s *Store) RemoveRetired(ctx context.Context, hidden time.Duration, budget int) (r Removed, more bool, err error) {
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var ids []string
		err := tx.Model(&runRow{}).Where("ended = 1 AND state = '"+leaving+"' AND due_at <= "+s.dialect.now+" - ? AND NOT ("+beingRead+")", hidden.Microseconds()).
			Order("id").Limit(budget).Pluck("id", &ids).Error
		if err != nil {
			return err
		}
		more = len(ids) == budget
		left := int64(budget)
		for _, id := range ids {
			if left <= 0 {
				more = true
				return nil
			}
			if err := remove(tx, id, &left, &r); err != nil {
				return err
			}
		}
		more = more || left <= 0
		return nil
	})
	return r, more, err
}

// remove deletes rows of a run as long as any are left to be deleted; the run itself
// last, and with it what there is little of: questions, signals, timers.
func remove(tx *gorm.DB, id string, left *int64, r *Removed) error {
	for _, part := range []struct {
		statement string
		count     *int64
	}{
		{`DELETE FROM cassettes WHERE run_id = ? AND (step_key, attempt) IN (SELECT step_key, attempt FROM cassettes WHERE run_id = ? LIMIT ?)`, &r.Cassettes},
		{`DELETE FROM journal WHERE run_id = ? AND seq IN (SELECT seq FROM journal WHERE run_id = ? ORDER BY seq LIMIT ?)`, &r.Journal},
	} {
		done := tx.Exec(part.statement, id, id, *left)
		if done.Error != nil {
			return done.Error
		}
		*part.count += done.RowsAffected
		if *left -= done.RowsAffected; *left <= 0 {
			return nil // it may have more
		}
	}
	done := tx.Exec(`DELETE FROM runs WHERE id = ?`, id)
	r.Runs += done.RowsAffected
	*left--
	return done.Error
}

// Chore takes a piece of work for a while that one server does for all, where it was not
// done for so long and nobody is at it. Who has taken it may take it again, to go on.
func (s *Store) Chore(ctx context.Context, name, holder string, every, hold time.Duration) (bool, error) {
	now := s.dialect.now
	done := s.write.WithContext(ctx).Exec(`INSERT INTO chores (name, holder, held_until, done_at) VALUES (?, ?, `+now+` + ?, 0)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
		WHERE chores.holder = excluded.holder AND chores.held_until >= `+now+` OR chores.held_until < `+now+` AND chores.done_at <= `+now+` - ?`,
		name, holder, hold.Microseconds(), every.Microseconds())
	return done.RowsAffected == 1, done.Error
}

// ErrNotHeld says that another server has a chore meanwhile.
var ErrNotHeld = errors.New("another server does this meanwhile")

// ChoreDone gives back a chore that is done.
func (s *Store) ChoreDone(ctx context.Context, name, holder string) error {
	done := s.write.WithContext(ctx).Exec(`UPDATE chores SET held_until = 0, done_at = `+s.dialect.now+` WHERE name = ? AND holder = ?`, name, holder)
	if done.Error == nil && done.RowsAffected == 0 {
		return ErrNotHeld
	}
	return done.Error
}
