// Package store keeps everything in a SQL database, SQLite or PostgreSQL, by GORM but
// for the journal's committers, and large values by their content.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/migrations"
	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// Store is an open database with its blobs.
type Store struct {
	dialect *dialect
	// write is GORM on the connections that write; on SQLite that is one, and the
	// committer shares it.
	write *gorm.DB
	// read is GORM on connections that can't write.
	read  *gorm.DB
	sqls  []*sql.DB
	blobs Blobs

	committers []*committer
	recorder   *recorder
	// pastKeys says that there are keys of events whose runs left.
	pastKeys  atomic.Bool
	changed   func()
	committed func(Commit)
	inDoubt   atomic.Int64
	logger    *slog.Logger
}

// Options say where a store lies.
type Options struct {
	// Folder holds the SQLite database and the blobs. It is made where it is missing,
	// for its owner alone.
	Folder string
	// Database is the address of a PostgreSQL database (postgres://…), which several
	// servers may share; where it is empty, the store is SQLite in Folder.
	Database string
	// Changed is called after each change that the audit log tells of; nil is nobody.
	Changed func()
	// Committed is told of each transaction of journals; nil is nobody.
	Committed func(Commit)
	Logger    *slog.Logger
}

// Commit is a transaction of journals: its rows, how long it took, and whether it failed
// or is in doubt.
type Commit struct {
	Rows   int
	Took   time.Duration
	Failed bool
}

// Open opens a store, bringing its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Committed == nil {
		o.Committed = func(Commit) {}
	}
	s := &Store{logger: o.Logger, changed: o.Changed, committed: o.Committed}
	var err error
	if o.Database == "" {
		err = s.openSQLite(ctx, o.Folder)
	} else {
		err = s.openPostgres(ctx, o.Database)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if s.recorder, err = startRecorder(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func migrate(ctx context.Context, d *dialect, as goose.Dialect, db *sql.DB, options ...goose.ProviderOption) error {
	files, err := migrations.Dialect(d.name)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(as, db, files, options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// Shared says whether other servers may work on the database too.
func (s *Store) Shared() bool { return s.dialect.alone != "" }

// InDoubt is the number of batches of which it isn't known whether they were committed.
func (s *Store) InDoubt() int { return int(s.inDoubt.Load()) }

// Blobs are the store's large values.
func (s *Store) Blobs() Blobs { return s.blobs }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.sqls[0].PingContext(ctx) }

// Close writes what is queued and closes the database.
func (s *Store) Close() error {
	if s.recorder != nil {
		s.recorder.stop()
	}
	for _, c := range s.committers {
		c.stop()
	}
	err := s.closeDatabases()
	if s.blobs != nil {
		err = errors.Join(err, s.blobs.Close())
	}
	return err
}

// alone does work in a transaction beside which no other such transaction is at work,
// on any server: what it reads is what there is until it ends.
func (s *Store) alone(ctx context.Context, work func(tx *gorm.DB) error) error {
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if s.dialect.alone != "" {
			if err := tx.Exec(s.dialect.alone).Error; err != nil {
				return err
			}
		}
		return work(tx)
	})
}

// Append implements [engine.Journal].
func (s *Store) Append(b *engine.Batch, done func(engine.Appended)) {
	if b.Create != nil {
		past, err := s.pastRun(context.Background(), b.Create.IngestKey) //nolint:forbidigo // a start that was begun is answered
		if err != nil {
			go done(unavailable(err))
			return
		}
		if past != "" {
			go done(engine.Appended{Existing: past})
			return
		}
	}
	s.committers[place16(b.RunID)%len(s.committers)].append(b, done)
}

// place16 spreads ids over committers; a run always has the same.
func place16(id string) int {
	sum := 0
	for i := range len(id) {
		sum = (sum*31 + int(id[i])) & 0xffff
	}
	return sum
}

// micro is how times are kept: Unix microseconds, 0 for none.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicro(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
