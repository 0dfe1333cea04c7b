package trigger

import (
	"context"
	"strings"
	"time"
)

// States of a receipt.
const (
	ReceiptWaiting = "waiting" // its run goes on
	ReceiptClosed  = "closed"  // its run ended well
	ReceiptCased   = "cased"   // its run opened or joined a case
	ReceiptFailed  = "failed"  // its run failed or was canceled, or none was started
	ReceiptDropped = "dropped" // a rule left it out
)

// ReceiptStates are all of them.
var ReceiptStates = []string{ReceiptWaiting, ReceiptClosed, ReceiptCased, ReceiptFailed, ReceiptDropped}

// ReceiptFilter picks receipts of the list. Empty fields pick all.
type ReceiptFilter struct {
	Flow   string
	States []string
	// Trigger is a trigger's node, or a source.
	Trigger string
	// Query is part of a flow's name, of a key, a subject or a reason, or a run's id.
	Query  string
	Since  time.Time
	Cursor string
	Limit  int
}

// ReceiptEntry is a line of the list of receipts: of an event that has a run, or of
// one that has none.
type ReceiptEntry struct {
	Receipt
	ID     string
	Run    string // its id; empty where none was started
	CaseID string
	// Times is how often the event came, and Last when last.
	Times int64
	Last  time.Time
	Ended time.Time
}

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
