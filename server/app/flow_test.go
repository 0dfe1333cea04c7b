package app_test

import (
	"encoding/json"
	"strings"
	"testing"
)

const answerID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c01"

// TestTwoSavers lets two people save the same draft: the second is told of the first.
func TestTwoSavers(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/flows", "author", file(t, "answer"), nil}).want(201)
	path := "/flows/" + answerID
	mine := strings.Replace(string(file(t, "answer")), `"Answer"`, `"Mine"`, 1)
	theirs := strings.Replace(string(file(t, "answer")), `"Answer"`, `"Theirs"`, 1)
	h.do(call{"PUT", path, "author", []byte(mine), nil}).want(428)
	r := h.do(call{"PUT", path, "author", []byte(theirs), map[string]string{"If-Match": `"1"`}})
	if saved := r.want(200); saved["revision"] != 2.0 || r.header.Get("ETag") != `"2"` {
		t.Errorf("%v, %s", saved, r.header.Get("ETag"))
	}
	conflict := h.do(call{"PUT", path, "admin", []byte(mine), map[string]string{"If-Match": `"1"`}}).want(409)
	if conflict["yours"] != 1.0 || conflict["current"] != 2.0 || conflict["updatedBy"] != "author" || conflict["flow"].(map[string]any)["name"] != "Theirs" {
		t.Errorf("%v", conflict)
	}
	if again := h.do(call{"POST", "/flows", "author", file(t, "answer"), nil}); again.status != 409 {
		t.Errorf("the same id again answers %d", again.status)
	}
}

func TestFlowFiles(t *testing.T) {
	h := open(t, t.TempDir())
	bad := h.do(call{"POST", "/flows", "author", []byte("{\n \"format\": \"drawbridge.flow/1\", \"nmae\": 1}"), nil}).want(422)
	if first := bad["problems"].([]any)[0].(map[string]any); first["line"] == nil {
		t.Errorf("%v", bad)
	}
	h.do(call{"POST", "/flows", "author", []byte("{"), nil}).want(400)
	h.do(call{"POST", "/flows", "author", []byte("{}"), map[string]string{"Content-Type": "text/plain"}}).want(415)
	// A draft with errors of meaning is kept, and can't be published.
	draft := strings.Replace(string(file(t, "quiet")), "trigger.body }}", "steps.nobody.output }}", 1)
	id := h.do(call{"POST", "/flows", "author", []byte(draft), nil}).want(201)["id"].(string)
	h.do(call{"POST", "/flows/" + id + "/publish", "author", map[string]any{"message": "m"}, nil}).want(422)
	flow := h.do(call{"GET", "/flows/" + id, "viewer", nil, nil}).want(200)
	if len(flow["problems"].([]any)) == 0 || flow["published"] != nil || flow["version"] != 0.0 {
		t.Errorf("%v", flow)
	}
	h.do(call{"DELETE", "/flows/" + id, "author", nil, nil}).want(204)
	h.do(call{"GET", "/flows/" + id, "viewer", nil, nil}).want(404)
}

// TestBodiesAreStrict refuses what different readers would take for different things.
func TestBodiesAreStrict(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/flows", "author", file(t, "answer"), nil}).want(201)
	for _, body := range []string{"{\n \"input\": 1,\n \"input\": 2}", "{\n\n \"input\": {\"n\": 1e999}}", "{\n\n \"input\": \"\xff\"}", "{\n\n }}"} {
		r := h.do(call{"POST", "/flows/" + answerID + "/runs", "analyst", []byte(body), nil}).want(400)
		if first := r["problems"].([]any)[0].(map[string]any); first["line"] != 3.0 || first["code"] != "json.syntax" {
			t.Errorf("%q: %v", body, r)
		}
	}
}

func TestVersions(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("answer")
	path := "/flows/" + answerID
	changed := strings.Replace(string(file(t, "answer")), "n * 2", "n * 3", 1)
	h.do(call{"PUT", path, "author", []byte(changed), map[string]string{"If-Match": `"1"`}}).want(200)
	diff := h.do(call{"GET", path + "/diff?from=1&to=draft", "viewer", nil, nil}).want(200)["changes"].([]any)
	if one := diff[0].(map[string]any); len(diff) != 1 || one["id"] != "twice" || one["kind"] != "changed" {
		t.Errorf("%v", diff)
	}
	if n := h.do(call{"POST", hook, "", map[string]any{"n": 2}, nil}).want(201)["n"]; n != 4.0 {
		t.Errorf("a draft goes live unpublished: %v", n)
	}
	h.do(call{"POST", path + "/publish", "author", map[string]any{"message": "thrice"}, nil}).want(200)
	if n := h.do(call{"POST", hook, "", map[string]any{"n": 2}, nil}).want(201)["n"]; n != 6.0 {
		t.Errorf("after publishing the webhook still answers %v", n)
	}
	h.do(call{"POST", path + "/versions/1/restore", "author", nil, nil}).want(428)
	if r := h.do(call{"POST", path + "/versions/1/restore", "author", nil, map[string]string{"If-Match": `"2"`}}).want(200); r["revision"] != 3.0 {
		t.Errorf("%v", r)
	}
	list := h.do(call{"GET", path + "/versions", "viewer", nil, nil}).want(200)["items"].([]any)
	if newest := list[0].(map[string]any); len(list) != 2 || newest["message"] != "thrice" || newest["author"] != "author" {
		t.Errorf("%v", list)
	}
	run := h.do(call{"POST", path + "/runs?wait=10s", "analyst", map[string]any{"input": map[string]any{"n": 2}, "version": "draft"}, nil}).want(200)
	if run["output"] != 4.0 || run["version"] != 0.0 {
		t.Errorf("%v", run)
	}
	h.do(call{"POST", path + "/runs", "analyst", map[string]any{"input": map[string]any{"n": "x"}}, nil}).want(422)
	h.do(call{"POST", path + "/runs", "analyst", map[string]any{"trigger": "nobody"}, nil}).want(422)
	h.do(call{"POST", path + "/runs", "analyst", map[string]any{"version": 9}, nil}).want(404)
	key := map[string]string{"Idempotency-Key": "k"}
	first := h.do(call{"POST", path + "/runs", "analyst", map[string]any{"input": map[string]any{"n": 1}}, key}).want(202)["id"]
	if second := h.do(call{"POST", path + "/runs?wait=10s", "analyst", map[string]any{"input": map[string]any{"n": 1}}, key}).want(200)["id"]; first != second {
		t.Errorf("one key gives %v and %v", first, second)
	}
}

func TestRunsTell(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("answer")
	id := h.do(call{"POST", hook, "", map[string]any{"n": 3}, nil}).header.Get("X-Drawbridge-Run")
	step := h.do(call{"GET", "/runs/" + id + "/steps/twice", "viewer", nil, nil}).want(200)
	if step["state"] != "succeeded" || step["input"].(map[string]any)["n"] != 6.0 || step["output"].(map[string]any)["n"] != 6.0 {
		t.Errorf("%v", step)
	}
	h.do(call{"GET", "/runs/" + id + "/steps/nobody", "viewer", nil, nil}).want(404)
	var since float64
	var seqs []float64
	for {
		page := h.do(call{"GET", "/runs/" + id + "/events?limit=2&since=" + text(since), "viewer", nil, nil}).want(200)
		for _, e := range page["events"].([]any) {
			seqs = append(seqs, e.(map[string]any)["seq"].(float64))
		}
		if page["next"].(float64) == since {
			break
		}
		since = page["next"].(float64)
	}
	for i, seq := range seqs {
		if seq != float64(i+1) {
			t.Fatalf("seqs %v", seqs)
		}
	}
	if flow := h.do(call{"GET", "/runs/" + id + "/flow", "viewer", nil, nil}).want(200); flow["flow"].(map[string]any)["id"] != answerID {
		t.Errorf("%v", flow)
	}
	h.do(call{"GET", "/runs/nobody/events", "viewer", nil, nil}).want(404)
	for template, want := range map[string]string{
		"{{ steps.twice.output.n + 1 }}": `"value":7`, "{{ trigger.body.n }} of it": `"value":"3 of it"`, "{{ item }}": `"pending":true`, "{{ 1 + }}": `"problems":[`,
	} {
		r := h.do(call{"POST", "/flows/" + answerID + "/preview", "viewer", map[string]any{"template": template, "node": "reply"}, nil})
		if r.want(200); !strings.Contains(string(r.body), want) {
			t.Errorf("%s gives %s", template, r.body)
		}
	}
	r := h.do(call{"POST", "/flows/" + answerID + "/preview", "viewer", map[string]any{"template": "{{ trigger.body.n }}", "node": "twice", "sample": map[string]any{"input": map[string]any{"n": 9}}}, nil})
	if r.want(200)["value"] != 9.0 {
		t.Errorf("%s", r.body)
	}
	h.do(call{"POST", "/runs/" + id + "/cancel", "responder", nil, nil}).want(202)
	list := h.do(call{"GET", "/runs?state=succeeded,failed&flow=" + answerID, "viewer", nil, nil}).want(200)["items"].([]any)
	if len(list) != 1 || len(h.do(call{"GET", "/runs?state=failed", "viewer", nil, nil}).want(200)["items"].([]any)) != 0 {
		t.Errorf("%v", list)
	}
}

func text(n float64) string {
	data, _ := json.Marshal(n)
	return string(data)
}

// TestImport plans, applies, refuses what changed since, and rolls back.
func TestImport(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("answer")
	original := h.do(call{"GET", "/export?flows=" + answerID, "author", nil, nil})
	original.want(200)
	if got := original.header.Get("Content-Disposition"); got != `attachment; filename="answer.flow.json"` {
		t.Errorf("%s", got)
	}
	changed := strings.Replace(string(file(t, "answer")), "n * 2", "n * 5", 1)
	files := map[string]any{"format": "drawbridge.files/1", "files": []any{
		map[string]any{"name": "a.json", "content": changed}, map[string]any{"name": "q.json", "content": string(file(t, "quiet"))},
	}}
	plan := h.do(call{"POST", "/import/plans", "author", files, nil}).want(201)
	items := plan["items"].([]any)
	first, second := items[0].(map[string]any), items[1].(map[string]any)
	if first["status"] != "changed" || first["choice"] != "mine" || len(first["changes"].([]any)) != 1 || second["status"] != "new" || second["choice"] != "theirs" || plan["applicable"] != true {
		t.Fatalf("%v", plan)
	}
	apply := "/import/plans/" + plan["id"].(string) + "/apply"
	h.do(call{"POST", apply, "author", map[string]any{"choices": map[string]any{answerID: "burn"}}, nil}).want(422)
	result := h.do(call{"POST", apply, "author", map[string]any{"choices": map[string]any{answerID: "theirs"}}, nil}).want(200)
	h.do(call{"POST", apply, "author", nil, nil}).want(409)
	if now := h.do(call{"GET", "/export?flows=" + answerID, "author", nil, nil}); !strings.Contains(string(now.body), "n * 5") {
		t.Errorf("theirs wasn't taken: %v", result)
	}
	rollback := "/import/" + result["importId"].(string) + "/rollback"
	if list := h.do(call{"GET", "/import", "author", nil, nil}).want(200)["items"].([]any); len(list) != 1 || list[0].(map[string]any)["state"] != "applied" || list[0].(map[string]any)["id"] != result["importId"] {
		t.Errorf("%v", list)
	}
	h.do(call{"POST", rollback, "author", nil, nil}).want(200)
	if list := h.do(call{"GET", "/import", "author", nil, nil}).want(200)["items"].([]any); list[0].(map[string]any)["state"] != "rolledback" || len(list[0].(map[string]any)["flows"].([]any)) == 0 {
		t.Errorf("%v", list)
	}
	if now := h.do(call{"GET", "/export?flows=" + answerID, "author", nil, nil}); string(now.body) != string(original.body) {
		t.Errorf("rolled back to %s", now.body)
	}
	h.do(call{"GET", "/flows/0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c02", "viewer", nil, nil}).want(404)
	h.do(call{"POST", rollback, "author", nil, nil}).want(409)

	stale := h.do(call{"POST", "/import/plans", "author", files, nil}).want(201)
	edited := strings.Replace(string(file(t, "answer")), "n * 2", "n * 7", 1)
	h.do(call{"PUT", "/flows/" + answerID, "author", []byte(edited), map[string]string{"If-Match": `"3"`}}).want(200)
	h.do(call{"POST", "/import/plans/" + stale["id"].(string) + "/apply", "author", map[string]any{"choices": map[string]any{answerID: "theirs"}}, nil}).want(409)
	h.do(call{"GET", "/flows/0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c02", "viewer", nil, nil}).want(404)
	if conflict := h.do(call{"POST", "/import/plans", "author", files, nil}).want(201)["items"].([]any)[0].(map[string]any); conflict["status"] != "conflict" {
		t.Errorf("%v", conflict["status"])
	}
	broken := map[string]any{"format": "drawbridge.files/1", "files": []any{map[string]any{"name": "b.json", "content": "{\n  oops"}}}
	bad := h.do(call{"POST", "/import/plans", "author", broken, nil}).want(201)
	if p := bad["problems"].([]any)[0].(map[string]any); bad["applicable"] != false || p["file"] != "b.json" || p["line"] != 2.0 {
		t.Errorf("%v", bad)
	}
	actions := string(h.do(call{"GET", "/audit?limit=200", "admin", nil, nil}).body)
	for _, action := range []string{"import.apply", "import.rollback", "flow.publish", "token.create", "user.password"} {
		if !strings.Contains(actions, `"action":"`+action+`"`) {
			t.Errorf("the audit log lacks %s", action)
		}
	}
}

// TestRollbackKeepsWhatIsLive refuses to remove an imported flow that was published
// or run since: neither raises its revision.
func TestRollbackKeepsWhatIsLive(t *testing.T) {
	h := open(t, t.TempDir())
	path := "/flows/" + answerID
	files := map[string]any{"format": "drawbridge.files/1", "files": []any{map[string]any{"name": "a.json", "content": string(file(t, "answer"))}}}
	apply := func() (rollback string) {
		plan := h.do(call{"POST", "/import/plans", "author", files, nil}).want(201)["id"].(string)
		result := h.do(call{"POST", "/import/plans/" + plan + "/apply", "author", nil, nil}).want(200)
		return "/import/" + result["importId"].(string) + "/rollback"
	}

	rollback := apply()
	run := map[string]any{"input": map[string]any{"n": 2}, "version": "draft"}
	h.do(call{"POST", path + "/runs?wait=10s", "analyst", run, nil}).want(200)
	refused := h.do(call{"POST", rollback, "author", nil, nil}).want(409)
	if detail, _ := refused["detail"].(string); !strings.Contains(detail, "rolling back would lose that") {
		t.Errorf("it is refused with %q", detail)
	}
	h.do(call{"DELETE", path, "author", nil, nil}).want(204)

	rollback = apply() // the runs of the flow before it don't matter
	h.do(call{"POST", rollback, "author", nil, nil}).want(200)
	h.do(call{"GET", path, "viewer", nil, nil}).want(404)

	rollback = apply()
	published := h.do(call{"POST", path + "/publish", "author", nil, nil}).want(200)
	h.do(call{"POST", rollback, "author", nil, nil}).want(409)
	h.do(call{"GET", path, "viewer", nil, nil}).want(200)
	for _, hook := range published["hooks"].(map[string]any) {
		if n := h.do(call{"POST", hook.(string), "", map[string]any{"n": 2}, nil}).want(201)["n"]; n != 4.0 {
			t.Errorf("the webhook answers %v", n)
		}
	}
}

// TestAPreviewForeseesWhatOnlyComputes shows the values of steps before they ran: on a sample
// where there was no run, and on what a run began with where they were drawn after it.
func TestAPreviewForeseesWhatOnlyComputes(t *testing.T) {
	h := open(t, t.TempDir())
	source := func(then string) json.RawMessage {
		return json.RawMessage(`{"format": "drawbridge.flow/1", "name": "Foreseen", "nodes": [
			{"id": "go", "type": "trigger.manual", "position": [0, 0]},
			{"id": "pick", "type": "core.set", "position": [240, 0], "with": {"rule": "{{ trigger.body.rule.lowerAscii() }}"}}` + then + `],
			"edges": [{"from": "go", "to": "pick"}]}`)
	}
	drawn := `,{"id": "score", "type": "core.table", "position": [480, 0], "with": {"match": "sum", "rows": [
		{"when": "{{ steps.pick.output.rule == 'lsass' }}", "value": 60}, {"when": "{{ true }}", "value": 5}]}},
		{"id": "wait", "type": "core.wait", "position": [720, 0], "with": {"for": "1h"}},
		{"id": "broken", "type": "core.set", "position": [960, 0], "with": {"x": "{{ 1 + }}"}},
		{"id": "begun", "type": "core.if", "position": [0, 600]}, {"id": "rows", "type": "core.table", "position": [240, 600]},
		{"id": "loop", "type": "core.foreach", "position": [0, 300], "with": {"items": "{{ [1, 2] }}", "result": "{{ item * 2 }}"}}`
	id := h.do(call{"POST", "/flows", "author", source(drawn), nil}).want(201)["id"].(string)
	value := func(ask map[string]any) string {
		r := h.do(call{"POST", "/flows/" + id + "/preview", "viewer", ask, nil})
		r.want(200)
		return string(r.body)
	}
	edited := json.RawMessage(strings.Replace(string(source(drawn)), `"to": "pick"}`, `"to": "pick"}, {"from": "pick", "to": "score"}, {"from": "score", "to": "wait"}, {"from": "wait", "to": "broken"}, {"from": "go", "to": "loop"}, {"from": "pick", "to": "begun"}, {"from": "pick", "to": "rows"}`, 1))
	sample := map[string]any{"input": map[string]any{"rule": "LSASS"}}
	for template, want := range map[string]string{
		"{{ steps.pick.output.rule }}":   `"value":"lsass"`,
		"{{ steps.score.output.value }}": `"value":65`,
		"{{ steps.loop.output }}":        `"value":[2,4]`,
		"{{ steps.wait.output }}":        `"pending":true`,
		"{{ steps.broken.output.x }}":    `"pending":true`,
	} {
		if got := value(map[string]any{"template": template, "node": "broken", "flow": edited, "sample": sample}); !strings.Contains(got, want) {
			t.Errorf("on a sample %s gives %s, want %s", template, got, want)
		}
	}
	unsound := json.RawMessage(strings.Replace(string(edited), `"edges": [`, `"edges": [{"from": "inner", "to": "wait"}, `, 1))
	unsound = json.RawMessage(strings.Replace(string(unsound), `"nodes": [`, `"nodes": [{"id": "inner", "type": "core.set", "parent": "loop", "position": [0, 0]}, `, 1))
	if got := value(map[string]any{"template": "{{ steps.wait.output }}", "node": "broken", "flow": unsound, "sample": sample}); !strings.Contains(got, `"pending":true`) {
		t.Errorf("a wire through a wall: %s", got)
	}
	id = h.do(call{"POST", "/flows", "author", source(""), nil}).want(201)["id"].(string)
	h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "author", map[string]any{"version": "draft", "input": map[string]any{"rule": "LSASS"}}, nil}).want(200)
	if got := value(map[string]any{"template": "{{ steps.score.output.value }}", "node": "wait", "flow": edited}); !strings.Contains(got, `"value":65`) {
		t.Errorf("on an earlier run's data: %s", got)
	}
}

// TestAPreviewStandsInItsPasses reads the item of loops that lie in one another, in the pass
// that is asked for and not in one that has its number.
func TestAPreviewStandsInItsPasses(t *testing.T) {
	h := open(t, t.TempDir())
	source := json.RawMessage(`{"format": "drawbridge.flow/1", "name": "Nested", "nodes": [
		{"id": "go", "type": "trigger.manual", "position": [0, 0]},
		{"id": "outer", "type": "core.foreach", "position": [240, 0], "size": [800, 400], "with": {"items": "{{ [[1, 2], [3, 4]] }}"}},
		{"id": "inner", "type": "core.foreach", "parent": "outer", "position": [24, 64], "size": [480, 200], "with": {"items": "{{ item }}"}},
		{"id": "one", "type": "core.set", "parent": "inner", "position": [24, 64], "with": {"n": "{{ item }}"}}],
		"edges": [{"from": "go", "to": "outer"}]}`)
	id := h.do(call{"POST", "/flows", "author", source, nil}).want(201)["id"].(string)
	run := h.do(call{"POST", "/flows/" + id + "/runs?wait=20s", "author", map[string]any{"version": "draft"}, nil}).want(200)
	for _, c := range []struct {
		passes []int
		want   float64
	}{{[]int{0, 0}, 1}, {[]int{0, 1}, 2}, {[]int{1, 0}, 3}, {[]int{1, 1}, 4}, {[]int{1}, 2}} {
		request := map[string]any{"template": "{{ item }}", "node": "one", "run": run["id"], "passes": c.passes}
		if got := h.do(call{"POST", "/flows/" + id + "/preview", "viewer", request, nil}).want(200); got["value"] != c.want {
			t.Errorf("passes %v give %v, want %v", c.passes, got["value"], c.want)
		}
	}
}
