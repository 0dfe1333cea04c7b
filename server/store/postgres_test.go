package store_test

import (
	"testing"

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
