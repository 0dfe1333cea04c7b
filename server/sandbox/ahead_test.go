package sandbox_test

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// TestModulesAreCompiledAhead compiles all that can be before anybody calls, says what
// can't, and leaves nothing to compile to the first calls.
func TestModulesAreCompiledAhead(t *testing.T) {
	broken := guest(sound)
	delete(broken.exports, "drawbridge_alloc")
	folder := filepath.Join(t.TempDir(), "compiled")
	var log bytes.Buffer
	r := startWith(t, [][]byte{
		connector(t, broken.bytes(), manifest("broken")), connector(t, guest(sound).bytes(), manifest("guest")),
		connector(t, scriptCode(t, bareScript(`echo: (v) => v`)), manifest("script")),
	}, func(o *sandbox.Options) {
		o.CacheDir, o.Logger = folder, slog.New(slog.NewTextHandler(&log, nil))
	})
	r.CompileAhead(t.Context())
	made := codeFiles(t, folder)
	if len(made) != 2 || !strings.Contains(log.String(), "connector=broken") || strings.Count(log.String(), "level=WARN") != 1 {
		t.Errorf("made %v, and said %s", made, log.String())
	}
	for _, id := range []string{"guest", "script"} {
		c := call("echo", `{}`)
		c.Connector = id
		if res := invoke(t, r, c); res.Error != nil {
			t.Errorf("%s: %v", id, res.Error)
		}
	}
	if now := codeFiles(t, folder); len(now) != len(made) {
		t.Errorf("calls compiled: %v, before %v", now, made)
	}
}
