// Package text_test holds what is kept of the connector text to its source: the
// module lies in the repository, so that a build needs no Rust.
package text_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

var update = flag.Bool("update", false, "write the digests of the source and the module as they are")

const (
	module = "text.wasm"
	sums   = "text.sum"
	// compiler made the module. Another makes other bytes of the same source.
	compiler = "rustc 1.63.0"
)

// sources are what the module is made of: this crate and the SDK.
var sources = []string{"Cargo.toml", "Cargo.lock", "icon.svg", "src", "sdk/Cargo.toml", "sdk/src"}

// TestModuleIsOfThisSource fails where the source was changed and not built.
func TestModuleIsOfThisSource(t *testing.T) {
	got := fmt.Sprintf("source %s\nmodule %s\n", sourceDigest(t), digest(t, module))
	if *update {
		if err := os.WriteFile(sums, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s has\n%swhile the files have\n%sbuild it with %s: make rust", sums, want, got, compiler)
	}
}

// TestModuleIsBuiltAgain compiles the source, where this compiler is, and compares
// every byte.
func TestModuleIsBuiltAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles Rust; not in short mode")
	}
	if why := noCompiler(t); why != "" {
		t.Skip(why)
	}
	out := filepath.Join(t.TempDir(), module)
	cmd := exec.CommandContext(t.Context(), "go", "run", "../../server/cmd/drawbridge", "plugin", "build", ".", "--out", out)
	cmd.Env = append(os.Environ(), "CARGO_TARGET_DIR="+t.TempDir()) // nothing made before
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	if digest(t, out) != digest(t, module) {
		t.Errorf("%s is not what its source makes: build it with %s: make rust", module, compiler)
	}
}

// noCompiler says why the module can't be built here, "" if it can.
func noCompiler(t *testing.T) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		rustc := filepath.Join(dir, "rustc")
		version, err := exec.CommandContext(t.Context(), rustc, "--version").Output()
		if err != nil || strings.TrimSpace(string(version)) != compiler {
			continue
		}
		root, err := exec.CommandContext(t.Context(), rustc, "--print", "sysroot").Output()
		if err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(root)), "lib/rustlib/wasm32-wasi")); err == nil {
			return ""
		}
	}
	return compiler + " with the target wasm32-wasi is not here (Debian 12: apt-get install cargo libstd-rust-dev-wasm32 lld)"
}

// TestExamples runs the examples of the manifest in the sandbox.
func TestExamples(t *testing.T) {
	runner := sdktest.Sandbox(t, module)
	file, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	list, err := catalog.ReadManifests(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list[0].Actions {
		for _, e := range a.Examples {
			t.Run(a.ID+"/"+e.Name, func(t *testing.T) {
				answer := run(t, runner, a.ID, e.Input)
				for _, difference := range sdktest.CheckExample(e, answer.Output, answer.Error) {
					t.Error(difference)
				}
			})
		}
	}
}

// TestNumbersKeepTheirDigits sends ids through that no float holds, which an
// example can't show because it is compared by value.
func TestNumbersKeepTheirDigits(t *testing.T) {
	input := `{"json":"{\"id\": 12345678901234567890, \"price\": 1.50}","fields":{"id":"id","price":"price"}}`
	answer := run(t, sdktest.Sandbox(t, module), "pick", json.RawMessage(input))
	if want := `"values":{"id":12345678901234567890,"price":1.50}`; !strings.Contains(string(answer.Output), want) {
		t.Errorf("the answer is %s, want %s", answer.Output, want)
	}
}

// TestLargeTexts reads megabytes, which come as blobs, within the memory that the
// actions may use.
func TestLargeTexts(t *testing.T) {
	runner := sdktest.Sandbox(t, module)
	csv := "host,note\n" + strings.Repeat("host.example,\"some words, in quotes\"\n", 100_000)
	for action, input := range map[string]map[string]any{
		"csv_parse": {"text": csv, "limit": 20000},
		"lines":     {"text": csv, "unique": true},
		"pick":      {"json": `{"list":[` + strings.Repeat(`{"a":1,"b":"some text"},`, 50_000) + `{}]}`, "fields": map[string]string{"a": "list[?b!='some text']"}},
	} {
		raw, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		if answer := run(t, runner, action, raw); answer.Error != nil {
			t.Errorf("%s: %v", action, answer.Error)
		}
	}
}

func run(t *testing.T, runner sdktest.Runner, action string, input json.RawMessage) abi.Answer {
	t.Helper()
	request, err := json.Marshal(abi.Request{Connector: "text", Action: action, Input: input, Run: abi.Run{ID: "run", Step: "test", Attempt: 1, Key: "key"}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := runner.Run(t.Context(), request, sdktest.NewHost())
	if err != nil {
		t.Fatal(err)
	}
	var answer abi.Answer
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// sourceDigest is the digest of a list of the files, each with its digest.
func sourceDigest(t *testing.T) string {
	t.Helper()
	var list []string
	for _, root := range sources {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				list = append(list, digest(t, path)+"  "+filepath.ToSlash(path)+"\n")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	sum := sha256.Sum256([]byte(strings.Join(list, "")))
	return hex.EncodeToString(sum[:])
}

func digest(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Ext(path) != ".wasm" {
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")) // a checkout on Windows
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
