package trigger_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// slowReceipts keeps receipts once it is let.
type slowReceipts struct {
	trigger.ReceiptStore
	asked, let chan struct{}
	kept       chan string
}

func (s slowReceipts) KeepReceipt(_ context.Context, r trigger.Receipt) (string, error) {
	s.asked <- struct{}{}
	<-s.let
	s.kept <- r.Code
	return r.Code, nil
}

func (s slowReceipts) CountReceipts(context.Context, map[string]trigger.Count) error { return nil }

// TestFlushWaitsForWhatIsBeingWritten flushes while another flush is half done:
// it answers when all that was noted before it is kept.
func TestFlushWaitsForWhatIsBeingWritten(t *testing.T) {
	s := slowReceipts{asked: make(chan struct{}, 1), let: make(chan struct{}), kept: make(chan string, 1)}
	l := trigger.NewLedger(s, slog.New(slog.DiscardHandler))
	l.Note(trigger.Receipt{Code: "rule", At: time.Now()})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- l.Flush(t.Context()) }()
	<-s.asked
	go func() { second <- l.Flush(t.Context()) }()
	select {
	case err := <-second:
		t.Fatalf("the second flush ended before the receipt was kept: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(s.let)
	for _, done := range []chan error{first, second} {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if code := <-s.kept; code != "rule" {
		t.Errorf("kept %q", code)
	}
}
