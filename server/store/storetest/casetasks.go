package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

func malware() cases.Template {
	return cases.Template{Name: "Malware", Description: "d", Steps: []cases.Step{
		{Key: "scope", Phase: "Scope", Title: "Which hosts?", Form: json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer","maximum":9007199254740993}}}`)},
		{Key: "isolate", Phase: "Contain", Title: "Isolate", Required: true, After: []string{"scope"}, Within: 2 * time.Hour},
		{Phase: "Contain", Title: "Block the address", Flow: "f", Auto: true},
	}}
}

// keepsTasks applies a template, works its tasks in their order, and applies another
// version and another template in the middle of it.
func keepsTasks(t *testing.T, open Opener) {
	w := workspace(open(t))
	saved, err := w.SaveTemplate(t.Context(), malware())
	if err != nil || saved.Version != 1 || saved.Steps[2].Key != "t3" {
		t.Fatalf("%+v, %v", saved, err)
	}
	c := opened(t, w, "Ransomware")
	if c, err = w.ApplyTemplate(t.Context(), analyst, c.ID, "k", "malware"); err != nil || c.TaskCount != 3 || c.TasksDone != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	tasks, err := w.Tasks(t.Context(), c.ID)
	if err != nil || len(tasks) != 3 || string(tasks[0].Form) != string(saved.Steps[0].Form) || !tasks[1].Due.Equal(c.Created.Add(2*time.Hour)) {
		t.Fatalf("%+v, %v", tasks, err)
	}
	done, skipped := cases.TaskDone, cases.TaskSkipped
	var blocked *cases.BlockedError
	if _, err := w.ChangeTask(t.Context(), analyst, c.ID, "", tasks[1].ID, &cases.TaskEdit{State: &done}); !errors.As(err, &blocked) || blocked.By[0] != "Which hosts?" {
		t.Errorf("a task before its turn: %v", err)
	}
	var wrong *cases.FieldError
	if _, err := w.ChangeTask(t.Context(), analyst, c.ID, "", tasks[1].ID, &cases.TaskEdit{State: &skipped}); !errors.As(err, &wrong) {
		t.Errorf("a required task is skipped: %v", err)
	}
	note := "three of them"
	if c, err = w.ChangeTask(t.Context(), analyst, c.ID, "", tasks[0].ID, &cases.TaskEdit{State: &done, Note: &note, Answers: map[string]any{"n": int64(9007199254740993)}}); err != nil || c.TasksDone != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if tasks, err = w.Tasks(t.Context(), c.ID); err != nil || tasks[0].Answers.(map[string]any)["n"] != int64(9007199254740993) || tasks[0].DoneBy.Name != "analyst" {
		t.Errorf("%+v, %v", tasks[0], err)
	}
	if atWork, err := w.TasksAtWork(t.Context(), 10); err != nil || len(atWork) != 1 || atWork[0].Title != "Block the address" || atWork[0].Requester != "u1" {
		t.Errorf("%+v, %v", atWork, err)
	}
	// What waits for another task isn't at work: it would stand before all that is.
	waits := opened(t, w, "Waits")
	held := cases.Template{Name: "Held", Steps: []cases.Step{{Key: "a", Title: "First"}, {Title: "Then", After: []string{"a"}, Flow: "f", Auto: true}}}
	if _, err := w.SaveTemplate(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ApplyTemplate(t.Context(), analyst, waits.ID, "", "Held"); err != nil {
		t.Fatal(err)
	}
	if atWork, err := w.TasksAtWork(t.Context(), 10); err != nil || len(atWork) != 1 {
		t.Errorf("%+v, %v", atWork, err)
	}
	steps, err := w.Tasks(t.Context(), waits.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ChangeTask(t.Context(), analyst, waits.ID, "", steps[0].ID, &cases.TaskEdit{State: &done}); err != nil {
		t.Fatal(err)
	}
	if atWork, err := w.TasksAtWork(t.Context(), 10); err != nil || len(atWork) != 2 {
		t.Errorf("%+v, %v", atWork, err)
	}
	changesTemplates(t, w, &saved, c.ID)
}

// changesTemplates applies a later version, which has another task in the place of one,
// and then another template.
func changesTemplates(t *testing.T, w *cases.Service, saved *cases.Template, id string) {
	later := malware()
	later.ID, later.Version = saved.ID, 1
	later.Steps[2] = cases.Step{Key: "tell", Phase: "Tell", Title: "Tell the owner"}
	if _, err := w.SaveTemplate(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SaveTemplate(t.Context(), later); !errors.Is(err, cases.ErrTemplateChanged) {
		t.Errorf("the same version twice: %v", err)
	}
	p, err := w.PlanTemplate(t.Context(), id, saved.ID)
	if err != nil || len(p.Kept) != 2 || len(p.Added) != 1 || len(p.Dropped) != 1 || p.Dropped[0].Title != "Block the address" {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err := w.ApplyTemplate(t.Context(), analyst, id, "", saved.ID); err != nil {
		t.Fatal(err)
	}
	other, err := w.SaveTemplate(t.Context(), cases.Template{Name: "Data leak", Steps: []cases.Step{{Title: "Ask counsel"}}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.ApplyTemplate(t.Context(), analyst, id, "", other.Name)
	if err != nil || c.TaskCount != 2 || c.TasksDone != 1 { // what was done stays
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = w.AddTask(t.Context(), analyst, id, "", cases.Step{Title: "By hand"}, cases.TaskEdit{}); err != nil || c.TaskCount != 3 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := w.RemoveTemplate(t.Context(), saved.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := w.Templates(t.Context()); err != nil || len(list) != 2 || list[0].Name != "Data leak" {
		t.Errorf("%+v, %v", list, err)
	}
	if kept, err := w.Template(t.Context(), saved.ID, 1); err != nil || len(kept.Steps) != 3 {
		t.Errorf("%+v, %v", kept, err)
	}
	for name, bad := range map[string]cases.Template{
		"no name": {Steps: []cases.Step{{Title: "a"}}}, "no tasks": {Name: "n"}, "no title": {Name: "n", Steps: []cases.Step{{}}},
		"twice the same key": {Name: "n", Steps: []cases.Step{{Key: "a", Title: "a"}, {Key: "a", Title: "b"}}},
		"after what follows": {Name: "n", Steps: []cases.Step{{Key: "a", Title: "a", After: []string{"b"}}, {Key: "b", Title: "b"}}},
		"auto without flow":  {Name: "n", Steps: []cases.Step{{Title: "a", Auto: true}}},
	} {
		var wrong *cases.FieldError
		if _, err := w.SaveTemplate(t.Context(), bad); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
