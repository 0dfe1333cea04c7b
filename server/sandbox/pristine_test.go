package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// pristineGuest is a connector whose calls leave behind all that they can.
type pristineGuest struct {
	name  string
	code  func(t *testing.T) []byte
	calls int64 // unless SOAK says how many
	// kinds are the actions in the order in which they are called. Those of slow
	// are called once in so many rounds, and count in their place otherwise.
	kinds []string
	slow  map[string]int64
	// fresh is a part of what a fresh instance answers: without it a guest that
	// does nothing at all would pass.
	fresh map[string]string
}

var pristineGuests = []pristineGuest{
	{
		name: "go", calls: 2000,
		code: func(t *testing.T) []byte {
			code, err := guestWasm()
			if err != nil {
				t.Fatal(err)
			}
			return code
		},
		kinds: strings.Fields("echo count grow count echo grow zero count panic exit outside count hog recurse loop"),
		slow:  map[string]int64{"grow": 2, "zero": 2, "hog": 2, "recurse": 5, "loop": 5},
		fresh: map[string]string{
			"echo": `{"output":{"a":1}}`, "count": `{"output":1}`, "grow": `{"output":[1,1,5]}`, "zero": `{"output":0}`,
			"panic": "boom", "exit": "code 3", "outside": "outside its memory", "hog": "ran out of memory",
			"recurse": "too deeply", "loop": "did not end within its time",
		},
	},
	{
		name: "javascript", calls: 600,
		code: func(t *testing.T) []byte {
			script, err := js.Bundle("testdata/guestjs")
			if err != nil {
				t.Fatal(err)
			}
			return scriptCode(t, string(script.Code))
		},
		kinds: strings.Fields("echo count grow later throw count pollute count zero names leave count never grow echo recurse hog loop"),
		slow:  map[string]int64{"zero": 2, "hog": 2, "loop": 5},
		fresh: map[string]string{
			"echo": `{"output":{"a":1}}`, "count": `{"output":{"count":1,`, "grow": `{"output":{"parts":1,"count":1,"byte":1}}`,
			"later": `{"output":{"input":{"a":1},"calls":1}}`, "zero": `{"output":{"found":0}}`, "names": `{"output":{"names":1000}}`,
			"pollute": `{"output":{"polluted":1}}`, "leave": `{"output":{"calls":1}}`, "throw": "boom at call 1", "never": "never settles",
			"recurse": "stack", "hog": "out of memory", "loop": "did not end within its time",
		},
	},
	{
		name: "rust", calls: 1000,
		code:  rustGuest,
		kinds: strings.Fields("echo count grow count fail grow zero names count panic exit echo count hog recurse names loop"),
		slow:  map[string]int64{"loop": 5},
		fresh: map[string]string{
			"echo": `{"output":{"a":1}}`, "count": `{"output":{"count":1}}`, "grow": `{"output":{"parts":1,"count":1,"byte":5}}`,
			"zero": `{"output":{"found":0}}`, "names": `{"output":{"found":2000}}`, "fail": `"call 1"`, "panic": "boom at call 1",
			"exit": "code 3", "hog": "ran out of memory", "recurse": "out of bounds memory access; the stack", "loop": "did not end within its time",
		},
	},
	{
		name: "c", calls: 1000,
		code:  func(t *testing.T) []byte { return compileC(t, "testdata/guestc", "guest.c") },
		kinds: strings.Fields("echo count grow mark count zero grow mark trap count outside echo count zero hog recurse loop"),
		slow:  map[string]int64{"loop": 5},
		fresh: map[string]string{
			"echo": `{"output":{"a":1}}`, "count": `{"output":[1]}`, "grow": `{"output":[1,1,5]}`, "zero": `{"output":[0]}`,
			"mark": `{"output":[0]}`, "trap": "unreachable", "outside": "outside its memory", "hog": "ran out of memory",
			"recurse": "out of bounds memory access; the stack", "loop": "did not end within its time",
		},
	},
}

// TestPristine mixes calls that count, allocate, grow, fail, crash and never end,
// eight at once: each answers what a fresh instance answers, and what every so
// many leave behind is the image, byte for byte.
func TestPristine(t *testing.T) {
	for _, g := range pristineGuests {
		t.Run(g.name, func(t *testing.T) {
			code := g.code(t)
			staysPristine(t, g, code, freshAnswers(t, g, code))
		})
	}
}

// shortDeadline ends a call that never ends.
const shortDeadline = 30 * time.Millisecond

// freshAnswers are those of an instance of its own for each kind. They are made
// apart from the instances that are compared with them: loading a script notes
// for all instances of its module where its functions lie.
func freshAnswers(t *testing.T, g pristineGuest, code []byte) map[string]string {
	t.Helper()
	b, err := sandbox.NewBare(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(t.Context())
	want := map[string]string{}
	for _, kind := range g.kinds {
		if want[kind] != "" {
			continue
		}
		answer, err := b.Fresh(t.Context(), abi.DefaultPages, timeoutOf(kind, 10*shortDeadline), request(kind))
		want[kind] = outcome(answer, err)
		if g.fresh[kind] == "" || !strings.Contains(want[kind], g.fresh[kind]) {
			t.Fatalf("%s: a fresh instance answers %s, it must have %q", kind, want[kind], g.fresh[kind])
		}
	}
	return want
}

func staysPristine(t *testing.T, g pristineGuest, code []byte, want map[string]string) {
	b, err := sandbox.NewBare(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(t.Context())
	calls := g.calls
	if n, err := strconv.ParseInt(os.Getenv("SOAK"), 10, 64); err == nil {
		calls = n
	}
	var next, looks atomic.Int64
	var mu sync.Mutex
	made := map[string]int64{}
	var workers sync.WaitGroup
	began := time.Now()
	for range 8 {
		workers.Go(func() {
			for n := next.Add(1); n <= calls && !t.Failed(); n = next.Add(1) {
				kind := g.kinds[n%int64(len(g.kinds))]
				if every := g.slow[kind]; every > 0 && n/int64(len(g.kinds))%every != 0 {
					kind = "count"
				}
				answer, looked, intact, err := b.Run(t.Context(), abi.DefaultPages, timeoutOf(kind, shortDeadline), request(kind), n%97 == 0)
				if got := outcome(answer, err); got != want[kind] {
					t.Errorf("call %d, %s: %s, a fresh instance: %s", n, kind, got, want[kind])
					return
				}
				if looked {
					looks.Add(1)
					if !intact {
						t.Errorf("call %d, %s: its instance isn't as the image", n, kind)
						return
					}
				}
				mu.Lock()
				made[kind]++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if t.Failed() {
		return
	}
	if looks.Load() == 0 {
		t.Error("nobody looked")
	}
	for _, kind := range g.kinds {
		if made[kind] == 0 {
			t.Errorf("nobody called %s", kind)
		}
	}
	t.Logf("%d calls in %v, %d looks: %v", calls, time.Since(began).Round(time.Millisecond), looks.Load(), made)
}

// rustGuest compiles testdata/guestrs outside of the repository.
func rustGuest(t *testing.T) []byte {
	t.Helper()
	cargo, rustc, target := findRust(t)
	out := t.TempDir()
	cmd := exec.Command(cargo, "build", "--release", "--offline", "--locked", "--quiet", "--target", target)
	cmd.Dir = "testdata/guestrs"
	// As plugin build does, but for what makes it small and takes time.
	cmd.Env = append(os.Environ(), "RUSTC="+rustc, "CARGO_TARGET_DIR="+out, "CARGO_ENCODED_RUSTFLAGS=-Clink-arg=-zstack-size=262144\x1f-Ctarget-feature=+bulk-memory",
		"CARGO_PROFILE_RELEASE_OPT_LEVEL=1", "CARGO_PROFILE_RELEASE_PANIC=abort", "CARGO_PROFILE_RELEASE_STRIP=symbols", "CARGO_INCREMENTAL=0")
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	code, err := os.ReadFile(filepath.Join(out, target, "release", "guest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// findRust looks through the search path as plugin build does: the first of
// several toolchains may have no WebAssembly.
func findRust(t *testing.T) (cargo, rustc, target string) {
	t.Helper()
	for _, dir := range slices.Compact(filepath.SplitList(os.Getenv("PATH"))) {
		cargo, errCargo := exec.LookPath(filepath.Join(dir, "cargo"))
		rustc, errRustc := exec.LookPath(filepath.Join(dir, "rustc"))
		if dir == "" || errCargo != nil || errRustc != nil {
			continue
		}
		root, err := exec.Command(rustc, "--print", "sysroot").Output()
		if err != nil {
			continue
		}
		for _, target := range []string{"wasm32-wasip1", "wasm32-wasi"} {
			if _, err := os.Stat(filepath.Join(strings.TrimSpace(string(root)), "lib", "rustlib", target, "lib")); err == nil {
				return cargo, rustc, target
			}
		}
	}
	t.Skip("no cargo and rustc with the target wasm32-wasip1 are here (Debian: apt-get install cargo libstd-rust-dev-wasm32 lld)")
	return "", "", ""
}

// timeoutOf lets only that call run into its deadline which never ends.
func timeoutOf(kind string, short time.Duration) time.Duration {
	if kind == "loop" {
		return short
	}
	return time.Minute
}

func request(action string) []byte {
	return fmt.Appendf(nil, `{"action":%q,"input":{"a":1},"run":{"id":"r"}}`, action)
}

func outcome(answer string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return answer
}
