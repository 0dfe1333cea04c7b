package app_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// meddled is a store where something happens before a document is kept.
type meddled struct {
	*store.Store
	before func(ctx context.Context) error
}

func (m *meddled) KeepDocument(ctx context.Context, digest string, content []byte) error {
	if err := m.before(ctx); err != nil {
		return err
	}
	return m.Store.KeepDocument(ctx, digest, content)
}

// TestPinIsKeptFirst asks for a flow while it is being pinned: nobody gets it
// before it is kept.
func TestPinIsKeptFirst(t *testing.T) {
	h := open(t, t.TempDir())
	content := file(t, "answer")
	digest := library.Digest(content)
	v := &meddled{Store: h.server.Store}
	l, err := library.New(h.server.Store, v, h.server.Store, h.server.Catalog, make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	flows := app.NewFlows(l, h.server.Catalog)
	v.before = func(ctx context.Context) error {
		if _, err := flows.Flow(ctx, digest); !errors.Is(err, library.ErrNotFound) {
			t.Errorf("before it is kept: %v", err)
		}
		return nil
	}
	pinned, err := flows.Pin(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	if known, err := flows.Flow(t.Context(), digest); err != nil || known != pinned {
		t.Errorf("afterwards: %v", err)
	}
}
