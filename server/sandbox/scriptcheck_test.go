package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

const innerSchema = `{"type":"object","properties":{"n":{"type":"integer","minimum":1,"maximum":3},"t":{"type":"string","default":"d"}},"required":["n"],"additionalProperties":false}`

// quickSchemas are those of one field v of an input that the sandbox knows.
var quickSchemas = []string{
	`{"type":"string"}`, `{"type":"string","minLength":1,"maxLength":3}`, `{"type":"string","enum":["a","b"]}`, `{"type":"string","contentMediaType":"text/plain"}`,
	`{"type":"number","minimum":0}`, `{"type":"integer"}`, `{"type":"integer","maximum":2}`, `{"type":"boolean"}`, `{}`, `{"default":1}`, `{"type":"array"}`,
	`{"type":"array","items":{"type":"string"},"minItems":1,"maxItems":2}`, `{"type":"object","additionalProperties":{"type":"number"}}`, `{"type":"object"}`,
	`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`, `{"type":"object","properties":{},"additionalProperties":false}`, innerSchema,
	`{"type":"array","items":` + innerSchema + `}`, `{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":"integer"}}`,
	`{"type":"object","properties":{"toString":{"type":"string"}},"additionalProperties":false}`, `{"type":"string","default":"d"}`,
	`{"type":"string","enum":["a"` + strings.Repeat(`,"of many"`, 1000) + `,"b"]}`, `{"type":"object","properties":{"n":{"type":"integer"}` + manyFields(60) + `}}`,
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"f%d":{}`, i)
	}
	return b.String()
}

// slowSchemas are those that it leaves to the script.
var slowSchemas = []string{
	`{"type":"string","pattern":"^a"}`, `{"type":["string","null"]}`, `{"const":1}`, `{"anyOf":[{"type":"string"}]}`, `{"$ref":"#/properties/w"}`, `{"enum":[1,"a"]}`,
	`{"type":"object","patternProperties":{"a":{"type":"string"}}}`, `{"properties":{"a":{"type":"string"}}}`, `{"type":"object","required":["b"]}`, `{"type":"integer","multipleOf":2}`,
}

// checkedValues are given to each.
var checkedValues = []string{
	`null`, `true`, `false`, `0`, `-0`, `-1`, `1`, `2`, `3`, `2.0`, `2.5`, `1e2`, `1e400`, `12345678901234567890`, `""`, `"a"`, `"b"`, `"abc"`, `"abcd"`, `"ba"`, `"\u0061"`, `"é€"`, `"😀😀"`,
	`"a\"c"`, `"a\\"`, `"\ud83d"`, `[]`, `["a"]`, `["a",1]`, `["a","b","c"]`, `[null]`, `{}`, `{"a":"x"}`, `{"a":null}`, `{"a":"x","b":1}`, `{"a":"x","b":1.5}`, `{"n":1,"t":"t"}`, `{"n":1}`,
	`{"t":"t","n":3}`, `{"n":9,"t":""}`, `{"n":1,"t":null}`, `{"n":1,"t":"t","z":1}`, `{"n":1,"n":2,"t":"t"}`, `{"\u006e":1,"t":"t"}`, `[{"n":1,"t":"t"},{"n":2,"t":"u"}]`, `[{"n":1,"t":"t"},{}]`,
	`{"x":1,"y":2}`, `{"x":1,"y":"2"}`, `{"__proto__":1}`, `{"toString":"a"}`, `{"$blob":{"id":"i","size":1}}`, ` [ "a" , "b" ] `, `{ "n" : 1 , "t" : "t" }`, `{"a":{"b":[1,{"c":null}]}}`,
}

// echoOf makes a connector whose actions answer their checked input.
func echoOf(t testing.TB, schemas []string) *sandbox.Bare {
	t.Helper()
	dir := t.TempDir()
	var actions []string
	for i, s := range schemas {
		actions = append(actions, fmt.Sprintf(`a%d: {name: "a", description: "a", output: {}, run: (input) => input,
			input: {type: "object", properties: {v: %s, w: {type: "string"}}, required: %s, additionalProperties: false}}`, i, s, required(s)))
	}
	source := `import { connector } from "drawbridge"; export default connector({id: "check", version: "1.0.0", name: "c", description: "c", actions: {` + strings.Join(actions, ",") + `}});`
	if err := os.WriteFile(filepath.Join(dir, "index.js"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := js.Bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sandbox.NewBare(t.Context(), scriptCode(t, string(script.Code)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(t.Context()) })
	return b
}

func required(schema string) string {
	if strings.Contains(schema, `"default"`) && !strings.Contains(schema, "properties") {
		return "[]"
	}
	return `["v"]`
}

// TestInputsThatFit compares what the sandbox lets pass unseen with what the
// SDK says of it: it must be without fault, and must come out as it went in.
func TestInputsThatFit(t *testing.T) {
	schemas := slices.Concat(quickSchemas, slowSchemas)
	quick := echoOf(t, schemas)
	slow := echoOf(t, schemas)
	slow.Unchecked()
	passed := make([]int, len(schemas))
	for i, schema := range schemas {
		for _, value := range checkedValues {
			request := fmt.Appendf(nil, `{"action":"a%d","input":{"v":%s},"run":{"id":"r"}}`, i, value)
			fits := quick.Fits(request)
			got, want := runBare(t, quick, request), runBare(t, slow, request)
			if got != want {
				t.Errorf("%s of %s: %s with the sandbox's check, %s without", value, schema, got, want)
			}
			if !fits {
				continue
			}
			passed[i]++
			var in, out any
			if json.Unmarshal([]byte(`{"output":{"v":`+value+`}}`), &in) != nil {
				continue // a number that is too large
			}
			if json.Unmarshal([]byte(want), &out) != nil || !reflect.DeepEqual(in, out) {
				t.Errorf("%s of %s passed, and the script says %s", value, schema, want)
			}
		}
		if isQuick := i < len(quickSchemas); isQuick != (passed[i] > 0) {
			t.Errorf("%s: %d values passed", schema, passed[i])
		}
	}
}

func runBare(t testing.TB, b *sandbox.Bare, request []byte) string {
	t.Helper()
	answer, _, _, err := b.Run(t.Context(), abi.DefaultPages, time.Minute, request, false)
	if err != nil {
		t.Fatal(string(request), err)
	}
	return answer
}

// TestRequestsThatFit sees what of a request itself must be in order.
func TestRequestsThatFit(t *testing.T) {
	b := echoOf(t, []string{`{"type":"string"}`})
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for request, want := range map[string]bool{
		`{"action":"a0","input":{"v":"x"}}`:                       true,
		`{"connector":"check","action":"a0","input":{"v":"x"}}`:   true,
		`{"action":"a0","config":{"a":[1]},"input":{"v":"x"}}`:    true,
		`{"connector":"other","action":"a0","input":{"v":"x"}}`:   false,
		`{"action":"a1","input":{"v":"x"}}`:                       false,
		`{"input":{"v":"x"},"action":"a0"}`:                       false, // it isn't known yet
		`{"action":"a0","input":{"v":1},"input":{"v":"x"}}`:       false,
		`{"action":"a0","input":{"v":"x"},"input":{"v":1}}`:       false,
		`{"action":"a0","input":{"v":"x"},"action":"a1"}`:         false,
		`{"action":"a0","input":{"v":"x"},"\u0069nput":{"v":1}}`:  false,
		`{"\u0061ction":"a0","input":{"v":"x"}}`:                  false,
		`{"action":"a0","input":{"v":"x"`:                         false,
		`{"action":"a0","input":{"v":"x}}`:                        false,
		`{"action":"a0","input":{"v":"x\`:                         false,
		`{"action":"a0","input":{"v":"x"},"config":` + deep + `}`: false,
		`{"action":"a0"}`:              false,
		`[]`:                           false,
		``:                             false,
		`{"action":"a0","input":null}`: false,
		`{"action":"a0","input":{"v":"x"},"run":{"id":1},"x":-1.5e3}`: true,
	} {
		if got := b.Fits([]byte(request)); got != want {
			t.Errorf("%.100s: %t", request, got)
		}
	}
}

// TestCheckingIsCharged sees that a guest pays for what is checked for it.
func TestCheckingIsCharged(t *testing.T) {
	b := echoOf(t, []string{`{"type":"array","items":{"type":"string","enum":["a","b"]}}`})
	s := instanceOf(t, b)
	for _, n := range []int{1, 100_000} {
		request := []byte(`{"action":"a0","input":{"v":["a"` + strings.Repeat(`,"b"`, n) + `]}}`)
		if fits, fuel := s.Checked(request); !fits || fuel != int64(len(request)) {
			t.Errorf("%d bytes: %t, for %d of fuel", len(request), fits, fuel)
		}
	}
}

// TestRequestsAreReadInEveryWay sees requests that the engine doesn't read where
// they lie: it tells what is wrong, or reads them as a text.
func TestRequestsAreReadInEveryWay(t *testing.T) {
	b := echoOf(t, []string{`{"type":"string"}`})
	long := strings.Repeat("0123456789", 10_000)
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	for request, want := range map[string]string{
		`{"action":"a0","input":{"v":"` + long + `"}}`:     `{"output":{"v":"` + long + `"}}`,
		"{\"action\":\"a0\",\"input\":{\"v\":\"a\xffb\"}}": "{\"output\":{\"v\":\"a\ufffdb\"}}",
		`{"action":"a0","input":{"v":"x"}`:                 "SyntaxError",
		`{"action":"a0","input":{"v":"x"}} x`:              "SyntaxError",
		"":                                                 "SyntaxError",
		`{"action":"a0","input":{"v":` + deep + `}}`:       "stack",
		`null`:                         "TypeError",
		`{"action":"a0"}`:              "/v is required",
		`{"action":"a0","input":null}`: "/v is required",
	} {
		if got := runBare(t, b, []byte(request)); !strings.Contains(got, want) {
			t.Errorf("%.100s: %.200s", request, got)
		}
	}
}

// FuzzFits gives any input to the schemas: what passes must come out as it went in.
func FuzzFits(f *testing.F) {
	for i := range quickSchemas {
		for _, value := range checkedValues[i:min(i+2, len(checkedValues))] {
			f.Add(i, value)
		}
	}
	schemas := quickSchemas
	b := echoOf(f, schemas)
	slow := echoOf(f, schemas)
	slow.Unchecked()
	f.Fuzz(func(t *testing.T, i int, value string) {
		request := fmt.Appendf(nil, `{"action":"a%d","input":{"v":%s},"run":{"id":"r"}}`, uint(i)%uint(len(schemas)), value)
		if !b.Fits(request) {
			t.Skip()
		}
		if got, want := runBare(t, b, request), runBare(t, slow, request); got != want {
			t.Errorf("%s: %s with the sandbox's check, %s without", request, got, want)
		}
	})
}
