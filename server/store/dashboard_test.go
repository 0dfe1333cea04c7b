package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// noon is when the tests look: in the middle of an hour and of a day.
var noon = time.Date(2026, 5, 20, 12, 30, 0, 0, time.UTC)

// eachDatabase runs a test on a store of either kind.
func eachDatabase(t *testing.T, test func(t *testing.T, s *Store)) {
	t.Helper()
	for name, options := range map[string]func() Options{
		"sqlite":   func() Options { return Options{Folder: t.TempDir()} },
		"postgres": func() Options { return Options{Folder: t.TempDir(), Database: testkit.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), options())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			test(t, s)
		})
	}
}

// runIDAt is an id as the engine makes one of a time.
func runIDAt(at time.Time, n int) string { return fmt.Sprintf("%s7abc-8def-%012x", idAt(at), n) }

// endRun keeps a run that was created at a time and ended in a state, as the engine does.
func endRun(t testing.TB, s *Store, n int, flow string, created time.Time, state run.Status, change func(b *engine.Batch)) {
	t.Helper()
	ended := created.Add(2 * time.Second)
	kind := map[run.Status]run.Kind{run.Succeeded: run.RunSucceeded, run.Failed: run.RunFailed, run.Canceled: run.RunCanceled}[state]
	b := &engine.Batch{
		RunID: runIDAt(created, n), Epoch: 1, Owner: "o", Lease: time.Minute,
		Create: &engine.Record{ID: runIDAt(created, n), Flow: flow, FlowName: "Flow " + flow, Version: 1, Digest: "d", Epoch: 1, Created: created},
		Events: []run.Event{{Seq: 1, At: created, Kind: run.RunStarted}, {Seq: 2, At: ended, Kind: kind}},
		Update: engine.Update{Status: state, Started: created, Ended: ended},
		Ending: &engine.Ending{Flow: flow, State: state, Created: created, Took: ended.Sub(created), Spans: []engine.Span{
			{Node: "look", Action: "ioc.extract", Took: 40 * time.Millisecond}, {Node: "ask", Action: "http.request", Took: time.Duration(n%10+1) * 100 * time.Millisecond, Failed: state == run.Failed},
		}},
	}
	if change != nil {
		change(b)
	}
	if result := appended(s, b); result.Err != nil {
		t.Fatal(result.Err)
	}
}

func appended(s *Store, b *engine.Batch) engine.Appended {
	done := make(chan engine.Appended, 1)
	s.Append(b, func(a engine.Appended) { done <- a })
	return <-done
}

// declare keeps a flow that says what one run saves.
func declare(t testing.TB, s *Store, id, labels string, minutes int) {
	t.Helper()
	row := flowRow{ID: id, Name: "Flow " + id, Labels: labels, Triggers: "[]", Content: []byte("{}"), Revision: 1, Version: 1, MinutesSaved: minutes}
	if err := s.write.WithContext(t.Context()).Create(&row).Error; err != nil {
		t.Fatal(err)
	}
}

func lookAt(t *testing.T, s *Store, q dashboard.Query) *dashboard.View {
	t.Helper()
	v, err := dashboard.NewService(s, func() time.Time { return noon }).View(t.Context(), auth.Actor{Role: auth.Viewer}, q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestDashboardRuns holds what the dashboard says of runs to the list of runs, before the
// tallies are in the totals and after.
func TestDashboardRuns(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *Store) {
		declare(t, s, "a", `["phishing"]`, 15)
		declare(t, s, "b", `[]`, 0)
		n := 0
		end := func(flow string, ago time.Duration, state run.Status, change func(b *engine.Batch)) {
			n++
			endRun(t, s, n, flow, noon.Add(-ago), state, change)
		}
		end("a", time.Minute, run.Succeeded, nil)
		end("a", 3*time.Hour, run.Succeeded, nil)
		end("a", 3*time.Hour, run.Failed, nil)
		end("b", 5*time.Hour, run.Succeeded, nil)
		end("b", 5*24*time.Hour, run.Canceled, nil)
		end("a", 6*24*time.Hour, run.Succeeded, nil)
		end("a", 8*24*time.Hour, run.Succeeded, nil) // in the week before
		end("a", 40*24*time.Hour, run.Succeeded, nil)
		end("a", time.Hour, run.Succeeded, func(b *engine.Batch) { b.Create.DryRun, b.Ending = true, nil })
		end("a", time.Hour, run.Succeeded, func(b *engine.Batch) { b.Create.Version, b.Ending = 0, nil })
		look := func() {
			t.Helper()
			week := lookAt(t, s, dashboard.Query{Period: "7d"})
			r := week.Runs
			if r.Succeeded != 4 || r.Failed != 1 || r.Canceled != 1 || r.Before.Succeeded != 1 || r.Saved != 45 || r.SavedBefore != 15 || r.Undeclared != 1 || len(r.Buckets) != 7 {
				t.Errorf("the week is %+v", r)
			}
			if share, known := r.Success(); !known || share != 0.8 {
				t.Errorf("%v succeeded", share)
			}
			if today := r.Buckets[6]; !today.At.Equal(time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC)) || today.Succeeded != 3 || today.Failed != 1 {
				t.Errorf("today is %+v", today)
			}
			agrees(t, s, week, "")
			if hours := lookAt(t, s, dashboard.Query{Period: "24h"}).Runs; hours.Succeeded != 3 || hours.Failed != 1 || len(hours.Buckets) != 24 || hours.Buckets[23].Succeeded != 1 || hours.Buckets[20].Succeeded != 1 {
				t.Errorf("24 hours are %+v", hours)
			}
			if all := lookAt(t, s, dashboard.Query{Period: "90d"}).Runs; all.Succeeded != 6 || all.Saved != 75 {
				t.Errorf("90 days are %+v", all)
			}
			labeled := lookAt(t, s, dashboard.Query{Period: "7d", Label: "phishing"})
			if labeled.Runs.Succeeded != 3 || len(labeled.Runs.Flows) != 1 || labeled.Alerts != nil || labeled.Approvals != nil {
				t.Errorf("of the label it is %+v", labeled.Runs)
			}
			if none := lookAt(t, s, dashboard.Query{Period: "7d", Label: "phishing", Flow: "b"}).Runs; none.All() != 0 || len(none.Steps) != 0 {
				t.Errorf("of another flow than the label's it is %+v", none)
			}
			slow := r.Steps[0]
			if slow.Action != "http.request" || len(r.Steps) != 4 || slow.Longest < slow.P95 || slow.P95 < slow.Mean {
				t.Errorf("the slowest are %+v", r.Steps)
			}
			if a := r.Steps[1]; a.Node != "ask" || a.Flow != "a" || a.Calls != 4 || a.Failed != 1 || a.Mean != 400*time.Millisecond || a.Longest != 700*time.Millisecond {
				t.Errorf("the step is %+v", a)
			}
		}
		look()
		for _, want := range []int{4, 4, 0} {
			if added, err := s.AddTallies(t.Context(), noon, 4); err != nil || added != want {
				t.Fatal(added, err)
			}
			look()
		}
		if err := s.ForgetTotals(t.Context(), noon); err != nil {
			t.Fatal(err)
		}
		look()
	})
}

// agrees holds what the dashboard counts to the lists that it leads to.
func agrees(t *testing.T, s *Store, v *dashboard.View, flow string) {
	t.Helper()
	for state, want := range map[string]int{"succeeded": v.Runs.Succeeded, "failed": v.Runs.Failed, "canceled": v.Runs.Canceled, "unknown": v.Runs.Unknown} {
		runs, next, err := s.Runs(t.Context(), RunFilter{Flow: flow, States: []string{state}, Since: v.Period.From, Until: v.Period.Until, Live: true, Limit: 100})
		if err != nil || next != "" || len(runs) != want {
			t.Errorf("the list has %d runs that are %s, %v; the dashboard says %d", len(runs), state, err, want)
		}
	}
}

// TestTallyIsOfTheTransaction: a run whose end is refused is not counted, and one whose end
// is written again counts once.
func TestTallyIsOfTheTransaction(t *testing.T) {
	eachDatabase(t, func(t *testing.T, s *Store) {
		endRun(t, s, 1, "a", noon, run.Succeeded, func(b *engine.Batch) { b.Create.IngestKey = "k" })
		again := &engine.Batch{
			RunID: runIDAt(noon, 2), Epoch: 1, Owner: "o", Lease: time.Minute, Create: &engine.Record{ID: runIDAt(noon, 2), Flow: "a", Version: 1, Epoch: 1, Created: noon, IngestKey: "k"},
			Events: []run.Event{{Seq: 1, At: noon, Kind: run.RunFailed}}, Update: engine.Update{Status: run.Failed, Ended: noon}, Ending: &engine.Ending{Flow: "a", State: run.Failed, Created: noon},
		}
		if result := appended(s, again); result.Existing == "" {
			t.Fatalf("%+v", result)
		}
		stale := &engine.Batch{
			RunID: runIDAt(noon, 1), Epoch: 7, Owner: "p", Lease: time.Minute, Events: []run.Event{{Seq: 3, At: noon, Kind: run.RunFailed}}, Update: engine.Update{Status: run.Failed, Ended: noon},
			Ending: &engine.Ending{Flow: "a", State: run.Failed, Created: noon},
		}
		if result := appended(s, stale); result.Err == nil {
			t.Fatal("an old epoch ended the run")
		}
		if r := lookAt(t, s, dashboard.Query{Period: "24h"}).Runs; r.Succeeded != 1 || r.Failed != 0 {
			t.Errorf("counted are %+v", r.RunCounts)
		}
	})
}

// TestDashboardAsked refuses a period that there is none of.
func TestDashboardAsked(t *testing.T) {
	_, err := dashboard.NewService(nil, time.Now).View(context.Background(), auth.Actor{}, dashboard.Query{Period: "1y"}) //nolint:forbidigo // it asks nobody
	if err == nil || err.Error() != `there is no period "1y": use 24h, 7d, 30d, 90d` {
		t.Error(err)
	}
}

// TestSpread: what is read of a spread is right to a tenth, or to a millisecond.
func TestSpread(t *testing.T) {
	for _, long := range []time.Duration{time.Millisecond, 7 * time.Millisecond, 1300 * time.Millisecond, 47 * time.Minute} {
		s := spread{}
		for i := range 1000 {
			s[spreadPlace((long*time.Duration(i+1)/1000).Microseconds())]++
		}
		got, want := float64(s.quantile(0.95)), 0.95*float64(long.Microseconds())
		if got < want*0.9-1000 || got > want*1.1+1000 {
			t.Errorf("of %v it is %v, not %v", long, got, want)
		}
	}
}
