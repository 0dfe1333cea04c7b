package web

import "context"

// Uses knows which flows use what.
type Uses interface {
	// BoundCredentials lists the ids of the credentials that a flow is bound to.
	BoundCredentials(ctx context.Context) ([]string, error)
}
