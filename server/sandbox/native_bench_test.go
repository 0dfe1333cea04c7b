package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// kilobyte is an input of 1 KB as flows have it: some texts, numbers and lists.
func kilobyte(b *testing.B) string {
	b.Helper()
	var items []string
	for i := range 12 {
		items = append(items, fmt.Sprintf(`{"type":"domain","value":"host-%d.example","score":%d,"tags":["a","b"]}`, i, i*7))
	}
	data := `{"id":"5f0f4f6f0c11","severity":"high","items":[` + strings.Join(items, ",") + `]}`
	if len(data) < 900 || len(data) > 1100 {
		b.Fatalf("the input has %d bytes", len(data))
	}
	return data
}

// BenchmarkRust measures the bundled connector text on 1 KB of JSON, as
// BenchmarkPristine does for Go: pick reads all of its values, lines one text.
func BenchmarkRust(b *testing.B) {
	code, err := os.ReadFile("../../plugins/text/text.wasm")
	if err != nil {
		b.Fatal(err)
	}
	pick := `{"action":"pick","input":{"data":` + kilobyte(b) + `,"fields":{"id":"id","values":"items[*].value"}},"run":{"id":"r"}}`
	b.Run("pick", func(b *testing.B) { fourWays(b, code, []byte(pick)) })
	text := `{"action":"lines","input":{"text":"` + strings.Repeat("x", 1000) + `"},"run":{"id":"r"}}`
	b.Run("lines", func(b *testing.B) { fourWays(b, code, []byte(text)) })
}

// BenchmarkC measures the echo of the conformance connector in C, which decodes
// nothing that it need not.
func BenchmarkC(b *testing.B) {
	fourWays(b, conformanceInC(b), []byte(`{"action":"echo","input":{"value":`+kilobyte(b)+`},"run":{"id":"r"}}`))
}

// BenchmarkInvokeNative measures the same calls with the trip to a child, as
// BenchmarkInvoke does for Go.
func BenchmarkInvokeNative(b *testing.B) {
	text, err := os.ReadFile("../../plugins/text/text.wasm")
	if err != nil {
		b.Fatal(err)
	}
	pick := sandbox.Call{
		Connector: "text", Action: "pick",
		Input: json.RawMessage(`{"data":` + kilobyte(b) + `,"fields":{"id":"id","values":"items[*].value"}}`),
	}
	b.Run("rust", func(b *testing.B) { measure(b, startWith(b, [][]byte{text}), pick, 1) })
	echo := sandbox.Call{Connector: "conformance", Action: "echo", Input: json.RawMessage(`{"value":` + kilobyte(b) + `}`)}
	b.Run("c", func(b *testing.B) { measure(b, startWith(b, [][]byte{conformanceInC(b)}), echo, 1) })
}

func conformanceInC(b *testing.B) []byte {
	b.Helper()
	return compileC(b, "../../sdk/conformance/c", "conformance.c")
}

// compileC makes a module of a file in C as sdk/c/drawbridge.h says, from within
// its folder: there its manifest is found.
func compileC(t testing.TB, dir, file string) []byte {
	t.Helper()
	for _, tool := range []string{"clang", "wasm-ld"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not here (Debian: apt-get install clang lld)", tool)
		}
	}
	out := filepath.Join(t.TempDir(), "c.wasm")
	cmd := exec.Command("clang", "--target=wasm32", "-O2", "-nostdlib", "-mbulk-memory", "-fno-builtin", "-Wall", "-Wextra", "-Werror",
		"-Wl,--no-entry,--stack-first,-zstack-size=65536", "-o", out, file)
	cmd.Dir = dir
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	code, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// idleMemory answers what the system gives an instance that was put back after a
// call, with the tables of its pages.
func idleMemory(b *testing.B, bare *sandbox.Bare, input []byte) float64 {
	b.Helper()
	const instances = 100
	runtime.GC()
	debug.FreeOSMemory()
	before := resident(b)
	for range instances {
		reset, end, err := bare.Reset(b.Context(), input)
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		if err := reset(); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	return float64(resident(b)-before) / instances
}

// resident is the memory of this process that isn't shared with a file, and its
// tables, in KiB.
func resident(b *testing.B) int {
	b.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	sum := 0
	for line := range strings.Lines(string(raw)) {
		name, rest, _ := strings.Cut(line, ":")
		var n int
		if _, err := fmt.Sscan(rest, &n); err == nil && (name == "RssAnon" || name == "VmPTE") {
			sum += n
		}
	}
	return sum
}

// fourWays runs one request pristine, warm, fresh, and puts back what it wrote.
func fourWays(b *testing.B, code, input []byte) {
	bare, err := sandbox.NewBare(b.Context(), code)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close(b.Context())
	answer, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false)
	if err != nil || !strings.HasPrefix(answer, `{"output":`) {
		b.Fatalf("it answers %s, %v", answer, err)
	}
	b.Run("idle", func(b *testing.B) {
		for b.Loop() {
			b.ReportMetric(idleMemory(b, bare, input), "KiB/instance")
		}
	})
	b.Run("pristine", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := bare.Run(b.Context(), abi.DefaultPages, time.Minute, input, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("warm", func(b *testing.B) {
		run, end, err := bare.Warm(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		for b.Loop() {
			if err := run(input); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("reset", func(b *testing.B) {
		run, end, err := bare.Reset(b.Context(), input)
		if err != nil {
			b.Fatal(err)
		}
		defer end()
		for b.Loop() {
			if err := run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			if _, err := bare.Fresh(b.Context(), abi.DefaultPages, time.Minute, input); err != nil {
				b.Fatal(err)
			}
		}
	})
}
