package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/drawbridge-soar/drawbridge/server/cli"
)

// TestRustScripts builds connectors in Rust, where that can be done.
func TestRustScripts(t *testing.T) {
	if err := cli.RustMissing(t.Context()); err != nil {
		t.Skip(err)
	}
	repo, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/rust",
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, "REPO="+repo, "XDG_CACHE_HOME="+filepath.Join(e.WorkDir, ".cache"), "RUSTUP_HOME="+rustup(t))
			return nil
		},
	})
}

// rustup is where toolchains lie that it manages. A script has another home.
func rustup(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("RUSTUP_HOME"); dir != "" {
		return dir
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(home, ".rustup")
}

// TestRustToolchain sees that a machine without Rust, or with one that can't make
// WebAssembly, is told what to install.
func TestRustToolchain(t *testing.T) {
	crate := t.TempDir()
	write(t, filepath.Join(crate, "Cargo.toml"), "[package]\n", 0o644)
	build := func() string {
		var out, log bytes.Buffer
		if code := cli.Run([]string{"plugin", "build", crate}, strings.NewReader(""), &out, &log); code != 1 {
			t.Errorf("exit code %d", code)
		}
		return log.String()
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if says := build(); !strings.Contains(says, "cargo and rustc are not found") || !strings.Contains(says, "wasm32-wasip1") {
		t.Errorf("without Rust it says %q", says)
	}
	root := t.TempDir()
	write(t, filepath.Join(bin, "cargo"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(bin, "rustc"), "#!/bin/sh\necho "+root+"\n", 0o755)
	if says := build(); !strings.Contains(says, "can't compile to WebAssembly") || !strings.Contains(says, "rustup target add wasm32-wasip1") {
		t.Errorf("without the target it says %q", says)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
