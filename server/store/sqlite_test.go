package store_test

import (
	"testing"

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
