package egress_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestCredentialsAreNotSentUnencrypted lets one over http only where an admin
// wrote that.
func TestCredentialsAreNotSentUnencrypted(t *testing.T) {
	w := newWorld(t)
	plain := httptest.NewServer(http.HandlerFunc(w.server.Config.Handler.ServeHTTP))
	defer plain.Close()
	port := plain.Listener.Addr().(*net.TCPAddr).Port
	host := fmt.Sprintf("example.com:%d", port)
	star, https := catalog.HTTPRule{Host: catalog.AnyHost}, catalog.HTTPRule{Host: "example.com", Port: port}
	written := catalog.HTTPRule{Scheme: "http", Host: "example.com", Port: port}
	for name, tt := range map[string]struct {
		rules   []catalog.HTTPRule
		host    string
		allowed bool
	}{
		"any host":                             {[]catalog.HTTPRule{star}, host, false},
		"any host, and https written":          {[]catalog.HTTPRule{star, https}, host, false},
		"any host, and http written":           {[]catalog.HTTPRule{star, written}, host, true},
		"http written":                         {[]catalog.HTTPRule{written}, host, true},
		"the credential names http":            {[]catalog.HTTPRule{star}, "http://" + host, true},
		"the credential names https":           {[]catalog.HTTPRule{star}, "https://" + host, false},
		"it names http, its connector may not": {[]catalog.HTTPRule{https}, "http://" + host, false},
	} {
		w.grant.HTTP = tt.rules
		w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Apply: "bearer"}, Hosts: []string{tt.host}}
		before := len(w.requests)
		got := w.do(abi.HTTPRequest{URL: "http://" + host + "/", Credential: egress.CredentialHandle})
		if allowed := got.Error == nil; allowed != tt.allowed || len(w.requests)-before == 0 == tt.allowed {
			t.Errorf("%s: %+v, %d requests", name, got.Error, len(w.requests)-before)
		}
		if !tt.allowed && got.Error != nil && (got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, "http")) {
			t.Errorf("%s: %+v", name, got.Error)
		}
	}
	w.grant.HTTP = []catalog.HTTPRule{star}
	w.caller.Credential.Hosts = []string{fmt.Sprintf("https://example.com:%d", w.port())}
	if got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle}); got.Error != nil {
		t.Errorf("https where the credential names it: %+v", got.Error)
	}
}
