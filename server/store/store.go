// Package store keeps everything in a SQL database, by GORM but for the journal's
// committer, and large values in content-addressed files.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/drawbridge-soar/drawbridge/migrations"
)

// Store is an open database with its blobs.
type Store struct {
	// write is GORM on the one connection that writes; the committer shares it.
	write *gorm.DB
	// read is GORM on connections that can't write.
	read  *gorm.DB
	sqls  []*sql.DB
	blobs *Blobs

	committer *committer
	logger    *slog.Logger
}

// Options say where a store lies.
type Options struct {
	// Folder holds the database file and the blobs. It is made where it is missing,
	// for its owner alone.
	Folder string
	Logger *slog.Logger
}

// pragmas of each connection: durable to the disk at every commit, no memory
// mapping (a full disk would end the process), waits for a lock instead of failing.
const pragmas = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=mmap_size(0)&_pragma=cache_size(-8000)&_pragma=temp_store(MEMORY)"

// readers is how many connections read at once.
const readers = 4

// Open opens the store of a folder, bringing its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(o.Folder, "drawbridge.db")
	s := &Store{logger: o.Logger}
	if err := s.open(ctx, file); err != nil {
		return nil, errors.Join(fmt.Errorf("database %s: %w", file, err), s.closeDatabases())
	}
	blobs, err := OpenBlobs(filepath.Join(o.Folder, "blobs"))
	if err != nil {
		return nil, errors.Join(err, s.closeDatabases())
	}
	s.blobs = blobs
	s.committer, err = startCommitter(ctx, s.sqls[0], s.blobs)
	if err != nil {
		return nil, errors.Join(err, s.closeDatabases())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, file string) error {
	var err error
	if s.write, err = s.connect("file:"+file+"?_txlock=immediate&"+pragmas, 1); err != nil {
		return err
	}
	if err := migrate(ctx, s.sqls[0]); err != nil {
		return err
	}
	s.read, err = s.connect("file:"+file+"?"+pragmas+"&_pragma=query_only(1)", readers)
	return err
}

func (s *Store) connect(dsn string, connections int) (*gorm.DB, error) {
	db, err := gorm.Open(sqlite.Open(dsn), &gorm.Config{
		SkipDefaultTransaction: true, // transactions are named where they are needed
		TranslateError:         true,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC() },
	})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	s.sqls = append(s.sqls, pool)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := migrations.Dialect("sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the schema up to date: %w", err)
	}
	return nil
}

// Blobs are the store's large values.
func (s *Store) Blobs() *Blobs { return s.blobs }

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.sqls[0].PingContext(ctx) }

// Close writes what is queued and closes the database.
func (s *Store) Close() error {
	s.committer.stop()
	return errors.Join(s.closeDatabases(), s.blobs.Close())
}

func (s *Store) closeDatabases() error {
	var errs []error
	for i := len(s.sqls) - 1; i >= 0; i-- {
		errs = append(errs, s.sqls[i].Close())
	}
	return errors.Join(errs...)
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
