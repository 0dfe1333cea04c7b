package app_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// asks starts a run of the approval's flow as somebody, and gives its question.
func (b *browser) asks(flow string, to ...string) (run string, question map[string]any) {
	b.h.t.Helper()
	run = b.do("POST", "/flows/"+flow+"/runs", map[string]any{"input": map[string]any{"to": to, "account": "mallory"}}).want(202)["id"].(string)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		items := b.do("GET", "/approvals?run="+run, nil).want(200)["items"].([]any)
		if len(items) == 1 {
			return run, items[0].(map[string]any)
		}
	}
	b.h.t.Fatalf("nobody is asked: %s", b.do("GET", "/runs/"+run, nil).body)
	return "", nil
}

func (b *browser) decide(question map[string]any, decision string, more ...any) *reply {
	b.h.t.Helper()
	body := map[string]any{"decision": decision, "hash": question["hash"]}
	for i := 0; i < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return b.do("POST", "/approvals/"+question["id"].(string)+"/decide", body)
}

// outcome waits for a run's end and gives its output.
func (h *house) outcome(run string) string {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		r := h.do(call{"GET", "/runs/" + run, auth.Viewer, nil, nil}).want(200)
		if r["endedAt"] != nil {
			return fmt.Sprint(r["state"], " ", r["output"])
		}
	}
	h.t.Fatal("the run doesn't end")
	return ""
}

func code(r *reply, status int) string {
	r.t.Helper()
	return r.want(status)["problems"].([]any)[0].(map[string]any)["code"].(string)
}

// TestApprovals is one approval in everybody's hands: only who is asked decides, once,
// and only on what they read.
func TestApprovals(t *testing.T) {
	h := open(t, t.TempDir())
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, asker := h.join("asker", auth.Responder)
	_, lead := h.join("lead", auth.Responder)
	_, analyst := h.join("nightshift", auth.Analyst)
	run, q := asker.asks(flow, "role:responder")
	filled := map[string]any{"ticket": "T-1"}
	if q["mine"] != false || q["show"].(map[string]any)["account"] != "mallory" || q["requestedBy"] != "asker" || q["deadlineAt"] == nil {
		t.Errorf("%v", q)
	}
	for name, c := range map[string]struct {
		got  *reply
		code string
		at   int
	}{
		"who asked":         {asker.decide(q, "approve", "form", filled), "approval.requester", 403},
		"who isn't asked":   {analyst.decide(q, "approve", "form", filled), "approval.not_asked", 403},
		"another payload":   {lead.decide(map[string]any{"id": q["id"], "hash": "0"}, "approve", "form", filled), "approval.changed", 409},
		"no hash":           {lead.decide(map[string]any{"id": q["id"], "hash": ""}, "approve", "form", filled), "approval.hash", 422},
		"a form that fails": {lead.decide(q, "approve", "form", map[string]any{}), "value.missing", 422},
		"no form":           {lead.decide(q, "approve"), "value.invalid", 422},
		"no reason":         {lead.decide(q, "reject"), "approval.reason", 422},
		"another kind":      {lead.decide(q, "retry"), "approval.decision", 422},
	} {
		if got := code(c.got, c.at); got != c.code {
			t.Errorf("%s: %s", name, got)
		}
	}
	if lead.do("GET", "/approvals/"+q["id"].(string)+"/decide", nil).status != http.StatusMethodNotAllowed && lead.do("GET", "/approvals/"+q["id"].(string), nil).want(200)["state"] != "open" {
		t.Error("a GET decides")
	}
	done := lead.decide(q, "approve", "form", filled, "comment", "seen it").want(200)
	if done["state"] != "approved" || done["mine"] != false {
		t.Errorf("%v", done)
	}
	if got := code(lead.decide(q, "reject", "comment", "no"), 409); got != "approval.closed" {
		t.Errorf("deciding twice: %s", got)
	}
	if got := h.outcome(run); got != "succeeded map[decision:approved ran:succeeded]" {
		t.Error(got)
	}
	if entries := string(h.do(call{"GET", "/audit", auth.Admin, nil, nil}).body); !strings.Contains(entries, "question.approve") {
		t.Error("the audit log lacks the decision")
	}
}

// TestDelegation hands an approval on, and to nobody who could not have it.
func TestDelegation(t *testing.T) {
	h := open(t, t.TempDir())
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, asker := h.join("asker", auth.Responder)
	_, lead := h.join("lead", auth.Responder)
	_, stand := h.join("standin", auth.Viewer)
	run, q := asker.asks(flow, "lead")
	hand := func(b *browser, to string) *reply {
		return b.do("POST", "/approvals/"+q["id"].(string)+"/delegate", map[string]any{"to": to, "comment": "away"})
	}
	for to, status := range map[string]int{"asker": 422, "nobody": 422, "lead": 422} {
		if got := code(hand(lead, to), status); got != "approval.delegate" {
			t.Errorf("to %s: %s", to, got)
		}
	}
	if got := code(hand(stand, "standin"), 403); got != "approval.not_asked" {
		t.Errorf("somebody else's: %s", got)
	}
	if handed := hand(lead, "standin").want(200); handed["mine"] != false || len(handed["delegations"].([]any)) != 1 {
		t.Errorf("%v", handed)
	}
	filled := map[string]any{"ticket": "T-1"}
	if got := code(lead.decide(q, "approve", "form", filled), 403); got != "approval.not_asked" {
		t.Errorf("who handed it on: %s", got)
	}
	decided := stand.decide(q, "approve", "form", filled).want(200)
	if got := decided["answers"].([]any)[0].(map[string]any); got["for"] != "lead" || got["by"] != "standin" {
		t.Errorf("%v", got)
	}
	h.outcome(run)
}

// TestAnswerLinks lets one person answer once: looking uses nothing up, racing
// answers count once, and no link outlives its question.
func TestAnswerLinks(t *testing.T) {
	h := open(t, t.TempDir())
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, asker := h.join("asker", auth.Responder)
	_, _ = h.join("lead", auth.Responder)
	run, q := asker.asks(flow, "lead")
	link := func(user string) *reply {
		return h.do(call{"POST", "/approvals/" + q["id"].(string) + "/link", auth.Admin, map[string]any{"user": user}, nil})
	}
	if got := code(link("asker"), 403); got != "approval.requester" {
		t.Errorf("a link for who asked: %s", got)
	}
	_, boss := h.join("boss", auth.Admin)
	_, theirs := boss.asks(flow, "lead")
	if got := code(boss.do("POST", "/approvals/"+theirs["id"].(string)+"/link", map[string]any{"user": "lead"}), 403); got != "approval.requester" {
		t.Errorf("a link by who asked: %s", got)
	}
	path := link("lead").want(201)["path"].(string)
	token, found := strings.CutPrefix(path, "/answer#")
	if !found {
		t.Fatal(path)
	}
	for range 2 {
		seen := h.do(call{"POST", "/answer", "", map[string]any{"token": token}, nil}).want(200)
		if seen["as"] != "lead" || seen["question"].(map[string]any)["state"] != "open" {
			t.Errorf("%v", seen)
		}
	}
	h.do(call{"POST", "/answer", "", map[string]any{"token": token + "x"}, nil}).want(404)
	var good atomic.Int32
	var racers sync.WaitGroup
	for range 20 {
		request := h.request(call{"POST", "/answer/decide", "", map[string]any{
			"token": token, "decision": "approve", "hash": q["hash"], "form": map[string]any{"ticket": "T-1"},
		}, nil})
		racers.Go(func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				good.Add(1)
			}
		})
	}
	racers.Wait()
	if good.Load() != 1 {
		t.Errorf("%d of 20 answers by one link are taken", good.Load())
	}
	h.do(call{"POST", "/answer", "", map[string]any{"token": token}, nil}).want(404)
	if got := h.outcome(run); !strings.Contains(got, "approved") {
		t.Error(got)
	}
}

// TestNobodyToAsk fails a step whose question nobody could answer, at once.
func TestNobodyToAsk(t *testing.T) {
	h := open(t, t.TempDir())
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, asker := h.join("asker", auth.Responder)
	for to, want := range map[string]string{"asker": "nobody can answer", "stranger": `there is no user "stranger"`, "role:boss": `"boss" is not a role`} {
		r := asker.do("POST", "/flows/"+flow+"/runs?wait=20s", map[string]any{"input": map[string]any{"to": []string{to}, "account": "x"}}).want(200)
		if problem, _ := r["error"].(map[string]any); problem == nil || !strings.Contains(problem["message"].(string), want) {
			t.Errorf("%s: %v", to, r["error"])
		}
	}
}

// TestQuestionsOutliveTheServer stops and starts the server between question and answer.
func TestQuestionsOutliveTheServer(t *testing.T) {
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	stop := h.start(t)
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, asker := h.join("asker", auth.Responder)
	_, lead := h.join("lead", auth.Responder)
	run, q := asker.asks(flow, "lead")
	stop()
	stop = h.start(t)
	defer stop()
	l := h.listen("viewer")
	l.send(map[string]any{"subscribe": "inbox"})
	if f := l.next(); !strings.Contains(fmt.Sprint(f.Snapshot), "open:1") {
		t.Errorf("%+v", f)
	}
	lead.decide(q, "reject", "comment", "not that one").want(200)
	if got := h.outcome(run); got != "succeeded map[decision:rejected ran:skipped]" {
		t.Error(got)
	}
	for f := l.next(); !strings.Contains(fmt.Sprint(f.Snapshot), "open:0"); f = l.next() {
	}
}

// TestQuestionOfADryRun says that it is one.
func TestQuestionOfADryRun(t *testing.T) {
	h := open(t, t.TempDir())
	flow := h.do(call{"POST", "/flows", auth.Author, file(t, "approve"), nil}).want(201)["id"].(string)
	_, lead := h.join("lead", auth.Responder)
	for _, dry := range []bool{false, true} {
		input := map[string]any{"to": []string{"role:responder"}, "account": "mallory"}
		run := h.do(call{"POST", "/flows/" + flow + "/runs", auth.Analyst, map[string]any{"input": input, "dryRun": dry}, nil}).want(202)["id"].(string)
		waitFor(t, "the question", func() bool {
			items := lead.do("GET", "/approvals?run="+run, nil).want(200)["items"].([]any)
			if len(items) == 1 && items[0].(map[string]any)["dryRun"] != dry {
				t.Errorf("dry run %v: %v", dry, items[0])
			}
			return len(items) == 1
		})
	}
}

// TestStrangersAreToldOf checks a flow that asks somebody who isn't there, and one whose
// deadline is past, before either runs.
func TestStrangersAreToldOf(t *testing.T) {
	h := open(t, t.TempDir())
	for with, want := range map[string]string{
		`{"to": ["admin", "mario"]}`:                                   "question.stranger",
		`{"to": ["role:responder", "{{ trigger.body.who }}"]}`:         "",
		`{"to": ["admin"], "deadline": "2020-01-01T00:00:00Z"}`:        "param.invalid",
		`{"to": ["admin"], "deadline": "{{ trigger.body.deadline }}"}`: "",
	} {
		source := fmt.Sprintf(`{"format": "drawbridge.flow/1", "name": "Ask", "nodes": [{"id": "go", "type": "trigger.manual", "position": [0, 0]},
			{"id": "ask", "type": "core.approval", "position": [0, 0], "with": %s}], "edges": [{"from": "go", "to": "ask"}]}`, with)
		id := h.do(call{"POST", "/flows", auth.Author, json.RawMessage(source), nil}).want(201)["id"].(string)
		problems, _ := h.do(call{"GET", "/flows/" + id, auth.Author, nil, nil}).want(200)["problems"].([]any)
		got := ""
		for _, p := range problems {
			got = p.(map[string]any)["code"].(string)
		}
		if got != want {
			t.Errorf("%s: %q is found, want %q: %v", with, got, want, problems)
		}
	}
}

// TestWhatIsToldAndWhere tells the values of an action on the page of a question, in lists a
// line of them, and by a link nothing that the author did not choose to show.
func TestWhatIsToldAndWhere(t *testing.T) {
	h := open(t, t.TempDir())
	for name, c := range map[string]struct{ show, about, byLink string }{
		"with a show":    {`, "show": {"account": "mallory", "why": "{{ trigger.body.why }}"}`, `account: "mallory" · why: "{{ x }}"`, `{"effect":"write","node":"do","type":"http.request","untold":true,"with":null}`},
		"without a show": {"", `body: "{{ x }}" · method: "POST"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			source := fmt.Sprintf(`{"format": "drawbridge.flow/1", "name": "Told", "nodes": [{"id": "go", "type": "trigger.manual", "position": [0, 0]},
				{"id": "ok", "type": "core.approval", "position": [200, 0], "with": {"to": "role:responder"%s}},
				{"id": "do", "type": "http.request", "position": [400, 0], "with": {"body": "{{ trigger.body.why }}", "method": "POST", "url": "{{ steps.ok.output.comment }}"}}],
				"edges": [{"from": "go", "to": "ok"}, {"from": "ok.approved", "to": "do"}]}`, c.show)
			flow := h.do(call{"POST", "/flows", auth.Author, []byte(source), nil}).want(201)["id"].(string)
			_, asker := h.join("asker-"+strings.Fields(name)[0], auth.Responder)
			lead := "lead-" + strings.Fields(name)[0]
			h.join(lead, auth.Responder)
			run := asker.do("POST", "/flows/"+flow+"/runs", map[string]any{"input": map[string]any{"why": "{{ x }}"}}).want(202)["id"].(string)
			listed := h.question(run)
			if listed["about"] != c.about {
				t.Errorf("the list says %q", listed["about"])
			}
			then := func(q map[string]any) string {
				said, _ := json.Marshal(q["then"].([]any)[0])
				return string(said)
			}
			brief := `{"effect":"write","node":"do","type":"http.request","untold":true,"with":null}`
			if got := then(listed); got != brief {
				t.Errorf("the list has %s", got)
			}
			whole := `{"effect":"write","node":"do","open":["/url"],"type":"http.request","with":{"body":"{{ x }}","method":"POST","url":"{{ steps.ok.output.comment }}"}}`
			id := listed["id"].(string)
			if got := then(h.do(call{"GET", "/approvals/" + id, auth.Responder, nil, nil}).want(200)); got != whole {
				t.Errorf("the page has %s", got)
			}
			path := h.do(call{"POST", "/approvals/" + id + "/link", auth.Admin, map[string]any{"user": lead}, nil}).want(201)["path"].(string)
			_, token, _ := strings.Cut(path, "#")
			linked := h.do(call{"POST", "/answer", "", map[string]any{"token": token}, nil}).want(200)["question"].(map[string]any)
			if got := then(linked); got != cmp.Or(c.byLink, whole) {
				t.Errorf("by a link it has %s", got)
			}
		})
	}
}
