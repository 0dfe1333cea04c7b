package library

import (
	"context"
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
		var done func()
		for range checksAtOnce {
			if done, err = s.places.take(t.Context(), checkWithin); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Check(t.Context(), []byte("{}")); !errors.Is(err, ErrBusy) {
			t.Errorf("without a place: %v", err)
		}
		done()
		if _, problems, err := s.Check(t.Context(), []byte("{}")); err != nil || len(problems) == 0 {
			t.Errorf("with one: %v, %v", problems, err)
		}
	})
}

// TestNobodyTakesAllPlaces gives a person one place at a time, however many they ask for.
func TestNobodyTakesAllPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces()
		ann, bob := WithPerson(t.Context(), "ann"), WithPerson(t.Context(), "bob")
		done, err := p.take(ann, checkWithin)
		if err != nil {
			t.Fatal(err)
		}
		waited := make(chan error)
		for range 16 {
			go func() {
				_, err := p.take(ann, checkWithin)
				waited <- err
			}()
		}
		synctest.Wait()
		other, err := p.take(bob, checkSoon)
		if err != nil {
			t.Fatalf("another person: %v", err)
		}
		other()
		for range 16 {
			if err := <-waited; !errors.Is(err, ErrBusy) {
				t.Errorf("a second place: %v", err)
			}
		}
		gone, cancel := context.WithCancel(ann)
		cancel()
		if _, err := p.take(gone, checkWithin); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone: %v", err)
		}
		done()
		if done, err = p.take(ann, checkSoon); err != nil {
			t.Fatalf("once it is given back: %v", err)
		}
		done()
		if len(p.people) > 0 {
			t.Errorf("%d are remembered for nothing", len(p.people))
		}
	})
}
