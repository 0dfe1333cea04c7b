package assets

import "slices"

// Risk is what the priority of a weakness or an alert depends on.
type Risk struct {
	// Severity is 0 to 10, such as CVSS.
	Severity float64
	// Confidence is 0 to 1, that it is true.
	Confidence float64
	// Criticality is 1 to 5, of the asset.
	Criticality int
	// Exposed says that the asset can be reached from the internet, Exploited that the
	// weakness is known to be exploited; Probability is 0 to 1, that it will be, such as
	// EPSS, where it isn't.
	Exposed, Exploited bool
	Probability        float64
}

// Priority is the score of a risk, 0 to 100, and its priority, P1 to P5. It is the formula of
// the action risk.priority:
//
//	100 × severity/10 × (0.4 + 0.6 × (criticality − 1)/4) × (0.5 + 0.5 × confidence)
//	+ 10 where it is exposed + 15 where it is exploited, or 15 × the probability of it
//
// and at most 100. P1 is from 80 on, P2 from 60, P3 from 40, P4 from 20. A test holds the two
// to one another.
func Priority(r *Risk) (score float64, priority string) {
	score = 100 * (r.Severity / 10) * (0.4 + 0.6*(float64(r.Criticality-1)/4)) * (0.5 + 0.5*r.Confidence)
	if r.Exposed {
		score += 10
	}
	if r.Exploited {
		score += 15
	} else {
		score += 15 * r.Probability
	}
	score = min(100, cents(score))
	for i, from := range []float64{80, 60, 40, 20} {
		if score >= from {
			return score, []string{"P1", "P2", "P3", "P4"}[i]
		}
	}
	return score, "P5"
}

// bands are from which expected loss on it counts as low, moderate, high and severe: those
// that the action risk.impact has as its usual ones.
var bands = []float64{1_000, 10_000, 100_000, 1_000_000}

// Impact is the loss that is to be expected where an asset's value is lost with a
// probability, and the band of it, 0 to 4: what risk.impact gives as expected and band for
// that value as the loss.
func Impact(value, probability float64) (expected float64, band int) {
	expected = cents(cents(value) * probability)
	for _, from := range bands {
		if expected >= from {
			band++
		}
	}
	return expected, band
}

// severityScores are the words of severity as scores, as risk.priority has them.
var severityScores = []float64{0, 2.5, 5, 7.5, 10}

// SeverityScore is 0 to 10 of a word.
func SeverityScore(word string) float64 {
	if at := slices.Index(Severities, word); at >= 0 {
		return severityScores[at]
	}
	return 5
}
