package library

import (
	"context"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Bounds of checks: a draft may be as hostile as its author likes.
const (
	checkWithin = 5 * time.Second
	// checksAtOnce leaves processors to the runs.
	checksAtOnce = 2
)

// ErrBusy says that too many flows are being checked: ask again in a moment.
var ErrBusy = errors.New("too many flows are being checked: ask again in a moment")

// Check finds the problems of a document, of its structure and its meaning. It fails with
// [ErrBusy] where it gets no place among the checks.
func (s *Service) Check(ctx context.Context, content []byte) (*flow.Document, flow.Problems, error) {
	done, err := s.mayCheck(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	d, problems := flow.Decode(content)
	if d == nil {
		return nil, problems, nil
	}
	within, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	problems = append(problems, check.Document(within, d, s.types)...)
	problems = append(problems, s.forgetful(d)...)
	problems = append(problems, s.strangers(d)...)
	problems.Sort()
	return d, problems, ctx.Err()
}

// mayCheck waits for a place, as long as a check may last; done gives it back.
func (s *Service) mayCheck(ctx context.Context) (done func(), err error) {
	late := time.NewTimer(checkWithin)
	defer late.Stop()
	select {
	case s.checks <- struct{}{}:
		return func() { <-s.checks }, nil
	case <-late.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
