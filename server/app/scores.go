package app

import (
	"context"
	"fmt"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// scorer tells alerts what is known of their observables: by indicators, and where those
// say nothing by artifacts of cases.
type scorer struct {
	intel *intel.Service
	store *store.Store
}

// ScoreObservables implements [alerts.Scorer]. The local score is the highest of the
// indicators that match, the community's is the highest that they have of it.
func (s scorer) ScoreObservables(ctx context.Context, list []cases.Artifact) (alerts.Scores, []string, error) {
	list = list[:min(len(list), intel.MaxObservables)]
	observables := make([]intel.Observable, len(list))
	for i := range list {
		observables[i] = intel.Observable{Type: list[i].Type, Value: list[i].Value}
	}
	matches, err := s.intel.Match(ctx, observables)
	if err != nil {
		return alerts.NoScores, nil, err
	}
	scores, why := alerts.NoScores, []string(nil)
	for _, m := range matches {
		for _, hit := range m.Hits {
			known := &hit.Indicator
			if known.Score > scores.Local {
				scores.Local = known.Score
				why = []string{fmt.Sprintf("%s is an indicator with a score of %d", cases.Defang(known.Type, known.Value), known.Score)}
			}
			if known.Community != nil {
				scores.Community = max(scores.Community, *known.Community)
			}
		}
	}
	if why != nil {
		return scores, why, nil
	}
	before, why, err := s.store.ScoreObservables(ctx, list)
	before.Community = scores.Community
	return before, why, err
}
