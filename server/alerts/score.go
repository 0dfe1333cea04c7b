package alerts

import (
	"fmt"
	"strings"
)

// Points of a score, which are 1000 in all. What nobody knows adds nothing: knowing more
// never makes an alert less urgent than knowing nothing.
const (
	pointsSeverity    = 500 // info 0, low a quarter, medium half, high three quarters, critical all
	pointsLocal       = 150 // times the own intelligence's score / 1000
	pointsCommunity   = 75  // times the community's score / 1000
	pointsEnrichment  = 100 // times the third parties' score / 1000
	pointsCriticality = 100 // from criticality 1: none, to 5: all
	pointsImpact      = 75  // negligible none, low a quarter, moderate half, high three quarters, severe all
)

// Scores of what an alert is about, 0 to 1000; NoScore where nobody gave one.
type Scores struct {
	// Local is the own intelligence's, Community that of those with whom it is shared,
	// Enrichment that of third parties.
	Local      int `json:"local"`
	Community  int `json:"community"`
	Enrichment int `json:"enrichment"`
}

// NoScores is what nobody scored.
var NoScores = Scores{NoScore, NoScore, NoScore}

// With takes over what another gives.
func (s Scores) With(o Scores) Scores {
	pick := func(old, now int) int {
		if now == NoScore {
			return old
		}
		return now
	}
	return Scores{pick(s.Local, o.Local), pick(s.Community, o.Community), pick(s.Enrichment, o.Enrichment)}
}

func (s Scores) highest(o Scores) Scores {
	return Scores{max(s.Local, o.Local), max(s.Community, o.Community), max(s.Enrichment, o.Enrichment)}
}

// Asset is what an alert is about of what the organisation has.
type Asset struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Kind        string `json:"kind"`
	Owner       string `json:"owner"`
	Criticality int    `json:"criticality"` // 1 to 5
	// Impact is the loss that is to be expected of the alert, in Currency; Band is how much
	// that is, from 0, negligible, to 4, severe. Both are 0 where the asset has no value.
	Impact   float64 `json:"impact"`
	Currency string  `json:"currency"`
	Band     int     `json:"band"`
	// Findings are open ones, Exploited those of them that are known to be exploited.
	Findings  int `json:"findings"`
	Exploited int `json:"exploited"`
}

// Rating is what a score was made of.
type Rating struct {
	// Given was said by flows, Found by the own intelligence. The higher counts.
	Given Scores `json:"given"`
	Found Scores `json:"found"`
	// Why says where the found scores are from.
	Why     []string `json:"why"`
	Assets  []Asset  `json:"assets"`
	Reasons []Reason `json:"reasons"`
}

// Scores are those that count.
func (r *Rating) Scores() Scores { return r.Given.highest(r.Found) }

// Impact is the highest loss that is to be expected, with its currency; 0 is none.
func (r *Rating) Impact() (loss float64, currency string) {
	for i := range r.Assets {
		if r.Assets[i].Impact > loss {
			loss, currency = r.Assets[i].Impact, r.Assets[i].Currency
		}
	}
	return loss, currency
}

// Reason is one part of a score.
type Reason struct {
	// Factor is severity, local, community, enrichment, criticality or impact.
	Factor string `json:"factor"`
	Points int    `json:"points"`
	Most   int    `json:"most"`
	Text   string `json:"text"`
}

var bands = []string{"negligible", "low", "moderate", "high", "severe"}

// Score adds up what is known of an alert, 0 to 1000, and says of what.
func Score(severity string, r *Rating) (total int, reasons []Reason) {
	add := func(factor string, share float64, most int, text string) {
		points := int(share*float64(most) + 0.5)
		total += points
		reasons = append(reasons, Reason{factor, points, most, text})
	}
	add("severity", float64(max(Rank(severity), 0))/4, pointsSeverity, "the severity is "+severity)
	scores := r.Scores()
	why := ""
	if len(r.Why) > 0 && r.Found.Local >= r.Given.Local {
		why = ": " + strings.Join(r.Why, ", ")
	}
	for _, s := range []struct {
		factor string
		score  int
		most   int
		text   string
	}{
		{"local", scores.Local, pointsLocal, "own intelligence gives %d of 1000" + strings.ReplaceAll(why, "%", "%%")},
		{"community", scores.Community, pointsCommunity, "the community gives %d of 1000"},
		{"enrichment", scores.Enrichment, pointsEnrichment, "third parties give %d of 1000"},
	} {
		if s.score != NoScore {
			add(s.factor, float64(s.score)/MaxScore, s.most, fmt.Sprintf(s.text, s.score))
		}
	}
	var first, dearest *Asset
	for i := range r.Assets {
		a := &r.Assets[i]
		if first == nil || a.Criticality > first.Criticality {
			first = a
		}
		if a.Impact > 0 && (dearest == nil || a.Band > dearest.Band) {
			dearest = a
		}
	}
	if first != nil {
		add("criticality", float64(first.Criticality-1)/4, pointsCriticality, fmt.Sprintf("%s is of criticality %d of 5", first.Name, first.Criticality))
	}
	if dearest != nil {
		add("impact", float64(dearest.Band)/4, pointsImpact, fmt.Sprintf("the loss to be expected of %s is %s: %.0f %s", dearest.Name, bands[dearest.Band], dearest.Impact, dearest.Currency))
	}
	return total, reasons
}

// rate makes the score anew.
func (a *Alert) rate() { a.Score, a.Rating.Reasons = Score(a.Severity, &a.Rating) }
