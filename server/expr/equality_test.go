package expr

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

var wordX = regexp.MustCompile(`\bx\b`)

// doubled is an expression whose x is a list that holds itself twice, again and
// again: small in memory, and 2^levels values when it is walked.
func doubled(levels int, expression string) string {
	var b strings.Builder
	b.WriteString("{{ ")
	for i := range levels {
		of := fmt.Sprintf("[x%d, x%d]", i-1, i-1)
		if i == 0 {
			of = "[1, 2]"
		}
		fmt.Fprintf(&b, "cel.bind(x%d, %s, ", i, of)
	}
	b.WriteString(wordX.ReplaceAllString(expression, fmt.Sprintf("x%d", levels-1)))
	b.WriteString(strings.Repeat(")", levels) + " }}")
	return b.String()
}

// TestComparingSharedParts ends comparisons whose operands share their parts.
func TestComparingSharedParts(t *testing.T) {
	for _, c := range []string{
		"[x] == [x]", "[x] != [x]", "x in [x, x]", "{'a': x} == {'a': x}", "[1, 2, 3].exists(i, [i, x] == [i, x])",
		"sets.contains([x, x], [x])", "sets.equivalent([x], [x])", "sets.intersects([x], [x])", "[x, x].distinct() == []",
	} {
		template, faults := Compile(doubled(40, c))
		if len(faults) > 0 {
			t.Fatalf("%s: %v", c, faults)
		}
		_, err := template.Eval(t.Context(), &Data{})
		var fault *Error
		if !errors.As(err, &fault) || !strings.Contains(fault.Message, "too large") && !strings.Contains(fault.Message, "too many") {
			t.Errorf("%s: %v", c, err)
		}
	}
	for c, want := range map[string]bool{
		"[x] == [x]": true, "[x] != [x]": false, "x in [1, x]": true, "x in [1]": false, "1 in x": false, "'a' in {'a': x}": true,
		"1.0 in [1]": true, "optional.of(x) == optional.of(x)": true, "sets.contains([x, 1], [x])": true,
	} {
		template, faults := Compile(doubled(3, c))
		if len(faults) > 0 {
			t.Fatalf("%s: %v", c, faults)
		}
		got, err := template.Eval(t.Context(), &Data{})
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
}

// TestMisspeltNames says what was meant, in plain words.
func TestMisspeltNames(t *testing.T) {
	for source, says := range map[string]string{
		"{{ domain.registred('x') }}": "there is no function domain.registred; there are domain.ascii",
		"{{ hash }}":                  "begins functions: hash.md5",
		"{{ stpes }}":                 "'stpes' is unknown here",
		"{{ (1 + 2 }}":                "')' is missing at the end",
		"{{ 1 + + 2 }}":               "not expected",
	} {
		_, faults := Compile(source)
		if len(faults) == 0 || !strings.Contains(faults[0].Message, says) || strings.Contains(faults[0].Message, "EOF") || strings.Contains(faults[0].Message, "viable") {
			t.Errorf("%s: %v", source, faults)
		}
	}
}

// TestLongHosts aren't hosts: Punycode would take the square of their length.
func TestLongHosts(t *testing.T) {
	for _, f := range []string{"domain.ascii", "domain.registered"} {
		template, faults := Compile(`{{ ` + f + `(trigger.body) }}`)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		got, err := template.Eval(t.Context(), &Data{Trigger: map[string]any{"body": strings.Repeat("文", 5000) + ".example"}})
		if f == "domain.ascii" && got != "" || err != nil {
			t.Errorf("%s gives %.40v, %v", f, got, err)
		}
	}
}
