package app_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestDraftsDoWithoutAPlaceForTheirCheck reads, saves and restores a draft while the checks
// of others last: its problems are not known yet, and a warning says so.
func TestDraftsDoWithoutAPlaceForTheirCheck(t *testing.T) {
	h := open(t, t.TempDir())
	h.publish("answer")
	path := "/flows/" + answerID
	began, ends := make(chan string, 4), make(chan struct{})
	h.server.Library.People(func(name string) bool { began <- name; <-ends; return true })
	checked := make(chan *reply, 4)
	slow := func(as auth.Role, asks string) {
		body := `{"format": "drawbridge.flow/1", "name": "Slow", "edges": [],
			"nodes": [{"id": "ask", "type": "core.approval", "position": [0, 0], "with": {"to": "` + asks + `", "title": "May it?"}}]}`
		go func() { checked <- h.do(call{"POST", path + "/check", as, []byte(body), nil}) }()
	}
	for range 3 {
		slow(auth.Viewer, "kim")
	}
	first := <-began
	slow(auth.Analyst, "lee")
	if second := <-began; first != "kim" || second != "lee" {
		t.Fatalf("one person has %s and %s checked at once", first, second)
	}
	unchecked := func(r *reply) map[string]any {
		t.Helper()
		answer := r.want(200)
		if list := answer["problems"].([]any); len(list) != 1 || list[0].(map[string]any)["code"] != "flow.unchecked" {
			t.Errorf("%s: %v", r.call.path, list)
		}
		return answer
	}
	unchecked(h.do(call{"GET", path, auth.Author, nil, nil}))
	changed := strings.Replace(string(file(t, "answer")), "n * 2", "n * 3", 1)
	if saved := unchecked(h.do(call{"PUT", path, auth.Author, []byte(changed), match("1")})); saved["revision"] != 2.0 {
		t.Errorf("%v", saved)
	}
	if restored := unchecked(h.do(call{"POST", path + "/versions/1/restore", auth.Author, nil, match("2")})); restored["revision"] != 3.0 {
		t.Errorf("%v", restored)
	}
	close(ends)
	for range 4 {
		if r := <-checked; r.status != 200 && r.status != 503 {
			t.Errorf("a check answers %d", r.status)
		}
	}
	if list := h.do(call{"GET", path, auth.Author, nil, nil}).want(200)["problems"].([]any); len(list) != 0 {
		t.Errorf("%v", list)
	}
}
