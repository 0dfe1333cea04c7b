package run_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestAlike: a replay sees other than the run only what was secret.
func TestAlike(t *testing.T) {
	const secret = "s3cret-0123456789"
	at := func(name, value string) any {
		return map[string]any{"headers": map[string]any{name: []any{value}}}
	}
	for name, c := range map[string]struct {
		before, after any
		want          bool
	}{
		"the same":               {"x", "x", true},
		"others":                 {"x", "y", false},
		"a secret":               {secret, "•••", true},
		"a secret of the replay": {"•••", secret, false},
		"hidden in both":         {"•••; a", "•••; a", true},
		"hidden once more":       {"••• " + secret, "••• •••", true},
		"within":                 {"sid=" + secret + "; Path=/", "sid=•••; Path=/", true},
		"several":                {"a=" + secret + ", b=" + secret + "; x", "a=•••, b=•••; x", true},
		"around it":              {"sid=" + secret + "; Path=/", "sid=•••; Path=/b", false},
		"before it":              {"tid=" + secret, "sid=•••", false},
		"overlapping":            {"aa", "aa•••aa", false},
		"a number":               {int64(1), "•••", false},
		"a short one by place":   {at("set-cookie", "sid=s3; Path=/"), at("set-cookie", "sid=•••; Path=/"), true},
		"none by place":          {at("set-cookie", "sid=; Path=/"), at("set-cookie", "sid=•••; Path=/"), false},
		"a short one elsewhere":  {at("date", "s3"), at("date", "•••"), false},
		"a verdict":              {"malicious", "•••", false},
		"a long word":            {"uncharacteristically", "•••", false},
		"nothing":                {"", "•••", false},
		"part of an address":     {"https://bank/transfer", "•••r", false},
		"what is done":           {"isolate host dc01", "isolate host •••", false},
		"a sentence":             {"isolate the host dc01 at once", "isolate •••", false},
		"deep":                   {map[string]any{"a": []any{secret, int64(1)}}, map[string]any{"a": []any{"•••", int64(1)}}, true},
		"deep and another":       {map[string]any{"a": []any{secret, int64(1)}}, map[string]any{"a": []any{"•••", int64(2)}}, false},
		"one more":               {[]any{secret}, []any{"•••", "•••"}, false},
	} {
		if got := run.Replay.Alike(c.before, c.after); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
		if got := run.Another.Alike(c.before, c.after); got != run.Same(c.before, c.after) {
			t.Errorf("%s, of runs that are no replay: %v", name, got)
		}
	}
}
