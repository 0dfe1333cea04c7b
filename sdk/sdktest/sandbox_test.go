package sdktest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest/testdata/demo/copier"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// build makes a connector file of testdata/demo.
func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "demo.wasm")
	run := func(env []string, args ...string) []byte {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), env...)
		cmd.Stderr = os.Stderr
		b, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	manifest := run(nil, "run", "./testdata/demo", "-manifest")
	run([]string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0"}, "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/demo")
	code, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, bytes.TrimSpace(manifest))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSandboxRunsTheRealThing(t *testing.T) {
	runner := sdktest.Sandbox(t, build(t))
	c := copier.Connector()
	text := strings.Repeat("line\n", 40_000) // too large to stay in the message
	got := sdktest.Run(t, c, "copy", map[string]any{"content": text}, sdktest.Through(runner))
	var out struct {
		Copy struct {
			Blob abi.Blob `json:"$blob"`
		}
		Size int
	}
	got.Into(&out)
	if out.Size != len(text) || string(got.Host.Blob(out.Copy.Blob.ID)) != text || out.Copy.Blob.MediaType != "text/plain" {
		t.Errorf("copied %+v", out)
	}
	if len(got.Host.Lines) != 1 || got.Host.Lines[0] != (sdktest.Line{Level: sdk.LevelWarn, Text: "copying 200000 bytes"}) || len(got.Host.Steps) != 1 {
		t.Errorf("log %v, progress %v", got.Host.Lines, got.Host.Steps)
	}
	failed := sdktest.Run(t, c, "copy", map[string]any{"contents": "x"}, sdktest.Through(runner))
	if failed.Error == nil || failed.Error.Code != abi.CodeBadInput {
		t.Errorf("a wrong field: %+v", failed.Error)
	}
}
