package sandbox

import (
	"strings"
	"testing"
)

// Two files; the script's first line is "a b" of one.ts 1:1 and two.ts 3:5, its
// second begins with what the SDK brought.
const smallMap = `{"version":3,"sources":["one.ts","sub/two.ts","drawbridge:serve.ts"],"names":[],"mappings":"AAAA,ECEI;ACAA"}`

func TestStacksAreToldInTheAuthorsPlaces(t *testing.T) {
	m, err := readSourceMap([]byte(smallMap))
	if err != nil {
		t.Fatal(err)
	}
	stack := "    at first (connector.js:1:1)\n    at <anonymous> (connector.js:1:9)\n    at native (native)\n    at run (connector.js:2:3)\n    at connector.js:1:2\n    at out (connector.js:9:9)\n"
	want := "    at first (one.ts:1:1)\n    at sub/two.ts:3:5\n    at one.ts:1:1"
	if got := m.locate(stack); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	empty, err := readSourceMap(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := empty.locate("    at f (connector.js:3:4)"); got != "    at f (connector.js:3:4)" {
		t.Errorf("without a map %q", got)
	}
}

func TestMalformedMapsAreRefused(t *testing.T) {
	for name, raw := range map[string]string{
		"no JSON":           `{`,
		"another version":   `{"version":2,"sources":["a"],"mappings":"AAAA"}`,
		"an unknown source": `{"version":3,"sources":["a"],"mappings":"ACAA"}`,
		"before the first":  `{"version":3,"sources":["a"],"mappings":"ADAA"}`,
		"a wrong digit":     `{"version":3,"sources":["a"],"mappings":"A!AA"}`,
		"an endless number": `{"version":3,"sources":["a"],"mappings":"gggggggggggg"}`,
	} {
		if _, err := readSourceMap([]byte(raw)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzSourceMap sees that no map, which a connector's maker may have made by
// hand, makes a stack cost more than it is long, or tells the inside.
func FuzzSourceMap(f *testing.F) {
	f.Add([]byte(smallMap), "    at f (connector.js:1:9)")
	f.Add([]byte(`{"version":3,"sources":[],"mappings":";;,,;"}`), "at (connector.js:99999999999999999999:1)")
	f.Add([]byte{}, "\n\n at connector.js:0:0 ")
	f.Fuzz(func(t *testing.T, raw []byte, stack string) {
		m, err := readSourceMap(raw)
		if err != nil {
			return
		}
		if got := m.locate(stack); strings.Count(got, "\n") > strings.Count(stack, "\n") {
			t.Errorf("%q became %q", stack, got)
		}
	})
}
