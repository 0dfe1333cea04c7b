package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/intel"
)

// openIntel makes what knows indicators.
func (core *Core) openIntel(c CoreConfig) {
	changed := c.IntelChanged
	if changed == nil {
		changed = func([]string) {}
	}
	core.Intel = intel.NewService(core.Store, time.Now, changed)
}

// intelChanged has the cases rated anew whose indicators changed.
func (s *Server) intelChanged(ids []string) {
	if s.caseTeller != nil {
		s.caseTeller.raters.add(ids)
		s.caseTeller.tell()
	}
}

// raters rate the artifacts of cases by what intelligence knows of them.
type raters struct {
	cases *cases.Service
	intel *intel.Service

	mu      sync.Mutex
	waiting map[string]bool
}

func (r *raters) add(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.waiting[id] = true
	}
}

// look rates the cases that wait for it.
func (r *raters) look(ctx context.Context) error {
	r.mu.Lock()
	ids := slices.Sorted(maps.Keys(r.waiting))
	r.waiting = map[string]bool{}
	r.mu.Unlock()
	for n, id := range ids {
		if err := r.rate(ctx, id, time.Time{}); err != nil && !errors.Is(err, cases.ErrNotFound) {
			r.add(ids[n:])
			return err
		}
	}
	return nil
}

// intelligence is who rates artifacts.
var intelligence = cases.Actor{Name: "Intelligence", Kind: "system"}

// rate looks up the artifacts that came to a case at a time, or all where that is zero:
// each is a sighting of the indicators that it matches, and takes the highest score of these
// where it has a lower one.
func (r *raters) rate(ctx context.Context, id string, added time.Time) error {
	all, err := r.cases.Artifacts(ctx, id)
	if err != nil {
		return err
	}
	list := slices.DeleteFunc(all, func(a cases.Artifact) bool { return !added.IsZero() && !a.Added.Equal(added) })
	if len(list) == 0 {
		return nil
	}
	observed := make([]intel.Observable, len(list))
	for n := range list {
		observed[n] = intel.Observable{Type: list[n].Type, Value: list[n].Value}
	}
	matches, err := r.intel.Match(ctx, observed)
	if err != nil {
		return err
	}
	if err := r.intel.SeenInCase(ctx, intelligence, id, matches); err != nil {
		return err
	}
	if matches, err = r.intel.Match(ctx, observed); err != nil { // being seen raises scores
		return err
	}
	var higher []cases.Artifact
	for n := range matches {
		if score := matches[n].Score(); score > list[n].Score && score > 0 {
			list[n].Score, list[n].Note = score, ""
			higher = append(higher, list[n])
		}
	}
	if len(higher) == 0 {
		return nil
	}
	_, err = r.cases.AddArtifacts(ctx, intelligence, id, "", higher)
	if errors.Is(err, cases.ErrMerged) {
		return nil
	}
	return err
}

// rescoring keeps the scores of lists true to time: sources fade, and indicators expire.
type rescoring struct {
	service *intel.Service
	logger  *slog.Logger
}

func (r rescoring) run(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := r.service.Rescore(ctx); err != nil && ctx.Err() == nil {
			r.logger.Warn("scores of indicators were not looked at; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
