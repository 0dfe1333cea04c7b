package app_test

import (
	"fmt"
	"testing"
)

// TestATemplateIsWorked has a senior save a template and an analyst work it: in its
// order, with a form, a flow that starts by itself and one that fails.
func TestATemplateIsWorked(t *testing.T) {
	h := open(t, t.TempDir())
	flow, _ := h.publish("task-flow")
	steps := []any{
		map[string]any{"key": "scope", "phase": "Scope", "title": "Count the hosts", "form": map[string]any{"type": "object", "required": []any{"hosts"}, "properties": map[string]any{"hosts": map[string]any{"type": "integer"}}}},
		map[string]any{"key": "block", "phase": "Contain", "title": "Block it", "after": []any{"scope"}, "flow": flow, "auto": true, "within": "4h"},
		map[string]any{"phase": "Close", "title": "Write it up", "after": []any{"block"}, "required": true},
	}
	body := map[string]any{"name": "Malware", "steps": steps}
	h.do(call{"POST", "/templates", "analyst", body, nil}).want(403)
	h.do(call{"POST", "/templates", "responder", body, nil}).want(201)
	work := func(title string) (string, func() []map[string]any) {
		id := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": title}, nil}).want(201)["id"].(string)
		plan := h.do(call{"GET", "/cases/" + id + "/template?template=Malware", "analyst", nil, nil}).want(200)
		if len(plan["added"].([]any)) != 3 {
			t.Errorf("the plan is %v", plan)
		}
		h.do(call{"POST", "/cases/" + id + "/template", "analyst", map[string]any{"template": "Malware"}, nil}).want(200)
		return id, func() (list []map[string]any) {
			for _, item := range h.do(call{"GET", "/cases/" + id + "/tasks", "viewer", nil, nil}).want(200)["items"].([]any) {
				list = append(list, item.(map[string]any))
			}
			return list
		}
	}
	id, tasks := work("Fine")
	at := func(i int) string { return "/cases/" + id + "/tasks/" + tasks()[i]["id"].(string) }
	h.do(call{"PUT", at(2), "analyst", map[string]any{"state": "done"}, nil}).want(409)
	h.do(call{"PUT", at(0), "analyst", map[string]any{"state": "done"}, nil}).want(422)
	h.do(call{"PUT", at(0), "analyst", map[string]any{"state": "done", "answers": map[string]any{"hosts": "three"}}, nil}).want(422)
	h.do(call{"POST", at(1) + "/run", "analyst", nil, nil}).want(409)
	h.do(call{"PUT", at(0), "analyst", map[string]any{"state": "done", "answers": map[string]any{"hosts": 3}}, nil}).want(200)
	waitFor(t, "the flow", func() bool { return tasks()[1]["state"] == "done" })
	if got := tasks()[1]; got["answers"].(map[string]any)["blocked"] != true || got["run"] == nil {
		t.Errorf("the task is %v", got)
	}
	h.do(call{"PUT", at(2), "analyst", map[string]any{"state": "skipped"}, nil}).want(422)
	if got := h.do(call{"PUT", at(2), "analyst", map[string]any{"state": "done", "note": "All written."}, nil}).want(200); got["tasksDone"] != 3.0 || got["taskCount"] != 3.0 {
		t.Errorf("%v", got)
	}
	id, tasks = work("Fails")
	h.do(call{"PUT", at(0), "analyst", map[string]any{"state": "done", "answers": map[string]any{"hosts": 1}}, nil}).want(200)
	waitFor(t, "the failure", func() bool { return tasks()[1]["state"] == "failed" })
	first := tasks()[1]["run"]
	h.do(call{"PUT", "/cases/" + id, "analyst", map[string]any{"title": "Now it works"}, nil}).want(200)
	h.do(call{"POST", at(1) + "/run", "analyst", nil, nil}).want(200)
	waitFor(t, "the second try", func() bool { return tasks()[1]["state"] == "done" })
	if tasks()[1]["run"] == first {
		t.Error("the second try is the first run")
	}
}

// TestACaseBeginsWithATemplate opens cases with a template: all of it is there at once, or
// nothing is.
func TestACaseBeginsWithATemplate(t *testing.T) {
	h := open(t, t.TempDir())
	steps := []any{
		map[string]any{"phase": "Scope", "title": "Count the hosts", "within": "4h"},
		map[string]any{"phase": "Close", "title": "Write it up"},
	}
	saved := h.do(call{"POST", "/templates", "responder", map[string]any{"name": "Malware", "steps": steps}, nil}).want(201)
	begin := func(template any, status int) map[string]any {
		t.Helper()
		return h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "A host", "template": template}, map[string]string{"Idempotency-Key": "one"}}).want(status)
	}
	if p := begin("Phishing", 422)["problems"].([]any)[0].(map[string]any); p["pointer"] != "/template" || p["fix"] == "" {
		t.Errorf("the refusal is %v", p)
	}
	if list := h.do(call{"GET", "/cases", "analyst", nil, nil}).want(200)["items"].([]any); len(list) != 0 {
		t.Errorf("a refused case is kept: %v", list)
	}
	c := begin(saved["id"], 201)
	if c["taskCount"] != 2.0 || c["tasksDone"] != 0.0 || c["entries"] != 2.0 {
		t.Errorf("the case is %v", c)
	}
	if again := begin(saved["id"], 201); again["id"] != c["id"] || again["taskCount"] != 2.0 {
		t.Errorf("with the same key it is %v", again)
	}
	id := c["id"].(string)
	tasks := h.do(call{"GET", "/cases/" + id + "/tasks", "viewer", nil, nil}).want(200)["items"].([]any)
	if first := tasks[0].(map[string]any); len(tasks) != 2 || first["title"] != "Count the hosts" || first["template"] != saved["id"] || first["dueAt"] == nil {
		t.Errorf("its tasks are %v", tasks)
	}
	var kinds []any
	for _, e := range h.do(call{"GET", "/cases/" + id + "/timeline", "viewer", nil, nil}).want(200)["items"].([]any) {
		kinds = append(kinds, e.(map[string]any)["kind"])
	}
	if fmt.Sprint(kinds) != "[template_applied opened]" {
		t.Errorf("its timeline is %v", kinds)
	}
}

// TestWhoClosesWithTasksOpenSaysWhy has an analyst close a case: required tasks are left
// open for a reason alone, and the timeline names them.
func TestWhoClosesWithTasksOpenSaysWhy(t *testing.T) {
	h := open(t, t.TempDir())
	id := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "A host"}, nil}).want(201)["id"].(string)
	for n := range 6 {
		h.do(call{"POST", "/cases/" + id + "/tasks", "analyst", map[string]any{"phase": "", "title": fmt.Sprint("Task ", n+1), "required": true}, nil}).want(201)
	}
	end := map[string]any{"status": "closed", "resolution": "true_positive", "severity": "high"}
	refused := h.do(call{"PUT", "/cases/" + id, "analyst", end, nil}).want(422)["problems"].([]any)[0].(map[string]any)
	if refused["code"] != "case.left_open" || refused["pointer"] != "/comment" || refused["fix"] == "" || refused["message"] != "6 required tasks are open: Task 1, Task 2, Task 3, Task 4, Task 5 and 1 more" {
		t.Errorf("the refusal is %v", refused)
	}
	if c := h.do(call{"GET", "/cases/" + id, "viewer", nil, nil}).want(200); c["status"] != "open" || c["severity"] != "medium" || c["entries"] != 7.0 {
		t.Errorf("a refusal left %v", c)
	}
	end["comment"] = "It was a drill."
	h.do(call{"PUT", "/cases/" + id, "analyst", end, nil}).want(200)
	entries := h.do(call{"GET", "/cases/" + id + "/timeline", "viewer", nil, nil}).want(200)["items"].([]any)
	if data := entries[1].(map[string]any)["data"].(map[string]any); fmt.Sprint(data["left"]) != "[Task 1 Task 2 Task 3 Task 4 Task 5]" || data["leftCount"] != 6.0 {
		t.Errorf("the closing says %v", data)
	}
}

// TestNobodyApprovesTheirOwnTask has an analyst add a task whose flow starts by itself and
// asks: somebody else must answer.
func TestNobodyApprovesTheirOwnTask(t *testing.T) {
	h := open(t, t.TempDir())
	flow, _ := h.publish("task-asks")
	id := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "A host"}, nil}).want(201)["id"].(string)
	h.do(call{"POST", "/cases/" + id + "/tasks", "analyst", map[string]any{"phase": "", "title": "Isolate it", "flow": flow, "auto": true}, nil}).want(201)
	var question map[string]any
	waitFor(t, "the question", func() bool {
		items := h.do(call{"GET", "/approvals?state=open", "analyst", nil, nil}).want(200)["items"].([]any)
		if len(items) == 1 {
			question = items[0].(map[string]any)
		}
		return question != nil
	})
	answer := map[string]any{"decision": "approve", "hash": question["hash"]}
	h.do(call{"POST", "/approvals/" + question["id"].(string) + "/decide", "analyst", answer, nil}).want(403)
	h.do(call{"POST", "/approvals/" + question["id"].(string) + "/decide", "responder", answer, nil}).want(200)
}

// TestTasksThatOpenCasesEnd has a flow open a case whose template has the same flow.
func TestTasksThatOpenCasesEnd(t *testing.T) {
	h := open(t, t.TempDir())
	flow, _ := h.publish("task-opens")
	h.do(call{"POST", "/templates", "responder", map[string]any{"name": "Endless", "steps": []any{map[string]any{"phase": "", "title": "Go on", "flow": flow, "auto": true}}}, nil}).want(201)
	id := h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "The first"}, nil}).want(201)["id"].(string)
	h.do(call{"POST", "/cases/" + id + "/template", "analyst", map[string]any{"template": "Endless"}, nil}).want(200)
	waitFor(t, "the second case's task", func() bool {
		list := h.do(call{"GET", "/cases?sort=created", "viewer", nil, nil}).want(200)["items"].([]any)
		newest := list[0].(map[string]any)["id"].(string)
		tasks := h.do(call{"GET", "/cases/" + newest + "/tasks", "viewer", nil, nil}).want(200)["items"].([]any)
		return len(list) > 1 && len(tasks) == 1 && tasks[0].(map[string]any)["state"] == "failed"
	})
	if list := h.do(call{"GET", "/cases", "viewer", nil, nil}).want(200)["items"].([]any); len(list) != 2 {
		t.Errorf("%d cases were opened", len(list))
	}
}
