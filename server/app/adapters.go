package app

import (
	"context"
	"errors"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/live"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

// records lets the web read what the store keeps.
type records struct{ *store.Store }

// ListRuns implements [web.Runs].
func (r records) ListRuns(ctx context.Context, f web.RunFilter) ([]web.RunSummary, string, error) {
	runs, next, err := r.Runs(ctx, store.RunFilter(f))
	return summaries(runs), next, err
}

// LastRuns implements [web.Runs].
func (r records) LastRuns(ctx context.Context, flows []string, each int) (map[string][]web.RunSummary, error) {
	last, err := r.Store.LastRuns(ctx, flows, each)
	out := make(map[string][]web.RunSummary, len(last))
	for id, runs := range last {
		out[id] = summaries(runs)
	}
	return out, err
}

func summaries(runs []store.RunSummary) []web.RunSummary {
	list := make([]web.RunSummary, len(runs))
	for i := range runs {
		list[i] = web.RunSummary(runs[i])
	}
	return list
}

// Audit implements [web.Audit].
func (r records) Audit(ctx context.Context, cursor string, limit int) ([]web.AuditItem, string, error) {
	entries, next, err := r.Store.Audit(ctx, cursor, limit)
	list := make([]web.AuditItem, len(entries))
	for i, e := range entries {
		list[i] = web.AuditItem(e)
	}
	return list, next, err
}

// source gives live sockets what they missed. Its server is set once it is made.
type source struct {
	store *store.Store
	web   *web.Server
}

// Run implements [live.Source].
func (s *source) Run(ctx context.Context, id string) (any, int64, error) {
	view, err := s.web.RunView(ctx, id)
	return view, view.Seq, gone(err)
}

// Events implements [live.Source].
func (s *source) Events(ctx context.Context, id string, since int64, limit int) ([]run.Event, error) {
	return s.store.Events(ctx, id, since, limit)
}

// Flow implements [live.Source].
func (s *source) Flow(ctx context.Context, id string) (any, int64, error) {
	view, err := s.web.FlowView(ctx, id)
	return view, view.Revision, gone(err)
}

// Inbox implements [live.Source].
func (s *source) Inbox(ctx context.Context, _ string) (any, int64, error) {
	view, err := s.web.InboxView(ctx)
	return view, view.Revision, err
}

// Case implements [live.Source].
func (s *source) Case(ctx context.Context, id string) (any, int64, error) {
	view, err := s.web.CaseView(ctx, id)
	return view, view.Revision, gone(err)
}

// Cases implements [live.Source].
func (s *source) Cases(ctx context.Context, _ string) (any, int64, error) {
	view, err := s.web.CasesView(ctx)
	return view, view.Revision, err
}

// Alerts implements [live.Source].
func (s *source) Alerts(ctx context.Context, _ string) (any, int64, error) {
	view, err := s.web.AlertsView(ctx)
	return view, view.Revision, err
}

func gone(err error) error {
	if errors.Is(err, cases.ErrNotFound) || errors.Is(err, engine.ErrNotFound) || errors.Is(err, library.ErrNotFound) {
		return live.ErrNotFound
	}
	return err
}
