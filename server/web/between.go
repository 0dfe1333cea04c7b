package web

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// ClosedTime picks what was closed in a time, and by whom.
type ClosedTime struct {
	ClosedSince time.Time `query:"closedSince" doc:"Closed then or later"`
	ClosedUntil time.Time `query:"closedUntil" doc:"Closed before"`
	ClosedBy    string    `query:"closedBy" enum:"flow,person," doc:"Closed by flows, or by people"`
}

func (t *ClosedTime) closed() (cases.Between, error) {
	return between("closed", t.ClosedSince, t.ClosedUntil)
}

// between is a time that was asked for; name begins what its bounds are called.
func between(name string, since, until time.Time) (cases.Between, error) {
	if !until.IsZero() && !since.Before(until) {
		return cases.Between{}, problemAt(422, name, name+"Until", "the end of the time must be later than its beginning: "+name+"Until than "+name+"Since")
	}
	return cases.Between{From: since, Until: until}, nil
}
