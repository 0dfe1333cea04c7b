package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// hourLong and dayLong are how long the spans of totals are, in microseconds.
const (
	hourLong = int64(time.Hour / time.Microsecond)
	dayLong  = 24 * hourLong
)

// tally is what live runs came to: those that one transaction ended, or more of them.
type tally struct {
	runs  map[runKey]*runSum
	steps map[stepKey]*stepSum
}

// runKey is what runs are told apart by; At is when the hour or day begins.
type runKey struct {
	At          int64
	Flow, State string
}

type runSum struct{ Runs, Took int64 }

type stepKey struct {
	At                 int64
	Flow, Node, Action string
}

// stepSum is how long steps took, in microseconds.
type stepSum struct {
	Calls, Failed, Took, Longest int64
	Spread                       spread
}

// spread counts by about how long something took: see [placeOf].
type spread map[int]int64

// The spread has this many places for each doubling of the time, from a millisecond on:
// what is read of it is right to a tenth.
const placesPerDoubling = 4

// spreadPlace is the place of what took so many microseconds.
func spreadPlace(took int64) int {
	if took < 1000 {
		return 0
	}
	return 1 + int(math.Log2(float64(took)/1000)*placesPerDoubling)
}

// spreadBound is where a place ends, in microseconds.
func spreadBound(place int) float64 {
	return 1000 * math.Exp2(float64(place)/placesPerDoubling)
}

// quantile gives the time within which a share of all was done.
func (s spread) quantile(share float64) int64 {
	places := make([]int, 0, len(s))
	total := int64(0)
	for place, n := range s {
		places = append(places, place)
		total += n
	}
	slices.Sort(places)
	want, before := share*float64(total), 0.0
	for _, place := range places {
		n := float64(s[place])
		if before+n >= want {
			low := 0.0
			if place > 0 {
				low = spreadBound(place - 1)
			}
			return int64(low + (spreadBound(place)-low)*(want-before)/n)
		}
		before += n
	}
	return 0
}

func newTally() *tally {
	return &tally{map[runKey]*runSum{}, map[stepKey]*stepSum{}}
}

func (t *tally) run(k runKey) *runSum {
	sum := t.runs[k]
	if sum == nil {
		sum = &runSum{}
		t.runs[k] = sum
	}
	return sum
}

func (t *tally) step(k stepKey) *stepSum {
	sum := t.steps[k]
	if sum == nil {
		sum = &stepSum{Spread: spread{}}
		t.steps[k] = sum
	}
	return sum
}

// count adds a run that ended, in the hour that it was created in.
func (t *tally) count(e *engine.Ending) {
	at := micro(e.Created)
	at -= at % hourLong
	sum := t.run(runKey{at, e.Flow, string(e.State)})
	sum.Runs++
	sum.Took += e.Took.Microseconds()
	for i := range e.Spans {
		span := &e.Spans[i]
		took := span.Took.Microseconds()
		one := stepSum{Calls: 1, Took: took, Longest: took, Spread: spread{spreadPlace(took): 1}}
		if span.Failed {
			one.Failed = 1
		}
		t.step(stepKey{at, e.Flow, span.Node, span.Action}).add(&one)
	}
}

func (s *stepSum) add(other *stepSum) {
	s.Calls += other.Calls
	s.Failed += other.Failed
	s.Took += other.Took
	s.Longest = max(s.Longest, other.Longest)
	for place, n := range other.Spread {
		s.Spread[place] += n
	}
}

// add adds another, with its hours as what at makes of them.
func (t *tally) add(other *tally, at func(hour int64) int64) {
	for k, sum := range other.runs {
		k.At = at(k.At)
		into := t.run(k)
		into.Runs += sum.Runs
		into.Took += sum.Took
	}
	for k, sum := range other.steps {
		k.At = at(k.At)
		t.step(k).add(sum)
	}
}

// forget leaves out what began before a time.
func (t *tally) forget(before int64) {
	for k := range t.runs {
		if k.At < before {
			delete(t.runs, k)
		}
	}
	for k := range t.steps {
		if k.At < before {
			delete(t.steps, k)
		}
	}
}

// dayOf is the day that an hour is of, by UTC.
func dayOf(hour int64) int64 { return hour - hour%dayLong }

// tallyText is a tally as it is kept.
type tallyText struct {
	Runs  []runLine  `json:"runs"`
	Steps []stepLine `json:"steps,omitempty"`
}

type runLine struct {
	runKey
	runSum
}

type stepLine struct {
	stepKey
	stepSum
}

func (t *tally) encode() (string, error) {
	text := tallyText{Runs: make([]runLine, 0, len(t.runs)), Steps: make([]stepLine, 0, len(t.steps))}
	for k, sum := range t.runs {
		text.Runs = append(text.Runs, runLine{k, *sum})
	}
	for k, sum := range t.steps {
		text.Steps = append(text.Steps, stepLine{k, *sum})
	}
	data, err := json.Marshal(text)
	return string(data), err
}

func decodeTally(content string) (*tally, error) {
	var text tallyText
	if err := json.Unmarshal([]byte(content), &text); err != nil {
		return nil, fmt.Errorf("tally: %w", err)
	}
	t := newTally()
	for i := range text.Runs {
		sum := text.Runs[i].runSum
		t.runs[text.Runs[i].runKey] = &sum
	}
	for i := range text.Steps {
		sum := text.Steps[i].stepSum
		t.steps[text.Steps[i].stepKey] = &sum
	}
	return t, nil
}

// tally keeps what the runs came to that the transaction ends.
func (w *writer) tally(ctx context.Context, group []job, results []engine.Appended) error {
	var t *tally
	for i := range group {
		e := group[i].batch.Ending
		if e == nil || group[i].err != nil || results[i].Err != nil || results[i].Existing != "" {
			continue
		}
		if t == nil {
			t = newTally()
		}
		t.count(e)
	}
	if t == nil {
		return nil
	}
	content, err := t.encode()
	if err != nil {
		return err
	}
	_, err = w.st.tally.ExecContext(ctx, content)
	return err
}
