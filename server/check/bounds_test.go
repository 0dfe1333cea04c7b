package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// faulty is a flow of one node with that many expressions that don't parse.
func faulty(t *testing.T, expressions int) *flow.Document {
	t.Helper()
	d, problems := flow.Decode([]byte(`{"format": "drawbridge.flow/1", "name": "Faulty", "nodes": [{"id": "a", "type": "core.set", "position": [0, 0],
		"with": {"x": [` + strings.TrimSuffix(strings.Repeat(`"{{ 1 + }}",`, expressions), ",") + `]}}], "edges": []}`))
	if problems.Failed() {
		t.Fatal(problems)
	}
	return d
}

// TestACheckEndsWithItsTime says that it was stopped, and compiles nothing more.
func TestACheckEndsWithItsTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	problems := check.Document(ctx, faulty(t, 3), catalog.New())
	if len(problems) != 1 || problems[0].Code != "check.stopped" || !problems.Failed() {
		t.Errorf("%v", problems)
	}
	if program, problems := check.Compile(ctx, faulty(t, 3), catalog.New()); program != nil || len(problems) != 1 || problems[0].Code != "check.stopped" {
		t.Errorf("compiling goes on: %v", problems)
	}
	if n := check.Sketch(ctx, faulty(t, 3), catalog.New()).Nodes[0]; n.With != nil {
		t.Error("a sketch goes on")
	}
}

// TestACheckFindsAsManyProblemsAsCanBeLookedAt leaves the rest of a document.
func TestACheckFindsAsManyProblemsAsCanBeLookedAt(t *testing.T) {
	problems := check.Document(t.Context(), faulty(t, 3000), catalog.New())
	if last := problems[len(problems)-1]; len(problems) != 1001 || last.Code != "check.many" ||
		!strings.Contains(last.Message, "1 of its 1 nodes and 0 of its 0 wires were not looked at to their end") {
		t.Errorf("%d problems, the last is %v", len(problems), last)
	}
}
