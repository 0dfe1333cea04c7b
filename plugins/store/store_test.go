package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// bench calls actions before one host, by a clock that a test moves.
type bench struct {
	t    *testing.T
	host *sdktest.Host
}

func (b *bench) call(action, key string, input map[string]any) map[string]any {
	b.t.Helper()
	got := sdktest.Run(b.t, Connector(), action, input, sdktest.WithHost(b.host), sdktest.WithRun(abi.Run{Key: key, Attempt: 1}))
	if got.Error != nil {
		return map[string]any{"error": got.Error.Code}
	}
	var out map[string]any
	if err := json.Unmarshal(got.Output, &out); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func newBench(t *testing.T) *bench { return &bench{t, sdktest.NewHost()} }

func TestValuesAreKeptForTheirTime(t *testing.T) {
	b := newBench(t)
	in := map[string]any{"key": "cursor", "space": "a", "value": map[string]any{"page": 7}, "for": "2d"}
	if out := b.call("put", "1", in); out["until"] != "2025-01-04T12:00:00Z" || out["replaced"] != false {
		t.Errorf("put: %v", out)
	}
	if out := b.call("put", "2", in); out["replaced"] != true {
		t.Errorf("put again: %v", out)
	}
	key := map[string]any{"key": "cursor", "space": "a"}
	if out := b.call("get", "3", key); fmt.Sprint(out["value"]) != "map[page:7]" {
		t.Errorf("get: %v", out)
	}
	// The way of another space to the same letters.
	if out := b.call("get", "4", map[string]any{"key": "acursor"}); out["found"] != false {
		t.Errorf("another space: %v", out)
	}
	b.host.Clock = b.host.Clock.Add(48 * time.Hour)
	if out := b.call("get", "5", key); out["found"] != false {
		t.Errorf("after its time: %v", out)
	}
	b.call("put", "6", in)
	if out := b.call("delete", "7", key); out["found"] != true {
		t.Errorf("delete: %v", out)
	}
	if out := b.call("delete", "8", key); out["found"] != false {
		t.Errorf("delete again: %v", out)
	}
}

// TestWhatIsOverIsSweptAway sees that values that nobody asks for again don't fill the
// store for ever.
func TestWhatIsOverIsSweptAway(t *testing.T) {
	b := newBench(t)
	for round := range 3 {
		for i := range 300 {
			if out := b.call("put", "k", map[string]any{"key": fmt.Sprintf("%d/%d", round, i), "value": 1, "for": "1h"}); out["error"] != nil {
				t.Fatal(out)
			}
		}
		b.host.Clock = b.host.Clock.Add(2 * time.Hour)
	}
	values := 0
	for key := range b.host.KV {
		if strings.HasPrefix(key, "v/") {
			values++
		}
	}
	if values > 400 {
		t.Errorf("%d of 900 values are kept, of which 300 may be", values)
	}
}

func TestSeenOnceWithinTheTime(t *testing.T) {
	b := newBench(t)
	seen := func(call string, extend bool) any {
		return b.call("deduplicate", call, map[string]any{"key": "alert", "within": "1h", "extend": extend})["seen"]
	}
	if seen("1", false) != false || seen("2", false) != true {
		t.Error("a key isn't new once and seen then")
	}
	if seen("1", false) != false {
		t.Error("the call that saw it first is told otherwise when it is made again")
	}
	b.host.Clock = b.host.Clock.Add(50 * time.Minute)
	if seen("3", true) != true {
		t.Error("forgotten too early")
	}
	b.host.Clock = b.host.Clock.Add(50 * time.Minute)
	if seen("4", false) != true {
		t.Error("extend didn't begin the time anew")
	}
	b.host.Clock = b.host.Clock.Add(10 * time.Minute)
	if seen("5", false) != false {
		t.Error("remembered for too long")
	}
}

// TestFull fills one bucket and sees it say so, lose nothing, and take new ones later.
func TestFull(t *testing.T) {
	b := newBench(t)
	var lines strings.Builder
	late := b.host.Clock.Add(time.Hour).Unix()
	for n := 0; lines.Len() < mostBucket-20; n++ {
		lines.WriteString((&entry{name: fmt.Sprintf("%016d", n), until: late, first: late - 10, owner: "AAAAAAAA"}).line())
	}
	for i := range buckets {
		b.host.KV[fmt.Sprintf("d/%d", i)] = lines.String()
	}
	if out := b.call("deduplicate", "1", map[string]any{"key": "one more"}); out["error"] != "full" {
		t.Errorf("a full bucket: %v", out)
	}
	b.host.Clock = b.host.Clock.Add(time.Hour)
	if out := b.call("deduplicate", "1", map[string]any{"key": "one more"}); out["seen"] != false {
		t.Errorf("after the time of others: %v", out)
	}
}

func TestBadInputIsNamed(t *testing.T) {
	b := newBench(t)
	for name, in := range map[string]map[string]any{
		"long key": {"key": strings.Repeat("x", 201), "value": 1}, "long value": {"key": "a", "value": strings.Repeat("x", 49<<10)},
		"no time": {"key": "a", "value": 1, "for": "0s"}, "too long": {"key": "a", "value": 1, "for": "366d"}, "overflow": {"key": "a", "value": 1, "for": "65535d"},
	} {
		if out := b.call("put", "k", in); out["error"] != abi.CodeBadInput {
			t.Errorf("%s: %v", name, out)
		}
	}
}
