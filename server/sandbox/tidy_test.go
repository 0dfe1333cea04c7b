package sandbox_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// TestTidyLeavesOthersAlone opens a folder of compiled code in which an earlier
// process was interrupted, and another compiles now.
func TestTidyLeavesOthersAlone(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	interrupted, working := filepath.Join(folder, "new-1"), filepath.Join(folder, "new-2")
	for _, dir := range []string{interrupted, working} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(interrupted, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	startWith(t, nil, func(o *sandbox.Options) { o.CacheDir = folder })
	if _, err := os.Stat(interrupted); !os.IsNotExist(err) {
		t.Errorf("what was interrupted is still there: %v", err)
	}
	if _, err := os.Stat(working); err != nil {
		t.Errorf("what another process works in: %v", err)
	}
}
