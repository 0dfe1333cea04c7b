package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// TestExamine finds a sound house sound, and says what is wrong with others.
func TestExamine(t *testing.T) {
	needsConnectors(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	if err := os.Chmod(h.data, 0o700); err != nil {
		t.Fatal(err)
	}
	h.start(t)()
	for _, f := range app.Examine(t.Context(), app.Examined{Location: app.Location{Data: h.data}}) {
		if !f.OK {
			t.Errorf("%s: %s", f.Name, f.Detail)
		}
	}
	if err := os.Chmod(h.data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.data, "drawbridge.db"), []byte("not a database, however long it is"), 0o600); err != nil {
		t.Fatal(err)
	}
	sick := map[string]bool{}
	for _, f := range app.Examine(t.Context(), app.Examined{Location: app.Location{Data: h.data}}) {
		sick[f.Name] = !f.OK
	}
	if !sick["data folder"] || !sick["store"] || sick["sandbox"] {
		t.Errorf("%v", sick)
	}
}

// TestExamineShared tells whether what servers share can be reached.
func TestExamineShared(t *testing.T) {
	nats := testkit.NewNATS(t)
	e := app.Examined{Location: app.Location{Data: t.TempDir(), Database: testkit.Database(t)}, NATS: nats.Address()}
	look := func() map[string]app.Finding {
		found := map[string]app.Finding{}
		for _, f := range app.Examine(t.Context(), e) {
			found[f.Name] = f
		}
		return found
	}
	found := look()
	if store := found["store"]; !store.OK || !strings.Contains(store.Detail, "PostgreSQL") {
		t.Errorf("%+v", store)
	}
	if !found["nats"].OK {
		t.Errorf("%+v", found["nats"])
	}
	nats.Stop()
	e.Database = "postgres://drawbridge:hidden-password@127.0.0.1:1/none"
	found = look()
	for _, name := range []string{"store", "nats"} {
		if f := found[name]; f.OK || strings.Contains(f.Detail, "hidden-password") {
			t.Errorf("%+v", f)
		}
	}
	nats.Start(t) // it is stopped with the test
}
