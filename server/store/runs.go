package store

import (
	"context"
	"fmt"
	"time"
)

// RunFilter picks runs of the list. Empty fields pick all.
type RunFilter struct {
	Flow   string
	States []string
	// Replays lists only runs that replay others; without it they are left out.
	Replays bool
	// Of lists only those that replay a run.
	Of string
	// Query is part of a flow's name, or a run's id.
	Query  string
	Cursor string
	Limit  int
}

// RunSummary is a line of the list of runs; it loads no input and no output.
type RunSummary struct {
	ID           string
	Flow         string
	FlowName     string
	Version      int
	State        string
	Trigger      string
	DryRun       bool
	RetryOf      string
	ReplayOf     string
	ReplayJob    string
	Created      time.Time
	Started      time.Time
	Ended        time.Time
	ErrorCode    string
	ErrorMessage string
	Steps        int
}

// Runs gives a page of runs, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) (runs []RunSummary, next string, err error) {
	query := s.read.WithContext(ctx).Omit("input", "input_ref").Order("id DESC").Limit(f.Limit + 1)
	if f.Flow != "" {
		query = query.Where("flow_id = ?", f.Flow)
	}
	if len(f.States) > 0 {
		query = query.Where("state IN ?", f.States)
	}
	if f.Query != "" {
		query = query.Where("id = ? OR "+fmt.Sprintf(s.dialect.contains, "lower(flow_name)", "lower(?)"), f.Query, f.Query)
	}
	switch {
	case f.Of != "":
		query = query.Where("replay_of = ?", f.Of)
	case f.Replays:
		query = query.Where("replay_of <> ''")
	default:
		query = query.Where("replay_of = ''")
	}
	if f.Cursor != "" {
		query = query.Where("id < ?", f.Cursor)
	}
	var rows []runRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[f.Limit-1].ID
	}
	for i := range rows {
		runs = append(runs, rows[i].summary())
	}
	return runs, next, nil
}

// LastRuns gives the newest runs of each flow, newest first.
func (s *Store) LastRuns(ctx context.Context, flows []string, each int) (map[string][]RunSummary, error) {
	last := map[string][]RunSummary{}
	for _, id := range flows { // a page of flows; each is one look at an index
		runs, _, err := s.Runs(ctx, RunFilter{Flow: id, Limit: each})
		if err != nil {
			return nil, err
		}
		last[id] = runs
	}
	return last, nil
}

func (r *runRow) summary() RunSummary {
	retryOf := ""
	if r.RetryOf != nil {
		retryOf = *r.RetryOf
	}
	return RunSummary{
		RetryOf: retryOf, ReplayOf: r.ReplayOf, ReplayJob: r.ReplayJob,
		ID: r.ID, Flow: r.FlowID, FlowName: r.FlowName, Version: r.FlowVersion, State: r.State, Trigger: r.TriggerNode, DryRun: r.DryRun,
		Created: fromMicro(r.CreatedAt), Started: fromMicro(r.StartedAt), Ended: fromMicro(r.EndedAt),
		ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage, Steps: r.Steps,
	}
}
