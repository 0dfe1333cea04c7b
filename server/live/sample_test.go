package live_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/live"
)

func TestSample(t *testing.T) {
	rows := make([]any, 240)
	for i := range rows {
		rows[i] = strings.Repeat("ü", 3000)
	}
	whole := map[string]any{"a/b": rows, "n": int64(1)}
	if shown, size, more := live.Sample(whole, 64<<20); !reflect.DeepEqual(shown, whole) || size < 240*6000 || more != nil {
		t.Fatalf("what fits is not as it is: %d, %v", size, more)
	}
	shown, size, more := live.Sample(whole, 64<<10)
	if size != len(flow.CompactJSON(whole)) {
		t.Errorf("the whole has %d bytes", size)
	}
	if n := len(flow.CompactJSON(shown)); n > 80<<10 {
		t.Errorf("%d bytes are shown", n)
	}
	list := shown.(map[string]any)["a/b"].([]any)
	first := list[0].(string)
	if !utf8.ValidString(first) || utf8.RuneCountInString(first) != 1000 {
		t.Errorf("a text is cut to %d bytes", len(first))
	}
	if want := (live.More{Pointer: "/a~1b/0", More: 2000, Of: "characters"}); more[0] != want {
		t.Errorf("%+v", more[0])
	}
	// One text cut short each, the list, and what of the object came after it.
	last := more[len(more)-2:]
	want := []live.More{{Pointer: "/a~1b", More: 240 - len(list), Of: "items"}, {Pointer: "", More: 1, Of: "fields"}}
	if len(list) == 0 || !reflect.DeepEqual(last, want) || len(more) != len(list)+2 {
		t.Errorf("%+v of %d, %d items", last, len(more), len(list))
	}
	for _, v := range []any{nil, int64(7), true, "short"} {
		if shown, size, more := live.Sample(v, 2); shown != v || size != 0 || more != nil {
			t.Errorf("%v is %v, %d, %v", v, shown, size, more)
		}
	}
}

// TestSampleCountsWhatHoldsNothing bounds lists and objects of lists and objects, in which there
// is no text and no number to count.
func TestSampleCountsWhatHoldsNothing(t *testing.T) {
	lists, objects := any([]any{}), any(map[string]any{})
	for range 3 {
		list, object := make([]any, 50), make(map[string]any, 50)
		for i := range list {
			list[i], object[string(rune('A'+i))] = lists, objects
		}
		lists, objects = list, object
	}
	for name, v := range map[string]any{"lists": lists, "objects": objects} {
		shown, size, more := live.Sample(v, 1000)
		if n := len(flow.CompactJSON(shown)); n > 8000 || size < 250_000 {
			t.Errorf("%s: %d bytes of %d are shown", name, n, size)
		}
		if len(more) == 0 || more[len(more)-1].Pointer != "" {
			t.Errorf("%s: what is left out is told as %v", name, more)
		}
	}
}
