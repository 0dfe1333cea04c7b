package run_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestAlike: a replay sees other than the run only what was secret.
func TestAlike(t *testing.T) {
	for name, c := range map[string]struct {
		a, b any
		want bool
	}{
		"the same":            {"x", "x", true},
		"others":              {"x", "y", false},
		"a secret":            {"s3cret", "•••", true},
		"the other way round": {"•••", "s3cret", true},
		"within":              {"sid=s3cret; Path=/", "sid=•••; Path=/", true},
		"several":             {"a=1, b=2; x", "a=•••, b=•••; x", true},
		"around it":           {"sid=s3cret; Path=/", "sid=•••; Path=/b", false},
		"before it":           {"tid=s3cret", "sid=•••", false},
		"overlapping":         {"aa", "aa•••aa", false},
		"a number":            {int64(1), "•••", false},
		"deep":                {map[string]any{"a": []any{"s3cret", int64(1)}}, map[string]any{"a": []any{"•••", int64(1)}}, true},
		"deep and another":    {map[string]any{"a": []any{"s3cret", int64(1)}}, map[string]any{"a": []any{"•••", int64(2)}}, false},
		"one more":            {[]any{"s3cret"}, []any{"•••", "•••"}, false},
	} {
		if got := run.Alike(c.a, c.b); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
