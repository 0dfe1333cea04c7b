package library

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits of pins: those of a run are kept with it.
const (
	// MaxPin is the most bytes of JSON of one output, MaxPins of all of a flow.
	MaxPin  = 256 << 10
	MaxPins = 1 << 20
)

// ErrNoPin says that a node has no pinned output.
var ErrNoPin = errors.New("this node has no pinned output")

// PinSizeError says that an output is too large to be pinned.
type PinSizeError struct {
	Size, Most int
	// All says that it is the flow's outputs together that are too large.
	All bool
}

// Error implements the error interface.
func (e *PinSizeError) Error() string {
	if e.All {
		return fmt.Sprintf("the pinned outputs of this flow would have %d KiB together: %d KiB is the most, so unpin another, or pin less", e.Size>>10, e.Most>>10)
	}
	return fmt.Sprintf("the output has %d KiB, and %d KiB is the most that can be pinned: keep only what the next steps read", e.Size>>10, e.Most>>10)
}

// Pin is an output that was given beforehand for a node of a draft. It holds what a run
// shows, in which secrets are masked.
type Pin struct {
	Node   string
	Type   string // of the node that it was given for; empty is any
	Port   string // the way out; empty is out
	Output any
	At     time.Time
	By     string
}

// Fits says whether a pin was given for a node of a type: under one id another may stand later.
func (p *Pin) Fits(typ string) bool { return p.Type == "" || p.Type == typ }

// Pins keeps pins. They go with their flow.
type Pins interface {
	Pins(ctx context.Context, flow string) ([]Pin, error)
	// SavePin replaces a node's pin. It fails with a [*PinSizeError].
	SavePin(ctx context.Context, flow string, p Pin) error
	// DeletePin fails with [ErrNoPin].
	DeletePin(ctx context.Context, flow, node string) error
}

// Pins gives the pinned outputs of a flow's draft, by node.
func (s *Service) Pins(ctx context.Context, id string) ([]Pin, error) {
	if _, err := s.drafts.Draft(ctx, id); err != nil {
		return nil, err
	}
	return s.extras.Pins(ctx, id)
}

// SavePin pins a node's output.
func (s *Service) SavePin(ctx context.Context, id string, p Pin, by string) (Pin, error) {
	p.At, p.By = s.now().UTC().Truncate(time.Microsecond), by
	return p, s.extras.SavePin(ctx, id, p)
}

// DeletePin lets a node give its own output again.
func (s *Service) DeletePin(ctx context.Context, id, node string) error {
	if _, err := s.drafts.Draft(ctx, id); err != nil {
		return err
	}
	return s.extras.DeletePin(ctx, id, node)
}
