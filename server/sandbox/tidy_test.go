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

// TestTidyForgetsCode removes the code that no start has used for long, and that which no
// mark names; what a start uses stays for another month.
func TestTidyForgetsCode(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "compiled")
	code := connector(t, guest(sound).bytes(), manifest("guest"))
	open := func() rig {
		return startWith(t, [][]byte{code}, func(o *sandbox.Options) { o.CacheDir = folder })
	}
	marks := func() []string {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(folder, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	age := func(path string, days int) {
		t.Helper()
		at := time.Now().Add(-time.Duration(days) * 24 * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	open().CompileAhead(t.Context())
	if len(marks()) != 1 || len(codeFiles(t, folder)) != 1 {
		t.Fatalf("marks %v, code %v", marks(), codeFiles(t, folder))
	}
	unnamed := filepath.Join(filepath.Dir(codeFiles(t, folder)[0]), "unnamed")
	young := unnamed + "-young"
	for _, path := range []string{unnamed, young} {
		if err := os.WriteFile(path, []byte("code"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(unnamed, 1)
	age(codeFiles(t, folder)[0], 90)
	age(marks()[0], 29)
	open().CompileAhead(t.Context()) // which uses it
	if _, err := os.Stat(unnamed); !os.IsNotExist(err) {
		t.Errorf("code without a mark is still there: %v", err)
	}
	if err := os.Remove(young); err != nil {
		t.Errorf("code whose mark is yet to come: %v", err)
	}
	age(codeFiles(t, folder)[0], 90)
	open()
	if len(marks()) != 1 || len(codeFiles(t, folder)) != 1 {
		t.Errorf("what was used lately: marks %v, code %v", marks(), codeFiles(t, folder))
	}
	age(marks()[0], 31)
	open()
	if len(marks()) != 0 || len(codeFiles(t, folder)) != 0 {
		t.Errorf("what nobody uses: marks %v, code %v", marks(), codeFiles(t, folder))
	}
}
