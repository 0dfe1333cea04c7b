package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestMain(m *testing.M) {
	// The sandbox, and the test that kills a server, start this program again.
	if len(os.Args) > 1 && (os.Args[1] == "sandbox" || os.Args[1] == "serve") {
		os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	code := m.Run()
	testkit.Close()
	os.Exit(code)
}

const password = "correct horse battery"

// house is a running server with a token of each role.
type house struct {
	t      *testing.T
	server *app.Server
	base   string
	data   string
	tokens map[auth.Role]string
}

// open starts a server on a folder; it is stopped with the test.
func open(t *testing.T, data string) *house {
	t.Helper()
	h := &house{t: t, data: data, tokens: map[auth.Role]string{}}
	stop := h.start(t)
	t.Cleanup(stop)
	return h
}

// start starts the server and gives what stops it.
func (h *house) start(t *testing.T) (stop func()) {
	t.Helper()
	return h.startWith(t, app.ServeConfig{})
}

// startWith starts a server that is configured further.
func (h *house) startWith(t *testing.T, c app.ServeConfig) (stop func()) {
	t.Helper()
	c.Data, c.Listen, c.AdminPassword, c.Cache = h.data, "127.0.0.1:0", password, compiledIn(t)
	s, err := app.OpenServer(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.base = s, "http://"+s.Addr().String()
	stop = h.run(t)
	for _, role := range auth.Roles {
		_, secret, err := s.Auth.CreateToken(t.Context(), string(role), role)
		if err != nil {
			t.Fatal(err)
		}
		h.tokens[role] = secret
	}
	return stop
}

// compiledIn is the folder of compiled connectors that all servers of these tests share:
// compiling them is most of what starting one costs.
func compiledIn(t testing.TB) string {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(user, "drawbridge", "compiled")
}

// run lets an open server take requests and gives what stops it.
func (h *house) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- h.server.Run(ctx, func(net.Addr) { close(ready) }) }()
	<-ready
	stopped := false
	return func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server stopped with %v", err)
		}
	}
}

// call is one request.
type call struct {
	method, path string
	as           auth.Role // "" is nobody
	body         any       // []byte is sent as it is
	header       map[string]string
}

// reply is what came back.
type reply struct {
	t      *testing.T
	call   call
	status int
	header http.Header
	body   []byte
}

func (h *house) do(c call) *reply {
	h.t.Helper()
	response, err := http.DefaultClient.Do(h.request(c))
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.ended(&reply{h.t, c, response.StatusCode, response.Header, body})
}

// ended waits further for a run that a busy machine didn't end in the time that a request
// may wait for it.
func (h *house) ended(r *reply) *reply {
	h.t.Helper()
	var run struct{ ID, State string }
	if !strings.Contains(r.call.path, "wait=") || r.status != http.StatusAccepted || json.Unmarshal(r.body, &run) != nil {
		return r
	}
	var got *reply
	waitFor(h.t, "run "+run.ID, func() bool {
		got = h.do(call{"GET", "/runs/" + run.ID, r.call.as, nil, nil})
		return got.status != http.StatusOK || json.Unmarshal(got.body, &run) == nil && slices.Contains([]string{"succeeded", "failed", "cancelled"}, run.State)
	})
	return got
}

func (h *house) request(c call) *http.Request {
	h.t.Helper()
	var body io.Reader
	switch b := c.body.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	path := c.path
	if !strings.HasPrefix(path, "/hooks") && !strings.HasPrefix(path, "//") {
		path = "/api/v1" + path
	}
	r, err := http.NewRequestWithContext(h.t.Context(), c.method, h.base+strings.TrimPrefix(path, "//"), body)
	if err != nil {
		h.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.as != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[c.as])
	}
	for key, value := range c.header {
		r.Header.Set(key, value)
	}
	return r
}

// want checks the status and gives the body as a JSON object.
func (r *reply) want(status int) map[string]any {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s %s as %q answers %d, want %d: %s", r.call.method, r.call.path, r.call.as, r.status, status, r.body)
	}
	if r.status >= 400 && r.header.Get("Content-Type") != "application/problem+json" {
		r.t.Fatalf("%s %s: an error of type %q: %s", r.call.method, r.call.path, r.header.Get("Content-Type"), r.body)
	}
	if len(r.body) == 0 || r.body[0] != '{' {
		return nil
	}
	var object map[string]any
	if err := json.Unmarshal(r.body, &object); err != nil {
		r.t.Fatalf("%s: %v", r.body, err)
	}
	return object
}

// file reads a flow of testdata.
func file(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".flow.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// publish creates and publishes a flow, and gives its id and webhook.
func (h *house) publish(name string) (id, hook string) {
	h.t.Helper()
	id = h.do(call{"POST", "/flows", auth.Author, file(h.t, name), nil}).want(201)["id"].(string)
	published := h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil}).want(200)
	for _, address := range published["hooks"].(map[string]any) {
		hook = address.(string)
	}
	return id, hook
}

func roleOf(name string) auth.Role { return auth.Role(name) }

func tokens() map[auth.Role]string { return map[auth.Role]string{} }

// needsConnectors skips a test in a checkout whose connectors aren't built.
func needsConnectors(t *testing.T) {
	t.Helper()
	c, err := app.OpenCatalog("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Connector("email", ""); err != nil {
		t.Skip("the bundled connectors aren't built: make build")
	}
}

// TestStopAnswersWhoWaits stops the server while a request waits for its run.
func TestStopAnswersWhoWaits(t *testing.T) {
	needsConnectors(t)
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	stop := h.start(t)
	id, _ := h.publish("slow")
	request := h.request(call{"POST", "/flows/" + id + "/runs?wait=60s", auth.Analyst, map[string]any{"input": map[string]any{"n": 1}}, nil})
	answered := make(chan int, 1)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			answered <- 0
			return
		}
		_ = response.Body.Close()
		answered <- response.StatusCode
	}()
	for h.server.Engine.Active() == 0 {
		<-time.After(time.Millisecond)
	}
	begun := time.Now()
	stop()
	if status := <-answered; status != http.StatusAccepted || time.Since(begun) > 5*time.Second {
		t.Errorf("who waits is answered %d after %v", status, time.Since(begun))
	}
}

// waitFor waits for something to come true.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
