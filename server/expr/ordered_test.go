package expr_test

import (
	"fmt"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// TestLoopsGoThroughObjectsInOrder lets an expression give the same each time, also where it
// goes through the keys of an object.
func TestLoopsGoThroughObjectsInOrder(t *testing.T) {
	object := map[string]any{}
	for i := range 20 {
		object[fmt.Sprintf("k%02d", i)] = int64(i)
	}
	for source, want := range map[string]string{
		"{{ trigger.map(k, k)[0] }}":                                    `"k00"`,
		"{{ trigger.map(k, trigger[k])[19] }}":                          `19`,
		"{{ trigger.filter(k, k > 'k04').map(k, k)[0] }}":               `"k05"`,
		"{{ trigger.transformList(k, v, v)[3] }}":                       `3`,
		"{{ trigger.transformMap(k, v, v + 1).map(k, k)[2] }}":          `"k02"`,
		"{{ {'c': 1, 'a': 2, 'b': 3}.map(k, k).join() }}":               `"abc"`,
		"{{ {3: 1, 1: 2, 2: 3}.map(k, k)[0] }}":                         `1`,
		"{{ [3, 1, 2].map(k, k) }}":                                     `[3,1,2]`,
		"{{ [trigger, trigger].map(x, x.map(k, k)[1]).distinct()[0] }}": `"k01"`,
	} {
		compiled, faults := expr.Compile(source)
		if len(faults) > 0 {
			t.Fatal(source, faults)
		}
		for range 5 {
			got, err := compiled.Eval(t.Context(), &expr.Data{Trigger: object})
			if err != nil || string(flow.CompactJSON(got)) != want {
				t.Errorf("%s gives %s, %v", source, flow.CompactJSON(got), err)
				break
			}
		}
	}
}
