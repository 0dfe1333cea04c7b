package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cli"
)

// kinds are the ways in which a credential gets into a request, or signs one, with
// the fields of one; the secret is put where CANARY stands.
var kinds = map[string]map[string]any{
	"bearer": {"token": "CANARY"},
	"basic":  {"username": "svc", "password": "CANARY"},
	"header": {"value": "CANARY"},
	"query":  {"value": "CANARY"},
	"sign":   {"secret": "CANARY"},
	"sigv4":  {"accessKeyId": "AKIDEXAMPLE", "secretAccessKey": "CANARY", "region": "eu-west-1", "service": "s3"},
}

func secretOf(kind string) string { return "canary-" + kind + "-3e9a/+= ü secret" }

// gossip is a server that tells everything that it was sent and all it knows of a
// secret, in each part of an answer.
type gossip struct {
	*httptest.Server
	mu     sync.Mutex
	during func(path string) // called while the connector waits
	seen   map[string]int    // requests that came with a credential, by kind
}

func newGossip(t *testing.T) *gossip {
	g := &gossip{seen: map[string]int{}}
	g.Server = httptest.NewTLSServer(http.HandlerFunc(g.answer))
	t.Cleanup(g.Close)
	return g
}

func (g *gossip) answer(w http.ResponseWriter, r *http.Request) {
	kind := r.URL.Query().Get("kind")
	secret := secretOf(kind)
	if came(kind, r) {
		g.mu.Lock()
		g.seen[kind]++
		during := g.during
		g.mu.Unlock()
		if during != nil {
			during(r.URL.Path)
		}
	}
	_, password, _ := r.BasicAuth()
	std := base64.StdEncoding
	told := strings.Join([]string{
		fmt.Sprint(r.Header), r.URL.String(), password, secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), url.PathEscape(secret),
		std.EncodeToString([]byte(secret)), std.EncodeToString([]byte("you sent " + secret + "!")), std.EncodeToString([]byte("it was " + secret + ".")),
		base64.RawURLEncoding.EncodeToString([]byte("or: " + secret)), string(must(json.Marshal(secret))),
	}, " ")
	w.Header().Set("X-Echo", strings.ReplaceAll(told, "\n", " "))
	switch r.URL.Path {
	case "/error":
		w.WriteHeader(http.StatusInternalServerError)
	case "/redirect":
		w.Header().Set("Location", "/answer?kind="+kind+"&echo="+url.QueryEscape(secret))
		w.WriteHeader(http.StatusFound)
	case "/away":
		w.Header().Set("Location", "https://elsewhere.example/"+url.PathEscape(secret)+"?echo="+url.QueryEscape(secret))
		w.WriteHeader(http.StatusTemporaryRedirect)
	case "/hangup":
		panic(http.ErrAbortHandler)
	case "/big":
		_, _ = fmt.Fprint(w, strings.Repeat("filler ", 20_000), told)
	}
	_, _ = fmt.Fprint(w, told)
}

// came says whether a request came with the kind's credential, so that the test
// proves something.
func came(kind string, r *http.Request) bool {
	secret := secretOf(kind)
	switch kind {
	case "basic":
		_, password, _ := r.BasicAuth()
		return password == secret
	case "query":
		return r.URL.Query().Get("apikey") == secret
	case "header":
		return r.Header.Get("X-Key") == "Key "+secret
	case "sign":
		return strings.HasPrefix(r.Header.Get("X-Slack-Signature"), "v0=")
	case "sigv4":
		return strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
	}
	return r.Header.Get("Authorization") == "Bearer "+secret
}

// buffer is a log that several write to.
type buffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// canaryHouse is a server whose connector leaky carries on all that it is told.
func canaryHouse(t *testing.T, other *gossip) (*house, *buffer) {
	t.Helper()
	if testing.Short() {
		t.Skip("looks through the memory of processes; not in short mode")
	}
	out := filepath.Join(t.TempDir(), "leaky.wasm")
	var text bytes.Buffer
	if code := cli.Run([]string{"plugin", "build", "testdata/leaky", "--out", out}, os.Stdin, &text, &text); code != 0 {
		t.Fatal(text.String())
	}
	log := &buffer{}
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := openBelieving(t, other.Server, func(c *app.ServeConfig) { c.Logger = logger })
	h.do(call{"POST", "/connectors?name=leaky.wasm", auth.Admin, must(os.ReadFile(out)), map[string]string{"Content-Type": "application/wasm"}}).want(201)
	grant := map[string]any{"consent": true, "grant": map[string]any{"networks": []any{map[string]any{"cidr": "127.0.0.1/32"}}}}
	h.do(call{"PUT", "/connectors/leaky/versions/1.0.0/grants", auth.Admin, grant, nil}).want(200)
	return h, log
}

// TestCanary sends secrets of every kind to a server that tells them, by a
// connector that carries on what it is told, and then finds them nowhere: not in
// what any route, socket or command answers, not in the log, not in the files of the
// server, and not in the memory of the processes that run the connector, neither
// while they wait for the answer nor afterwards.
func TestCanary(t *testing.T) {
	other := newGossip(t)
	h, log := canaryHouse(t, other)
	var seen []string
	var secrets []string
	see := func(r *reply) *reply {
		seen = append(seen, fmt.Sprint(r.call.path, " ", r.header, string(r.body)))
		return r
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		secrets = append(secrets, secretOf(kind))
		flow := h.canaryFlow(kind, other.URL)
		run := func(path, then, backwards string) {
			t.Helper()
			input := map[string]any{"url": other.URL + path + "?kind=" + kind, "then": then, "backwards": backwards}
			r := see(h.do(call{"POST", "/flows/" + flow + "/runs?wait=30s", auth.Analyst, map[string]any{"input": input}, nil})).want(200)
			for _, part := range []string{"", "/events", "/steps/send"} {
				see(h.do(call{"GET", "/runs/" + r["id"].(string) + part, auth.Viewer, nil, nil}))
			}
			l := h.listen("viewer")
			l.send(map[string]any{"subscribe": "run/" + r["id"].(string)})
			seen = append(seen, l.raw())
		}
		// The memory is looked at while a request is under way, with something in
		// it that must be found.
		planted := "planted-" + kind + "-51aa7e"
		var looked, hit bool
		other.meanwhile(func(string) {
			for _, pid := range sandboxChildren(t) {
				looked = true
				for _, at := range inMemory(t, pid, secretOf(kind)) {
					t.Errorf("%s: while it waits: %s", kind, at)
				}
				hit = hit || len(inMemory(t, pid, planted)) > 0
			}
		})
		run("/answer", "answer", backwards(planted))
		other.meanwhile(nil)
		if !looked || !hit {
			t.Errorf("%s: what was planted in the memory isn't found: the scan proves nothing (%v, %v)", kind, looked, hit)
		}
		for _, path := range []string{"/error", "/redirect", "/away", "/hangup", "/big"} {
			run(path, "answer", "")
		}
		for _, then := range []string{"throw", "log", "keep", "crash"} {
			run("/answer", then, "")
		}
		if kind == "bearer" {
			run("/answer", "loop", "") // to the end of its time
		}
		if other.seen[kind] < 10 {
			t.Errorf("%s: the other side saw %d requests with the credential", kind, other.seen[kind])
		}
		see(h.do(call{"GET", "/export?flows=" + flow, auth.Author, nil, nil})).want(200)
	}
	for _, path := range []string{"/runs", "/credentials", "/credential-types", "/audit", "/flows", "/catalog", "/connectors", "///metrics", "///readyz"} {
		see(h.do(call{"GET", path, auth.Admin, nil, nil}))
	}
	children := sandboxChildren(t)
	if len(children) == 0 {
		t.Fatal("no child is left to look at")
	}
	for _, pid := range children {
		for _, at := range inMemory(t, pid, secrets...) {
			t.Errorf("afterwards, in a child's memory: %s", at)
		}
		// Go tells the state of a process that is stopped so on standard error.
		_ = syscall.Kill(pid, syscall.SIGQUIT)
	}
	h.awaitLog(log, "SIGQUIT")
	told := map[string]bool{} // once is enough of each form
	for _, text := range append(append(seen, contents(t, h.data)...), log.String()) {
		for _, secret := range secrets {
			for _, at := range found([]byte(text), secret) {
				if form, _, _ := strings.Cut(at, " in "); !told[form+secret] {
					told[form+secret] = true
					t.Errorf("%s of %q", at, text[:min(len(text), 60)])
				}
			}
		}
	}
}

// canaryFlow keeps a flow of one node that uses a credential of a kind.
func (h *house) canaryFlow(kind, address string) string {
	h.t.Helper()
	fields := map[string]any{}
	for name, value := range kinds[kind] {
		fields[name] = strings.ReplaceAll(value.(string), "CANARY", secretOf(kind))
	}
	made := h.do(call{"POST", "/credentials", auth.Admin, map[string]any{"name": kind, "type": "leaky." + kind, "hosts": []string{strings.TrimPrefix(address, "https://")}, "fields": fields}, nil}).want(201)
	document := fmt.Sprintf(`{"format": "drawbridge.flow/1", "name": "Canary %s", "connectors": {"leaky": "1.0.0"}, "credentials": {"key": {"type": "leaky.%s"}},
		"nodes": [{"id": "start", "type": "trigger.manual", "position": [0, 0]}, {"id": "send", "type": "leaky.send", "position": [240, 0], "credential": "key", "onError": "continue", "timeout": "5s",
			"with": {"url": "{{ trigger.body.url }}", "then": "{{ trigger.body.then }}", "backwards": "{{ trigger.body.backwards }}"}}],
		"edges": [{"from": "start", "to": "send"}], "output": "{{ steps.send.output }}"}`, kind, kind)
	flow := h.do(call{"POST", "/flows", auth.Author, []byte(document), nil}).want(201)["id"].(string)
	h.do(call{"PUT", "/flows/" + flow + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"key": made["id"]}}, nil}).want(200)
	return flow
}

func (g *gossip) meanwhile(do func(path string)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.during = do
}

func (h *house) awaitLog(log *buffer, text string) {
	h.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Second); ; {
		select {
		case <-late:
			h.t.Errorf("the log says nothing of %s", text)
			return
		case <-tick.C:
		}
		log.mu.Lock()
		said := bytes.Contains(log.Bytes(), []byte(text))
		log.mu.Unlock()
		if said {
			return
		}
	}
}

// raw is the next message as it comes.
func (l *listener) raw() string {
	l.t.Helper()
	_ = l.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, data, err := l.conn.ReadMessage()
	if err != nil {
		l.t.Fatal(err)
	}
	return string(data)
}

func backwards(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
