package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/store/storetest"
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		folder := t.TempDir()
		return func(t *testing.T) *store.Store {
			t.Helper()
			s, err := store.Open(t.Context(), store.Options{Folder: folder})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
	})
}

// TestWhatCannotBeReadIsNotGone keeps a run's last event apart from one that isn't there: who
// called the run would take it for failed.
func TestWhatCannotBeReadIsNotGone(t *testing.T) {
	folder := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	first := storetest.First(uuid.NewString())
	first.Events[0].Output = strings.Repeat("x", 1<<20) // more than a row holds
	if told := storetest.Append(t, s, first); told.Err != nil {
		t.Fatal(told.Err)
	}
	removed := 0
	_ = filepath.WalkDir(filepath.Join(folder, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && os.Remove(path) == nil {
			removed++
		}
		return nil
	})
	if removed == 0 {
		t.Fatal("no blob was written")
	}
	if _, err := s.Last(t.Context(), first.RunID); err == nil || errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a last event that can't be read: %v", err)
	}
	if _, err := s.Last(t.Context(), uuid.NewString()); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a run that isn't there: %v", err)
	}
}
