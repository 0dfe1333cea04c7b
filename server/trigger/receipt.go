package trigger

import (
	"context"
	"strings"
	"time"
)

// States of a receipt that started no run.
const (
	ReceiptDropped = "dropped" // by a rule
	ReceiptFailed  = "failed"
)

// Receipt is what is kept of an event that came in and started no run. Of one that
// did, the run is the receipt.
type Receipt struct {
	Flow, FlowName, Node string
	Source               string // webhook, mailbox, schedule, case
	State                string
	Code, Message        string // why
	Subject              string // what it was, for people
	Key                  string
	At                   time.Time
}

// Receipts keeps them.
type Receipts interface {
	// Keep keeps a receipt durably.
	Keep(ctx context.Context, r Receipt) error
	// Note keeps one soon, of what was refused to its sender. It does not wait, and
	// counts those that are too many.
	Note(r Receipt)
	// Repeated counts that the event of a run came again. It does not wait.
	Repeated(runID string)
}

// maxShown is how much of a text receipts and health keep, in bytes.
const maxShown = 500

func short(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if len(text) > maxShown {
		text = text[:maxShown]
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text), "\ufffd")
}

// receipt begins a receipt of a target's event.
func (t *Target) receipt(source, state, code, message string, at time.Time) Receipt {
	return Receipt{Flow: t.Flow, FlowName: t.FlowName, Node: t.Node, Source: source, State: state, Code: code, Message: short(message), At: at}
}
