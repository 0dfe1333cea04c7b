package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/library"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// watchesMailboxes takes a mailbox from one holder to the next.
func watchesMailboxes(t *testing.T, open Opener) {
	s := open(t)
	d, sum := draft("f")
	if err := s.InsertDraft(t.Context(), d, sum); err != nil {
		t.Fatal(err)
	}
	began := time.Now().UTC().Truncate(time.Microsecond)
	publish := func(place string) {
		t.Helper()
		w := []flow.Watch{{Flow: "f", Node: "n", Place: place}}
		if _, err := s.InsertVersion(t.Context(), library.Version{Flow: "f", Digest: "d", Content: []byte("{}"), At: began}, 1, library.Triggers{Mailboxes: w}); err != nil {
			t.Fatal(err)
		}
	}
	publish("here")
	w := flow.Watch{Flow: "f", Node: "n", Place: "here"}
	if free, err := s.FreeMailboxes(t.Context()); err != nil || !slices.Equal(free, []flow.Watch{w}) {
		t.Fatalf("free are %v, %v", free, err)
	}
	box, err := s.HoldMailbox(t.Context(), w, "a", time.Hour)
	if err != nil || box.Watch != w || !box.Activated.Equal(began) || box.Position != (trigger.Position{}) {
		t.Fatalf("held is %+v, %v", box, err)
	}
	if _, err := s.HoldMailbox(t.Context(), w, "b", time.Hour); !errors.Is(err, trigger.ErrNotHeld) {
		t.Errorf("another holds it too: %v", err)
	}
	if free, err := s.FreeMailboxes(t.Context()); err != nil || len(free) > 0 {
		t.Errorf("free are %v, %v", free, err)
	}
	at := trigger.Position{Validity: 4_000_000_000, Last: 4_294_967_295}
	if err := s.AdvanceMailbox(t.Context(), w, "b", at); !errors.Is(err, trigger.ErrNotHeld) {
		t.Errorf("who doesn't hold it moves it: %v", err)
	}
	h := trigger.Health{State: trigger.MailboxFailing, Message: "down", Failures: 3, Looked: began, Next: began.Add(time.Minute)}
	if err := errors.Join(s.AdvanceMailbox(t.Context(), w, "a", at), s.ReportMailbox(t.Context(), w, "a", h)); err != nil {
		t.Fatal(err)
	}
	if list, err := s.FailingMailboxes(t.Context(), []string{"other", "f"}); err != nil || len(list) != 1 || list[0].Health != h || !list[0].FailingSince().Equal(began) {
		t.Errorf("failing are %+v, %v", list, err)
	}
	publish("here") // the same place: the position and the holder stay
	if box, err = s.HoldMailbox(t.Context(), w, "a", time.Hour); err != nil || box.Position != at || box.Health != h {
		t.Errorf("after a version of the same place it is %+v, %v", box, err)
	}
	if err := s.LeaveMailbox(t.Context(), w, "a"); err != nil {
		t.Fatal(err)
	}
	if box, err = s.HoldMailbox(t.Context(), w, "b", time.Hour); err != nil || box.Position != at {
		t.Errorf("the next holder gets %+v, %v", box, err)
	}
	publish("there")
	if err := s.AdvanceMailbox(t.Context(), w, "b", at); !errors.Is(err, trigger.ErrNotHeld) {
		t.Errorf("a position of another place is kept: %v", err)
	}
	list, err := s.Mailboxes(t.Context(), "f")
	if err != nil || len(list) != 1 || list[0].Place != "there" || list[0].Position.Validity != 0 || list[0].Health.State != "" {
		t.Errorf("another place begins with %+v, %v", list, err)
	}
}

// keepsReceipts lists what came in: events with runs and those without.
func keepsReceipts(t *testing.T, open Opener) {
	s := open(t)
	begun := time.Now()
	var want []string
	add := func(state string) {
		t.Helper()
		b := First(newID(t))
		b.Create.Data = map[string]any{"type": "webhook", "body": nil}
		b.Create.IngestKey = "hookkey/" + b.RunID
		switch state {
		case trigger.ReceiptClosed:
			b.Update.Status, b.Events = run.Succeeded, append(b.Events, run.Event{Seq: 2, At: begun, Kind: run.RunSucceeded})
		case trigger.ReceiptFailed:
			b.Update.Status, b.Events = run.Canceled, append(b.Events, run.Event{Seq: 2, At: begun, Kind: run.RunCanceled})
		}
		if a := Append(t, s, b); a.Err != nil || a.Existing != "" {
			t.Fatal(a)
		}
		want = append(want, b.RunID+" "+state)
		<-time.After(2 * time.Millisecond) // ids of one millisecond are in no order
	}
	note := func(state, code string) string {
		t.Helper()
		id, err := s.KeepReceipt(t.Context(), trigger.Receipt{Flow: "f", FlowName: "Flow", Node: "n", Source: "mailbox", State: state, Code: code, Message: "Why: " + code, Subject: "An Alert", At: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, id+" "+state)
		<-time.After(2 * time.Millisecond)
		return id
	}
	add(trigger.ReceiptClosed)
	dropped := note(trigger.ReceiptDropped, "rule")
	add(trigger.ReceiptWaiting)
	add(trigger.ReceiptFailed)
	note(trigger.ReceiptFailed, "mail.large")
	slices.Reverse(want)

	list := func(f trigger.ReceiptFilter) (found []string) {
		t.Helper()
		if f.Limit == 0 {
			f.Limit = 2
		}
		for {
			page, next, err := s.Receipts(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				found = append(found, e.ID+" "+e.State)
			}
			if f.Cursor = next; next == "" {
				return found
			}
		}
	}
	for _, limit := range []int{1, 2, 3, 50} {
		if got := list(trigger.ReceiptFilter{Limit: limit}); !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", limit, got, want)
		}
	}
	for name, c := range map[string]struct {
		f    trigger.ReceiptFilter
		want int
	}{
		"dropped":           {trigger.ReceiptFilter{States: []string{trigger.ReceiptDropped}}, 1},
		"failed":            {trigger.ReceiptFilter{States: []string{trigger.ReceiptFailed}}, 2},
		"waiting or closed": {trigger.ReceiptFilter{States: []string{trigger.ReceiptWaiting, trigger.ReceiptClosed}}, 2},
		"cased":             {trigger.ReceiptFilter{States: []string{trigger.ReceiptCased}}, 0},
		"a source":          {trigger.ReceiptFilter{Trigger: "mailbox"}, 2},
		"another source":    {trigger.ReceiptFilter{Trigger: "webhook"}, 3},
		"a reason":          {trigger.ReceiptFilter{Query: "WHY: MAIL"}, 1},
		"a subject":         {trigger.ReceiptFilter{Query: "an alert"}, 2},
		"a key":             {trigger.ReceiptFilter{Query: "hookkey/"}, 3},
		"another flow":      {trigger.ReceiptFilter{Flow: "other"}, 0},
		"since the future":  {trigger.ReceiptFilter{Since: begun.Add(time.Hour)}, 0},
		"since the begin":   {trigger.ReceiptFilter{Since: begun.Add(-time.Hour), Trigger: "mailbox"}, 2},
	} {
		if got := list(c.f); len(got) != c.want {
			t.Errorf("%s: %d, want %d", name, len(got), c.want)
		}
	}

	again := map[string]trigger.Count{want[2][:36]: {Times: 3, Last: begun}, "gone": {Times: 1, Last: begun}}
	for range 2 {
		if err := errors.Join(s.CountRepeats(t.Context(), again), s.CountReceipts(t.Context(), map[string]trigger.Count{dropped: {Times: 2, Last: begun}})); err != nil {
			t.Fatal(err)
		}
	}
	page, _, err := s.Receipts(t.Context(), trigger.ReceiptFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	times := ""
	for _, e := range page {
		times += fmt.Sprint(e.Times, " ")
	}
	if times != "1 1 7 5 1 " {
		t.Errorf("they came %stimes", times)
	}
	if err := s.PruneReceipts(t.Context(), begun.Add(-time.Hour), 1); err != nil {
		t.Fatal(err)
	}
	if got := list(trigger.ReceiptFilter{}); slices.Contains(got, dropped+" dropped") || len(got) != 4 {
		t.Errorf("of two receipts the older is to go: %v", got)
	}
	if err := s.PruneReceipts(t.Context(), time.Now().Add(time.Hour), 100); err != nil {
		t.Fatal(err)
	}
	if got := list(trigger.ReceiptFilter{}); len(got) != 3 {
		t.Errorf("old ones stay: %v", got)
	}
}
