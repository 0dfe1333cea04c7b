package library_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
)

// TestSummaryBoundsWhatIsSaved keeps a draft with a wrong number, and adds up none.
func TestSummaryBoundsWhatIsSaved(t *testing.T) {
	for given, want := range map[int]int{-5: 0, 30: 30, 3_000_000_000: flow.MaxMinutesSaved} {
		if got := library.Summarize(&flow.Document{MinutesSaved: given}).MinutesSaved; got != want {
			t.Errorf("%d minutes are %d, not %d", given, got, want)
		}
	}
}
