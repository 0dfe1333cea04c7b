package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// codeFiles lists the compiled code in a folder.
func codeFiles(t *testing.T, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(folder, "wazero-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestCompiledCodeIsKept compiles a module once for all starts, and again where
// its code is gone, also from under a running server.
func TestCompiledCodeIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "compiled")
	code := connector(t, guest(sound).bytes(), manifest("guest"))
	open := func() rig {
		return startWith(t, [][]byte{code}, func(o *sandbox.Options) { o.CacheDir, o.Idle = folder, 50*time.Millisecond })
	}
	answers := func(r rig) {
		t.Helper()
		if res := invoke(t, r, call("echo", `{}`)); res.Error != nil {
			t.Fatal(res.Error)
		}
	}
	r := open()
	answers(r)
	files := codeFiles(t, folder)
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	answers(open())
	if info, err := os.Stat(files[0]); err != nil || info.ModTime().After(old.Add(time.Minute)) {
		t.Errorf("a later start compiled again: %v", err)
	}
	await(t, "the child has stopped", func() bool { return r.Stats().Children == 0 })
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	answers(r)
	if again := codeFiles(t, folder); len(again) != 1 || again[0] != files[0] {
		t.Errorf("files %v", again)
	}
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	answers(open())
	left, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), "new-") {
			t.Errorf("%s is left over", e.Name())
		}
	}
}

// TestTheRunnerStartsWhileAnotherCompiles: the process that runs a module is there before the
// module is compiled, and stays until it is called, however soon unused ones are stopped.
func TestTheRunnerStartsWhileAnotherCompiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "compiled")
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, [][]byte{connector(t, code, manifest("guest"))}, func(o *sandbox.Options) { o.CacheDir, o.Idle = folder, 50*time.Millisecond })
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if res, err := r.Invoke(t.Context(), call("echo", `{}`)); err != nil || res.Error != nil {
			t.Error(err, res.Error)
		}
	}()
	runners := map[int]bool{}
	await(t, "it runs before it is compiled", func() bool {
		for _, pid := range r.Stats().PIDs {
			runners[pid] = true
		}
		return len(runners) > 0 && len(codeFiles(t, folder)) == 0
	})
	await(t, "it answers", func() bool {
		for _, pid := range r.Stats().PIDs {
			runners[pid] = true
		}
		select {
		case <-answered:
			return true
		default:
			return false
		}
	})
	if len(runners) != 1 {
		t.Errorf("%d processes were started for one call", len(runners))
	}
}

// TestCloseEndsCompiling closes a sandbox while a child compiles: nothing of it is
// left running, or writing.
func TestCloseEndsCompiling(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "compiled")
	code, err := guestWasm()
	if err != nil {
		t.Fatal(err)
	}
	r := startWith(t, [][]byte{connector(t, code, manifest("guest"))}, func(o *sandbox.Options) { o.CacheDir = folder })
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = r.Invoke(t.Context(), call("echo", `{}`))
	}()
	await(t, "a child compiles", func() bool {
		list, err := filepath.Glob(filepath.Join(folder, "new-*", "wazero-*"))
		return err == nil && len(list) > 0
	})
	begun := time.Now()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	<-answered
	if left, err := filepath.Glob(filepath.Join(folder, "new-*")); err != nil || len(left) > 0 {
		t.Errorf("left over after %v: %v %v", time.Since(begun), left, err)
	}
}
