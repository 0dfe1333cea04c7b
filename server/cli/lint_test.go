package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/cli"
)

// TestLintSaysThatThereIsMore ends with what was left of a file that has more problems than are looked for.
func TestLintSaysThatThereIsMore(t *testing.T) {
	node := func(id, with string) string {
		return `{"id": "` + id + `", "type": "core.set", "position": [0, 0], "with": {"x": [` + with + `]}}`
	}
	wrong := strings.TrimSuffix(strings.Repeat(`"{{ 1 + }}",`, 600), ",")
	name := filepath.Join(t.TempDir(), "many.flow.json")
	content := `{"format": "drawbridge.flow/1", "name": "Many", "nodes": [` + strings.Join([]string{node("a", wrong), node("b", wrong), node("c", wrong)}, ",") +
		`], "edges": [{"from": "a", "to": "b"}]}`
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := cli.Run([]string{"flow", "lint", name}, nil, &stdout, &stderr); code == 0 {
		t.Error("it passes")
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, "2 of its 3 nodes and 1 of its 1 wires were not looked at to their end") {
		t.Errorf("the last of %d lines is %s", len(lines), last)
	}
}
