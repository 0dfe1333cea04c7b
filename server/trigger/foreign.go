package trigger

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// foreign says where a value that came from outside stands for a file that is kept here.
// Only the server makes such values: whoever knows the digest of a file could otherwise have
// a flow that hands on its input give the file away.
func foreign(at string, v any) (problems flow.Problems) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			problems = append(problems, foreign(fmt.Sprintf("%s/%d", at, i), v[i])...)
		}
	case map[string]any:
		if _, is := v[abi.BlobKey]; is {
			return flow.Problems{{
				Code: "input.blob", Severity: flow.SeverityError, Pointer: at,
				Message: "an object with the key " + abi.BlobKey + " stands for a file that is kept here, and nobody else may make one", Fix: "send the content itself, as text or base64",
			}}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			problems = append(problems, foreign(at+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name), v[name])...)
		}
	}
	return problems
}
