package library

import (
	"context"
	"fmt"
)

// AnyRevision is the base of a change that is made whatever others changed meanwhile.
const AnyRevision = -1

// Sample is a recorded input, to try a flow with.
type Sample struct {
	Name    string
	Trigger string // node id; empty is the default
	Input   any
}

// Samples are the recorded inputs of a flow, at the revision that a change of them is made from.
type Samples struct {
	Items    []Sample
	Revision int64
}

// SamplesConflictError says that somebody else saved the samples of a flow since they were read.
type SamplesConflictError struct {
	Yours   int64
	Current Samples
}

// Error implements the error interface.
func (e *SamplesConflictError) Error() string {
	return fmt.Sprintf("the samples are at revision %d, yours were made from %d: take theirs, and save both", e.Current.Revision, e.Yours)
}

// SampleStore keeps samples. They go with their flow.
type SampleStore interface {
	// Samples of a flow that isn't there are none.
	Samples(ctx context.Context, flow string) (Samples, error)
	// SaveSamples replaces what is at the base revision, or at [AnyRevision], and gives the new
	// one. It fails with a [*SamplesConflictError], or with [ErrNotFound].
	SaveSamples(ctx context.Context, flow string, base int64, list []Sample) (int64, error)
}

// Samples gives a flow's recorded inputs.
func (s *Service) Samples(ctx context.Context, id string) (Samples, error) {
	return s.extras.Samples(ctx, id)
}

// SaveSamples replaces a flow's recorded inputs, and gives their new revision.
func (s *Service) SaveSamples(ctx context.Context, id string, base int64, list []Sample) (int64, error) {
	return s.extras.SaveSamples(ctx, id, base, list)
}
