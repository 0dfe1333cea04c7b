package intel

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// What the score is made of. README tells the formula to people: keep the two alike.
const (
	// fromSources is the most that sources and the community give together, perSighting
	// what each of the first maxSightings adds.
	fromSources  = 900
	perSighting  = 20
	maxSightings = 5
	// benignWeight is what a source that is wholly sure of a benign value takes away of it all.
	benignWeight = 0.6
	// communityWeight is what the highest score of a community is worth beside a source
	// that is wholly sure.
	communityWeight = 0.5
	// A source's word loses a tenth for each full fadeEvery since it last saw the value,
	// and most of fadeMost tenths.
	fadeEvery = 30 * 24 * time.Hour
	fadeMost  = 7
)

// weights are what a verdict is worth, said with full confidence.
var weights = map[string]float64{Malicious: 1, Suspicious: 0.5, Unknown: 0.1}

// Kinds of reasons.
const (
	ReasonSource        = "source"
	ReasonBenign        = "benign"
	ReasonAge           = "age"
	ReasonCommunity     = "community"
	ReasonSightings     = "sightings"
	ReasonOverride      = "override"
	ReasonExpired       = "expired"
	ReasonAllowed       = "allowed"
	ReasonFalsePositive = "false_positive"
)

// Reason is a part of a score. The points of all reasons of a score add up to it.
type Reason struct {
	Kind   string `json:"kind"`
	Points int    `json:"points"`
	Text   string `json:"text"`
}

// Score scores an indicator as it is at a time, 0 to 1000, with the reasons. It is pure:
//
//	sources   = 900 · (1 − Π (1 − w·c)), w being 1 malicious, ½ suspicious, 0.1 unknown and c the confidence of each
//	benign    · Π (1 − 0.6·c) of those that say benign
//	age       each c · (1 − 0.1 per full 30 days since the source last saw it, at least 0.3)
//	community + (900 − so far) · ½ · score/1000
//	sightings + 20 each, at most 100, where anything was said at all
//
// An override takes the place of that; an expired one, one on an allow list and a false
// positive are 0.
func Score(i *Indicator, at time.Time) (int, []Reason) {
	t := &tally{at: at}
	t.sources(i.Sources)
	t.rest(i)
	switch {
	case i.FalsePositive != nil:
		t.to(ReasonFalsePositive, 0, fmt.Sprintf("%s marked it a false positive: %s", i.FalsePositive.By, i.FalsePositive.Reason))
	case i.Allowed != nil:
		t.to(ReasonAllowed, 0, fmt.Sprintf("It is on the allow list, by %s: %s", i.Allowed.Value, i.Allowed.Reason))
	case i.Expired(at):
		t.to(ReasonExpired, 0, "It expired on "+i.ValidUntil.UTC().Format(time.DateOnly)+", and counts for nothing")
	case i.Override != nil:
		t.to(ReasonOverride, i.Override.Score, fmt.Sprintf("%s set the score to %d: %s", i.Override.By, i.Override.Score, i.Override.Reason))
	}
	return t.score, t.reasons
}

// tally adds up a score by reasons.
type tally struct {
	at      time.Time
	score   int
	reasons []Reason
}

// to has the score be something else, for a reason.
func (t *tally) to(kind string, score int, text string) {
	t.reasons = append(t.reasons, Reason{kind, score - t.score, text})
	t.score = score
}

func (t *tally) sources(all []Source) {
	list := slices.Clone(all)
	slices.SortStableFunc(list, func(a, b Source) int {
		if d := evidence(&b) - evidence(&a); d != 0 {
			return int(math.Copysign(1, d))
		}
		return b.Confidence - a.Confidence
	})
	left, faded, keep, fadedKeep := 1.0, 1.0, 1.0, 1.0
	oldest := 0
	for _, s := range list {
		if s.Verdict == Benign {
			continue
		}
		steps := fade(&s, t.at)
		oldest = max(oldest, steps)
		left *= 1 - evidence(&s)
		faded *= 1 - evidence(&s)*worth(steps)
		t.to(ReasonSource, points(1-left), fmt.Sprintf("%s says %s, with a confidence of %d", s.Name, s.Verdict, s.Confidence))
	}
	for _, s := range list {
		if s.Verdict != Benign {
			continue
		}
		steps := fade(&s, t.at)
		oldest = max(oldest, steps)
		keep *= 1 - benignWeight*float64(s.Confidence)/100
		fadedKeep *= 1 - benignWeight*float64(s.Confidence)/100*worth(steps)
		t.to(ReasonBenign, points((1-left)*keep), fmt.Sprintf("%s says benign, with a confidence of %d", s.Name, s.Confidence))
	}
	if oldest > 0 {
		t.to(ReasonAge, points((1-faded)*fadedKeep), fmt.Sprintf("What was last seen long ago counts less: a tenth for each 30 days, here up to %d%%", oldest*10))
	}
}

func (t *tally) rest(i *Indicator) {
	if i.Community != nil && *i.Community > 0 {
		more := float64(fromSources-t.score) * communityWeight * float64(*i.Community) / MaxScore
		t.to(ReasonCommunity, t.score+int(math.Round(more)), fmt.Sprintf("A community scores it %d of 1000", *i.Community))
	}
	if i.Sightings > 0 && t.score > 0 {
		text := "It was seen here once"
		if i.Sightings > 1 {
			text = fmt.Sprintf("It was seen here %d times", i.Sightings)
		}
		t.to(ReasonSightings, t.score+perSighting*min(i.Sightings, maxSightings), text)
	}
}

func points(share float64) int { return int(math.Round(fromSources * share)) }

func evidence(s *Source) float64 { return weights[s.Verdict] * float64(s.Confidence) / 100 }

// fade is how many tenths of its weight a source's word lost.
func fade(s *Source, at time.Time) int {
	if s.LastSeen.IsZero() || at.Before(s.LastSeen) {
		return 0
	}
	return min(int(at.Sub(s.LastSeen)/fadeEvery), fadeMost)
}

func worth(steps int) float64 { return 1 - float64(steps)/10 }

// Changes is when the score will next be another by itself; zero is never.
func Changes(i *Indicator, at time.Time) (next time.Time) {
	sooner := func(t time.Time) {
		if t.After(at) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if !i.ValidUntil.IsZero() {
		sooner(i.ValidUntil)
	}
	for n := range i.Sources {
		s := &i.Sources[n]
		if steps := fade(s, at); steps < fadeMost && !s.LastSeen.IsZero() {
			sooner(s.LastSeen.Add(time.Duration(steps+1) * fadeEvery))
		}
	}
	return next
}
