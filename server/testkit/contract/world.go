package contract

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Fault is what goes wrong with every request while it is set.
type Fault string

// What goes wrong between two systems.
const (
	NoFault   Fault = ""
	Limited   Fault = "limited"   // 429 with Retry-After: 7
	Failing   Fault = "failing"   // 500 with a page for people
	Cut       Fault = "cut"       // the connection ends within the body
	Oversized Fault = "oversized" // more than a request may answer
	Garbled   Fault = "garbled"   // 200, but a page of somebody in between
)

// RetryAfter is how many seconds [Limited] asks to wait.
const RetryAfter = 7

// World is all services, fresh, behind one TLS server on loopback.
type World struct {
	server   *httptest.Server
	services map[string]http.Handler // by host
	limited  map[string]func(http.ResponseWriter)

	mu    sync.Mutex
	fault Fault
	asked []string
}

// NewWorld starts one for the time of a test.
func NewWorld(t testing.TB) *World {
	t.Helper()
	w := newWorld()
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// NewWorldAs starts one that shows a certificate, for those who ask for its services by
// their names.
func NewWorldAs(t testing.TB, certificate tls.Certificate) *World {
	t.Helper()
	w := newWorld()
	w.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

// Address is where it listens, as address:port.
func (w *World) Address() string { return w.server.Listener.Addr().String() }

func newWorld() *World {
	w := &World{services: map[string]http.Handler{}, limited: map[string]func(http.ResponseWriter){}}
	for _, s := range Services() {
		handler := s.New()
		for _, host := range s.Hosts {
			w.services[host], w.limited[host] = handler, s.Limited
		}
	}
	w.server = httptest.NewUnstartedServer(w)
	w.server.Config.ErrorLog = nil
	return w
}

// Break sets what goes wrong from now on.
func (w *World) Break(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = f
}

// Asked are the requests so far, such as GET https://api.example.com/v1?a=b.
func (w *World) Asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

// Transport leads requests to any host to this world, over real connections.
func (w *World) Transport() http.RoundTripper {
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	base := w.server.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // it is documented as one
	base.TLSClientConfig.RootCAs = roots
	base.TLSClientConfig.ServerName = "example.com" // which its certificate names, whatever host is meant
	base.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, w.server.Listener.Addr().String())
	}
	base.DisableKeepAlives = true // the server ends with its test
	return base
}

// ServeHTTP implements [http.Handler].
func (w *World) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	w.mu.Lock()
	w.asked = append(w.asked, r.Method+" https://"+r.Host+r.URL.RequestURI())
	fault := w.fault
	w.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/token") {
		fault = NoFault // what goes wrong, goes wrong with what the token is for
	}
	service := w.services[host]
	if service == nil {
		http.Error(out, "no such host: "+host, http.StatusBadGateway)
		return
	}
	if fault != NoFault {
		// A connection that is closed while a request lies unread is reset, and the answer lost.
		_, _ = io.Copy(io.Discard, r.Body)
	}
	switch fault {
	case Limited:
		out.Header().Set("Retry-After", fmt.Sprint(RetryAfter))
		if body := w.limited[host]; body != nil {
			out.Header().Set("Content-Type", "application/json")
			out.WriteHeader(http.StatusTooManyRequests)
			body(out)
			return
		}
		out.WriteHeader(http.StatusTooManyRequests)
	case Failing:
		http.Error(out, "<html><h1>500 Internal Server Error</h1></html>", http.StatusInternalServerError)
	case Cut:
		out.Header().Set("Content-Length", "1000")
		_, _ = out.Write([]byte(`{"data":`))
		panic(http.ErrAbortHandler)
	case Oversized:
		_, _ = fmt.Fprintf(out, `{"data":%q}`, strings.Repeat("x", 9<<20))
	case Garbled:
		out.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(out, "<html>Please log in to the guest network</html>")
	case NoFault:
		service.ServeHTTP(out, r)
	}
}
