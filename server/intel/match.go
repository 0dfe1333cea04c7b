package intel

import (
	"context"
	"fmt"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// MaxObservables is how many are matched at once.
const MaxObservables = 5_000

// Match is what is known of one observable.
type Match struct {
	// Observable is normalised, where it could be.
	Observable Observable
	// Hits are the indicators that match it, the closest first; none where it isn't known.
	Hits []Hit
	// Allowed is the entry of the allow list that it falls under itself; nil is none.
	Allowed *Allow
	// Problem says why it can't be matched; empty is nothing.
	Problem string
}

// Hit is an indicator that matches, and how; see [HowExact].
type Hit struct {
	How       string
	Indicator Indicator
}

// Best is the hit with the highest score, the closest of these; nil where there is none,
// or where the observable is on the allow list itself.
func (m *Match) Best() *Hit {
	var best *Hit
	for n := range m.Hits {
		if best == nil || m.Hits[n].Indicator.Score > best.Indicator.Score {
			best = &m.Hits[n]
		}
	}
	return best
}

// Score is the highest score of the hits; 0 where there is none or it is allowed.
func (m *Match) Score() int {
	if best := m.Best(); best != nil && m.Allowed == nil {
		return best.Indicator.Score
	}
	return 0
}

// SeenInCase keeps that the indicators which match artifacts of a case were seen there, once
// each.
func (s *Service) SeenInCase(ctx context.Context, by cases.Actor, caseID string, matches []Match) error {
	var list []Sighting
	for n := range matches {
		for h := range matches[n].Hits {
			hit := &matches[n].Hits[h]
			seen := Sighting{Key: "case/" + caseID + "/" + matches[n].Observable.ID(), Indicator: hit.Indicator.ID, Case: caseID, Source: "Cases"}
			if hit.How != HowExact {
				seen.Observed = matches[n].Observable.Value
			}
			list = append(list, seen)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return s.sight(ctx, Note{By: by, Action: "indicator.sighting"}, list)
}

// Match finds the indicators that observables are, or lie within: the same value, the host
// of an address, the domains above, the networks around. It gives one match for each
// observable, in their order.
func (s *Service) Match(ctx context.Context, observables []Observable) ([]Match, error) {
	if len(observables) > MaxObservables {
		return nil, &FieldError{"values", fmt.Sprintf("at most %d values are looked up at once", MaxObservables), "look them up in parts"}
	}
	allow, err := s.allowed(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Match, len(observables))
	placed := false
	for n, given := range observables {
		o, err := Normalise(given.Type, given.Value)
		if err != nil {
			list[n] = Match{Observable: given, Problem: err.Error()}
			continue
		}
		list[n] = Match{Observable: o, Allowed: allow.find(o)}
		kind := o.host().Type
		placed = placed || kind == cases.TypeIP || kind == TypeNetwork
	}
	var sizes []int
	if placed {
		if sizes, err = s.store.NetworkSizes(ctx); err != nil {
			return nil, err
		}
	}
	return list, s.look(ctx, list, sizes, allow)
}

func (s *Service) look(ctx context.Context, list []Match, sizes []int, allow *allowList) error {
	wanted := make([][]candidate, len(list))
	ids, asked := make([]string, 0, 4*len(list)), make(map[string]bool, 4*len(list))
	keys := make([][]string, len(list))
	var places []string
	for n := range list {
		if list[n].Problem != "" {
			continue
		}
		wanted[n] = list[n].Observable.candidates(sizes)
		keys[n] = make([]string, len(wanted[n]))
		for c := range wanted[n] {
			id := wanted[n][c].observable.ID()
			keys[n][c] = id
			switch {
			case asked[id]:
			case wanted[n][c].how == HowNetwork: // side by side in their order, as digests are not
				places = append(places, wanted[n][c].observable.Place())
			default:
				ids = append(ids, id)
			}
			asked[id] = true
		}
	}
	found, err := s.store.ByID(ctx, ids)
	if err != nil {
		return err
	}
	if len(places) > 0 {
		networks, err := s.store.NetworksAt(ctx, places)
		if err != nil {
			return err
		}
		found = append(found, networks...)
	}
	at := s.at()
	byID := make(map[string]*Indicator, len(found))
	for n := range found {
		scoreBy(&found[n], allow, at)
		byID[found[n].ID] = &found[n]
	}
	for n := range list {
		for c, id := range keys[n] {
			if i := byID[id]; i != nil {
				list[n].Hits = append(list[n].Hits, Hit{wanted[n][c].how, *i})
			}
		}
	}
	return nil
}
