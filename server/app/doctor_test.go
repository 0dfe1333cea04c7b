package app_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
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
