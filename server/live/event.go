// Package live tells browsers what happens as it happens: it fans events out to
// sockets, which resume by sequence.
package live

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// MaxEvent is the most bytes that an event carries on a socket; larger outputs
// are fetched.
const MaxEvent = 4 << 10

// Event is one entry of a run's journal as the outside sees it.
type Event struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Kind    run.Kind  `json:"kind"`
	Step    string    `json:"step,omitempty" doc:"Step key, such as parse or each.3.look"`
	Node    string    `json:"node,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Port    string    `json:"port,omitempty"`
	Output  any       `json:"output,omitempty"`
	Error   *Error    `json:"error,omitempty"`
	Due     time.Time `json:"due,omitzero" doc:"When a retry is to start, or a wait to end"`
	Total   int       `json:"total,omitempty" doc:"Items of a container, of loop.opened"`
	Index   int       `json:"index,omitempty" doc:"The pass, of loop.item"`
	Trigger string    `json:"trigger,omitempty" doc:"Node that fired, of run.started"`
	Pinned  bool      `json:"pinned,omitempty" doc:"The output was given beforehand, of step.succeeded"`
	Status  int       `json:"status,omitempty" doc:"Of the answer, of run.responded"`
}

// Error is why a step or a run failed.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Step    string `json:"step,omitempty"`
	Details any    `json:"details,omitempty"`
}

// NewError shows an error; nil is nil.
func NewError(e *run.Error) *Error {
	if e == nil {
		return nil
	}
	return &Error{e.Code, e.Message, e.Step, e.Details}
}

// Truncated stands for a value that is too large to be sent along.
type Truncated struct {
	Truncated bool `json:"$truncated"`
	Size      int  `json:"size"`
}

// Cut gives a value, or what stands for it where its JSON has more than limit bytes.
func Cut(v any, limit int) any {
	if v == nil || small(v) {
		return v
	}
	data := flow.CompactJSON(v)
	if len(data) > limit {
		return Truncated{true, len(data)}
	}
	return json.RawMessage(data)
}

func small(v any) bool {
	switch v := v.(type) {
	case bool, int64, float64:
		return true
	case string:
		return len(v) < 512
	}
	return false
}

// NewEvent shows an event, whole.
func NewEvent(e *run.Event) Event {
	out := Event{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Step: e.Step, Attempt: e.Attempt, Port: e.Port, Output: e.Output,
		Error: NewError(e.Error), Due: e.Due, Total: e.Total, Index: e.Index, Trigger: e.Trigger, Pinned: e.Pinned,
	}
	if e.Step != "" {
		out.Node = run.NodeID(e.Step)
	}
	if e.Response != nil {
		out.Status = e.Response.Status
	}
	return out
}

// Brief shows an event in at most [MaxEvent] bytes.
func Brief(e *run.Event) Event {
	out := NewEvent(e)
	out.Output = Cut(e.Output, MaxEvent/2)
	if out.Error != nil {
		brief := *out.Error
		brief.Details = Cut(brief.Details, MaxEvent/4)
		if len(brief.Message) > MaxEvent/4 {
			brief.Message = brief.Message[:MaxEvent/4] + "…"
		}
		out.Error = &brief
	}
	return out
}
