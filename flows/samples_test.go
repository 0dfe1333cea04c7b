package flows_test

import (
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// TestEveryFlowOfTheLibraryHasSamples holds them to what its tests try it with, so
// that a template can be run at once and a sample doesn't age.
func TestEveryFlowOfTheLibraryHasSamples(t *testing.T) {
	names, err := fs.Glob(flows.Library, "library/*.flow.json")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		flow := strings.TrimSuffix(path.Base(name), ".flow.json")
		samples, err := flows.Samples(flow)
		if err != nil {
			t.Fatal(err)
		}
		if len(samples) == 0 {
			t.Errorf("%s has no sample", flow)
		}
		tried := triedWith(t, flow)
		seen := map[string]bool{}
		for _, s := range samples {
			if seen[s.Name] {
				t.Errorf("%s has two samples %q", flow, s.Name)
			}
			seen[s.Name] = true
			if !has(tried, s.Input) {
				t.Errorf("no test of %s tries the sample %q", flow, s.Name)
			}
		}
	}
}

// triedWith lists the inputs of a flow's tests; one that names none begins with an empty one.
func triedWith(t *testing.T, flow string) []any {
	t.Helper()
	content, err := flows.Library.ReadFile("library/" + flow + ".test.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Input     any
			InputFile string
		}
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	var inputs []any
	for _, c := range file.Cases {
		switch {
		case c.InputFile != "":
			mail, err := flows.Library.ReadFile(path.Join("library", c.InputFile))
			if err != nil {
				t.Fatal(err)
			}
			inputs = append(inputs, map[string]any{"raw": string(mail)})
		case c.Input == nil:
			inputs = append(inputs, map[string]any{})
		default:
			inputs = append(inputs, c.Input)
		}
	}
	return inputs
}

func has(list []any, one any) bool {
	for _, each := range list {
		if reflect.DeepEqual(each, one) {
			return true
		}
	}
	return false
}
