package engine

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// Flow is a document prepared for running. It is immutable and shared.
type Flow struct {
	Program *check.Program
	Plan    *run.Plan
	Digest  string
	info    map[string]any
}

// NewFlow prepares a compiled program.
func NewFlow(p *check.Program) *Flow {
	d := p.Document
	return &Flow{
		Program: p, Plan: run.NewPlan(d), Digest: Digest(d),
		info: map[string]any{"id": d.ID, "name": d.Name},
	}
}

// Digest names a document by its canonical bytes: lower-case hex SHA-256.
func Digest(d *flow.Document) string {
	sum := sha256.Sum256(flow.Encode(d))
	return hex.EncodeToString(sum[:])
}

// key is a step's idempotency key: the same for every attempt and after every restart.
func key(runID, step string) string {
	sum := sha256.Sum256([]byte(runID + "/" + step))
	return hex.EncodeToString(sum[:16])
}
