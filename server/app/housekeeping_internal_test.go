package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// ended keeps a run of a flow that ended now.
func ended(t *testing.T, s *store.Store, flow string) string {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	done := make(chan engine.Appended, 1)
	s.Append(&engine.Batch{
		RunID: id.String(), Epoch: 1, Owner: "o", Lease: time.Minute,
		Create: &engine.Record{ID: id.String(), Flow: flow, FlowName: flow, Digest: "d", Created: now, Epoch: 1, Owner: "o"},
		Events: []run.Event{{Seq: 1, At: now, Kind: run.RunStarted}, {Seq: 2, At: now, Kind: run.RunSucceeded}},
		Update: engine.Update{Status: run.Succeeded, Started: now, Ended: now},
	}, func(a engine.Appended) { done <- a })
	if a := <-done; a.Err != nil {
		t.Fatal(a.Err)
	}
	return id.String()
}

// TestRunsAreKeptAsTheirFlowSays lets weeks go by.
func TestRunsAreKeptAsTheirFlowSays(t *testing.T) {
	core, err := OpenCore(t.Context(), CoreConfig{Data: t.TempDir(), LeastKeep: 7 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer core.Close(context.WithoutCancel(t.Context()))
	write := func(id, keep string) []byte {
		limits := ""
		if keep != "" {
			limits = fmt.Sprintf(`, "limits": {"keep": %q}`, keep)
		}
		return fmt.Appendf(nil, `{"format": "drawbridge.flow/1", "name": "Kept", "nodes": [{"id": "set", "type": "core.set", "position": [0, 0], "with": {"fields": {"a": 1}}}], "edges": []%s}`, limits)
	}
	flows := map[string]string{} // the id of each, by what it is here
	for name, keep := range map[string]string{"published": "10d", "draft": "20d", "silent": "", "hasty": "1h"} {
		d, problems, err := core.Library.Create(t.Context(), write(name, keep), "ann")
		if err != nil || problems.Failed() != (name == "hasty") {
			t.Fatal(err, problems)
		}
		flows[name] = d.ID
		if name != "published" {
			continue
		}
		if _, err := core.Library.Publish(t.Context(), d.ID, "", "ann"); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(d.Content), `"10d"`, `"1h"`, 1) // a draft changes nothing yet
		if _, _, err := core.Library.Save(t.Context(), d.ID, d.Revision, []byte(text), "ann"); err != nil {
			t.Fatal(err)
		}
	}
	flows["gone"] = "a-flow-that-was-deleted"
	runs := map[string]string{}
	for name, id := range flows {
		runs[name] = ended(t, core.Store, id)
	}
	h := newHousekeeper(core, 30*24*time.Hour)
	h.hidden = 0
	var sum Swept
	h.swept = func(s Swept) { sum.Retired, sum.Runs = sum.Retired+s.Retired, sum.Runs+s.Runs }
	for _, c := range []struct {
		days float64
		left []string
	}{
		{0.5, []string{"draft", "gone", "hasty", "published", "silent"}},
		{6.9, []string{"draft", "gone", "hasty", "published", "silent"}},
		{9.9, []string{"draft", "gone", "published", "silent"}},
		{10.1, []string{"draft", "gone", "silent"}},
		{20.1, []string{"gone", "silent"}},
		{30.1, nil},
	} {
		h.now = func() time.Time { return time.Now().Add(time.Duration(c.days * 24 * float64(time.Hour))) }
		if err := h.sweep(t.Context(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		var left []string
		for name, id := range runs {
			if _, err := core.Store.Record(t.Context(), id); err == nil {
				left = append(left, name)
			} else if !errors.Is(err, engine.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if slices.Sort(left); !slices.Equal(left, c.left) {
			t.Errorf("after %v days there are %v, want %v", c.days, left, c.left)
		}
	}
	if sum.Retired != 5 || sum.Runs != 5 {
		t.Errorf("%+v", sum)
	}
	log, _, err := core.Store.Audit(t.Context(), "", 10)
	if err != nil || log[0].Action != "run.forget" || !strings.Contains(string(log[0].Detail), `"runs":2`) {
		t.Errorf("%+v, %v", log, err)
	}
	forever := newHousekeeper(core, 0)
	forever.now = func() time.Time { return time.Now().Add(100 * 365 * 24 * time.Hour) }
	stays := ended(t, core.Store, flows["gone"])
	if err := forever.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := core.Store.Record(t.Context(), stays); err != nil {
		t.Errorf("a run that is kept for ever: %v", err)
	}
	mine, err := core.Store.Chore(t.Context(), choreRetention, "another", retireEvery, choreHeld)
	if err != nil || mine {
		t.Errorf("a sweep that was done is done again at once by another server: %v, %v", mine, err)
	}
}
