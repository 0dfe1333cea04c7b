package sandbox_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// outside is what a connector is let reach: one server, one credential, and room
// for values of its own.
type outside struct {
	port   int
	mu     sync.Mutex
	values map[string]string
}

func (o *outside) Grant(string, string, string) catalog.Grant {
	return catalog.Grant{
		KV: true, HTTP: []catalog.HTTPRule{{Host: "example.com", Port: o.port}},
		Networks: []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
	}
}

func (o *outside) Open(context.Context, string) (vault.Opened, error) {
	return vault.Opened{
		Credential: vault.Credential{Name: "Key", Hosts: []string{fmt.Sprintf("example.com:%d", o.port)}},
		Values:     map[string]vault.Secret{"token": vault.NewSecret("hush-hush-hush")},
	}, nil
}

func (o *outside) GetKV(_ context.Context, _, key string) (string, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	value, ok := o.values[key]
	return value, ok, nil
}

func (o *outside) PutKV(_ context.Context, _, key string, value *string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.values[key] = *value
	return nil
}

func (o *outside) SwapKV(ctx context.Context, connector, key string, _, value *string) (bool, error) {
	return true, o.PutKV(ctx, connector, key, value)
}

// TestScriptsReachWhatTheyAreGranted sends requests of a script through the real
// broker to a real server, with and without the credential.
func TestScriptsReachWhatTheyAreGranted(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "bytes" {
			_, _ = w.Write([]byte{1, 0xff})
			return
		}
		if r.URL.RawQuery == "busy" {
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "authorised": r.Header.Get("Authorization") == "Bearer hush-hush-hush", "body": body})
	}))
	defer server.Close()
	out := &outside{port: server.Listener.Addr().(*net.TCPAddr).Port, values: map[string]string{}}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	r := startWith(t, [][]byte{sdkScript(t, "testdata/fetchjs", "script", "fetch", "http", "busy")}, func(o *sandbox.Options) {
		o.Broker = egress.New(egress.Options{
			Blobs: o.Blobs, Grants: out, Vault: out, KV: out, RootCAs: roots,
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
			},
		})
	})
	url := fmt.Sprintf("https://example.com:%d/x", out.port)
	call := func(action string) sandbox.Result {
		c := callScript(action, `{"url":"`+url+`"}`)
		c.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Type: "script.key", Apply: "bearer"}, Hosts: []string{fmt.Sprintf("example.com:%d", out.port)}}
		return invoke(t, r, c)
	}
	want := `{"status":200,"type":"application/json","body":{"authorised":true,"body":"AP8=","method":"POST"},"anonymous":{"authorised":false,"body":"","method":"GET"},"url":"` + url + `?anonymous"}`
	if res := call("fetch"); string(res.Output) != want {
		t.Errorf("fetch: %s, %v\nwant %s", res.Output, res.Error, want)
	}
	for n := 1; n < 3; n++ {
		if res := call("http"); string(res.Output) != fmt.Sprintf(`{"bytes":[1,255],"seen":"%d"}`, n) {
			t.Errorf("http: %s, %v", res.Output, res.Error)
		}
	}
	res := call("busy")
	if wait, err := time.ParseDuration(res.Error.RetryAfter); res.Error.Code != abi.CodeRateLimited || !res.Error.Retryable || wait != 3*time.Second || err != nil {
		t.Errorf("busy: %+v", res.Error)
	}
}
