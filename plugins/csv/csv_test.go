package csv

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestDangerous holds what a spreadsheet would run apart from numbers.
func TestDangerous(t *testing.T) {
	for text, want := range map[string]bool{"=1+1": true, "@SUM(A1)": true, "+cmd|' /C calc'!A0": true, "-2+3": true, "\tx": true, "-1.5": false, "+49": false, "+49 30 1234": true, "a=b": false, "": false} {
		if dangerous(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}
