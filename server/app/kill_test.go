package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// process is a server in a process of its own.
type process struct {
	command *exec.Cmd
	base    string
}

func startProcess(t *testing.T, data string, more ...string) *process {
	t.Helper()
	return launch(t, append([]string{os.Args[0], "serve", "--data", data, "--listen", "127.0.0.1:0", "--cache", compiledIn(t)}, more...)...)
}

// launch starts what becomes a server.
func launch(t *testing.T, words ...string) *process {
	t.Helper()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), words[0], words[1:]...)
	command.Env = append(os.Environ(), "DRAWBRIDGE_ADMIN_PASSWORD="+password)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{command: command}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, base, found := strings.Cut(lines.Text(), "is ready at "); found {
			p.base = base
			go func() {
				for lines.Scan() { // or the server would wait for its reader
				}
			}()
			return p
		}
		t.Log(lines.Text())
	}
	t.Fatal("the server didn't start")
	return nil
}

func (p *process) kill() {
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// TestKill kills the server without a word while 200 runs are at work, and starts
// it again: every run that was acknowledged ends, none twice, nothing is missing.
func TestKill(t *testing.T) {
	const runs, before = 200, 120
	needsConnectors(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	p := startProcess(t, h.data)
	h.base = p.base
	secret, err := app.CreateToken(t.Context(), app.Location{Data: h.data}, "kill", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	h.tokens[auth.Author], h.tokens[auth.Admin] = secret, secret
	_, hook := h.publish("slow")

	acknowledged := make(chan string, runs)
	var senders sync.WaitGroup
	for n := range runs {
		request := h.request(call{"POST", hook, "", map[string]any{"n": n}, map[string]string{"Idempotency-Key": fmt.Sprint(n)}})
		senders.Go(func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return // never acknowledged
			}
			_ = response.Body.Close()
			if response.StatusCode == http.StatusAccepted {
				acknowledged <- response.Header.Get("X-Drawbridge-Run")
			}
		})
	}
	known := map[string]bool{}
	for range before {
		known[<-acknowledged] = true
	}
	p.kill()
	senders.Wait()
	close(acknowledged)
	for id := range acknowledged {
		known[id] = true
	}

	cut := seqs(t, h.data)
	if len(cut) < 10 {
		t.Fatalf("only %d runs were at work when the server was killed", len(cut))
	}
	p = startProcess(t, h.data)
	ready := time.Now()
	h.base = p.base
	h.resume(cut, ready)
	for deadline := time.Now().Add(2 * time.Minute); len(h.unended()) > 0; {
		if time.Now().After(deadline) {
			t.Fatalf("%d runs don't end", len(h.unended()))
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Logf("%d acknowledged, %d at work when killed", len(known), len(cut))
	for id := range known {
		h.complete(id)
	}
	h.once(hook, known)
}

// unended lists the runs that are still at work.
func (h *house) unended() []string {
	h.t.Helper()
	var ids []string
	for _, item := range h.do(call{"GET", "/runs?state=queued,running,waiting&limit=200", auth.Admin, nil, nil}).want(200)["items"].([]any) {
		ids = append(ids, item.(map[string]any)["id"].(string))
	}
	return ids
}

// seqs gives the runs that a stopped server left, with the seq each had reached.
func seqs(t *testing.T, data string) map[string]int64 {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Folder: data})
	if err != nil {
		t.Fatal(err)
	}
	list, _, err := s.Runs(t.Context(), store.RunFilter{States: []string{"queued", "running", "waiting"}, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]int64{}
	for _, r := range list {
		events, err := s.Events(t.Context(), r.ID, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		left[r.ID] = int64(len(events))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return left
}

// resume checks that work goes on within two seconds of the server being ready.
func (h *house) resume(left map[string]int64, ready time.Time) {
	h.t.Helper()
	for {
		for id, seq := range left {
			if h.do(call{"GET", "/runs/" + id, auth.Admin, nil, nil}).want(200)["seq"].(float64) > float64(seq) {
				h.t.Logf("resumed within %v of being ready", time.Since(ready).Round(time.Millisecond))
				return
			}
		}
		if time.Since(ready) > 2*time.Second {
			h.t.Fatalf("none of %d runs is resumed %v after the server is ready", len(left), time.Since(ready))
		}
	}
}

// complete checks one run: it ended well, its seqs have no gap, no step ended twice.
func (h *house) complete(id string) {
	h.t.Helper()
	run := h.do(call{"GET", "/runs/" + id, auth.Admin, nil, nil}).want(200)
	output, _ := run["output"].(map[string]any)
	if run["state"] != "succeeded" || output["items"] != 3.0 {
		h.t.Fatalf("run %s: %v, %v", id, run["state"], run["error"])
	}
	events := h.do(call{"GET", "/runs/" + id + "/events?limit=10000", auth.Admin, nil, nil}).want(200)["events"].([]any)
	ended := map[string]bool{}
	for i, each := range events {
		e := each.(map[string]any)
		if e["seq"] != float64(i+1) {
			h.t.Fatalf("run %s: seq %v at place %d", id, e["seq"], i+1)
		}
		if e["kind"] == "step.succeeded" {
			step := e["step"].(string)
			if ended[step] {
				h.t.Fatalf("run %s: the step %s ended twice", id, step)
			}
			ended[step] = true
		}
	}
}

// once sends every delivery again: each key has its one run.
func (h *house) once(hook string, known map[string]bool) {
	h.t.Helper()
	seen := map[string]bool{}
	for n := range 200 {
		id := h.do(call{"POST", hook, "", map[string]any{"n": n}, map[string]string{"Idempotency-Key": fmt.Sprint(n)}}).want(202)["id"].(string)
		if seen[id] {
			h.t.Fatalf("two keys share the run %s", id)
		}
		seen[id] = true
	}
	for id := range known {
		if !seen[id] {
			h.t.Fatalf("the run %s was acknowledged, and its key has another now", id)
		}
	}
}
