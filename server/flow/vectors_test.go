package flow_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/drawbridge-soar/drawbridge/flows"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

const vectors = "../../flows/vectors"

func files(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(vectors, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors: %s, %v", pattern, err)
	}
	return names
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestValid decodes each input and compares its canonical form with the vector;
// the canonical form is its own, and passes the schema.
func TestValid(t *testing.T) {
	schema := compileSchema(t)
	for _, name := range files(t, "valid/*.input.json") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := read(t, strings.TrimSuffix(name, ".input.json")+".flow.json")
			for _, data := range [][]byte{read(t, name), want} {
				d, problems := flow.Decode(data)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				if got := flow.Encode(d); !bytes.Equal(got, want) {
					t.Fatalf("got\n%s\nwant\n%s", got, want)
				}
			}
			value, err := flow.ParseValue(want)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(flows.Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("flow.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("flow.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestInvalid compares the codes of all problems, each with its place.
func TestInvalid(t *testing.T) {
	for _, name := range files(t, "invalid/*.flow.json") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			var want []string
			if err := json.Unmarshal(read(t, strings.TrimSuffix(name, ".flow.json")+".problems.json"), &want); err != nil {
				t.Fatal(err)
			}
			_, problems := flow.Decode(read(t, name))
			var got []string
			for _, p := range problems {
				if p.Severity == flow.SeverityError {
					got = append(got, p.Code)
				}
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("no place or message: %+v", p)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("got %v, want %v:\n%v", got, want, problems)
			}
		})
	}
}

func TestPlaces(t *testing.T) {
	text := "{\"format\": \"drawbridge.flow/1\",\n \"name\": \"ä\", \"nodes\": [\n  {\"id\": \"a\", \"type\": \"core.set\", \"position\": [0, 0], \"with\": {\"v\": \"\\u00e4\\n{{ nope }}\"}}],\n \"edges\": [], \"what\": 1}"
	d, problems := flow.Decode([]byte(text))
	want := map[string][2]int{"flow.id_missing": {1, 1}, "key.unknown": {4, 15}}
	for _, p := range problems {
		if place := want[p.Code]; place != [2]int{p.Line, p.Column} {
			t.Errorf("%s at %d:%d", p.Code, p.Line, p.Column)
		}
		delete(want, p.Code)
	}
	if len(want) > 0 {
		t.Errorf("missing %v in %v", want, problems)
	}
	// The ä of the value takes two bytes decoded and six in the text, the line break one and two.
	p := d.Place(flow.Problem{Pointer: "/nodes/0/with/v"}, len("ä\n{{ "))
	if p.Line != 3 || text[strings.Index(text, "nope")] != 'n' || p.Column != strings.Index(strings.Split(text, "\n")[2], "nope")+1 {
		t.Errorf("inside the string: %d:%d", p.Line, p.Column)
	}
}

func TestDiff(t *testing.T) {
	decode := func(s string) *flow.Document {
		d, problems := flow.Decode([]byte(s))
		if problems.Failed() {
			t.Fatal(problems)
		}
		return d
	}
	a := decode(`{"format": "drawbridge.flow/1", "name": "x", "vars": {"n": 1}, "nodes": [{"id": "a", "type": "core.set", "position": [0, 0]}, {"id": "b", "type": "core.set", "position": [0, 0], "with": {"v": 1}}, {"id": "c", "type": "core.set", "position": [0, 0]}], "edges": [{"from": "a", "to": "b"}]}`)
	b := decode(`{"format": "drawbridge.flow/1", "name": "x", "vars": {"n": 2}, "nodes": [{"id": "a", "type": "core.set", "position": [5, 0]}, {"id": "b", "type": "core.set", "position": [0, 0], "with": {"v": 2}}, {"id": "d", "type": "core.set", "position": [0, 0]}], "edges": [{"from": "a.out", "to": "b"}, {"from": "a", "to": "d"}]}`)
	var lines []string
	for _, c := range flow.Diff(a, b) {
		lines = append(lines, c.String())
	}
	want := []string{"~ flow vars\n    /n: 1 -> 2", "> node a\n    /position: [0,0] -> [5,0]", "~ node b\n    /with/v: 1 -> 2", "+ node d", "- node c", "+ edge a.out -> d"}
	if !slices.Equal(lines, want) {
		t.Fatalf("got  %q\nwant %q", lines, want)
	}
	if len(flow.Diff(a, a)) > 0 {
		t.Fatal("a document differs from itself")
	}
}

// TestDiffOfLayout holds that how a flow is drawn is told apart from what it does.
func TestDiffOfLayout(t *testing.T) {
	decode := func(extra string) *flow.Document {
		d, problems := flow.Decode([]byte(`{"format": "drawbridge.flow/1", "name": "x", "nodes": [{"id": "a", "type": "core.foreach", "position": [0, 0]` + extra + `}], "edges": []}`))
		if problems.Failed() {
			t.Fatal(problems)
		}
		return d
	}
	open, folded := decode(""), decode(`, "collapsed": true`)
	if changes := flow.Diff(open, folded); len(changes) != 1 || changes[0].Kind != flow.Moved {
		t.Fatalf("collapsed: %v", changes)
	}
	blue, red := decode(""), decode("")
	blue.Groups = []flow.Group{{ID: "g", Name: "One", Nodes: []string{"a"}, Color: "blue"}}
	red.Groups = []flow.Group{{ID: "g", Name: "Two", Nodes: []string{"a"}, Color: "red"}}
	if changes := flow.Diff(blue, red); len(changes) != 1 || changes[0].Kind != flow.Moved || changes[0].What != "group" {
		t.Fatalf("groups: %v", changes)
	}
	if changes := flow.Diff(open, red); len(changes) != 1 || changes[0].Kind != flow.Added {
		t.Fatalf("a new group: %v", changes)
	}
}

func TestLimits(t *testing.T) {
	if _, problems := flow.Decode(bytes.Repeat([]byte(" "), flow.MaxBytes+1)); len(problems) != 1 || problems[0].Code != "limit.size" {
		t.Fatal(problems)
	}
	var b strings.Builder
	b.WriteString(`{"format": "drawbridge.flow/1", "name": "x", "edges": [], "nodes": [`)
	for i := range flow.MaxNodes + 1 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`{"id": "n` + string(rune('a'+i%26)) + strings.Repeat("x", i/26%60) + `", "type": "core.set", "position": [0, 0]}`)
	}
	b.WriteString("]}")
	_, problems := flow.Decode([]byte(b.String()))
	if !slices.ContainsFunc(problems, func(p flow.Problem) bool { return p.Code == "limit.nodes" }) {
		t.Fatal("2,001 nodes are taken")
	}
}

// FuzzDecode holds that decoding never fails otherwise than by problems, and that
// the canonical form is its own and loses nothing.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"valid/*.input.json", "valid/*.flow.json", "invalid/*.flow.json"} {
		for _, name := range files(f, pattern) {
			f.Add(read(f, name))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, problems := flow.Decode(data)
		if d == nil || problems.Lossy() {
			return
		}
		valid := !problems.Failed()
		once := flow.Encode(d)
		again, problems := flow.Decode(once)
		if again == nil || problems.Lossy() {
			t.Fatalf("the canonical form doesn't decode: %v\n%s", problems, once)
		}
		if twice := flow.Encode(again); !bytes.Equal(once, twice) {
			t.Fatalf("once\n%s\ntwice\n%s", once, twice)
		}
		if changes := flow.Diff(d, again); valid && len(changes) > 0 {
			t.Fatalf("encoding changed the document: %v", changes)
		}
	})
}
