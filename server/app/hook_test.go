package app_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func TestWebhookAnswers(t *testing.T) {
	h := open(t, t.TempDir())
	id, hook := h.publish("answer")
	r := h.do(call{"POST", hook, "", map[string]any{"n": 21}, map[string]string{"Authorization": "secret", "Cookie": "c=secret", "X-Sender": "Me"}})
	body := r.want(201)
	if body["n"] != 42.0 || r.header.Get("X-Verdict") != "fine" || r.header.Get("Set-Cookie") != "" || r.header.Get("X-Content-Type-Options") != "nosniff" ||
		strings.Contains(r.header.Get("Content-Security-Policy"), "x,") || r.header.Get("Content-Security-Policy") == "x" {
		t.Errorf("%v with %v", body, r.header)
	}
	seen := body["seen"].(map[string]any)
	if seen["x-sender"] != "Me" || seen["authorization"] != nil || seen["cookie"] != nil {
		t.Errorf("the flow sees the headers %v", seen)
	}
	run := h.do(call{"GET", "/runs/" + r.header.Get("X-Drawbridge-Run"), "viewer", nil, nil}).want(200)
	if run["flow"] != id || run["state"] != "succeeded" || run["output"] != 42.0 || run["version"] != 1.0 {
		t.Errorf("%v", run)
	}
	problems := h.do(call{"POST", hook, "", map[string]any{"n": "many"}, nil}).want(422)["problems"].([]any)
	if first := problems[0].(map[string]any); first["pointer"] != "/n" {
		t.Errorf("%v", problems)
	}
	malformed := h.do(call{"POST", hook, "", []byte("{\n  \"n\": 1,\n  x}"), nil}).want(400)["problems"].([]any)[0].(map[string]any)
	if malformed["line"] != 3.0 || malformed["column"] != 3.0 {
		t.Errorf("%v", malformed)
	}
	h.do(call{"POST", hook, "", []byte("n=1"), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}).want(415)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		r := h.do(call{method, hook, "", nil, nil})
		if r.want(405); r.header.Get("Allow") != "POST" {
			t.Errorf("%s is refused with %v", method, r.header)
		}
	}
	if items := h.do(call{"GET", "/runs", "viewer", nil, nil}).want(200)["items"].([]any); len(items) != 1 {
		t.Errorf("refused requests left %d runs", len(items)-1)
	}
}

func TestWebhookWithoutAnswer(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("quiet")
	r := h.do(call{"POST", hook, "", []byte("From: a@b.example\r\n\r\n\xff"), map[string]string{"Content-Type": "message/rfc822"}})
	id := r.want(202)["id"].(string)
	if id != r.header.Get("X-Drawbridge-Run") {
		t.Errorf("%q and %q", id, r.header.Get("X-Drawbridge-Run"))
	}
	step := h.do(call{"GET", "/runs/" + id + "/steps/hook", "viewer", nil, nil}).want(200)
	if input := step["input"].(map[string]any); input["rawBase64"] != "RnJvbTogYUBiLmV4YW1wbGUNCg0K/w==" || input["raw"] != "From: a@b.example\r\n\r\n\ufffd" {
		t.Errorf("%v", input)
	}
	id = h.do(call{"POST", hook, "", []byte("From: a@b.example\r\n\r\nGrüße"), map[string]string{"Content-Type": "message/rfc822"}}).want(202)["id"].(string)
	step = h.do(call{"GET", "/runs/" + id + "/steps/hook", "viewer", nil, nil}).want(200)
	if input := step["input"].(map[string]any); len(input) != 1 || input["raw"] != "From: a@b.example\r\n\r\nGrüße" {
		t.Errorf("%v", input)
	}
	r = h.do(call{"POST", hook, "", bytes.Repeat([]byte("\x01"), 5<<20), map[string]string{"Content-Type": "message/rfc822"}})
	step = h.do(call{"GET", "/runs/" + r.want(202)["id"].(string) + "/steps/hook", "viewer", nil, nil}).want(200)
	if input := step["input"].(map[string]any); input["raw"] != nil || input["rawBase64"] == nil && input["$truncated"] == nil {
		t.Errorf("a mail of 5 MiB is given as %.100v", input)
	}
	large := append(append([]byte(`"`), bytes.Repeat([]byte("a"), 1<<20)...), '"')
	id = h.do(call{"POST", hook, "", large, nil}).want(202)["id"].(string)
	run := h.do(call{"GET", "/runs/" + id, "viewer", nil, nil}).want(200)
	if cut, _ := run["input"].(map[string]any); cut["$truncated"] != true || cut["size"] != float64(1<<20+2) {
		t.Errorf("the input of a large run is %.100v", run["input"])
	}
}

// TestUnknownWebhooks says the same of every address that starts nothing.
func TestUnknownWebhooks(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("answer")
	published := strings.Replace(string(file(t, "answer")), `"trigger.webhook",`, `"trigger.webhook", "disabled": true,`, 1)
	id := "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c01"
	h.do(call{"PUT", "/flows/" + id, "author", []byte(published), map[string]string{"If-Match": `"1"`}}).want(200)
	h.do(call{"POST", "/flows/" + id + "/publish", "author", nil, nil}).want(200)
	var first *reply
	for _, address := range []string{hook, "/hooks/" + strings.Repeat("0", 32), "/hooks/x", "/hooks/" + strings.Repeat("f", 4000)} {
		for _, body := range []string{`{"n": 1}`, `{`} {
			r := h.do(call{"POST", address, "", []byte(body), nil})
			r.want(404)
			r.header.Del("Date")
			if first == nil {
				first = r
			}
			if !bytes.Equal(r.body, first.body) || fmt.Sprint(r.header) != fmt.Sprint(first.header) {
				t.Errorf("%.40s tells itself apart: %s %v", address, r.body, r.header)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("quiet")
	body := append(append([]byte(`"`), bytes.Repeat([]byte("a"), 32<<20)...), '"')
	h.do(call{"POST", hook, "", body, nil}).want(413)
	h.do(call{"POST", "/flows", "author", body[:5<<20], nil}).want(413)
}

// TestCompressedBodies has nothing unpacked for anybody: a few kilobytes may be gigabytes.
func TestCompressedBodies(t *testing.T) {
	h := open(t, t.TempDir())
	_, hook := h.publish("quiet")
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{hook, "/hooks/nobody", "/session", "/flows"} {
		for _, how := range []string{"gzip", "gzip, gzip", "br", "deflate", "zstd"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r := h.do(call{"POST", address, "", bomb.Bytes(), map[string]string{"Content-Encoding": how, "Content-Type": "application/json"}})
			runtime.ReadMemStats(&after)
			if r.status != http.StatusUnsupportedMediaType || !strings.Contains(string(r.body), "without Content-Encoding") {
				t.Errorf("%s by %s: %d %s", address, how, r.status, r.body)
			}
			if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
				t.Errorf("%s by %s took %d MiB", address, how, took>>20)
			}
		}
	}
	h.do(call{"POST", hook, "", []byte(`{"n": 1}`), map[string]string{"Content-Encoding": "identity"}}).want(202)
}

// TestRepeatedKey races 50 deliveries of one key: one run, one answer, also after
// a restart.
func TestRepeatedKey(t *testing.T) {
	h := &house{t: t, data: t.TempDir(), tokens: map[auth.Role]string{}}
	stop := h.start(t)
	_, hook := h.publish("answer")
	deliver := func(n int) *http.Request {
		return h.request(call{"POST", hook, "", map[string]any{"n": n}, map[string]string{"Idempotency-Key": "alert-1"}})
	}
	var mu sync.Mutex
	answers := map[string]int{}
	var racing sync.WaitGroup
	for range 50 {
		request := deliver(4)
		racing.Go(func() {
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			var body struct{ N int }
			err = json.NewDecoder(response.Body).Decode(&body)
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(response.StatusCode, body.N, response.Header.Get("X-Drawbridge-Run"), err)]++
		})
	}
	racing.Wait()
	if len(answers) != 1 {
		t.Fatalf("50 deliveries of one key are answered %v", answers)
	}
	stop()
	t.Cleanup(h.start(t))
	response, err := http.DefaultClient.Do(deliver(5))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct{ N int }
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if again := fmt.Sprint(response.StatusCode, body.N, response.Header.Get("X-Drawbridge-Run"), err); answers[again] != 50 {
		t.Errorf("after a restart the key is answered %s, before %v", again, answers)
	}
	if items := h.do(call{"GET", "/runs", "viewer", nil, nil}).want(200)["items"].([]any); len(items) != 1 {
		t.Errorf("one key made %d runs", len(items))
	}
}

// TestJournalGone takes the database away: a sender is never told that something
// was accepted that wasn't.
func TestJournalGone(t *testing.T) {
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	s, err := app.OpenServer(t.Context(), app.ServeConfig{Data: h.data, Listen: "127.0.0.1:0", AdminPassword: password, Cache: compiledIn(t)})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := s.Auth.CreateToken(t.Context(), "author", auth.Author)
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.base, h.tokens[auth.Author] = s, "http://"+s.Addr().String(), secret
	ready := make(chan struct{})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, func(net.Addr) { close(ready) }) }()
	<-ready
	_, known := h.publish("answer")
	h.do(call{"POST", known, "", map[string]any{"n": 1}, nil}).want(201)
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{known, "/hooks/unknown"} {
		if r := h.do(call{"POST", hook, "", map[string]any{"n": 1}, nil}); r.status != 503 || r.header.Get("Retry-After") == "" {
			t.Errorf("without a database %s answers %d: %s", hook, r.status, r.body)
		}
	}
	h.do(call{"GET", "///readyz", "", nil, nil}).want(503)
	cancel()
	<-done // it stops, with what closing a closed database says
}

func BenchmarkWebhook(b *testing.B) {
	s, err := app.OpenServer(b.Context(), app.ServeConfig{Data: b.TempDir(), Listen: "127.0.0.1:0", AdminPassword: password, Cache: compiledIn(b)})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, nil) }()
	b.Cleanup(func() { cancel(); <-done })
	content, err := os.ReadFile("testdata/answer.flow.json")
	if err != nil {
		b.Fatal(err)
	}
	d, _, err := s.Library.Create(ctx, content, "b")
	if err != nil {
		b.Fatal(err)
	}
	published, err := s.Library.Publish(ctx, d.ID, "", "b")
	if err != nil {
		b.Fatal(err)
	}
	address := "http://" + s.Addr().String() + "/hooks/" + published.Hooks["hook"]
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	client := &http.Client{Transport: transport}
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			response, err := client.Post(address, "application/json", strings.NewReader(`{"n":3}`)) //nolint:noctx // of a benchmark
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode != 201 {
				b.Error(response.Status)
			}
		}
	})
	transport.CloseIdleConnections()
}
