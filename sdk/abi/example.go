package abi

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Differences compares an answer with an example: every field that the example
// gives must be in the answer with that value; lists have the same length. Of an
// error without a message the code is enough.
func (e Example) Differences(output json.RawMessage, failure *Error) []string {
	switch {
	case e.Error == nil && failure != nil:
		return []string{"failed: " + failure.Error()}
	case e.Error != nil && failure == nil:
		return []string{"did not fail with " + e.Error.Code}
	case e.Error != nil:
		expected := *e.Error
		if expected.Message == "" {
			expected.Message = failure.Message // the code is enough
		}
		want, _ := json.Marshal(expected)
		got, _ := json.Marshal(failure)
		return compareJSON(want, got)
	case len(e.Output) == 0:
		return nil
	}
	return compareJSON(e.Output, output)
}

func compareJSON(want, got json.RawMessage) []string {
	var w, g any
	if err := json.Unmarshal(want, &w); err != nil {
		return []string{"the example is not JSON: " + err.Error()}
	}
	if err := json.Unmarshal(got, &g); err != nil {
		return []string{"the answer is not JSON: " + err.Error()}
	}
	return compare("", w, g)
}

func compare(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		return compareObject(at, w, got)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return []string{fmt.Sprintf("%s: got %s, want %s", at, show(got), show(want))}
		}
		var out []string
		for i := range w {
			out = append(out, compare(fmt.Sprintf("%s/%d", at, i), w[i], g[i])...)
		}
		return out
	}
	if want != got {
		return []string{fmt.Sprintf("%s: got %s, want %s", at, show(got), show(want))}
	}
	return nil
}

func compareObject(at string, want map[string]any, got any) []string {
	g, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: got %s, want an object", at, show(got))}
	}
	var out []string
	for key, value := range want {
		out = append(out, compare(at+"/"+key, value, g[key])...)
	}
	slices.Sort(out)
	return out
}

func show(v any) string {
	b, _ := json.Marshal(v)
	if len(b) > 300 {
		b = append(b[:300:300], "…"...)
	}
	return string(b)
}
