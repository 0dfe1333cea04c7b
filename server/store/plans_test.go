package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

// explain gives the plans by which a filter's ids are read.
func (s *Store) explain(ctx context.Context, f RunFilter) (plans []string, err error) {
	streams, err := s.streams(ctx, &f)
	if err != nil {
		return nil, err
	}
	for i := range streams {
		statement, args := s.candidate(&streams[i], &f, "ffffffff", 51)
		plan, err := s.plan(ctx, statement, args...)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func (s *Store) plan(ctx context.Context, statement string, args ...any) (string, error) {
	var lines []string
	if s.dialect.numbered {
		err := s.read.WithContext(ctx).Raw("EXPLAIN "+statement, args...).Scan(&lines).Error
		return strings.Join(lines, "; "), err
	}
	var steps []struct{ Detail string }
	err := s.read.WithContext(ctx).Raw("EXPLAIN QUERY PLAN "+statement, args...).Scan(&steps).Error
	for _, step := range steps {
		lines = append(lines, step.Detail)
	}
	return strings.Join(lines, "; "), err
}

// TestPlansOfLists holds that lists of runs read ids from indexes in their order: they
// neither look at all runs nor, where these are many, sort them.
func TestPlansOfLists(t *testing.T) {
	for name, options := range map[string]func(t *testing.T) Options{
		"sqlite":   func(t *testing.T) Options { return Options{Folder: t.TempDir()} },
		"postgres": func(t *testing.T) Options { return Options{Folder: t.TempDir(), Database: testkit.Database(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), options(t))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			fill(t, s)
			now := time.Now()
			for _, c := range []struct {
				name   string
				filter RunFilter
				index  string
			}{
				{"all", RunFilter{}, "runs_pk"},
				{"a time", RunFilter{Since: now.Add(-time.Hour), Until: now}, "runs_pk"},
				{"a flow", RunFilter{Flow: "f3"}, "runs_flow"},
				{"a flow and time", RunFilter{Flow: "f3", Since: now.Add(-time.Hour)}, "runs_flow"},
				{"a state", RunFilter{States: []string{"failed"}}, "runs_ended"},
				{"a state and time", RunFilter{States: []string{"failed"}, Until: now}, "runs_ended"},
				{"what waits", RunFilter{States: []string{"waiting"}}, "runs_at_work"},
				{"a flow's failures", RunFilter{Flow: "f3", States: []string{"failed"}}, "runs_flow_ended"},
				{"a flow's open runs", RunFilter{Flow: "f3", States: []string{"running", "queued"}}, "runs_at_work"},
				{"replays", RunFilter{Replays: true}, "runs_flow_replays|runs_replays"},
				{"the replays of one", RunFilter{Of: "x"}, "runs_replays"},
			} {
				plans, err := s.explain(t.Context(), c.filter)
				if err != nil {
					t.Fatal(err)
				}
				for _, plan := range plans {
					if !reads(plan, c.index) {
						t.Errorf("%s is not read by %s: %s", c.name, c.index, plan)
					}
				}
			}
			for name, index := range map[string]string{"1 = 1": "runs_flow", "ended = 0": "runs_at_work", "replay_of <> ''": "runs_flow_replays|runs_replays"} {
				plan, err := s.plan(t.Context(), "SELECT min(flow_id) FROM runs WHERE flow_id > ? AND "+name, "f3")
				if err != nil || !reads(plan, index) {
					t.Errorf("the flows with %s are not read by %s: %s, %v", name, index, plan, err)
				}
			}
			if plan, err := s.plan(t.Context(), inboxMark); err != nil || !reads(plan+" ", "questions_closed") || !strings.Contains(plan, "questions_open") {
				t.Errorf("the mark of the inbox is read by %s, %v", plan, err)
			}
			plan, err := s.plan(t.Context(), "SELECT id FROM runs WHERE "+s.dialect.tail+" = ?", "abcdef")
			if err != nil || !reads(plan, "runs_tail") {
				t.Errorf("the end of an id is not found by runs_tail: %s, %v", plan, err)
			}
		})
	}
}

// reads says whether a plan reads one of some indexes, and no more than that. PostgreSQL
// may sort what an index gives where that is little.
func reads(plan, indexes string) bool {
	if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "TEMP B-TREE") {
		return false
	}
	for _, index := range strings.Split(indexes, "|") {
		if strings.Contains(plan, index+" ") || index == "runs_pk" && strings.Contains(plan, "sqlite_autoindex_runs_1 ") /* as SQLite calls it */ {
			return true
		}
	}
	return false
}

// fill makes many runs of many flows: few are open, few have failed, few are replays.
func fill(t *testing.T, s *Store) {
	t.Helper()
	const many = 10_000
	rows := make([]runRow, many)
	begin := time.Now().Add(-many * time.Second)
	for i := range rows {
		at := begin.Add(time.Duration(i) * time.Second)
		r := runRow{
			ID: idAt(at) + fmt.Sprintf("7000-8000-%012x", i), FlowID: fmt.Sprintf("f%d", i%97), State: "succeeded", Ended: true,
			CreatedAt: micro(at), EndedAt: micro(at),
		}
		switch {
		case i%500 == 3:
			r.State, r.Ended = []string{"running", "waiting", "queued"}[i/500%3], false
		case i%100 == 4:
			r.State = "failed"
		case i%300 == 5:
			r.ReplayOf = "some"
		}
		rows[i] = r
	}
	if err := s.write.CreateInBatches(rows, 500).Error; err != nil {
		t.Fatal(err)
	}
	asked := `INSERT INTO questions (id, run_id, step_key, kind, flow_id, flow_name, title, message, content, quorum, requester, hash, notify_flow, state, asked_at, deadline_at, remind_every, tell_at, closed_at)
		SELECT id, id, 'ok', 'approval', flow_id, 'f', '', '', '{}', 1, '', 'h', '', CASE WHEN ended = 1 THEN 'approved' ELSE 'open' END, created_at, 0, 0, 0, ended_at FROM runs`
	if err := s.write.Exec(asked).Error; err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"VACUUM", "ANALYZE"} { // as they are done from time to time
		if err := s.write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
}
