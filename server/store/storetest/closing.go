package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// leavesNoTaskSilently closes cases with required tasks open: people and tokens say why,
// flows needn't, and the timeline names what was left.
func leavesNoTaskSilently(t *testing.T, open Opener) {
	w := workspace(open(t))
	status, resolution := cases.Closed, "true_positive"
	end := func(by cases.Actor, id, why string) (cases.Case, error) {
		return w.Update(t.Context(), by, id, "", &cases.Edit{Status: &status, Resolution: &resolution}, why)
	}
	c := opened(t, w, "Ransomware")
	for _, step := range []cases.Step{{Title: "Scope it", Required: true}, {Title: "Look again"}, {Title: "Tell the owner", Required: true}} {
		c = withTask(t, w, c.ID, step)
	}
	for _, by := range []cases.Actor{analyst, {ID: "t1", Name: "ticketing", Kind: "token", Person: "u1"}} {
		var left *cases.LeftOpenError
		if _, err := end(by, c.ID, " \n"); !errors.As(err, &left) || left.Error() != "2 required tasks are open: Scope it, Tell the owner" {
			t.Errorf("a %s closes it without a word: %v", by.Kind, err)
		}
	}
	if now, err := w.Case(t.Context(), c.ID); err != nil || now.Revision != c.Revision || now.Entries != c.Entries || now.Status != cases.Open {
		t.Errorf("a refusal left %+v, %v", now, err)
	}
	if c, err := end(analyst, c.ID, "It was a drill."); err != nil || c.Status != cases.Closed {
		t.Fatalf("%+v, %v", c, err)
	}
	// It is closed already: nothing is asked again.
	if _, err := end(analyst, c.ID, ""); err != nil {
		t.Error(err)
	}
	wantLeft(t, w, c.ID, 2, "Scope it", "Tell the owner")

	c = opened(t, w, "By a flow")
	for n := range 7 {
		c = withTask(t, w, c.ID, cases.Step{Title: fmt.Sprint("Task ", n+1), Required: true})
	}
	if _, err := end(analyst, c.ID, ""); err == nil || !strings.HasSuffix(err.Error(), "Task 4, Task 5 and 2 more") {
		t.Errorf("seven are told as %v", err)
	}
	flow := cases.Actor{ID: "f", Name: "Triage", Kind: "flow", Person: "u1", Run: "r", Step: "close", Flow: "f", FlowName: "Triage"}
	if _, err := w.Act(t.Context(), cases.Call{Type: "case.close", Key: "k", By: flow, Input: map[string]any{"case": c.ID, "resolution": resolution}}); err != nil {
		t.Fatal(err)
	}
	wantLeft(t, w, c.ID, 7, "Task 1", "Task 2", "Task 3", "Task 4", "Task 5")

	c = opened(t, w, "All done")
	c = withTask(t, w, c.ID, cases.Step{Title: "Look again"})
	if _, err := end(analyst, c.ID, ""); err != nil {
		t.Error(err)
	}
	wantLeft(t, w, c.ID, 0)
	closesBesideTasks(t, w, end)
	mergesWithTasks(t, w)
}

// mergesWithTasks merges a case whose tasks stay with it: that is no closing to be explained,
// and its timeline names them.
func mergesWithTasks(t *testing.T, w *cases.Service) {
	t.Helper()
	from, into := opened(t, w, "From"), opened(t, w, "Into")
	withTask(t, w, from.ID, cases.Step{Title: "Scope it", Required: true})
	if _, err := w.Merge(t.Context(), analyst, from.ID, into.ID, ""); err != nil {
		t.Fatal(err)
	}
	entries, err := w.Timeline(t.Context(), from.ID, 0, 1)
	if err != nil || entries[0].Kind != cases.EntryMergedInto || fmt.Sprint(entries[0].Data["left"]) != "[Scope it]" || fmt.Sprint(entries[0].Data["leftCount"]) != "1" {
		t.Errorf("%+v, %v", entries, err)
	}
}

func withTask(t *testing.T, w *cases.Service, id string, step cases.Step) cases.Case {
	t.Helper()
	c, err := w.AddTask(t.Context(), analyst, id, "", step, cases.TaskEdit{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// closing is the entry of a timeline that closed the case.
func closing(t *testing.T, w *cases.Service, id string) cases.Entry {
	t.Helper()
	entries, err := w.Timeline(t.Context(), id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == cases.EntryChanged && strings.Contains(fmt.Sprint(e.Data["changes"]), "to:closed") {
			return e
		}
	}
	t.Fatalf("nothing closed it: %v", entries)
	return cases.Entry{}
}

func wantLeft(t *testing.T, w *cases.Service, id string, count int, titles ...any) {
	t.Helper()
	data := closing(t, w, id).Data
	if count == 0 {
		if data["left"] != nil || data["leftCount"] != nil {
			t.Errorf("the closing says %v", data)
		}
		return
	}
	if !reflect.DeepEqual(data["left"], titles) || fmt.Sprint(data["leftCount"]) != fmt.Sprint(count) {
		t.Errorf("the closing says %v", data)
	}
}

// closesBesideTasks closes cases while somebody adds a required task: it is refused, or
// was closed first.
func closesBesideTasks(t *testing.T, w *cases.Service, end func(by cases.Actor, id, why string) (cases.Case, error)) {
	for range 8 {
		c := opened(t, w, "At once")
		var wait sync.WaitGroup
		var refused, failed error
		wait.Go(func() { _, refused = end(analyst, c.ID, "") })
		wait.Go(func() {
			_, failed = w.AddTask(t.Context(), analyst, c.ID, "", cases.Step{Title: "Scope it", Required: true}, cases.TaskEdit{})
		})
		wait.Wait()
		if failed != nil {
			t.Fatal(failed)
		}
		var left *cases.LeftOpenError
		if errors.As(refused, &left) {
			continue
		}
		if refused != nil {
			t.Fatal(refused)
		}
		if e := closing(t, w, c.ID); e.Seq != 2 { // after it was opened, before the task
			t.Errorf("it was closed as entry %d: %v", e.Seq, e.Data)
		}
	}
}
