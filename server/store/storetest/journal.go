// Package storetest is the suite that every database behind the store must pass.
// It names no dialect.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// Opener opens the same database again each time it is called within one test.
type Opener func(t *testing.T) *store.Store

// Run runs the suite; fresh gives an opener for an empty database.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	for name, test := range map[string]func(*testing.T, Opener){
		"journal keeps events in order":           keepsEvents,
		"journal refuses an old epoch":            refusesOldEpoch,
		"journal refuses a gap":                   refusesGap,
		"journal keeps one end of an effect":      oneEffect,
		"an ingest key starts one run":            ingestKey,
		"a refused batch fails its caller alone":  refusalIsAlone,
		"a batch that fails is alone":             failureIsAlone,
		"an error is cut between letters":         cutsErrors,
		"claims give each run to one owner":       claims,
		"a run that waits is nobody's":            parks,
		"rows prolong a lease and tell the state": rowsProlong,
		"leases end at a start if nobody has any": voidsLeases,
		"no text is one that can't be kept":       keepsAnything,
		"large values come back whole":            largeValues,
		"signals are kept once and taken":         signals,
		"mailboxes are watched by one":            watchesMailboxes,
		"receipts are listed beside runs":         keepsReceipts,
		"questions are asked and closed":          questions,
		"questions of called runs":                askedBelow,
		"queued runs begin in their order":        queues,
		"drafts collide by revision":              drafts,
		"versions number themselves":              versions,
		"pins are kept and go with the flow":      keepsPins,
		"uses are read one by one":                usesOneByOne,
		"a change and its audit row are one":      audited,
		"runs are listed by page":                 listsRuns,
		"cases are kept":                          keepsCases,
		"attachments are kept":                    keepsAttachments,
		"files are refused":                       refusesFiles,
		"alerts are kept":                         keepsAlerts,
		"alerts are told of what is learnt":       tellsAlerts,
		"cases are found below indicators":        findsCasesBelow,
		"alerts are queued":                       queuesAlerts,
		"assets are kept":                         keepsAssets,
		"views are kept":                          keepsViews,
		"views are bounded":                       boundsViews,
		"cases are found":                         findsCases,
		"tasks of cases are kept":                 keepsTasks,
		"required tasks are not left silently":    leavesNoTaskSilently,
		"cases are merged once":                   mergesCases,
		"nothing of a case is overwritten":        nothingIsOverwritten,
		"indicators are kept":                     keepsIndicators,
		"indicators are found":                    findsIndicators,
		"indicators are matched":                  matchesIndicators,
		"sightings are counted once":              countsSightings,
		"allowed values score nothing":            allowsValues,
		"scores fade":                             scoresFade,
		"runs are found by what they are like":    findsRuns,
		"a text is looked for piece by piece":     looksPieceByPiece,
		"runs past their time leave":              retiresRuns,
		"runs that others need stay":              keepsNeededRuns,
		"a long run leaves in pieces":             removesInPieces,
		"a late event starts no second run":       remembersKeys,
		"blobs that nothing names are removed":    collectsBlobs,
		"a collection that ended goes on":         collectionEndsInTheMiddle,
		"what waits is counted":                   countsLoad,
		"a chore is one server's":                 choresAreTaken,
		"credentials are kept sealed":             keepsCredentials,
		"keys rotate beside changes":              rotatesBesideChanges,
		"bindings hold credentials":               bindsCredentials,
		"bindings are changed beside others":      bindsBesideOthers,
		"connectors and grants are kept":          keepsConnectors,
		"connectors keep values apart":            keepsValues,
		"cassettes":                               cassettesAreKept,
		"replays are marked":                      replaysAreMarked,
		"jobs of replays":                         replayJobsAreWorkedOff,
		"replays of past runs are leased":         replayItemsAreLeased,
		"replays of past runs are bounded":        replayJobsAreBounded,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// Append writes a batch and waits for its fate.
func Append(t *testing.T, s *store.Store, b *engine.Batch) engine.Appended {
	t.Helper()
	done := make(chan engine.Appended, 1)
	s.Append(b, func(a engine.Appended) { done <- a })
	select {
	case a := <-done:
		return a
	case <-time.After(20 * time.Second):
		t.Fatal("the batch was not answered")
		return engine.Appended{}
	}
}

func newID(t *testing.T) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return id.String()
}

// First is the batch that creates a run.
func First(id string) *engine.Batch {
	at := time.Now().UTC().Truncate(time.Microsecond)
	return &engine.Batch{
		RunID: id, Epoch: 1, Owner: "o", Lease: 30 * time.Second,
		Create: &engine.Record{ID: id, Flow: "f", FlowName: "Flow", Digest: "d", Data: map[string]any{"body": int64(1)}, Created: at, Epoch: 1, Owner: "o"},
		Events: []run.Event{{Seq: 1, At: at, Kind: run.RunStarted}}, Update: engine.Update{Status: run.Running, Started: at},
	}
}

func next(id string, epoch int64, events ...run.Event) *engine.Batch {
	return &engine.Batch{RunID: id, Epoch: epoch, Owner: "o", Lease: 30 * time.Second, Events: events, Update: engine.Update{Status: run.Running}}
}

// keepsAnything writes texts that not every database can keep.
func keepsAnything(t *testing.T, open Opener) {
	s := open(t)
	b := First(newID(t))
	b.Create.FlowName, b.Create.IngestKey = "a\x00b\xff", "k\x00"
	b.Create.Data = map[string]any{"body": "\x00"}
	b.Events = append(b.Events, run.Event{Seq: 2, Kind: run.RunFailed, Error: &run.Error{Code: "c", Message: "m\x00"}})
	b.Update = engine.Update{Status: run.Failed, Error: b.Events[1].Error}
	if a := Append(t, s, b); a.Err != nil {
		t.Fatal(a.Err)
	}
	record, events, err := s.Load(t.Context(), b.RunID)
	if err != nil || record.Data["body"] != "\x00" || events[1].Error.Message != "m\x00" {
		t.Errorf("%+v, %+v, %v", record, events, err)
	}
	again := First(newID(t))
	again.Create.IngestKey = b.Create.IngestKey
	if a := Append(t, s, again); a.Existing != b.RunID {
		t.Errorf("the same key: %+v", a)
	}
	value := "\x00\\0\\"
	if err := s.PutKV(t.Context(), "c", "k\x00", &value); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := s.GetKV(t.Context(), "c", "k\x00"); err != nil || !ok || got != value {
		t.Errorf("%q, %v, %v", got, ok, err)
	}
}

func keepsEvents(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	if a := Append(t, s, First(id)); a.Err != nil {
		t.Fatal(a.Err)
	}
	pack := []run.Event{{Seq: 2, Kind: run.StepStarted, Step: "a", Attempt: 1}, {Seq: 3, Kind: run.StepSucceeded, Step: "a", Output: map[string]any{"n": 1.5}}}
	if a := Append(t, s, next(id, 1, pack...)); a.Err != nil {
		t.Fatal(a.Err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t)
	record, events, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if record.Data["body"] != int64(1) || len(events) != 3 || events[2].Output.(map[string]any)["n"] != 1.5 {
		t.Fatalf("record %+v, events %+v", record, events)
	}
	since, err := s.Events(t.Context(), id, 2, 0)
	if err != nil || len(since) != 1 || since[0].Seq != 3 {
		t.Fatalf("since 2: %+v, %v", since, err)
	}
	if _, _, err := s.Load(t.Context(), "nope"); !errors.Is(err, engine.ErrNotFound) {
		t.Fatalf("a run that isn't there gives %v", err)
	}
}

func refusesGap(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	Append(t, s, First(id))
	for _, seq := range []int64{1, 3} {
		if a := Append(t, s, next(id, 1, run.Event{Seq: seq, Kind: run.RunCanceling})); !errors.Is(a.Err, engine.ErrStale) {
			t.Errorf("seq %d after 1 gives %v", seq, a.Err)
		}
	}
}

func oneEffect(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	Append(t, s, First(id))
	end := func(seq int64) *engine.Batch {
		return next(id, 1, run.Event{Seq: seq, Kind: run.StepStarted, Step: "w"}, run.Event{Seq: seq + 1, Kind: run.StepSucceeded, Step: "w", Key: "k"})
	}
	if a := Append(t, s, end(2)); a.Err != nil {
		t.Fatal(a.Err)
	}
	if a := Append(t, s, end(4)); a.Err == nil {
		t.Fatal("the effect ended twice")
	}
	_, events, err := s.Load(t.Context(), id)
	if err != nil || len(events) != 3 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if a := Append(t, s, next(id, 1, run.Event{Seq: 4, Kind: run.RunCanceling})); a.Err != nil {
		t.Fatalf("the refused batch left something behind: %v", a.Err)
	}
}

func ingestKey(t *testing.T, open Opener) {
	s := open(t)
	ids := make(chan string, 50)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			b := First(newID(t))
			b.Create.IngestKey = "alert-1"
			if a := Append(t, s, b); a.Existing != "" {
				ids <- a.Existing
			} else {
				ids <- b.RunID
			}
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Fatalf("%s and %s", first, id)
		}
	}
}

func refusalIsAlone(t *testing.T, open Opener) {
	s := open(t)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			b := First(newID(t))
			if i%3 == 0 {
				b.Create = nil
			}
			if a := Append(t, s, b); (a.Err != nil) != (i%3 == 0) {
				t.Errorf("batch %d: %v", i, a.Err)
			}
		})
	}
	wg.Wait()
}

// failureIsAlone queues so many batches at once that some share a transaction with
// those that a statement fails on: runs whose id is taken.
func failureIsAlone(t *testing.T, open Opener) {
	s := open(t)
	taken := newID(t)
	if a := Append(t, s, First(taken)); a.Err != nil {
		t.Fatal(a.Err)
	}
	const n = 200
	answers := make(chan error, n)
	for i := range n {
		b, bad := First(newID(t)), i%50 == 20
		if bad {
			b = First(taken)
		}
		s.Append(b, func(a engine.Appended) {
			if (a.Err != nil) != bad {
				answers <- fmt.Errorf("batch %d: %w", i, errors.Join(a.Err, errUnexpected))
				return
			}
			answers <- nil
		})
	}
	for range n {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}

var errUnexpected = errors.New("not what this batch should get")

func cutsErrors(t *testing.T, open Opener) {
	s := open(t)
	b := First(newID(t))
	b.Update.Error = &run.Error{Code: "c", Message: "x" + strings.Repeat("é", 1000)}
	if a := Append(t, s, b); a.Err != nil {
		t.Fatal(a.Err)
	}
	runs, _, err := s.Runs(t.Context(), store.RunFilter{Limit: 10})
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if got := runs[0].ErrorMessage; !utf8.ValidString(got) || len(got) != 499 {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

func largeValues(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	large := strings.Repeat("äb", 200_000)
	b := First(id)
	b.Create.Data = map[string]any{"body": large}
	b.Events = append(b.Events, run.Event{Seq: 2, Kind: run.StepStarted, Step: "a", Output: large})
	if a := Append(t, s, b); a.Err != nil {
		t.Fatal(a.Err)
	}
	record, events, err := s.Load(t.Context(), id)
	if err != nil || record.Data["body"] != large || events[1].Output != large {
		t.Fatalf("the values changed, %v", err)
	}
}

func signals(t *testing.T, open Opener) {
	s := open(t)
	id := newID(t)
	Append(t, s, First(id))
	for range 2 {
		if err := s.Signal(t.Context(), engine.Signal{RunID: id, ID: "c", Kind: engine.SignalCancel}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := s.Signals(t.Context(), id); err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	b := next(id, 1, run.Event{Seq: 2, Kind: run.RunCanceling})
	b.Taken = []string{"c"}
	Append(t, s, b)
	if list, err := s.Signals(t.Context(), id); err != nil || len(list) != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.Signal(context.WithoutCancel(t.Context()), engine.Signal{RunID: "nope", ID: "c", Kind: "cancel"}); !errors.Is(err, engine.ErrNotFound) {
		t.Fatalf("a signal to no run gives %v", err)
	}
}
