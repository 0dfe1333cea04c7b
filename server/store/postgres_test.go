package store_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/store/storetest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		address := testkit.Database(t)
		return func(t *testing.T) *store.Store { return openPostgres(t, address) }
	})
}

func openPostgres(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Database: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestPostgresAway says that the database can't be reached, whatever is asked, and goes
// on once it can be.
func TestPostgresAway(t *testing.T) {
	cluster := testkit.Cluster(t)
	s := openPostgres(t, cluster.Fresh(t))
	ask := map[string]func() error{
		"a row":    func() error { _, err := s.Record(t.Context(), "r"); return ignore(err, engine.ErrNotFound) },
		"a number": func() error { _, err := s.Called(t.Context(), "r", 1); return err },
		"a list":   func() error { _, _, err := s.Runs(t.Context(), store.RunFilter{Limit: 1}); return err },
		"a change": func() error { return s.Note(t.Context(), store.Change{Action: "test"}) },
		"a batch":  func() error { return storetest.Append(t, s, storetest.First(uuid.NewString())).Err },
		"a blob":   func() error { _, err := s.Blobs().Put(t.Context(), []byte("blob")); return err },
	}
	for name, do := range ask {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	cluster.Stop()
	for name, do := range ask {
		for range 2 { // over the connection that is lost, and over none
			if err := do(); !errors.Is(err, engine.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, do := range ask {
		for try := 0; ; try++ {
			err := do()
			if err == nil {
				break
			}
			if try > 20 {
				t.Fatalf("%s, once the database is back: %v", name, err)
			}
		}
	}
}

func ignore(err, which error) error {
	if errors.Is(err, which) {
		return nil
	}
	return err
}
