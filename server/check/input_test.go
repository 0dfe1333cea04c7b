package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

func TestInput(t *testing.T) {
	for name, c := range map[string]struct{ schema, input, want string }{
		"fits":                      {`{"type": "object", "required": ["n"]}`, `{"n": 1}`, ""},
		"of the wrong type":         {`{"properties": {"n": {"type": "integer"}}}`, `{"n": "many"}`, "/n the run's input at /n: got string, want integer"},
		"one of two is needed":      {`{"anyOf": [{"required": ["raw"]}, {"required": ["rawBase64"]}]}`, `{}`, ` the run's input: one of "raw", "rawBase64" must be given`},
		"alternatives of two kinds": {`{"anyOf": [{"type": "string"}, {"required": ["raw"]}]}`, `{}`, " the run's input: got object, want string"},
	} {
		t.Run(name, func(t *testing.T) {
			schema, err := check.InputSchema(decode(t, "", `, "input": `+c.schema, `{"id": "a", "type": "trigger.manual"}`))
			if err != nil {
				t.Fatal(err)
			}
			input, err := flow.ParseValue([]byte(c.input))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range check.Input(schema, input) {
				got = append(got, p.Pointer+" "+p.Message)
			}
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) == 0 || !strings.HasPrefix(got[0], c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestEachUnknownParameter holds that each has a problem of its own, with what is
// known where it stands.
func TestEachUnknownParameter(t *testing.T) {
	var a catalog.Action
	a.ID = "open"
	a.Input = []byte(`{"additionalProperties": false, "properties": {"reason": {}, "details": {"type": "object", "additionalProperties": false, "properties": {"team": {}}}}}`)
	schema, err := flow.ParseValue(a.Input)
	if err != nil {
		t.Fatal(err)
	}
	if a.InputSchema, err = check.Schema(schema); err != nil {
		t.Fatal(err)
	}
	input, err := flow.ParseValue([]byte(`{"owner": 1, "queue": 2, "details": {"desk": 3}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range check.ActionInput(&a, input) {
		got = append(got, p.Pointer+" "+p.Message+": "+p.Fix)
	}
	slices.Sort(got)
	want := []string{
		`/input/details/desk open has no parameter "desk" in "details": remove it, or move its value: known are team`,
		`/input/owner open has no parameter "owner": remove it, or move its value: known are details, reason`,
		`/input/queue open has no parameter "queue": remove it, or move its value: known are details, reason`,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
}
