package store

import (
	"context"
	"time"
)

// RunFilter picks runs of the list. Empty fields pick all.
type RunFilter struct {
	Flow   string
	States []string
	// Label picks runs of the flows that have a label now.
	Label string
	// Trigger is a trigger's node, or what started a run, such as webhook.
	Trigger string
	// Since and Until bound when runs were created; Until itself is outside.
	Since, Until time.Time
	// Replays lists only runs that replay others; without it they are left out.
	Replays bool
	// Of lists only those that replay a run.
	Of string
	// Live lists only runs of published versions that had effects: no dry ones.
	Live bool
	// Query is a run's id or its end, or part of a flow's name or of an error.
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
