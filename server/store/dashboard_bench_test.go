package store

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/dashboard"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// manyRuns keeps so many runs of 20 flows with eight steps each, of 90 days, with what they
// came to: each thousand as one transaction tells it, all but the last of them added up.
func manyRuns(b *testing.B, s *Store, count int) {
	b.Helper()
	const batch = 1000
	for f := range 20 {
		declare(b, s, fmt.Sprintf("flow-%d", f), "[]", 5*f)
	}
	for at := 0; at < count; at += batch {
		rows, t := make([]map[string]any, 0, batch), newTally()
		for n := at; n < at+batch; n++ {
			created := noon.Add(-time.Duration(n) * (89 * 24 * time.Hour / time.Duration(count)))
			flow, state := fmt.Sprintf("flow-%d", n%20), run.Succeeded
			if n%50 == 0 {
				state = run.Failed
			}
			rows = append(rows, map[string]any{
				"id": runIDAt(created, n), "flow_id": flow, "flow_name": flow, "flow_version": 1, "digest": "d", "trigger_node": "hook", "state": string(state), "ended": 1, "due_at": 0,
				"lease_owner": "", "lease_epoch": 1, "lease_until": 0, "next_seq": 9, "created_at": micro(created), "started_at": micro(created), "ended_at": micro(created) + 1000,
			})
			e := &engine.Ending{Flow: flow, State: state, Created: created, Took: time.Second}
			for step := range 8 {
				e.Spans = append(e.Spans, engine.Span{Node: fmt.Sprintf("step_%d", step), Action: "http.request", Took: time.Duration(n%500*(step+1)) * time.Millisecond})
			}
			t.count(e)
		}
		content, err := t.encode()
		if err != nil {
			b.Fatal(err)
		}
		if err := s.write.Table("runs").CreateInBatches(rows, 100).Error; err != nil {
			b.Fatal(err)
		}
		if err := s.write.Create(&tallyRow{Content: content}).Error; err != nil {
			b.Fatal(err)
		}
	}
	for left := count/batch - 1; left > 0; {
		n, err := s.AddTallies(b.Context(), noon, min(left, 10))
		if err != nil || n == 0 {
			b.Fatal(n, err)
		}
		left -= n
	}
}

// manyAlerts keeps so many alerts, and a tenth as many cases, most of them closed.
func manyAlerts(b *testing.B, s *Store, count int) {
	b.Helper()
	const batch = 500
	for at := 0; at < count; at += batch {
		rows, opened := make([]map[string]any, 0, batch), make([]map[string]any, 0, batch)
		for n := at; n < at+batch; n++ {
			created := micro(noon.Add(-time.Duration(n) * (89 * 24 * time.Hour / time.Duration(count))))
			closed := created + int64(n%7200)*1_000_000
			rows = append(rows, map[string]any{
				"id": fmt.Sprintf("alert-%07d", n), "number": n + 1, "origin": "", "title": "An alert", "severity": n % 5, "status": "closed", "source": "edr", "host": "", "user_name": "", "assignee": "", "case_id": "",
				"score": n % 1000, "local_score": -1, "community_score": -1, "enrichment_score": -1, "impact": 0, "times": 1, "happened_at": created, "created_at": created, "last_at": created, "updated_at": closed,
				"closed_at": closed, "revision": 2, "entries": 2, "observables": 0, "content": "{}", "acked_at": created + 60_000_000, "person_at": 0, "reason": []string{"false_positive", "true_positive", "benign"}[n%3], "closed_by": "flow",
			})
			if n%10 == 0 {
				opened = append(opened, map[string]any{
					"id": fmt.Sprintf("case-%07d", n), "number": n + 1, "origin": "", "title": "A case", "description": "", "severity": n % 4, "status": "closed", "resolution": "true_positive", "tlp": "amber", "assignee": "", "due_at": 0,
					"score": 1, "created_by": "{}", "created_at": created, "updated_at": closed, "closed_at": closed, "revision": 1, "merged_into": "", "marks": "{}", "entries": 0, "artifacts": 0, "closed_by": "person",
				})
			}
		}
		if err := s.write.Table("alerts").CreateInBatches(rows, 100).Error; err != nil {
			b.Fatal(err)
		}
		if err := s.write.Table("cases").CreateInBatches(opened, 100).Error; err != nil {
			b.Fatal(err)
		}
	}
}

// manyQuestions has one of so many of the runs ask, and be answered within two hours.
func manyQuestions(b *testing.B, s *Store, count int) {
	b.Helper()
	var runs []runRow
	if err := s.read.Select("id", "created_at").Order("id").Find(&runs).Error; err != nil {
		b.Fatal(err)
	}
	rows := make([]map[string]any, 0, count)
	for n := range count {
		r := runs[n*len(runs)/count]
		rows = append(rows, map[string]any{
			"id": fmt.Sprintf("question-%07d", n), "run_id": r.ID, "step_key": "ask", "kind": "approval", "flow_id": "flow-1", "flow_name": "flow-1", "title": "Isolate the host?", "message": "", "content": "{}",
			"quorum": 1, "requester": "", "hash": "h", "notify_flow": "", "state": "approved", "asked_at": r.CreatedAt, "deadline_at": 0, "remind_every": 0, "tell_at": 0, "live": 1, "closed_at": r.CreatedAt + int64(n%7200)*1_000_000,
		})
	}
	if err := s.write.Table("questions").CreateInBatches(rows, 100).Error; err != nil {
		b.Fatal(err)
	}
}

// BenchmarkDashboard reads the dashboard of 90 days over 100,000 runs with 800,000 steps and
// 10,000 questions, 20,000 alerts and 2,000 cases. It is to take 200 ms at most, 99 times of 100.
func BenchmarkDashboard(b *testing.B) {
	for name, options := range map[string]func() Options{
		"sqlite":   func() Options { return Options{Folder: b.TempDir()} },
		"postgres": func() Options { return Options{Folder: b.TempDir(), Database: testkit.Database(b)} },
	} {
		o := options()
		o.Logger = slog.New(slog.DiscardHandler)
		s, err := Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		manyRuns(b, s, 100_000)
		manyQuestions(b, s, 10_000)
		manyAlerts(b, s, 20_000)
		service := dashboard.NewService(s, func() time.Time { return noon })
		for _, period := range dashboard.Periods {
			b.Run(name+"/"+period, func(b *testing.B) {
				taken := timed(b, func(int) error {
					v, err := service.View(b.Context(), auth.Actor{Role: auth.Viewer}, dashboard.Query{Period: period})
					if err == nil && period == "90d" && (v.Runs.All() != 100_000 || v.Alerts.Received != 20_000) {
						err = fmt.Errorf("it counts %d runs and %d alerts", v.Runs.All(), v.Alerts.Received)
					}
					return err
				})
				b.ReportMetric(taken[0], "p50-ms")
				b.ReportMetric(taken[1], "p99-ms")
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
