package web

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/run"
)

// maxBefore is how many runs are counted before a queued one.
const maxBefore = 100

// Queue is why a queued run waits.
type Queue struct {
	Places int  `json:"places" doc:"How many runs of the flow may be at work at once"`
	Before int  `json:"before" doc:"Queued runs of the flow that begin before it"`
	More   bool `json:"more,omitempty" doc:"There are more before it than were counted"`
}

// queueOf says why a run waits; nil where nothing holds it up any more.
func (s *Server) queueOf(ctx context.Context, id string) (*Queue, error) {
	f, err := s.fold(ctx, id)
	if err != nil || f.flow == nil || f.state.Status != run.Queued {
		return nil, err
	}
	limits := f.flow.Program.Document.Limits
	if limits == nil || limits.Concurrency == 0 {
		return nil, nil
	}
	// They begin in the order of their ids, by which the list is read.
	before, next, err := s.Runs.ListRuns(ctx, RunFilter{Flow: f.record.Flow, States: []string{string(run.Queued)}, Cursor: id, Limit: maxBefore})
	return &Queue{limits.Concurrency, len(before), next != ""}, err
}
