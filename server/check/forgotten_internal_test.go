package check

import "testing"

// forgottenTexts are texts, each with whether it is an expression without its braces, outside
// of a loop and inside of one.
var forgottenTexts = []struct {
	text            string
	outside, inside bool
}{
	{"steps.parse.output.text", true, true},
	{" steps.parse.output\n", true, true},
	{"steps.parse.output.links[0].url", true, true},
	{"trigger.body", true, true},
	{"trigger.body['from'].?address", true, true},
	{"vars.threshold", true, true},
	{"run.id", true, true},
	{"flow.name", true, true},
	{"item", false, true},
	{"item.value", false, true},
	{"steps", false, false},
	{"run", false, false},
	{"vars.", false, false},
	{"vars.json", false, false},
	{"run.sh", false, false},
	{"flow.json", false, false},
	{"run.example.com", false, false},
	{"flow.example.com/a", false, false},
	{"https://steps.example.com/x", false, false},
	{"items.first", false, false},
	{"item. That is all", false, false},
	{"steps.parse failed", false, false},
	{"trigger.happy", false, false},
	{"flow.name is what it is called", false, false},
	{"{{ steps.parse.output }}", false, false},
}

// TestForgottenBraces has its texts in common with designer/core/expr/forgotten.test.ts.
func TestForgottenBraces(t *testing.T) {
	for _, c := range forgottenTexts {
		if looksForgotten(c.text, false) != c.outside || looksForgotten(c.text, true) != c.inside {
			t.Errorf("%q: %v outside, %v inside", c.text, looksForgotten(c.text, false), looksForgotten(c.text, true))
		}
	}
}
