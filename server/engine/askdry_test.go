package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TestQuestionsOfDryRuns say so, and an answer is bound to it: a yes to a dry run is
// none to a real one.
func TestQuestionsOfDryRuns(t *testing.T) {
	b := startWith(t, newMemory(t), echo, engine.Config{People: crowd(3)})
	b.open(t)
	defer b.close(t)
	f := compile(t, document(node("ok", "core.approval", `, "with": {"to": "rita"}`), "", ""))
	b.flows.list[f.Digest] = f
	for n, dry := range []bool{false, true} {
		h, err := b.engine.Start(t.Context(), engine.Request{Flow: f, DryRun: dry, Data: map[string]any{}})
		if err != nil {
			t.Fatal(err)
		}
		ask := b.asked(t, n+1)
		if ask.DryRun != dry {
			t.Errorf("dry run %v: the question says %v", dry, ask.DryRun)
		}
		sum := sha256.Sum256(flow.CompactJSON([]any{h.ID, "ok", "approval", map[string]any{"to": "rita"}}))
		if real := ask.Hash == hex.EncodeToString(sum[:]); real == dry {
			t.Errorf("dry run %v: the hash is that of a real run: %v", dry, real)
		}
		b.answer(t, h.ID, engine.Decision{Ask: ask.ID, Step: "ok", Hash: ask.Hash, Kind: engine.DecideApprove, By: "rita"})
		if s := wait(t, h); summary(s) == "" || s.Error != nil {
			t.Error(summary(s))
		}
	}
}
