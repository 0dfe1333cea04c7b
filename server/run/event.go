package run

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Kind names what an event says.
type Kind string

// Kinds of events, as they stand in journals and on the live socket.
const (
	RunQueued     Kind = "run.queued" // accepted, and waits for others of its flow
	RunStarted    Kind = "run.started"
	StepStarted   Kind = "step.started"
	StepSucceeded Kind = "step.succeeded"
	StepFailed    Kind = "step.failed"
	StepRetry     Kind = "step.retry"   // failed, to be tried again at Due
	StepWaits     Kind = "step.waiting" // begun, and goes on at Due
	StepDecided   Kind = "step.decided" // a person said something that the step waits for: its Output
	StepSkipped   Kind = "step.skipped"
	StepCancel    Kind = "step.canceled" // stopped because the run ends
	StepUnknown   Kind = "step.unknown"  // interrupted: a person has to say whether it happened
	LoopOpened    Kind = "loop.opened"   // a container knows its Total, the most passes of a repeat
	LoopItem      Kind = "loop.item"     // the result of pass Index was computed
	LoopNext      Kind = "loop.next"     // a repeat has waited, and begins pass Index
	RunResponded  Kind = "run.responded"
	RunCanceling  Kind = "run.canceling"
	RunTimeout    Kind = "run.timeout" // took longer than its flow allows: it fails
	RunSucceeded  Kind = "run.succeeded"
	RunFailed     Kind = "run.failed"
	RunCanceled   Kind = "run.canceled"
	RunUnknown    Kind = "run.unknown"
)

// Terminal says whether nothing follows an event of this kind.
func (k Kind) Terminal() bool {
	return k == RunSucceeded || k == RunFailed || k == RunCanceled || k == RunUnknown
}

// Error is why a step or run failed, as expressions and people see it.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Step is the key of the step that failed, of a run's or container's error.
	Step    string `json:"step,omitempty"`
	Details any    `json:"details,omitempty"`
}

// Error implements the error interface.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Plain gives the error as the value that expressions read.
func (e *Error) Plain() any {
	if e == nil {
		return nil
	}
	out := map[string]any{"code": e.Code, "message": e.Message}
	if e.Step != "" {
		out["step"] = e.Step
	}
	if e.Details != nil {
		out["details"] = e.Details
	}
	return out
}

// Response is the webhook answer that core.respond gives.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body"`
}

// Log is one line that a connector wrote during a step.
type Log struct {
	Level   string    `json:"level"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

// Event is one entry of a run's journal. Seq counts from 1 without gaps.
type Event struct {
	Seq     int64
	At      time.Time
	Kind    Kind
	Step    string // step key, such as parse or each.3.look
	Attempt int
	// Port is the way out that was taken; of a [LoopItem] in a repeat the one that it
	// ends by, empty where another pass follows.
	Port string
	// Output is the result; of a [StepStarted], [StepWaits] or [StepUnknown] what the
	// step knows meanwhile, such as the run that it called or whom it asks.
	Output any
	Error  *Error
	// Due is when a retry is to start, a wait to end, or the next pass of a repeat
	// to begin.
	Due time.Time
	// Total is a container's number of items; Index the pass of a [LoopItem], and of
	// [LoopOpened] how many passes work at once where that isn't Width.
	Total int
	Index int
	// Width is how many passes of a container run at once, of [LoopOpened].
	Width int
	// Response is set with [RunResponded].
	Response *Response
	Logs     []Log
	// Calls counts what the attempt that ends was told from outside.
	Calls int
	// Trigger is the node that fired, of [RunStarted]; Key the idempotency key of a [StepStarted].
	Trigger string
	Key     string
}

// wire is an event as JSON. Times are Unix microseconds.
type wire struct {
	Seq      int64           `json:"seq"`
	At       int64           `json:"at"`
	Kind     Kind            `json:"kind"`
	Step     string          `json:"step,omitempty"`
	Attempt  int             `json:"attempt,omitempty"`
	Port     string          `json:"port,omitempty"`
	Output   json.RawMessage `json:"output,omitempty"`
	Error    *wireError      `json:"error,omitempty"`
	Due      int64           `json:"due,omitempty"`
	Total    int             `json:"total,omitempty"`
	Index    int             `json:"index,omitempty"`
	Width    int             `json:"width,omitempty"`
	Response *wireResponse   `json:"response,omitempty"`
	Logs     []Log           `json:"logs,omitempty"`
	Calls    int             `json:"calls,omitempty"`
	Trigger  string          `json:"trigger,omitempty"`
	Key      string          `json:"key,omitempty"`
}

type wireError struct {
	Code    string          `json:"code"`
	Message string          `json:"message"`
	Step    string          `json:"step,omitempty"`
	Details json.RawMessage `json:"details,omitempty"`
}

type wireResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

func plainValue(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	return flow.ReadKept(raw)
}

// DecodeEvents reads what [EncodeEvents] wrote.
func DecodeEvents(data []byte) ([]Event, error) {
	var list []wire
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("journal row: %w", err)
	}
	events := make([]Event, len(list))
	for i := range list {
		e, err := list[i].event()
		if err != nil {
			return nil, fmt.Errorf("journal row, seq %d: %w", list[i].Seq, err)
		}
		events[i] = e
	}
	return events, nil
}

func (w *wire) event() (Event, error) {
	e := Event{
		Seq: w.Seq, At: time.UnixMicro(w.At).UTC(), Kind: w.Kind, Step: w.Step, Attempt: w.Attempt, Port: w.Port,
		Total: w.Total, Index: w.Index, Width: w.Width, Logs: w.Logs, Calls: w.Calls, Trigger: w.Trigger, Key: w.Key,
	}
	if w.Due != 0 {
		e.Due = time.UnixMicro(w.Due).UTC()
	}
	var err error
	if e.Output, err = plainValue(w.Output); err != nil {
		return e, err
	}
	if w.Error != nil {
		e.Error = &Error{Code: w.Error.Code, Message: w.Error.Message, Step: w.Error.Step}
		if e.Error.Details, err = plainValue(w.Error.Details); err != nil {
			return e, err
		}
	}
	if w.Response != nil {
		e.Response = &Response{Status: w.Response.Status, Headers: w.Response.Headers}
		e.Response.Body, err = plainValue(w.Response.Body)
	}
	return e, err
}
