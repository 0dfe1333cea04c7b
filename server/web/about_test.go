package web

import (
	"strings"
	"testing"
)

// TestAbout tells the first values that are known, each so that it can't pass for another.
func TestAbout(t *testing.T) {
	long := strings.Repeat("ä", 5000)
	list := []any{"x, y", int64(2), nil, true, "z"}
	for name, c := range map[string]struct {
		with any
		open []string
		want string
	}{
		"nothing":              {nil, nil, ""},
		"one value":            {"dc-1", nil, `"dc-1"`},
		"by the ways to them":  {map[string]any{"body": map[string]any{"host": "dc-1"}, "n": int64(2), "ok": true, "more": "x"}, nil, `body.host: "dc-1" · more: "x" · n: 2`},
		"a template":           {map[string]any{"host": "{{ x }}", "why": "{{ x }}"}, []string{"/why"}, `host: "{{ x }}"`},
		"a list":               {map[string]any{"a": list, "b": []any{map[string]any{}}, "c": []any{}}, nil, `a: ["x, y",2,null] and 2 more`},
		"a text like a line":   {map[string]any{"a": `x" · host: "dc-2`, `b: 1 · c`: "y"}, nil, `a: "x\" · host: \"dc-2" · "b: 1 · c": "y"`},
		"what is long, by far": {map[string]any{"a": long}, nil, `a: "` + strings.Repeat("ä", 79) + "…"},
	} {
		q := &Question{Then: []Follow{{With: Value{c.with}, Open: c.open}}}
		if got := about(q); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
