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
	// checkSoon is how long one waits for a place who can do without the check.
	checkSoon = time.Second
)

// ErrBusy says that too many flows are being checked: ask again in a moment.
var ErrBusy = errors.New("too many flows are being checked: ask again in a moment")

// Check finds the problems of a document, of its structure and its meaning. It fails with
// [ErrBusy] where it gets no place among the checks.
func (s *Service) Check(ctx context.Context, content []byte) (*flow.Document, flow.Problems, error) {
	return s.check(ctx, content, checkWithin)
}

// CheckSoon is Check for those who need the document more than its problems: where it gets
// no place among the checks soon, it finds those of the structure, and a warning says that
// the meaning wasn't checked.
func (s *Service) CheckSoon(ctx context.Context, content []byte) (*flow.Document, flow.Problems, error) {
	d, problems, err := s.check(ctx, content, checkSoon)
	if !errors.Is(err, ErrBusy) {
		return d, problems, err
	}
	if d, problems = flow.Decode(content); d == nil {
		return nil, problems, nil
	}
	problems = append(problems, flow.Problem{
		Code: "flow.unchecked", Severity: flow.SeverityWarning,
		Message: "the flow wasn't checked: too many are being checked", Fix: "check it again in a moment",
	})
	problems.Sort()
	return d, problems, nil
}

func (s *Service) check(ctx context.Context, content []byte, patience time.Duration) (*flow.Document, flow.Problems, error) {
	done, err := s.places.take(ctx, patience)
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
