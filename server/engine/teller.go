package engine

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Bounds of what an approval tells: who is asked reads no more than that. Whoever fills the
// data has no say in what is left out: each value that the flow's author wrote into an action
// is there, by its beginning at least.
const (
	maxToldLeaves  = 500      // values that the author wrote, in all actions
	maxToldBytes   = 32 << 10 // of what is longer than a beginning, in all actions
	maxToldText    = 4 << 10  // bytes of one text
	leastToldText  = 400      // bytes of one text that are always there
	maxToldEntries = 100      // of one list or object in the data
)

// teller cuts what an approval tells, value by value.
type teller struct {
	leaves, left int
	open         []string
	cut          []Cut
}

func newTeller() *teller { return &teller{leaves: maxToldLeaves, left: maxToldBytes} }

func (t *teller) part(pointer string, v any, origin expr.Origin) any {
	switch origin {
	case expr.Open:
		t.open = append(t.open, pointer)
	case expr.Written:
		return t.written(pointer, v)
	case expr.Evaluated:
	}
	return t.data(pointer, v)
}

// written keeps all that the author wrote; its texts are cut.
func (t *teller) written(pointer string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			object[key] = t.written(flow.Join(pointer, key), v[key])
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = t.written(flow.Join(pointer, strconv.Itoa(i)), v[i])
		}
		return list
	}
	return t.data(pointer, v)
}

func (t *teller) data(pointer string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return t.object(pointer, v)
	case []any:
		return t.list(pointer, v)
	case string:
		return t.text(pointer, v)
	}
	return v
}

func (t *teller) object(pointer string, v map[string]any) any {
	shown := map[string]any{}
	t.left -= len(v) / 64 // its keys are sorted, which costs, too
	if t.left > 0 {
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if t.left -= len(key) + 4; t.left <= 0 || len(shown) == maxToldEntries {
				break
			}
			shown[key] = t.inner(flow.Join(pointer, key), v[key])
		}
	}
	t.more(pointer, len(v)-len(shown), "fields")
	return shown
}

func (t *teller) list(pointer string, v []any) any {
	shown := []any{}
	for i := range v {
		if t.left -= 4; t.left <= 0 || i == maxToldEntries {
			break
		}
		shown = append(shown, t.inner(flow.Join(pointer, strconv.Itoa(i)), v[i]))
	}
	t.more(pointer, len(v)-len(shown), "items")
	return shown
}

// inner tells a value of a list or object of the data: all of it is taken from what is left.
func (t *teller) inner(pointer string, v any) any {
	if text, is := v.(string); is {
		t.left -= min(len(text), leastToldText)
	}
	return t.data(pointer, v)
}

func (t *teller) text(pointer, v string) any {
	room := max(leastToldText, min(maxToldText, leastToldText+t.left))
	if len(v) > room {
		end := room
		for !utf8.RuneStart(v[end]) {
			end--
		}
		t.more(pointer, utf8.RuneCountInString(v[end:]), "characters")
		v = v[:end]
	}
	t.left -= max(len(v)-leastToldText, 0)
	return v
}

func (t *teller) more(pointer string, n int, of string) {
	if n > 0 {
		t.cut = append(t.cut, Cut{pointer, n, of})
	}
}
