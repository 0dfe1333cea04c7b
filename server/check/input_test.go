package check_test

import (
	"strings"
	"testing"

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
