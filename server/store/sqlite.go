package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"modernc.org/sqlite"
)

// FileName is the database's file in its folder, where it is SQLite.
const FileName = "drawbridge.db"

// pragmas of each connection: durable to the disk at every commit, no memory
// mapping (a full disk would end the process), waits for a lock instead of failing. The
// log grows to 8 MiB before it is copied back: runs change the same pages, so that more
// costs less, but whoever commits then waits for the copying, so that more waits longer.
const pragmas = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=mmap_size(0)&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(2000)&_pragma=temp_store(MEMORY)"

// readers is how many connections read at once.
const readers = 4

// openSQLite opens the database of a folder: one connection writes, others read.
func (s *Store) openSQLite(ctx context.Context, folder string) error {
	s.dialect = sqliteDialect
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	file := filepath.Join(folder, FileName)
	if err := s.connectSQLite(ctx, file); err != nil {
		return fmt.Errorf("database %s: %w", file, err)
	}
	blobs, err := OpenBlobs(filepath.Join(folder, "blobs"))
	if err != nil {
		return err
	}
	s.blobs = blobs
	c, err := startCommitter(ctx, &committer{db: s.sqls[0], read: s.sqls[1], dialect: s.dialect, blobs: s.blobs, committed: s.committed, inDoubt: &s.inDoubt})
	if err != nil {
		return err
	}
	s.committers = append(s.committers, c)
	return nil
}

func (s *Store) connectSQLite(ctx context.Context, file string) error {
	// As durable as fsync, which also writes when the file was changed. Where the system
	// has none it stays with that.
	_, _ = sqlite.Fdatasync(true)
	write, err := s.openPool(sqliteDialector{"file:" + file + "?_txlock=immediate&" + pragmas}, 1)
	if err != nil {
		return err
	}
	s.write = write
	if err := migrate(ctx, s.dialect, goose.DialectSQLite3, s.sqls[0]); err != nil {
		return err
	}
	s.read, err = s.openPool(sqliteDialector{"file:" + file + "?" + pragmas + "&_pragma=query_only(1)"}, readers)
	return err
}

// openPool opens GORM on connections of its own.
func (s *Store) openPool(d gorm.Dialector, connections int) (*gorm.DB, error) {
	db, err := gorm.Open(d, &gorm.Config{
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
	limit(pool, connections)
	s.sqls = append(s.sqls, pool)
	return db, nil
}

func limit(pool *sql.DB, connections int) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
}

func (s *Store) closeDatabases() error {
	var errs []error
	for i := len(s.sqls) - 1; i >= 0; i-- {
		errs = append(errs, s.sqls[i].Close())
	}
	return errors.Join(errs...)
}
