package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

const canary = "canary-8c1d/+= x"

// world is a server that answers as the test says, reachable under any name, and
// a broker before it.
type world struct {
	t        *testing.T
	server   *httptest.Server
	options  egress.Options
	caller   egress.Caller
	grant    catalog.Grant
	requests []*http.Request
	mu       sync.Mutex
	answer   http.HandlerFunc
}

// Grant implements [egress.Grants].
func (w *world) Grant(string, string, string) catalog.Grant { return w.grant }

// Open implements [egress.Vault].
func (w *world) Open(context.Context, string) (vault.Opened, error) {
	c := w.caller.Credential
	return vault.Opened{
		Credential: vault.Credential{Name: "Scanner", Hosts: c.Hosts, Fields: c.Fields},
		Values:     map[string]vault.Secret{"token": vault.NewSecret(canary), "password": vault.NewSecret(canary), "value": vault.NewSecret(canary), "secretAccessKey": vault.NewSecret(canary)},
	}, nil
}

// newWorld answers under the names of the server's certificate: example.com.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	w.server = httptest.NewTLSServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.requests = append(w.requests, r.Clone(context.WithoutCancel(r.Context())))
		w.mu.Unlock()
		if w.answer != nil {
			w.answer(out, r)
		}
	}))
	t.Cleanup(w.server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	w.options = egress.Options{
		Blobs: blobs(t), Grants: w, Vault: w, RootCAs: roots,
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
		Now: func() time.Time { return time.Unix(1_700_000_000, 0) },
	}
	w.caller = egress.Caller{Connector: "demo", Digest: "d"}
	w.grant = catalog.Grant{
		HTTP:     []catalog.HTTPRule{{Host: "example.com", Port: w.port()}},
		Networks: []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
	}
	return w
}

func (w *world) port() int { return w.server.Listener.Addr().(*net.TCPAddr).Port }

func (w *world) url(path string) string {
	return fmt.Sprintf("https://example.com:%d%s", w.port(), path)
}

func (w *world) do(in abi.HTTPRequest) abi.HTTPResponse {
	w.t.Helper()
	out, _ := w.session(in)
	return out
}

func (w *world) session(in abi.HTTPRequest) (abi.HTTPResponse, []egress.Record) {
	w.t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	s := egress.New(w.options).Begin(w.caller)
	defer s.Close()
	answer, err := s.Do(w.t.Context(), abi.HostHTTP, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	var out abi.HTTPResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		w.t.Fatal(err)
	}
	return out, s.Records()
}

func (w *world) last() *http.Request {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.requests) == 0 {
		w.t.Fatal("the server saw no request")
	}
	return w.requests[len(w.requests)-1]
}

func TestRequestsAreAnswered(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("X-One", "1")
		out.Header().Add("X-Two", "a")
		out.Header().Add("X-Two", "b")
		out.WriteHeader(418)
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		_, _ = fmt.Fprintf(out, "%s %s %s", r.Method, r.URL, body)
	}
	got, records := w.session(abi.HTTPRequest{Method: "POST", URL: w.url("/a?b=c"), Body: "é", Headers: abi.Headers{"Accept": {"x"}}})
	if got.Status != 418 || got.Body != "POST /a?b=c é" || got.Headers["x-one"][0] != "1" || len(got.Headers["x-two"]) != 2 {
		t.Errorf("%+v", got)
	}
	if r := w.last(); r.Header.Get("Accept") != "x" || r.Header.Get("User-Agent") != "Drawbridge" || r.Host != strings.TrimPrefix(strings.TrimSuffix(w.url(""), "/"), "https://") {
		t.Errorf("%v %s", r.Header, r.Host)
	}
	if len(records) != 1 || !strings.HasPrefix(records[0].What, "POST https://example.com") || strings.Contains(records[0].What, "b=c") || !strings.HasPrefix(records[0].Outcome, "418") {
		t.Errorf("%+v", records)
	}
	w.answer = func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write([]byte{0xff, 0}) }
	if got := w.do(abi.HTTPRequest{URL: w.url("/")}); got.BodyBase64 != "/wA=" || got.Body != "" {
		t.Errorf("bytes: %+v", got)
	}
}

// TestGrants holds each part of a rule.
func TestGrants(t *testing.T) {
	w := newWorld(t)
	port := w.port()
	for name, tt := range map[string]struct {
		rule    catalog.HTTPRule
		request abi.HTTPRequest
		allowed bool
	}{
		"all":                {catalog.HTTPRule{Host: "example.com", Port: port}, abi.HTTPRequest{URL: w.url("/")}, true},
		"another host":       {catalog.HTTPRule{Host: "example.org", Port: port}, abi.HTTPRequest{URL: w.url("/")}, false},
		"a parent domain":    {catalog.HTTPRule{Host: "com", Port: port}, abi.HTTPRequest{URL: w.url("/")}, false},
		"a suffix":           {catalog.HTTPRule{Host: "ample.com", Port: port}, abi.HTTPRequest{URL: w.url("/")}, false},
		"another port":       {catalog.HTTPRule{Host: "example.com"}, abi.HTTPRequest{URL: w.url("/")}, false},
		"its method":         {catalog.HTTPRule{Host: "example.com", Port: port, Methods: []string{"GET"}}, abi.HTTPRequest{URL: w.url("/")}, true},
		"another method":     {catalog.HTTPRule{Host: "example.com", Port: port, Methods: []string{"GET"}}, abi.HTTPRequest{Method: "DELETE", URL: w.url("/")}, false},
		"its path":           {catalog.HTTPRule{Host: "example.com", Port: port, PathPrefix: "/api"}, abi.HTTPRequest{URL: w.url("/api/x")}, true},
		"overridden path":    {catalog.HTTPRule{Host: "example.com", Port: port, PathPrefix: "/api"}, abi.HTTPRequest{URL: w.url("/api/x"), Headers: abi.Headers{"x-original-URL": {"/admin"}}}, false},
		"overridden method":  {catalog.HTTPRule{Host: "example.com", Port: port, Methods: []string{"GET"}}, abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{"X-HTTP-Method-Override": {"DELETE"}}}, false},
		"overridden as may":  {catalog.HTTPRule{Host: "example.com", Port: port, Methods: []string{"POST", "PATCH"}}, abi.HTTPRequest{Method: "POST", URL: w.url("/"), Headers: abi.Headers{"X-HTTP-Method-Override": {"patch"}}}, true},
		"overridden freely":  {catalog.HTTPRule{Host: "example.com", Port: port}, abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{"X-HTTP-Method-Override": {"DELETE"}}}, true},
		"beside its path":    {catalog.HTTPRule{Host: "example.com", Port: port, PathPrefix: "/api"}, abi.HTTPRequest{URL: w.url("/apix")}, false},
		"climbing":           {catalog.HTTPRule{Host: "example.com", Port: port, PathPrefix: "/api"}, abi.HTTPRequest{URL: w.url("/api/../admin")}, false},
		"climbing coded":     {catalog.HTTPRule{Host: "example.com", Port: port, PathPrefix: "/api"}, abi.HTTPRequest{URL: w.url("/api/%2e%2e/admin")}, false},
		"unencrypted":        {catalog.HTTPRule{Host: "example.com", Port: port}, abi.HTTPRequest{URL: strings.Replace(w.url("/"), "https", "http", 1)}, false},
		"any, no credential": {catalog.HTTPRule{Host: catalog.AnyHost}, abi.HTTPRequest{URL: w.url("/")}, false},
		"a foreign field":    {catalog.HTTPRule{Host: "{host}"}, abi.HTTPRequest{URL: w.url("/")}, false},
	} {
		w.grant.HTTP = []catalog.HTTPRule{tt.rule}
		before := len(w.requests)
		got := w.do(tt.request)
		if allowed := got.Error == nil; allowed != tt.allowed || len(w.requests)-before == 0 == tt.allowed {
			t.Errorf("%s: %+v, %d requests", name, got.Error, len(w.requests)-before)
		}
		if !tt.allowed && got.Error != nil && got.Error.Code != abi.CodeDenied {
			t.Errorf("%s: %+v", name, got.Error)
		}
	}
}

// TestCredentials puts each kind into a request, and nothing of it back into the
// answer, whatever the server echoes.
func TestCredentials(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("X-Echo", url.QueryEscape(canary))
		dump := fmt.Sprint(r.Header, r.URL)
		_, _ = fmt.Fprint(out, dump, canary, hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary)), url.PathEscape(canary))
	}
	host := fmt.Sprintf("example.com:%d", w.port())
	for name, tt := range map[string]struct {
		declared abi.CredentialOf
		seen     func(*http.Request) string
		want     string
	}{
		"bearer": {abi.CredentialOf{Apply: "bearer"}, func(r *http.Request) string { return r.Header.Get("Authorization") }, "Bearer " + canary},
		"basic":  {abi.CredentialOf{Apply: "basic"}, func(r *http.Request) string { _, p, _ := r.BasicAuth(); return p }, canary},
		"header": {abi.CredentialOf{Apply: "header", Name: "X-Key", Value: "Key {value}"}, func(r *http.Request) string { return r.Header.Get("X-Key") }, "Key " + canary},
		"query":  {abi.CredentialOf{Apply: "query", Name: "{name}"}, func(r *http.Request) string { return r.URL.Query().Get("apikey") }, canary},
	} {
		w.caller.Credential = &egress.Credential{ID: "c", Type: tt.declared, Hosts: []string{host}, Fields: map[string]string{"username": "u", "name": "apikey"}}
		got, records := w.session(abi.HTTPRequest{URL: w.url("/x"), Credential: egress.CredentialHandle})
		if got.Error != nil {
			t.Errorf("%s: %+v", name, got.Error)
			continue
		}
		if seen := tt.seen(w.last()); seen != tt.want {
			t.Errorf("%s: the server saw %q", name, seen)
		}
		everything, _ := json.Marshal(map[string]any{"answer": got, "records": fmt.Sprint(records)})
		for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), hex.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte(canary)), base64.StdEncoding.EncodeToString([]byte("u:" + canary))} {
			quoted, _ := json.Marshal(form)
			if strings.Contains(string(everything), strings.Trim(string(quoted), `"`)) {
				t.Errorf("%s: the answer echoes %s", name, form)
			}
		}
	}
	w.caller.Credential.Type = abi.CredentialOf{Apply: "sigv4"}
	w.caller.Credential.Fields = map[string]string{"accessKeyId": "AKID", "region": "eu-west-1", "service": "s3"}
	w.do(abi.HTTPRequest{URL: w.url("/b"), Credential: egress.CredentialHandle})
	if a := w.last().Header.Get("Authorization"); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 Credential=AKID/20231114/eu-west-1/s3/aws4_request") {
		t.Errorf("sigv4: %s", a)
	}
}

// TestRefusedIsNotSent tells what was refused before anything went out from what was
// refused of an answer or of a redirect.
func TestRefusedIsNotSent(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Location", "https://elsewhere.example.net/")
		out.WriteHeader(http.StatusFound)
	}
	for _, tt := range []struct {
		url     string
		refused bool
	}{{"https://elsewhere.example.net/", true}, {w.url("/"), false}} {
		got, records := w.session(abi.HTTPRequest{URL: tt.url})
		if got.Error == nil || len(records) != 1 || strings.HasPrefix(records[0].Outcome, "refused, denied: ") != tt.refused {
			t.Errorf("%s: %+v, %+v", tt.url, got.Error, records)
		}
	}
}

// TestWhatReachedNobody tells a request that the other side can't have heard of from those
// that it may have acted on.
func TestWhatReachedNobody(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		out.WriteHeader(500)
	}
	closed := httptest.NewServer(nil)
	port := closed.Listener.Addr().(*net.TCPAddr).Port
	closed.Close()
	w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: "example.com", Port: port})
	for address, want := range map[string]bool{
		w.url("/"): true, w.url("/cut"): true, fmt.Sprintf("https://example.com:%d/", port): false, "https://elsewhere.example.net/": false,
	} {
		if got, records := w.session(abi.HTTPRequest{Method: "POST", URL: address}); len(records) != 1 || records[0].Reached != want {
			t.Errorf("%s: %+v, %+v", address, got.Error, records)
		}
	}
}

// TestCredentialsStayHome refuses to send one anywhere but to its hosts.
func TestCredentialsStayHome(t *testing.T) {
	w := newWorld(t)
	w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: "other.example.com", Port: w.port()})
	w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Apply: "bearer"}, Hosts: []string{"other.example.com"}}
	got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || len(w.requests) > 0 {
		t.Errorf("%+v, %d requests", got, len(w.requests))
	}
	if got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: "another"}); got.Error == nil || got.Error.Code != abi.CodeDenied {
		t.Errorf("a handle that was guessed: %+v", got)
	}
	w.caller.Credential = nil
	if got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle}); got.Error == nil || !strings.Contains(got.Error.Message, "no credential") {
		t.Errorf("none: %+v", got)
	}
}

// TestRedirects authorises each anew, and takes no credential along to another origin.
func TestRedirects(t *testing.T) {
	w := newWorld(t)
	host := fmt.Sprintf("example.com:%d", w.port())
	w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Apply: "bearer"}, Hosts: []string{host}}
	to := map[string]string{
		"/same": "/end", "/other": "https://example.org" + strings.TrimPrefix(w.url("/end"), "https://example.com"), "/loop": "/loop",
		"/scheme": "file:///etc/passwd", "/plain": "http://" + host + "/end", "/meta": "https://169.254.169.254/latest",
	}
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		if next := to[r.URL.Path]; next != "" {
			out.Header().Set("Location", next)
			out.WriteHeader(302)
		}
	}
	ask := func(path string) abi.HTTPResponse {
		return w.do(abi.HTTPRequest{Method: "POST", URL: w.url(path), Body: "x", Credential: egress.CredentialHandle, Headers: abi.Headers{"Cookie": {"c"}}})
	}
	if got := ask("/same"); got.Status != 200 || !strings.HasSuffix(got.URL, "/end") || w.last().Header.Get("Authorization") == "" || w.last().Method != "GET" {
		t.Errorf("%+v", got)
	}
	for _, path := range []string{"/other", "/loop", "/scheme", "/plain", "/meta"} {
		before := len(w.requests)
		want := abi.CodeDenied
		if path == "/scheme" {
			want = abi.CodeBadInput
		}
		if got := ask(path); got.Error == nil || got.Error.Code != want {
			t.Errorf("%s: %+v", path, got)
		}
		if n := len(w.requests) - before; n > 4 {
			t.Errorf("%s: %d requests", path, n)
		}
	}
	w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: "example.org", Port: w.port()})
	w.options.RootCAs.AddCert(w.server.Certificate())
	got := ask("/other") // its certificate is not for that name, so that nothing arrives
	if r := w.last(); got.Error == nil && (r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "") {
		t.Errorf("the credential went to another origin: %v", r.Header)
	}
	if got := w.do(abi.HTTPRequest{URL: w.url("/other"), Redirect: "manual"}); got.Status != 302 {
		t.Errorf("manual: %+v", got)
	}
}

func TestBoundsOfRequests(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			out.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(out)
			zeros := make([]byte, 1<<20)
			for range 64 {
				_, _ = z.Write(zeros)
			}
			_ = z.Close()
		case "/slow":
			<-r.Context().Done()
		case "/headers":
			for i := range 10_000 {
				out.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 100))
			}
		}
	}
	for name, tt := range map[string]struct {
		in   abi.HTTPRequest
		code string
	}{
		"bomb":         {abi.HTTPRequest{URL: w.url("/bomb")}, abi.CodeTooLarge},
		"slow":         {abi.HTTPRequest{URL: w.url("/slow"), Timeout: "50ms"}, abi.CodeTimeout},
		"headers":      {abi.HTTPRequest{URL: w.url("/headers")}, abi.CodeUnavailable},
		"host header":  {abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{"hOST": {"a"}}}, abi.CodeBadInput},
		"split header": {abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{"A": {"x\r\nB: y"}}}, abi.CodeBadInput},
		"bad name":     {abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{"A B": {"x"}}}, abi.CodeBadInput},
		"bad method":   {abi.HTTPRequest{Method: "GET / HTTP/1.1\r\nX: y", URL: w.url("/")}, abi.CodeBadInput},
		"two bodies":   {abi.HTTPRequest{URL: w.url("/"), Body: "a", BodyBase64: "YQ=="}, abi.CodeBadInput},
		"foreign blob": {abi.HTTPRequest{URL: w.url("/"), BodyBlob: strings.Repeat("a", 64)}, abi.CodeDenied},
		"bad timeout":  {abi.HTTPRequest{URL: w.url("/"), Timeout: "soon"}, abi.CodeBadInput},
	} {
		if got := w.do(tt.in); got.Error == nil || got.Error.Code != tt.code {
			t.Errorf("%s: %+v", name, got.Error)
		}
	}
}

// TestForgedAddresses tries to reach a listener on this machine, which no grant
// names, in every way that an address can be written.
func TestForgedAddresses(t *testing.T) {
	w := newWorld(t)
	var connections atomic.Int32
	canaryServer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer canaryServer.Close()
	go func() {
		for {
			conn, err := canaryServer.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = conn.Close()
		}
	}()
	port := canaryServer.Addr().(*net.TCPAddr).Port
	var forged struct {
		Schemes, Hosts []string
		Names          map[string][]string
	}
	raw, err := os.ReadFile("testdata/forged.json")
	if err == nil {
		err = json.Unmarshal(raw, &forged)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.options.Resolve = func(_ context.Context, host string) ([]netip.Addr, error) {
		var list []netip.Addr
		for _, a := range forged.Names[host] {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
	for _, scheme := range forged.Schemes {
		for _, host := range forged.Hosts {
			// An admin granted the name; the address behind it nobody did.
			bare := strings.Trim(host, "[]")
			w.grant = catalog.Grant{
				HTTP:     []catalog.HTTPRule{{Scheme: "https", Host: bare, Port: port}, {Scheme: "http", Host: bare, Port: port}, {Host: "example.com", Port: port}},
				Networks: []catalog.Network{{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Ports: []int{1}}, {Prefix: netip.MustParsePrefix("8.0.0.0/5"), Ports: []int{2}}},
			}
			got := w.do(abi.HTTPRequest{URL: fmt.Sprintf("%s://%s:%d/", scheme, host, port), Timeout: "2s"})
			if got.Error == nil {
				t.Errorf("%s://%s answered %d", scheme, host, got.Status)
			}
		}
	}
	// A wide network doesn't cover what must be named.
	w.grant.Networks = []catalog.Network{{Prefix: netip.MustParsePrefix("0.0.0.0/0")}, {Prefix: netip.MustParsePrefix("::/0")}}
	w.grant.HTTP = []catalog.HTTPRule{{Scheme: "http", Host: "127.0.0.1", Port: port}, {Scheme: "http", Host: "169.254.169.254", Port: port}, {Scheme: "http", Host: "::1", Port: port}}
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if got := w.do(abi.HTTPRequest{URL: fmt.Sprintf("http://%s:%d/", host, port)}); got.Error == nil || !strings.Contains(got.Error.Message, "exactly") {
			t.Errorf("%s through a wide network: %+v", host, got)
		}
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("the canary saw %d connections", n)
	}
	// Named, it is reached.
	w.grant.Networks = []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8"), Ports: []int{port}}}
	_ = w.do(abi.HTTPRequest{URL: fmt.Sprintf("http://127.0.0.1:%d/", port), Timeout: "2s"})
	if connections.Load() == 0 {
		t.Error("a network that is granted isn't reached: the test proves nothing")
	}
}
