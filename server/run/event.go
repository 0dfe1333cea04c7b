package run

import "time"

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
	// Setup is what the run does otherwise than its document says, of its first event;
	// nil is nothing.
	Setup *Setup
	// Pinned says, of a [StepSucceeded], that its output was given beforehand.
	Pinned bool
}
