package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// age makes a blob as old as if it had been written long ago.
func (s *Store) age(t *testing.T, id string) {
	t.Helper()
	long := time.Now().Add(-48 * time.Hour)
	var err error
	switch b := s.blobs.(type) {
	case *fileBlobs:
		err = b.root.Chtimes(id[:2]+"/"+id[2:], long, long)
	default:
		err = s.write.Model(&blobRow{}).Where("id = ?", id).Update("created_at", micro(long)).Error
	}
	_ = err // it was removed meanwhile
}

// TestBlobsAreCollectedBesideWriters writes the same values that are removed, again and
// again: who has just written one finds it.
func TestBlobsAreCollectedBesideWriters(t *testing.T) {
	for name, options := range map[string]func(t *testing.T) Options{
		"sqlite":   func(t *testing.T) Options { return Options{Folder: t.TempDir()} },
		"postgres": func(t *testing.T) Options { return Options{Folder: t.TempDir(), Database: testkit.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), options(t))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, stop := context.WithCancel(t.Context())
			removed := 0
			var collector, writers sync.WaitGroup
			collector.Go(func() {
				for ctx.Err() == nil {
					done, err := s.CollectBlobs(t.Context(), time.Now().Add(-24*time.Hour), func(time.Time) error { return nil })
					if err != nil {
						t.Error(err)
					}
					removed += done.Removed
				}
			})
			for w := range 4 {
				writers.Go(func() {
					for i := range 150 {
						text := []byte(fmt.Sprint("value ", w, " ", i%3))
						id, err := s.blobs.Put(t.Context(), text)
						if err != nil {
							t.Error(err)
							return
						}
						if _, err := s.blobs.Read(t.Context(), id, 100); err != nil {
							t.Errorf("a value that was written a moment ago: %v", err)
						}
						s.age(t, id)
					}
				})
			}
			writers.Wait()
			stop()
			collector.Wait()
			if removed == 0 {
				t.Error("nothing was removed beside the writers")
			}
		})
	}
}
