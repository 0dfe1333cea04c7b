package sdktest

import (
	"encoding/json"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Examples runs every example of a connector as a subtest, and fails where an
// action has none.
func Examples(t *testing.T, c *sdk.Connector, opts ...Option) {
	for _, action := range c.Manifest().Actions {
		if len(action.Examples) == 0 {
			t.Errorf("%s.%s has no example: every action needs one, put it into Examples of its sdk.ActionInfo", c.ID(), action.ID)
		}
		for _, e := range action.Examples {
			t.Run(action.ID+"/"+e.Name, func(t *testing.T) {
				got := Run(t, c, action.ID, e.Input, opts...)
				for _, difference := range CheckExample(e, got.Output, got.Error) {
					t.Error(difference)
				}
			})
		}
	}
}

// CheckExample compares an answer with an example: every field that the example
// gives must be in the answer with that value; lists have the same length.
func CheckExample(e abi.Example, output json.RawMessage, failure *abi.Error) []string {
	return e.Differences(output, failure)
}
