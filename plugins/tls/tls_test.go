package tls

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// codes are the problems of an endpoint, without their texts.
func codes(out InspectOutput) []string {
	list := []string{}
	for _, p := range out.Problems {
		list = append(list, p.Code)
	}
	return list
}

// TestEndpoints inspects endpoints of OpenSSL.
func TestEndpoints(t *testing.T) {
	root := testkit.NewAuthority(t)
	issuer := root.Below(t)
	for name, tt := range map[string]struct {
		by       *testkit.Authority
		leaf     testkit.Leaf
		args     []string
		input    map[string]any
		strange  bool // the host believes somebody else
		state    string
		problems []string
		trusted  bool
		chain    int
	}{
		"good":           {by: root, state: "valid", trusted: true, chain: 1},
		"chain":          {by: issuer, state: "valid", trusted: true, chain: 2},
		"chain of three": {by: issuer.Below(t), state: "valid", trusted: true, chain: 3},
		"given roots":    {by: issuer, strange: true, input: map[string]any{"roots": string(testkit.PEM(root.Certificate))}, state: "valid", trusted: true, chain: 2},
		"other roots":    {by: issuer, input: map[string]any{"roots": string(testkit.PEM(testkit.NewAuthority(t).Certificate))}, state: "untrusted", problems: []string{"untrusted"}, chain: 2},
		"expiring":       {by: root, leaf: testkit.Leaf{Until: time.Now().AddDate(0, 0, 8)}, state: "expiring", problems: []string{"expiring"}, trusted: true, chain: 1},
		"expired": {
			by: root, leaf: testkit.Leaf{From: time.Now().AddDate(0, 0, -9), Until: time.Now().AddDate(0, 0, -2)}, input: map[string]any{"roots": string(testkit.PEM(root.Certificate))},
			state: "expired", problems: []string{"expired"}, trusted: true, chain: 1,
		},
		"expired, but by who is believed": {by: root, leaf: testkit.Leaf{From: time.Now().AddDate(0, 0, -9), Until: time.Now().AddDate(0, 0, -2)}, state: "expired", problems: []string{"expired"}, trusted: true, chain: 1},
		"expired and nobody's":            {by: root, strange: true, leaf: testkit.Leaf{From: time.Now().AddDate(0, 0, -9), Until: time.Now().AddDate(0, 0, -2)}, state: "untrusted", problems: []string{"expired", "untrusted", "incomplete_chain"}, chain: 1},
		"not yet valid":                   {by: root, leaf: testkit.Leaf{From: time.Now().AddDate(0, 0, 2)}, state: "not_yet_valid", problems: []string{"not_yet_valid"}, trusted: true, chain: 1},
		"wrong name":                      {by: root, leaf: testkit.Leaf{Names: []string{"other.example.com"}}, state: "wrong_name", problems: []string{"wrong_name"}, trusted: true, chain: 1},
		"asked-for name": {
			by: root, leaf: testkit.Leaf{Names: []string{"www.example.com"}}, input: map[string]any{"serverName": "www.example.com", "roots": string(testkit.PEM(root.Certificate))},
			state: "valid", trusted: true, chain: 1,
		},
		"self-signed": {by: root, leaf: testkit.Leaf{SelfSigned: true}, state: "untrusted", problems: []string{"self_signed", "untrusted"}, chain: 1},
		"nobody's":    {by: root, strange: true, state: "untrusted", problems: []string{"untrusted", "incomplete_chain"}, chain: 1},
		"old": {
			by: root, args: []string{"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, input: map[string]any{"roots": string(testkit.PEM(root.Certificate))},
			state: "valid", problems: []string{"old_protocol"}, trusted: true, chain: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			port := testkit.OpenSSLServer(t, tt.by.Issue(t, tt.leaf), tt.args...)
			g := testkit.NewGuest(t, false, port)
			g.Believed = root.Pool()
			if tt.strange {
				g.Believed = testkit.NewAuthority(t).Pool()
			}
			input := map[string]any{"host": "127.0.0.1", "port": port}
			for k, v := range tt.input {
				input[k] = v
			}
			var out InspectOutput
			g.Run(Connector(), "inspect", input).Into(&out)
			if tt.problems == nil {
				tt.problems = []string{}
			}
			if out.State != tt.state || !slices.Equal(codes(out), tt.problems) || out.Trusted != tt.trusted || len(out.Certificates) != tt.chain {
				t.Errorf("state %s, problems %+v, trusted %v, %d certificates", out.State, out.Problems, out.Trusted, len(out.Certificates))
			}
		})
	}
}

func TestWhatIsShown(t *testing.T) {
	root := testkit.NewAuthority(t)
	pair := root.Issue(t, testkit.Leaf{Until: time.Now().Add(100*24*time.Hour + time.Hour)})
	port := testkit.OpenSSLServer(t, pair)
	g := testkit.NewGuest(t, false, port)
	g.Believed = root.Pool()
	var out InspectOutput
	g.Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": port}).Into(&out)
	c := out.Certificates[0]
	if out.Protocol != "TLS 1.3" || out.DaysLeft != 100 || !out.Valid || c.DaysLeft != 100 || c.Key != "ECDSA P-256" || c.Signature != "ECDSA-SHA256" ||
		!slices.Equal(c.Names, []string{"localhost", "127.0.0.1"}) || c.Issuer != "CN=Root of the test" || !strings.Contains(c.PEM, "BEGIN CERTIFICATE") {
		t.Errorf("%+v", out)
	}
}

// TestStartTLS asks real servers for what stands before the encryption, under a grant of
// encrypted streams alone.
func TestStartTLS(t *testing.T) {
	root := testkit.NewAuthority(t)
	pair := root.Issue(t, testkit.Leaf{})
	for protocol, port := range map[string]int{
		"imap": testkit.NewMailserver(t, pair).Plain, "smtp": testkit.NewExim(t, pair, false).Plain,
	} {
		g := testkit.NewGuest(t, false, port)
		g.Believed = root.Pool()
		var out InspectOutput
		g.Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": port, "startTLS": protocol}).Into(&out)
		if out.State != "valid" || !out.Trusted || out.ALPN != "" {
			t.Errorf("%s: %+v", protocol, out)
		}
	}
}

// TestBadEndpoints are those that give no handshake.
func TestBadEndpoints(t *testing.T) {
	closed := testkit.FreePort(t)
	for name, tt := range map[string]struct {
		port       int
		startTLS   string
		code, says string
	}{
		"plain":         {testkit.Peer(t, testkit.Says("220 mail.example.com ESMTP\r\n")), "none", "no_tls", "doesn't speak TLS"},
		"hangs up":      {testkit.Peer(t, testkit.Hangs), "none", abi.CodeUnavailable, ""},
		"flood":         {testkit.Peer(t, testkit.Floods("", strings.Repeat("\x16\x03\x03\x00\x04\x00\x00\x00\x00", 10_000))), "none", "handshake_failed", "handshake fails"},
		"refused":       {closed, "none", abi.CodeUnavailable, "refused"},
		"no starttls":   {testkit.Peer(t, testkit.Says("220 hi\r\n250 hello\r\n502 never\r\n")), "smtp", "no_starttls", "502 never"},
		"endless lines": {testkit.Peer(t, testkit.Floods("220 hi\r\n250-", "aaaaaaaaaaaaaaaa\r\n250-")), "smtp", "no_tls", "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			got := testkit.NewGuest(t, false, tt.port).Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": tt.port, "startTLS": tt.startTLS})
			if got.Error == nil || !strings.Contains(got.Error.Message, "127.0.0.1:"+strconv.Itoa(tt.port)) || !strings.Contains(got.Error.Message, tt.says) {
				t.Fatalf("%v %s", got.Error, got.Output)
			}
			if got.Error.Code != tt.code {
				t.Errorf("%v", got.Error)
			}
		})
	}
	ungranted := testkit.NewGuest(t, false).Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": closed})
	if ungranted.Error == nil || ungranted.Error.Code != abi.CodeDenied {
		t.Errorf("not granted: %v", ungranted.Error)
	}
}

// TestStalling takes as long as a handshake may.
func TestStalling(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for a time-out")
	}
	port := testkit.Peer(t, testkit.Says(""))
	began := time.Now()
	got := testkit.NewGuest(t, false, port).Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": port})
	if got.Error == nil || got.Error.Code != abi.CodeTimeout || !got.Error.Retryable || time.Since(began) > inspectTimeout {
		t.Errorf("%v after %s", got.Error, time.Since(began))
	}
}

// TestRevocation asks a responder and a list of the test's.
func TestRevocation(t *testing.T) {
	root := testkit.NewAuthority(t)
	issuer := root.Below(t)
	var pair *testkit.Pair
	answers := "ocsp"
	status := ocsp.Good
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/crl" && answers == "crl":
			_, _ = w.Write(issuer.Revoke(t, pair.Certificate.SerialNumber))
		case r.URL.Path == "/ocsp" && answers == "ocsp":
			_, _ = w.Write(issuer.Answer(t, pair.Certificate, status))
		default:
			http.Error(w, "not today", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	at, _ := url.Parse(server.URL)
	webPort, _ := strconv.Atoi(at.Port())
	pair = issuer.Issue(t, testkit.Leaf{OCSP: server.URL + "/ocsp", CRL: server.URL + "/crl"})
	port := testkit.OpenSSLServer(t, pair)
	ask := func(granted bool) InspectOutput {
		g := testkit.NewGuest(t, false, port)
		g.Believed = root.Pool()
		if granted {
			g.Granted.HTTP = []catalog.HTTPRule{{Scheme: "http", Host: "127.0.0.1", Port: webPort}}
		}
		var out InspectOutput
		g.Run(Connector(), "inspect", map[string]any{"host": "127.0.0.1", "port": port, "revocation": true}).Into(&out)
		return out
	}
	if out := ask(true); out.Revocation.Status != "good" || out.Revocation.Method != "ocsp" || out.State != "valid" {
		t.Errorf("good: %+v", out.Revocation)
	}
	status = ocsp.Revoked
	if out := ask(true); out.Revocation.Status != "revoked" || out.State != "revoked" || out.Valid || out.Revocation.Reason != "superseded" {
		t.Errorf("revoked: %+v", out.Revocation)
	}
	answers = "crl"
	if out := ask(true); out.Revocation.Status != "revoked" || out.Revocation.Method != "crl" || out.Revocation.Reason != "key compromise" {
		t.Errorf("listed: %+v", out.Revocation)
	}
	answers = ""
	if out := ask(true); out.Revocation.Status != "unknown" || !out.Valid || !strings.Contains(out.Revocation.Reason, "503") {
		t.Errorf("nobody answers: %+v", out.Revocation)
	}
	if out := ask(false); out.Revocation.Status != "unknown" || !strings.Contains(out.Revocation.Reason, "may not send") {
		t.Errorf("not granted: %+v", out.Revocation)
	}
}
