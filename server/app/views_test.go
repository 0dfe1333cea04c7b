package app_test

import (
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestViews keeps views of lists over the interface: each sees their own and those that are
// shared, and nobody saves over what somebody changed meanwhile.
func TestViews(t *testing.T) {
	h := open(t, t.TempDir())
	given := func(name string, shared bool) map[string]any {
		return map[string]any{"list": "cases", "name": name, "shared": shared, "filter": map[string]string{"severity": "critical", "sort": "due"}}
	}
	own := h.do(call{"POST", "/views", auth.Viewer, given("Mine", false), nil}).want(201)
	if own["mine"] != true || own["revision"] != float64(1) {
		t.Errorf("%v", own)
	}
	h.do(call{"POST", "/views", auth.Viewer, given("For all", true), nil}).want(403)
	all := h.do(call{"POST", "/views", auth.Analyst, given("For all", true), nil}).want(201)
	h.do(call{"POST", "/views", auth.Admin, given("for ALL", true), nil}).want(409)
	h.do(call{"POST", "/views", auth.Admin, given(" ", true), nil}).want(422)
	h.do(call{"GET", "/views?list=other", auth.Admin, nil, nil}).want(422)
	path := "/views/" + all["id"].(string)
	body := map[string]any{"name": "For everybody", "shared": true, "filter": map[string]string{"q": "vpn"}}
	from := func(revision string) map[string]string { return map[string]string{"If-Match": revision} }
	h.do(call{"PUT", path, auth.Author, body, from(`"1"`)}).want(200)
	refused := h.do(call{"PUT", path, auth.Analyst, body, from(`"1"`)}).want(409)
	if now, _ := refused["view"].(map[string]any); refused["current"] != float64(2) || now["name"] != "For everybody" || now["mine"] != true {
		t.Errorf("%v", refused)
	}
	h.do(call{"PUT", "/views/" + own["id"].(string), auth.Admin, body, nil}).want(404)
	h.do(call{"DELETE", path, auth.Viewer, nil, nil}).want(403)
	h.do(call{"PUT", "/views-default", auth.Viewer, map[string]string{"list": "cases", "view": all["id"].(string)}, nil}).want(204)
	list := h.do(call{"GET", "/views?list=cases", auth.Viewer, nil, nil}).want(200)
	if items := list["items"].([]any); len(items) != 2 || list["default"] != all["id"] {
		t.Errorf("%v", list)
	}
	if items := h.do(call{"GET", "/views?list=runs", auth.Viewer, nil, nil}).want(200)["items"].([]any); len(items) != 0 {
		t.Errorf("runs have %v", items)
	}
	h.do(call{"DELETE", path, auth.Analyst, nil, nil}).want(204)
	if first := h.do(call{"GET", "/views?list=cases", auth.Viewer, nil, nil}).want(200)["default"]; first != "" {
		t.Errorf("begins with %v", first)
	}
}
