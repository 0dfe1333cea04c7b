package intel

import (
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return noon.Add(-time.Duration(n) * 24 * time.Hour) }

func source(verdict string, confidence, days int) Source {
	return Source{Name: verdict, Verdict: verdict, Confidence: confidence, FirstSeen: daysAgo(days), LastSeen: daysAgo(days)}
}

func TestScore(t *testing.T) {
	community := 1000
	for name, c := range map[string]struct {
		of   Indicator
		want int
		last string
	}{
		"nobody":                  {Indicator{}, 0, ""},
		"one that is sure":        {Indicator{Sources: []Source{source(Malicious, 100, 0)}}, 900, ReasonSource},
		"one that is half sure":   {Indicator{Sources: []Source{source(Malicious, 50, 0)}}, 450, ReasonSource},
		"two that are half sure":  {Indicator{Sources: []Source{source(Malicious, 50, 0), source(Malicious, 50, 0)}}, 675, ReasonSource},
		"a suspicion":             {Indicator{Sources: []Source{source(Suspicious, 100, 0)}}, 450, ReasonSource},
		"nobody knows":            {Indicator{Sources: []Source{source(Unknown, 100, 0)}}, 90, ReasonSource},
		"one that contradicts":    {Indicator{Sources: []Source{source(Malicious, 100, 0), source(Benign, 100, 0)}}, 360, ReasonBenign},
		"29 days old":             {Indicator{Sources: []Source{source(Malicious, 100, 29)}}, 900, ReasonSource},
		"30 days old":             {Indicator{Sources: []Source{source(Malicious, 100, 30)}}, 810, ReasonAge},
		"very old":                {Indicator{Sources: []Source{source(Malicious, 100, 3000)}}, 270, ReasonAge},
		"a community":             {Indicator{Community: &community}, 450, ReasonCommunity},
		"a source and community":  {Indicator{Sources: []Source{source(Malicious, 50, 0)}, Community: &community}, 675, ReasonCommunity},
		"seen twice":              {Indicator{Sources: []Source{source(Malicious, 100, 0)}, Sightings: 2}, 940, ReasonSightings},
		"seen often":              {Indicator{Sources: []Source{source(Malicious, 100, 0)}, Sightings: 99}, 1000, ReasonSightings},
		"seen, of nobody's words": {Indicator{Sightings: 9}, 0, ""},
		"expired":                 {Indicator{Sources: []Source{source(Malicious, 100, 0)}, ValidUntil: noon}, 0, ReasonExpired},
		"valid yet":               {Indicator{Sources: []Source{source(Malicious, 100, 0)}, ValidUntil: noon.Add(1)}, 900, ReasonSource},
		"set":                     {Indicator{Override: &Said{Score: 640}}, 640, ReasonOverride},
		"set and expired":         {Indicator{Override: &Said{Score: 640}, ValidUntil: noon}, 0, ReasonExpired},
		"allowed":                 {Indicator{Override: &Said{Score: 640}, Allowed: &Allow{}}, 0, ReasonAllowed},
		"a false positive":        {Indicator{Sources: []Source{source(Malicious, 100, 0)}, FalsePositive: &Said{}}, 0, ReasonFalsePositive},
	} {
		got, reasons := Score(&c.of, noon)
		last := ""
		if len(reasons) > 0 {
			last = reasons[len(reasons)-1].Kind
		}
		if got != c.want || last != c.last {
			t.Errorf("%s scores %d by %+v, want %d by %s", name, got, reasons, c.want, c.last)
		}
	}
}

// TestScoreHolds holds for any indicator that the reasons add up to the score, that it lies
// within its bounds, that the order of sources doesn't matter, and that it stays until it is
// said to change.
func TestScoreHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		i := Indicator{Sightings: r.IntN(8)}
		for range r.IntN(5) {
			i.Sources = append(i.Sources, source(Verdicts[r.IntN(4)], r.IntN(101), r.IntN(300)))
		}
		if r.IntN(2) == 0 {
			n := r.IntN(1001)
			i.Community = &n
		}
		if r.IntN(3) == 0 {
			i.ValidUntil = noon.Add(time.Duration(r.IntN(100)-50) * time.Hour)
		}
		score, reasons := Score(&i, noon)
		sum := 0
		for _, reason := range reasons {
			sum += reason.Points
		}
		if sum != score || score < 0 || score > MaxScore {
			t.Fatalf("%+v scores %d by %+v", i, score, reasons)
		}
		shuffled := i
		shuffled.Sources = append([]Source{}, i.Sources...)
		r.Shuffle(len(shuffled.Sources), func(a, b int) {
			shuffled.Sources[a], shuffled.Sources[b] = shuffled.Sources[b], shuffled.Sources[a]
		})
		if other, _ := Score(&shuffled, noon); other != score {
			t.Fatalf("%+v scores %d, in another order %d", i, score, other)
		}
		next := Changes(&i, noon)
		until := noon.Add(400 * 24 * time.Hour)
		if !next.IsZero() {
			until = next.Add(-1)
		}
		if later, _ := Score(&i, until); later != score {
			t.Fatalf("%+v scores %d, and %d at %s", i, score, later, until)
		}
	}
}
