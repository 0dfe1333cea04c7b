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
