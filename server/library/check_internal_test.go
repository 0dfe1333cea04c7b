package library

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// TestChecksWaitForAPlace bounds how many flows are checked at once, and how long one waits.
func TestChecksWaitForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(nil, nil, nil, catalog.New(), make([]byte, 32), nil)
		if err != nil {
			t.Fatal(err)
		}
		for range checksAtOnce {
			if _, err := s.mayCheck(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Check(t.Context(), []byte("{}")); !errors.Is(err, ErrBusy) {
			t.Errorf("without a place: %v", err)
		}
		<-s.checks
		if _, problems, err := s.Check(t.Context(), []byte("{}")); err != nil || len(problems) == 0 {
			t.Errorf("with one: %v, %v", problems, err)
		}
	})
}
