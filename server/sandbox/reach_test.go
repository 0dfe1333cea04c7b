package sandbox_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// alarm listens on every address of this machine, and counts who comes.
type alarm struct {
	port  int
	count atomic.Int32
}

func setAlarm(t *testing.T) *alarm {
	t.Helper()
	l, err := net.Listen("tcp", "[::]:0") // of both kinds of addresses
	if err != nil {
		l, err = net.Listen("tcp4", "0.0.0.0:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	a := &alarm{port: l.Addr().(*net.TCPAddr).Port}
	if u, err := net.ListenPacket("udp", fmt.Sprint(":", a.port)); err == nil {
		t.Cleanup(func() { _ = u.Close() })
		go func() {
			for buf := make([]byte, 1); ; a.count.Add(1) {
				if _, _, err := u.ReadFrom(buf); err != nil {
					return
				}
			}
		}()
	}
	go func() {
		for ; ; a.count.Add(1) {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	return a
}

// frontier is what stands between the guests of a test and the outside: a server
// that they may reach, and grants and names that the test sets.
type frontier struct {
	*httptest.Server
	mu       sync.Mutex
	grant    catalog.Grant
	names    func(host string) []netip.Addr
	location string // that the server leads to
	methods  []string
}

func (f *frontier) Grant(string, string, string) catalog.Grant {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.grant
}

func (f *frontier) resolve(_ context.Context, host string) ([]netip.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.names(host), nil
}

func newFrontier(t *testing.T) *frontier {
	f := &frontier{names: func(string) []netip.Addr { return nil }}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.methods = append(f.methods, r.Method)
		if f.location != "" {
			w.Header().Set("Location", f.location)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *frontier) port() int { return f.Listener.Addr().(*net.TCPAddr).Port }

// broker lets guests out to the frontier.
func (f *frontier) broker(o *sandbox.Options) {
	roots := x509.NewCertPool()
	roots.AddCert(f.Certificate())
	o.Broker = egress.New(egress.Options{Blobs: o.Blobs, Grants: f, RootCAs: roots, Resolve: f.resolve})
}

// reachWasm builds the connector that reaches, in Go.
var reachWasm = sync.OnceValues(func() ([]byte, error) {
	out := filepath.Join(shared, "reach.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, "./testdata/reach")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the guest that reaches: %w\n%s", err, text)
	}
	return os.ReadFile(out)
})

// reachers are guests that hand a request to a host function as it is.
var reachers = map[string]func(t *testing.T) []byte{
	"go": func(t *testing.T) []byte {
		code, err := reachWasm()
		if err != nil {
			t.Fatal(err)
		}
		return code
	},
	"javascript": func(t *testing.T) []byte {
		return scriptCode(t, bareScript(`ask: (input, host) => {
			const got = host.ask(input.function, input.request);
			return typeof got === "number" ? {errno: got} : JSON.parse(got);
		}`))
	},
	"c": func(t *testing.T) []byte { return compileC(t, "testdata/reachc", "reach.c") },
}

func reachManifest() abi.Manifest {
	m := abi.Manifest{ID: "reach", Version: "1.0.0", ABI: abi.Version, Name: "Reach", Description: "Reaches out."}
	for _, id := range []string{"ask", "local"} {
		m.Actions = append(m.Actions, abi.Action{ID: id, Name: id, Description: id, Input: json.RawMessage(`{"type":"object"}`), Output: json.RawMessage(`{}`), Effect: abi.EffectRead})
	}
	return m
}

// answered is what the host said to a guest.
type answered struct {
	Errno  int
	Status int
	Handle int
	Error  *abi.Error
}

// asking is the call of a guest that asks a host function.
func asking(t *testing.T, function string, request any) sandbox.Call {
	t.Helper()
	raw, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(map[string]any{"function": function, "request": string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	return sandbox.Call{RunID: "r", StepKey: "s", Attempt: 1, Key: "k", Connector: "reach", Action: "ask", Input: input}
}

// asked has a guest ask a host function.
func asked(t *testing.T, r rig, function string, request any) answered {
	t.Helper()
	res := invoke(t, r, asking(t, function, request))
	var out answered
	if err := json.Unmarshal(res.Output, &out); err != nil || res.Error != nil {
		t.Fatalf("%+v: %s, %v", request, res.Output, res.Error)
	}
	return out
}

// refused holds that a guest was told why not, in words.
func refused(t *testing.T, what string, a answered) {
	t.Helper()
	if a.Error == nil || a.Status != 0 || a.Handle != 0 || a.Error.Code != abi.CodeDenied && a.Error.Code != abi.CodeBadInput || len(a.Error.Message) < 20 {
		t.Errorf("%s: %+v %+v; want a refusal with its reason", what, a, a.Error)
	}
}

// allow grants a host by every way, and networks.
func (f *frontier) allow(host string, port int, networks ...catalog.Network) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grant = catalog.Grant{
		HTTP:     []catalog.HTTPRule{{Scheme: "https", Host: host, Port: port}, {Scheme: "http", Host: host, Port: port}},
		Net:      []catalog.NetRule{{Host: host, Port: port}, {Host: host, Port: port, TLS: true}},
		Networks: networks,
	}
}
