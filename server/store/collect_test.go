package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
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

// onBoth tests with either kind of store.
func onBoth(t *testing.T, test func(t *testing.T, s *Store)) {
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
			test(t, s)
		})
	}
}

// TestBlobsAreCollectedBesideWriters writes the same values that are removed, again and
// again: who has just written one finds it.
func TestBlobsAreCollectedBesideWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
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

// TestAttachedAgain attaches what nothing named any more, as a step does with a file that it
// read of a case: it stays, however old it is.
func TestAttachedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		w := cases.NewService(s, s, time.Now, func(string) {})
		w.KeepFiles(s.CaseFiles(), 0)
		by := cases.Actor{Name: "server", Kind: "system"}
		title := "One"
		if _, err := w.Open(t.Context(), by, cases.Opening{Edit: cases.Edit{Title: &title}}); err != nil {
			t.Fatal(err)
		}
		id, err := s.blobs.Put(t.Context(), []byte("content"))
		if err != nil {
			t.Fatal(err)
		}
		s.age(t, id)
		collecting := func() (done Collected) {
			t.Helper()
			if done, err = s.CollectBlobs(t.Context(), time.Now().Add(-24*time.Hour), func(time.Time) error { return nil }); err != nil {
				t.Fatal(err)
			}
			return done
		}
		_, a, err := w.AttachKept(t.Context(), by, "1", "", "a.txt", id)
		if err != nil {
			t.Fatal(err)
		}
		if done := collecting(); done.Old != 0 {
			t.Errorf("what was attached a moment ago is old: %+v", done)
		}
		if _, err := w.Detach(t.Context(), by, "1", a.ID); err != nil {
			t.Fatal(err)
		}
		s.age(t, id)
		if done := collecting(); done.Removed != 1 {
			t.Errorf("%+v", done)
		}
		if _, _, err := w.AttachKept(t.Context(), by, "1", "", "a.txt", id); !errors.Is(err, cases.ErrNoAttachment) {
			t.Errorf("what was collected is attached: %v", err)
		}
	})
}

// TestFilesAreReadAsTheyAre reads a file where no copy of it could be made first, which would
// keep who asked for it waiting, and take as much disk as whoever asks likes.
func TestFilesAreReadAsTheyAre(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		content := bytes.Repeat([]byte("0123456789"), partSize/4) // two rows, and part of a third
		id, err := s.blobs.Put(t.Context(), content)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("TMPDIR", t.TempDir()+"/none")
		f, size, err := s.CaseFiles().Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); err != nil || size != int64(len(content)) || !bytes.Equal(got, content) {
			t.Errorf("%d of %d bytes came, %v", len(got), size, err)
		}
		if _, _, err := s.CaseFiles().Open(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, cases.ErrNoAttachment) {
			t.Errorf("what is not there: %v", err)
		}
	})
}
