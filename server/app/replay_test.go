package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

const scoreID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0d01"

// scored is a server with a flow that asks another, which counts what it is asked.
type scored struct {
	*house
	other *httptest.Server
	asked atomic.Int64
}

func openScored(t *testing.T) *scored {
	t.Helper()
	needsConnectors(t)
	s := &scored{}
	var flaky atomic.Int64
	s.other = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := s.asked.Add(1)
		if r.URL.Path == "/score" && flaky.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "session=geheim456")
		_, _ = fmt.Fprintf(w, `{"score": %s, "asked": %d}`, r.URL.Query().Get("n"), asked)
	}))
	t.Cleanup(s.other.Close)
	s.house = openBelieving(t, s.other)
	s.publish("twice")
	s.publish("score")
	grant := map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": "127.0.0.1", "port": s.other.Listener.Addr().(*net.TCPAddr).Port}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	s.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	return s
}

func (s *scored) score(n int) map[string]any {
	s.t.Helper()
	return s.do(call{"POST", "/flows/" + scoreID + "/runs?wait=30s", auth.Analyst, map[string]any{"input": map[string]any{"url": s.other.URL, "n": n}}, nil}).want(200)
}

// canonical is the outputs of a run's steps as bytes, but for the cookie's value, which
// no cassette has.
func canonical(t *testing.T, run map[string]any) []byte {
	t.Helper()
	steps := map[string]any{}
	for key, step := range run["steps"].(map[string]any) {
		s := step.(map[string]any)
		steps[key] = []any{s["state"], s["port"], s["output"], s["error"], s["attempts"]}
	}
	data, err := json.Marshal([]any{run["state"], run["output"], run["error"], steps})
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(data, []byte("session=geheim456"), []byte("session="+egress.Redacted))
}

// TestAReplayIsTheSameOffline replays a run with requests, retries, a loop, a wait, the
// time and a called flow, while what it asked is gone.
func TestAReplayIsTheSameOffline(t *testing.T) {
	s := openScored(t)
	before := s.score(80)
	if before["state"] != "succeeded" || before["steps"].(map[string]any)["look"].(map[string]any)["attempts"] != 2.0 {
		t.Fatal(before["state"], before["error"])
	}
	id := before["id"].(string)
	asked := s.asked.Load()
	s.other.Close()
	after := s.do(call{"POST", "/runs/" + id + "/replay?wait=30s", auth.Analyst, map[string]any{}, nil}).want(200)
	if x, y := canonical(t, before), canonical(t, after); !bytes.Equal(x, y) {
		t.Errorf("the run was\n%s\nand is\n%s", x, y)
	}
	if after["replayOf"] != id || after["id"] == id || s.asked.Load() != asked {
		t.Errorf("replay of %v, %d requests more", after["replayOf"], s.asked.Load()-asked)
	}
	compared := s.do(call{"GET", "/runs/" + id + "/compare?with=" + after["id"].(string), auth.Viewer, nil, nil}).want(200)
	if compared["changed"] != false || len(compared["steps"].([]any)) != 0 || compared["same"] != float64(10) {
		t.Errorf("%v", compared)
	}
	s.shows(id)
	// Runs are listed without their replays, unless one asks for those.
	for query, want := range map[string]int{"": 2, "?replays=true": 2, "?replayOf=" + id: 1} {
		if items := s.do(call{"GET", "/runs" + query, auth.Viewer, nil, nil}).want(200)["items"].([]any); len(items) != want {
			t.Errorf("GET /runs%s lists %d runs, want %d", query, len(items), want)
		}
	}
	s.otherVersions(id)
}

// shows looks at what a step was told.
func (s *scored) shows(id string) {
	s.t.Helper()
	reply := s.do(call{"GET", "/runs/" + id + "/steps/look/calls", auth.Viewer, nil, nil})
	attempts := reply.want(200)["attempts"].([]any)
	if len(attempts) != 2 {
		s.t.Fatalf("%d attempts: %s", len(attempts), reply.body)
	}
	for _, attempt := range attempts {
		if attempt.(map[string]any)["recorded"] != true {
			s.t.Errorf("%v", attempt)
		}
	}
	if text := string(reply.body); !strings.Contains(text, "/score?n=80") || strings.Contains(text, "geheim") || !strings.Contains(text, `"function":"http"`) {
		s.t.Errorf("the calls are %s", text)
	}
}

// otherVersions replays a run with drafts: one that judges otherwise, and one that asks
// for what was never asked.
func (s *scored) otherVersions(id string) {
	s.t.Helper()
	draft := s.do(call{"GET", "/flows/" + scoreID, auth.Author, nil, nil}).want(200)
	document := draft["flow"].(map[string]any)
	document["vars"] = map[string]any{"threshold": 90}
	header := map[string]string{"If-Match": `"` + fmt.Sprint(draft["revision"]) + `"`}
	saved := s.do(call{"PUT", "/flows/" + scoreID, auth.Author, document, header}).want(200)
	other := s.do(call{"POST", "/runs/" + id + "/replay?wait=30s", auth.Analyst, map[string]any{"version": "draft"}, nil}).want(200)
	compared := s.do(call{"GET", "/runs/" + id + "/compare?with=" + other["id"].(string), auth.Viewer, nil, nil}).want(200)
	var steps []string
	for _, step := range compared["steps"].([]any) {
		steps = append(steps, fmt.Sprint(step.(map[string]any)["key"], " ", step.(map[string]any)["change"]))
	}
	if compared["changed"] != true || strings.Join(steps, ", ") != "bad changed, twice removed" {
		s.t.Errorf("the draft changes %v: %v", steps, compared["output"])
	}
	document["nodes"].([]any)[2].(map[string]any)["with"].(map[string]any)["url"] = "{{ trigger.body.url + '/elsewhere' }}"
	header["If-Match"] = `"` + fmt.Sprint(saved["revision"]) + `"`
	s.do(call{"PUT", "/flows/" + scoreID, auth.Author, document, header}).want(200)
	missing := s.do(call{"POST", "/runs/" + id + "/replay?wait=30s", auth.Analyst, map[string]any{"version": "draft"}, nil}).want(200)
	if fault := missing["error"].(map[string]any); fault["code"] != "replay.missing" || !strings.Contains(fault["message"].(string), "/elsewhere") {
		s.t.Errorf("%v", fault)
	}
}

// TestADraftIsTriedAgainstPastRuns changes one threshold over 100 recorded runs.
func TestADraftIsTriedAgainstPastRuns(t *testing.T) {
	s := openScored(t)
	const runs, from, to = 100, 70, 85
	want := map[string]bool{}
	for n := range runs {
		if id := s.score(n)["id"].(string); n >= from && n < to {
			want[id] = true
		}
	}
	asked := s.asked.Load()
	s.other.Close()
	draft := s.do(call{"GET", "/flows/" + scoreID, auth.Author, nil, nil}).want(200)
	document := draft["flow"].(map[string]any)
	document["vars"] = map[string]any{"threshold": to}
	s.do(call{"PUT", "/flows/" + scoreID, auth.Author, document, map[string]string{"If-Match": `"` + fmt.Sprint(draft["revision"]) + `"`}}).want(200)
	s.do(call{"POST", "/flows/" + scoreID + "/replays", auth.Analyst, map[string]any{"query": map[string]any{"state": []string{"canceled"}}}, nil}).want(422)
	job := s.do(call{"POST", "/flows/" + scoreID + "/replays", auth.Analyst, map[string]any{"query": map[string]any{"limit": runs}}, nil}).want(202)
	report := s.report(job["id"].(string))
	if report["total"] != float64(runs) || report["done"] != float64(runs) || report["failed"] != 0.0 || report["changed"] != float64(len(want)) {
		t.Errorf("total %v, done %v, failed %v, changed %v", report["total"], report["done"], report["failed"], report["changed"])
	}
	for _, item := range report["items"].([]any) {
		i := item.(map[string]any)
		if !want[i["run"].(string)] || fmt.Sprint(i["steps"]) != "[bad twice]" || i["state"] != "changed" {
			t.Errorf("%v", i)
		}
		if before, after := i["before"].(map[string]any)["output"].(map[string]any), i["after"].(map[string]any)["output"].(map[string]any); before["bad"] != true || after["bad"] != false {
			t.Errorf("before %v, after %v", before, after)
		}
		delete(want, i["run"].(string))
	}
	if len(want) > 0 || s.asked.Load() != asked {
		t.Errorf("%d changed runs are missing, %d requests were made", len(want), s.asked.Load()-asked)
	}
	if list := s.do(call{"GET", "/flows/" + scoreID + "/replays", auth.Viewer, nil, nil}).want(200)["items"].([]any); len(list) != 1 {
		t.Errorf("%d jobs", len(list))
	}
}

// report waits for a job's end.
func (s *scored) report(job string) map[string]any {
	s.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		report := s.do(call{"GET", "/flows/" + scoreID + "/replays/" + job, auth.Viewer, nil, nil}).want(200)
		if report["state"] != "running" {
			if report["state"] != "succeeded" {
				s.t.Fatal(report)
			}
			return report
		}
		if time.Now().After(deadline) {
			s.t.Fatal("the job doesn't end")
		}
		<-time.After(50 * time.Millisecond)
	}
}

// TestARunGoesOnFromAnother retries a run from a step, with a preview, and begins a run
// of a draft with what an earlier one made.
func TestARunGoesOnFromAnother(t *testing.T) {
	s := openScored(t)
	before := s.score(80)
	id := before["id"].(string)
	plan := s.do(call{"GET", "/runs/" + id + "/retry?from=each.1.more", auth.Viewer, nil, nil}).want(200)
	if fmt.Sprint(plan["reruns"]) != "[each pause bad twice each.1.more]" || fmt.Sprint(plan["reuses"]) != "[stamp look each.0.more each.2.more]" || fmt.Sprint(plan["effects"]) != "[map[before:succeeded effect:call step:twice type:core.call]]" {
		t.Errorf("%v", plan)
	}
	s.do(call{"GET", "/runs/" + id + "/retry", auth.Viewer, nil, nil}).want(422)
	s.do(call{"GET", "/runs/" + id + "/retry?from=nothing", auth.Viewer, nil, nil}).want(422)
	s.do(call{"POST", "/runs/" + id + "/retry", auth.Viewer, map[string]any{"from": []string{"look"}}, nil}).want(403)
	asked := s.asked.Load()
	after := s.do(call{"POST", "/runs/" + id + "/retry?wait=30s", auth.Analyst, map[string]any{"from": []string{"each.1.more"}}, nil}).want(200)
	if after["retryOf"] != id || after["state"] != "succeeded" || s.asked.Load()-asked != 1 {
		t.Errorf("%v, %d requests", after, s.asked.Load()-asked)
	}
	if x, y := before["output"].(map[string]any), after["output"].(map[string]any); x["at"] != y["at"] || fmt.Sprint(x["more"]) == fmt.Sprint(y["more"]) {
		t.Errorf("%v, then %v", x, y)
	}
	// It took as long as it ran, not as long as what it kept is old.
	took := s.do(call{"GET", "/runs/" + id + "/compare?with=" + after["id"].(string), auth.Viewer, nil, nil}).want(200)["after"].(map[string]any)["durationMs"]
	newest := s.do(call{"GET", "/runs?limit=1&flow=" + scoreID, auth.Viewer, nil, nil}).want(200)["items"].([]any)[0].(map[string]any)
	if newest["id"] != after["id"] || newest["durationMs"] != took {
		t.Errorf("compared it took %v, listed it is %v", took, newest)
	}
	// The retry is replayed with what it kept.
	s.other.Close()
	again := s.do(call{"POST", "/runs/" + after["id"].(string) + "/replay?wait=30s", auth.Analyst, map[string]any{}, nil}).want(200)
	// What was kept was evaluated in the run before, which had another id.
	kept := bytes.ReplaceAll(canonical(t, after), []byte(id), []byte(after["id"].(string)))
	if x, y := kept, canonical(t, again); !bytes.Equal(x, y) {
		t.Errorf("the retry was\n%s\nand is\n%s", x, y)
	}
	body := map[string]any{"from": "bad", "reuse": id, "version": "draft"}
	reused := s.do(call{"POST", "/flows/" + scoreID + "/runs?wait=30s", auth.Analyst, body, nil}).want(200)
	if reused["retryOf"] != id || reused["state"] != "succeeded" {
		t.Errorf("%v", reused)
	}
	s.do(call{"POST", "/flows/" + scoreID + "/runs", auth.Analyst, map[string]any{"from": "bad"}, nil}).want(422)
}

// TestATestCaseHasALimit names it where a run was told more.
func TestATestCaseHasALimit(t *testing.T) {
	needsConnectors(t)
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(bytes.Repeat([]byte("abcdefg\n"), 38<<10))
	}))
	t.Cleanup(other.Close)
	h := openBelieving(t, other)
	grant := map[string]any{"consent": true, "grant": map[string]any{"http": []any{map[string]any{"host": "127.0.0.1", "port": other.Listener.Addr().(*net.TCPAddr).Port}}, "networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	h.do(call{"PUT", "/connectors/http/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	document := `{"format": "drawbridge.flow/1", "name": "Large", "connectors": {"http": "1.0.0"}, "nodes": [
		{"id": "each", "type": "core.foreach", "position": [0, 0], "size": [480, 200], "with": {"items": "{{ range }}", "result": "{{ 1 }}"}},
		{"id": "look", "type": "http.get", "parent": "each", "position": [40, 60], "with": {"url": "{{ trigger.body }}"}}], "edges": []}`
	document = strings.ReplaceAll(document, "{{ range }}", "{{ [1"+strings.Repeat(", 1", 31)+"] }}")
	flow := h.do(call{"POST", "/flows", auth.Author, []byte(document), nil}).want(201)["id"].(string)
	run := h.do(call{"POST", "/flows/" + flow + "/runs?wait=30s", auth.Analyst, map[string]any{"input": other.URL}, nil}).want(200)
	if run["state"] != "succeeded" {
		t.Fatal(run["error"])
	}
	large := h.do(call{"GET", "/runs/" + run["id"].(string) + "/test-case", auth.Author, nil, nil})
	if got := code(large, 422); got != "test_case.large" || !strings.Contains(string(large.body), "more than 8 MiB") {
		t.Errorf("%s: %s", got, large.body)
	}
}

// TestARunBecomesATestCase records a case from a run with its called flow, and runs it
// offline as flow test does; another threshold breaks it.
func TestARunBecomesATestCase(t *testing.T) {
	s := openScored(t)
	id := s.score(80)["id"].(string)
	s.do(call{"GET", "/runs/" + id + "/test-case", auth.Responder, nil, nil}).want(403)
	reply := s.do(call{"GET", "/runs/" + id + "/test-case", auth.Author, nil, nil})
	reply.want(200)
	if strings.Contains(string(reply.body), "geheim") {
		t.Error("the case holds a cookie")
	}
	s.other.Close()
	folder := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("score.flow.json", file(t, "score"))
	write("twice.flow.json", file(t, "twice"))
	write("score.test.json", []byte(`{"flow": "score.flow.json", "cases": [`+string(reply.body)+`]}`))
	test := func() (int, string) {
		var out bytes.Buffer
		code := cli.Run([]string{"flow", "test", folder}, strings.NewReader(""), &out, &out)
		return code, out.String()
	}
	if code, out := test(); code != 0 || !strings.Contains(out, "1 passed, 0 failed") {
		t.Errorf("%d: %s %s", code, out, reply.body)
	}
	write("score.flow.json", bytes.Replace(file(t, "score"), []byte(`"threshold": 70`), []byte(`"threshold": 90`), 1))
	if code, out := test(); code == 0 || !strings.Contains(out, "0 passed, 1 failed") || !strings.Contains(out, "/output/") {
		t.Errorf("%d: %s", code, out)
	}
}
