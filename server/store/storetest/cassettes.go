package storetest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// cassettesAreKept keeps small and large cassettes, and forgets them.
func cassettesAreKept(t *testing.T, open Opener) {
	s := open(t)
	large := make([]byte, 300<<10)
	_, _ = rand.Read(large) // so that it can't be packed
	old, recent := time.Now().Add(-48*time.Hour), time.Now()
	for _, c := range []store.Cassette{
		{RunID: "r", Step: "a", Attempt: 1, Calls: 2, Content: []byte(`{"calls":[]}`), At: old},
		{RunID: "r", Step: "a", Attempt: 2, Calls: 1, Cut: true, Content: large, At: recent},
		{RunID: "r", Step: "a", Attempt: 2, Calls: 9, Content: []byte("again"), At: recent}, // the first one stays
		{RunID: "other", Step: "a", Attempt: 1, Calls: 1, Content: []byte(`{}`), At: recent},
	} {
		if !s.KeepCassette(c) {
			t.Fatal("no room")
		}
	}
	c, err := s.Cassette(t.Context(), "r", "a", 2)
	if err != nil || !bytes.Equal(c.Content, large) || !c.Cut || c.Calls != 1 || c.At.UnixMicro() != recent.UnixMicro() {
		t.Errorf("%d bytes, %+v, %v", len(c.Content), c.At, err)
	}
	if list, err := s.Cassettes(t.Context(), "r"); err != nil || len(list) != 2 || list[0].Attempt != 1 || list[0].Content != nil {
		t.Errorf("%d, %v", len(list), err)
	}
	if n, err := s.TapedSize(t.Context(), "r"); err != nil || n != int64(len(large)+12) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := s.TapedSize(t.Context(), "none"); err != nil || n != 0 {
		t.Errorf("%d bytes of no run, %v", n, err)
	}
	if n, err := s.ForgetCassettes(t.Context(), recent.Add(-time.Hour), 10); err != nil || n != 1 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if _, err := s.Cassette(t.Context(), "r", "a", 1); !errors.Is(err, store.ErrNoCassette) {
		t.Error(err)
	}
}

// replaysAreMarked keeps what a run replays and goes on from, and leaves replays out of
// lists.
func replaysAreMarked(t *testing.T, open Opener) {
	s := open(t)
	live, replay, retry := newID(t), newID(t), newID(t)
	created := time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
	for id, change := range map[string]func(*engine.Record){
		live:   func(*engine.Record) {},
		replay: func(r *engine.Record) { r.Replay = engine.ReplayOf{Run: live, Created: created, Job: "j"} },
		retry:  func(r *engine.Record) { r.RetryOf = live },
	} {
		b := First(id)
		change(b.Create)
		if a := Append(t, s, b); a.Err != nil {
			t.Fatal(a.Err)
		}
		record, err := s.Record(t.Context(), id)
		if err != nil || record.Replay != b.Create.Replay || record.RetryOf != b.Create.RetryOf {
			t.Errorf("%+v, %v", record, err)
		}
	}
	for _, c := range []struct {
		filter store.RunFilter
		want   []string
	}{
		{store.RunFilter{}, []string{live, retry}},
		{store.RunFilter{Replays: true}, []string{replay}},
		{store.RunFilter{Of: live}, []string{replay}},
		{store.RunFilter{Of: retry}, nil},
	} {
		c.filter.Limit = 10
		runs, _, err := s.Runs(t.Context(), c.filter)
		var got []string
		for _, r := range runs {
			got = append(got, r.ID)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v, want %v", c.filter, got, err, c.want)
		}
	}
}

// replayJobsAreWorkedOff takes each item of a job once, and stops with the job.
func replayJobsAreWorkedOff(t *testing.T, open Opener) {
	s := open(t)
	job := store.ReplayJob{ID: "j", Flow: "f", Digest: "d", Query: "{}", CreatedBy: "ann", Created: time.Now().Add(-time.Hour)}
	if err := s.CreateReplayJob(t.Context(), job, []string{"r0", "r1", "r2"}, store.JobLimits{All: 9, Each: 9}); err != nil {
		t.Fatal(err)
	}
	take := func(want string) store.ReplayItem {
		t.Helper()
		item, ok, err := s.TakeReplayItem(t.Context(), "j", "one", time.Minute)
		if err != nil || ok != (want != "") || item.Run != want {
			t.Fatalf("took %+v, %v, %v, want %q", item, ok, err, want)
		}
		return item
	}
	first := take("r0")
	first.State, first.Replay, first.Result = store.ItemChanged, "x", `{"steps":["a"]}`
	if err := s.SetReplayItem(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	take("r1")
	found, err := s.ReplayJob(t.Context(), "j")
	if err != nil || found.Total != 3 || fmt.Sprint(found.Counts) != "map[changed:1 pending:1 running:1]" || found.State != store.JobRunning {
		t.Errorf("%+v, %v", found, err)
	}
	if items, err := s.ReplayItems(t.Context(), "j", []string{store.ItemChanged}, -1, 10); err != nil || len(items) != 1 || items[0].Run != first.Run || items[0].Replay != first.Replay || items[0].Result != first.Result {
		t.Errorf("%+v, %v", items, err)
	}
	if running, err := s.RunningReplayJobs(t.Context()); err != nil || len(running) != 1 {
		t.Errorf("%d jobs, %v", len(running), err)
	}
	for _, want := range []bool{true, false} {
		if ended, err := s.EndReplayJob(t.Context(), "j", store.JobCanceled, "", time.Now()); err != nil || ended != want {
			t.Errorf("%v, %v", ended, err)
		}
	}
	take("") // what is canceled is not gone on with
	if list, err := s.ReplayJobs(t.Context(), "f", 10); err != nil || len(list) != 1 || list[0].Ended.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.ForgetReplayJobs(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReplayJob(t.Context(), "j"); !errors.Is(err, store.ErrNoJob) {
		t.Error(err)
	}
	if items, err := s.ReplayItems(t.Context(), "j", nil, -1, 10); err != nil || len(items) > 0 {
		t.Errorf("%+v, %v", items, err)
	}
}

// replayItemsAreLeased lets another server take up what one that died had taken, and not
// what one still works on, nor what came too late.
func replayItemsAreLeased(t *testing.T, open Opener) {
	s := open(t)
	job := store.ReplayJob{ID: "j", Flow: "f", Digest: "d", Query: "{}", CreatedBy: "ann", Created: time.Now()}
	if err := s.CreateReplayJob(t.Context(), job, []string{"r0"}, store.JobLimits{All: 9, Each: 9}); err != nil {
		t.Fatal(err)
	}
	take := func(owner string, lease time.Duration, want bool) store.ReplayItem {
		t.Helper()
		item, ok, err := s.TakeReplayItem(t.Context(), "j", owner, lease)
		if err != nil || ok != want {
			t.Fatalf("%s took %+v, %v, %v", owner, item, ok, err)
		}
		return item
	}
	late := take("one", time.Minute, true)
	take("two", time.Minute, false)
	if err := s.VoidLeases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !s.Shared() { // the one process that there is has started again
		late = take("one again", -time.Second, true)
	} else {
		late.State = store.ItemPending
		if err := s.SetReplayItem(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		late = take("one", -time.Second, true)
	}
	now := take("two", time.Minute, true)
	for _, c := range []struct {
		item  store.ReplayItem
		state string
		want  string
	}{{late, store.ItemFailed, store.ItemRunning}, {now, store.ItemSame, store.ItemSame}, {now, store.ItemFailed, store.ItemSame}} {
		c.item.State = c.state
		if err := s.SetReplayItem(t.Context(), c.item); err != nil {
			t.Fatal(err)
		}
		if items, err := s.ReplayItems(t.Context(), "j", nil, -1, 10); err != nil || len(items) != 1 || items[0].State != c.want {
			t.Errorf("%+v, %v, want %s", items, err, c.want)
		}
	}
	take("two", time.Minute, false)
}

// replayJobsAreBounded lets so many be under way at once, of one person and in all.
func replayJobsAreBounded(t *testing.T, open Opener) {
	s := open(t)
	limits := store.JobLimits{All: 3, Each: 2}
	for i, c := range []struct {
		by   string
		full bool
	}{{"ann", false}, {"ann", false}, {"ann", true}, {"bob", false}, {"bob", true}, {"cy", true}} {
		job := store.ReplayJob{ID: fmt.Sprint("j", i), Flow: "f", Digest: "d", Query: "{}", CreatedBy: "the same name", Creator: c.by, Created: time.Now()}
		var full *store.TooManyJobsError
		if err := s.CreateReplayJob(t.Context(), job, []string{"r"}, limits); errors.As(err, &full) != c.full || err != nil && !c.full {
			t.Errorf("%d, by %s: %v", i, c.by, err)
		}
	}
	if _, err := s.EndReplayJob(t.Context(), "j0", store.JobCanceled, "", time.Now()); err != nil {
		t.Fatal(err)
	}
	job := store.ReplayJob{ID: "j9", Flow: "f", Digest: "d", Query: "{}", CreatedBy: "the same name", Creator: "cy", Created: time.Now()}
	if err := s.CreateReplayJob(t.Context(), job, []string{"r"}, limits); err != nil {
		t.Errorf("after one was canceled: %v", err)
	}
}
