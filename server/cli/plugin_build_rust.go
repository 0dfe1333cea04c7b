package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// rustTargets are the names of WASI preview 1 for Rust, the newer one first.
var rustTargets = []string{"wasm32-wasip1", "wasm32-wasi"}

// cargoFile is what makes a folder one of Rust.
const cargoFile = "Cargo.toml"

// isRust says whether a folder is a crate.
func isRust(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, cargoFile))
	return err == nil
}

// buildRust makes a connector file of a folder in Rust. The module itself tells
// its manifest, in the sandbox, so that cargo runs once.
func buildRust(ctx context.Context, dir string, log io.Writer) ([]byte, []abi.Manifest, error) {
	rust, err := findRust(ctx)
	if err != nil {
		return nil, nil, errToolchain{err}
	}
	code, err := rust.compile(ctx, dir, log)
	if err != nil {
		return nil, nil, err
	}
	raw, list, err := askManifest(ctx, code, log)
	if err != nil {
		return nil, nil, err
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, raw)
	return file, list, err
}

// rustToolchain is a cargo with a compiler that knows a target of ours.
type rustToolchain struct {
	cargo, rustc string
	target       string
}

// findRust looks through the search path: a machine may have several toolchains,
// and the first of them no WebAssembly.
func findRust(ctx context.Context) (*rustToolchain, error) {
	var without []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		cargo, errCargo := exec.LookPath(filepath.Join(dir, "cargo"))
		rustc, errRustc := exec.LookPath(filepath.Join(dir, "rustc"))
		if dir == "" || errCargo != nil || errRustc != nil {
			continue
		}
		root, err := exec.CommandContext(ctx, rustc, "--print", "sysroot").Output() //nolint:gosec // of the user's own path
		if err != nil {
			continue
		}
		for _, target := range rustTargets {
			if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(root)), "lib", "rustlib", target, "lib")); err == nil { //nolint:gosec // what the user's own compiler says
				return &rustToolchain{cargo, rustc, target}, nil
			}
		}
		without = append(without, rustc)
	}
	if len(without) == 0 {
		return nil, errors.New("cargo and rustc are not found: to build a connector in Rust install them with the target wasm32-wasip1 (on Debian: apt-get install cargo libstd-rust-dev-wasm32 lld)")
	}
	return nil, fmt.Errorf("%s can't compile to WebAssembly: add the target (rustup target add wasm32-wasip1; on Debian: apt-get install libstd-rust-dev-wasm32 lld)", strings.Join(without, " and "))
}

// compile runs cargo, offline: its messages go to log, with file and line.
func (r *rustToolchain) compile(ctx context.Context, dir string, log io.Writer) ([]byte, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	manifest, err := os.ReadFile(filepath.Join(root, cargoFile))
	if err != nil {
		return nil, err
	}
	var messages bytes.Buffer
	cmd := exec.CommandContext(ctx, r.cargo, "build", "--release", "--offline", "--lib", "--target", r.target, "--message-format", "json-render-diagnostics") //nolint:gosec // fixed arguments
	cmd.Dir = root
	cmd.Env = append(os.Environ(), r.environment(root, string(manifest))...)
	cmd.Stdout, cmd.Stderr = &messages, log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("the connector in %s does not compile to WebAssembly (cargo build, what it says stands above): %w", dir, err)
	}
	module := builtModule(&messages)
	if module == "" {
		return nil, invalid(fmt.Errorf("%s: it makes no module: put crate-type = [\"cdylib\"] below [lib]", filepath.Join(dir, cargoFile)))
	}
	return os.ReadFile(module)
}

// environment makes the module small, and its bytes the same wherever the folder
// lies: messages of panics hold paths. What the author's own profile says of the
// level of optimisation holds.
func (r *rustToolchain) environment(root, manifest string) []string {
	flags := strings.Fields(os.Getenv("RUSTFLAGS"))
	flags = append(flags, "--remap-path-prefix="+root+"=.", "-Clink-arg=-zstack-size=262144", "-Ctarget-feature=+bulk-memory")
	env := []string{
		"RUSTC=" + r.rustc, "CARGO_ENCODED_RUSTFLAGS=" + strings.Join(flags, "\x1f"), "CARGO_INCREMENTAL=0",
		"CARGO_PROFILE_RELEASE_LTO=fat", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1", "CARGO_PROFILE_RELEASE_PANIC=abort",
		"CARGO_PROFILE_RELEASE_STRIP=symbols", "CARGO_PROFILE_RELEASE_DEBUG=0",
	}
	if !strings.Contains(manifest, "opt-level") {
		env = append(env, "CARGO_PROFILE_RELEASE_OPT_LEVEL=s")
	}
	return env
}

// builtModule finds the module in what cargo tells: that of the last crate.
func builtModule(messages io.Reader) string {
	module := ""
	for d := json.NewDecoder(messages); ; {
		var m struct {
			Reason    string   `json:"reason"`
			Filenames []string `json:"filenames"`
		}
		if d.Decode(&m) != nil {
			return module
		}
		for _, f := range m.Filenames {
			if m.Reason == "compiler-artifact" && strings.HasSuffix(f, ".wasm") {
				module = f
			}
		}
	}
}
