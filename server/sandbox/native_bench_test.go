package sandbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// BenchmarkInvokeNative measures the same calls with the trip to a child, as
// BenchmarkInvoke does for Go.
func BenchmarkInvokeNative(b *testing.B) {
	text, err := os.ReadFile("../../plugins/text/text.wasm")
	if err != nil {
		b.Fatal(err)
	}
	pick := sandbox.Call{
		Connector: "text", Action: "pick",
		Input: json.RawMessage(`{"data":` + string(echoInput(b)) + `,"fields":{"text":"text","names":"items[*].name"}}`),
	}
	b.Run("rust", func(b *testing.B) { measure(b, startWith(b, [][]byte{text}), pick, 1) })
	echo := sandbox.Call{Connector: "conformance", Action: "echo", Input: json.RawMessage(`{"value":` + string(echoInput(b)) + `}`)}
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
