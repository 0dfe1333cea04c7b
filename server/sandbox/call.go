package sandbox

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// Call is one attempt to run an action.
type Call struct {
	RunID   string
	StepKey string
	// Attempt counts from 1.
	Attempt int
	// Key is the idempotency key, the same on every attempt of the step.
	Key       string
	Connector string
	Version   string
	Action    string
	// Input is the JSON object of the action's parameters.
	Input  json.RawMessage
	DryRun bool
	// Credential is nil where the node names none. The guest learns a handle and
	// the fields that aren't secret.
	Credential *egress.Credential
	// Replay answers for the outside where it isn't nil: nothing is dialed.
	Replay *Tape
	// Timeout bounds the guest's run; 0 is what the action declares. Waiting
	// for a slot and loading the connector don't count: ctx bounds those.
	Timeout time.Duration
}

// Result is what became of a call: Output or Error, never both.
type Result struct {
	Output json.RawMessage
	Error  *abi.Error
	Logs   []LogLine
	// Duration is the time from the request's sending to its answer.
	Duration time.Duration
	// Reached says that a request of it was answered, or may have arrived. It says nothing of
	// a call that was cut off.
	Reached bool
	// Tape is what the call was told from outside; nil where it never ran.
	Tape *Tape
}

// LogLine is one line that an action logged.
type LogLine struct {
	// Level is debug, info, warn, error, progress, or call for what the server did
	// for the action.
	Level   string    `json:"level"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

var levels = [...]string{"debug", "info", "warn", "error", "progress"}

const levelProgress = 4

// levelCall is no level that a guest can log at.
const levelCall = "call"

func levelName(n byte) string { return levels[min(int(n), len(levels)-1)] }
