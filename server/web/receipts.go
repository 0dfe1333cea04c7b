package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// Receipts is where receipts and the state of triggers are kept.
type Receipts interface {
	Receipts(ctx context.Context, f trigger.ReceiptFilter) (list []trigger.ReceiptEntry, next string, err error)
	// Mailboxes and FlowSlots give the mailboxes that a flow watches, and the next
	// times of its schedules.
	Mailboxes(ctx context.Context, flow string) ([]trigger.Mailbox, error)
	// WatchedBy gives those that flows watch by a credential, but stopped ones and one other.
	WatchedBy(ctx context.Context, credential, but string) ([]trigger.WatchedBy, error)
	// FailingMailboxes gives those of several flows that can't be watched.
	FailingMailboxes(ctx context.Context, flows []string) ([]trigger.Mailbox, error)
	FlowSlots(ctx context.Context, flow string) ([]flow.Slot, error)
}

// Receipt tells what became of one event that came in.
type Receipt struct {
	ID       string      `json:"id"`
	Run      string      `json:"run" doc:"The run that it started; empty where it started none"`
	CaseID   string      `json:"case,omitempty" doc:"The case that its run opened or joined"`
	Flow     string      `json:"flow"`
	FlowName string      `json:"flowName"`
	Trigger  string      `json:"trigger" doc:"The trigger's node"`
	Source   string      `json:"source" doc:"What it came by: webhook, mailbox, schedule, manual or case"`
	State    string      `json:"state" enum:"waiting,closed,cased,failed,dropped"`
	Key      string      `json:"key" doc:"What names the event, where something does"`
	Subject  string      `json:"subject" doc:"Of one without a run: what or from where it was"`
	Times    int64       `json:"times" doc:"How often it came: more than once starts nothing more"`
	At       time.Time   `json:"at"`
	LastAt   time.Time   `json:"lastAt"`
	EndedAt  time.Time   `json:"endedAt,omitzero"`
	Reason   *ReasonItem `json:"reason" doc:"Why it failed or was left out"`
}

// ReasonItem says why an event has no good end.
type ReasonItem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// TriggerState tells how a trigger of the published version does.
type TriggerState struct {
	Node    string    `json:"node"`
	Type    string    `json:"type"`
	State   string    `json:"state" enum:"active,off,halted,unbound,starting,watching,failing" doc:"unbound is without the credential that it needs: it starts nothing"`
	Message string    `json:"message" doc:"What is wrong"`
	LastAt  time.Time `json:"lastAt,omitzero" doc:"Of a mailbox: when all was last well"`
	Since   time.Time `json:"since,omitzero" doc:"Of a failing mailbox: since when it is not watched"`
	NextAt  time.Time `json:"nextAt,omitzero" doc:"Of a schedule: its next time; of a failing mailbox: when it is tried again"`
}

type listReceipts struct {
	Page
	Flow    string    `query:"flow" maxLength:"100"`
	State   string    `query:"state" maxLength:"100" doc:"One state, or several with commas"`
	Trigger string    `query:"trigger" maxLength:"100" doc:"A trigger's node, or a source"`
	Query   string    `query:"q" maxLength:"200" doc:"A part of the flow's name, the key, the subject or the reason; or a run's id"`
	Since   time.Time `query:"since"`
}

func (s *Server) receiptRoutes() {
	route(s, needs(auth.RunRead), operation{method: "GET", path: "/receipts", id: "listReceipts", summary: "What came in, and what became of it, newest first", errors: []int{422}}, s.receipts)
	route(s, needs(auth.FlowRead), operation{method: "GET", path: "/flows/{id}/triggers", id: "listTriggers", summary: "How the triggers of a flow's published version do", errors: []int{404}}, s.triggers)
}

func (s *Server) receipts(ctx context.Context, in *listReceipts) (*body[List[Receipt]], error) {
	f := trigger.ReceiptFilter{Flow: in.Flow, Trigger: in.Trigger, Query: in.Query, Since: in.Since, Cursor: in.Cursor, Limit: in.Limit}
	if in.State != "" {
		f.States = strings.Split(in.State, ",")
	}
	for _, state := range f.States {
		if !slices.Contains(trigger.ReceiptStates, state) {
			return nil, problemAt(http.StatusUnprocessableEntity, "receipt.state", "/state", "receipts are "+strings.Join(trigger.ReceiptStates, ", ")+", and never "+state)
		}
	}
	entries, next, err := s.Receipts.Receipts(ctx, f)
	if err != nil {
		return nil, err
	}
	list := List[Receipt]{Items: make([]Receipt, len(entries)), Next: next}
	for i := range entries {
		e := &entries[i]
		list.Items[i] = Receipt{
			ID: e.ID, Run: e.Run, CaseID: e.CaseID, Flow: e.Flow, FlowName: e.FlowName, Trigger: e.Node, Source: e.Source, State: e.State,
			Key: e.Key, Subject: e.Subject, Times: e.Times, At: e.At, LastAt: e.Last, EndedAt: e.Ended,
		}
		if e.Code != "" {
			list.Items[i].Reason = &ReasonItem{e.Code, e.Message}
		}
	}
	return answer(list), nil
}

func (s *Server) triggers(ctx context.Context, in *ByID) (*body[List[TriggerState]], error) {
	draft, err := s.Library.Draft(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list := List[TriggerState]{Items: []TriggerState{}}
	if draft.Version == 0 {
		return answer(list), nil
	}
	v, err := s.Library.Version(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	d, err := decode(v.Content)
	if err != nil {
		return nil, err
	}
	boxes, err := s.Receipts.Mailboxes(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	slots, err := s.Receipts.FlowSlots(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	bound, err := s.boundTo(ctx, in.ID, d)
	if err != nil {
		return nil, err
	}
	missing := unbound(d, bound, flow.SeverityError)
	for _, n := range d.Triggers() {
		state := triggerState(n, boxes, slots, missing)
		if draft.Halted && !n.Disabled && n.Type != "trigger.manual" && n.Type != "trigger.flow" {
			state = TriggerState{Node: n.ID, Type: n.Type, State: "halted"}
		}
		list.Items = append(list.Items, state)
	}
	return answer(list), nil
}

func triggerState(n *flow.Node, boxes []trigger.Mailbox, slots []flow.Slot, unbound flow.Problems) TriggerState {
	out := TriggerState{Node: n.ID, Type: n.Type, State: "active"}
	if n.Disabled {
		out.State = "off"
		return out
	}
	for _, p := range unbound {
		if p.Node == n.ID {
			out.State, out.Message = "unbound", p.Message
			return out
		}
	}
	for _, slot := range slots {
		if slot.Node == n.ID {
			out.NextAt = slot.Due
		}
	}
	for _, box := range boxes {
		if box.Node != n.ID {
			continue
		}
		h := box.Health
		out.State, out.Message, out.LastAt = h.State, h.Message, h.Looked
		if h.State == "" {
			out.State = "starting"
		}
		if h.State == trigger.MailboxFailing {
			out.NextAt, out.Since = h.Next, box.FailingSince()
		}
	}
	return out
}
