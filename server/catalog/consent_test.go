package catalog

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

type noStore struct{}

func (noStore) Grants(context.Context) ([]GrantRecord, error)    { return nil, nil }
func (noStore) SaveGrants(context.Context, ...GrantRecord) error { return nil }

func version(digest string, c abi.Capabilities) *Connector {
	return &Connector{Manifest: abi.Manifest{ID: "scan", Version: "1.0.0", Capabilities: c}, Module: &Module{Digest: digest}}
}

func host(name string, methods ...string) abi.HTTPCapability {
	return abi.HTTPCapability{Host: name, Methods: methods, Reason: "to scan"}
}

func at(prefix string, h abi.HTTPCapability) abi.HTTPCapability {
	h.PathPrefix = prefix
	return h
}

// TestUpgradesThatWidenStayOff consents to one version and asks of others.
func TestUpgradesThatWidenStayOff(t *testing.T) {
	g, err := NewGrants(t.Context(), New(), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	first := version("1", abi.Capabilities{HTTP: []abi.HTTPCapability{host("a.example", "GET", "POST")}, KV: true})
	if g.Consented(first) {
		t.Error("nobody consented")
	}
	if err := g.Decide(t.Context(), first, Decision{Consent: true, Extra: Grant{}, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		asks  abi.Capabilities
		fresh int
	}{
		"the same":       {first.Manifest.Capabilities, 0},
		"less":           {abi.Capabilities{HTTP: []abi.HTTPCapability{host("a.example", "GET")}}, 0},
		"nothing":        {abi.Capabilities{}, 0},
		"another method": {abi.Capabilities{HTTP: []abi.HTTPCapability{host("a.example", "GET", "DELETE")}}, 1},
		"every method":   {abi.Capabilities{HTTP: []abi.HTTPCapability{host("a.example")}}, 1},
		"another host":   {abi.Capabilities{HTTP: []abi.HTTPCapability{host("a.example", "GET"), host("b.example", "GET")}}, 1},
		"any host":       {abi.Capabilities{HTTP: []abi.HTTPCapability{host("*", "GET")}}, 1},
		"a stream":       {abi.Capabilities{Net: []abi.NetCapability{{Host: "a.example", Port: 25}}}, 1},
		"two more":       {abi.Capabilities{HTTP: []abi.HTTPCapability{host("b.example", "GET"), host("c.example", "GET")}}, 2},
		"one path of it": {abi.Capabilities{HTTP: []abi.HTTPCapability{at("/v1", host("a.example", "GET"))}}, 0},
	} {
		next := version("2", tt.asks)
		_, fresh := g.Wants(next)
		if g.Consented(next) != (tt.fresh == 0) || len(fresh) != tt.fresh {
			t.Errorf("%s: consented %v, new %v", name, g.Consented(next), fresh)
		}
	}
	same := version("3", first.Manifest.Capabilities)
	if err := g.Decide(t.Context(), same, Decision{Consent: false, Extra: Grant{}, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil || g.Consented(same) || !g.Consented(first) {
		t.Errorf("refused, though another that asks for the same may run: %v", err)
	}
	if err := g.Decide(t.Context(), first, Decision{Consent: false, Extra: Grant{}, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil || g.Consented(first) {
		t.Errorf("withdrawn: %v", err)
	}
	if err := g.Decide(t.Context(), first, Decision{Consent: true, Extra: Grant{KV: true}, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil || !g.Consented(first) {
		t.Fatal(err)
	}
	if g.Forget("1", "scan"); g.Consented(first) || g.Extra("scan").KV {
		t.Error("what was decided outlives the connector")
	}
}

// TestPathsAreAskedFor consents to one path of a host and asks for others, and sees the
// path said and granted.
func TestPathsAreAskedFor(t *testing.T) {
	g, err := NewGrants(t.Context(), New(), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	first := version("1", abi.Capabilities{HTTP: []abi.HTTPCapability{at("/v1/scans", host("a.example", "POST"))}})
	if err := g.Decide(t.Context(), first, Decision{Consent: true, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	for prefix, fresh := range map[string]int{"/v1/scans": 0, "/v1/scans/new": 0, "/v1/scansets": 1, "/v1": 1, "": 1} {
		if _, more := g.Wants(version("2", abi.Capabilities{HTTP: []abi.HTTPCapability{at(prefix, host("a.example", "POST"))}})); len(more) != fresh {
			t.Errorf("%q asks for %v more", prefix, more)
		}
	}
	if all, _ := g.Wants(first); len(all) != 1 || all[0].Sentence != "can send requests at a.example, beneath /v1/scans" {
		t.Errorf("it says %v", all)
	}
	if rule := Asked(first.Manifest.Capabilities).HTTP[0]; rule.PathPrefix != "/v1/scans" {
		t.Errorf("it is granted %+v", rule)
	}
}

// TestClaimsAreAskedFor consents to one claim of tokens, and sees it said and no other
// allowed by it.
func TestClaimsAreAskedFor(t *testing.T) {
	g, err := NewGrants(t.Context(), New(), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	signing := func(digest string, claims ...string) *Connector {
		c := version(digest, abi.Capabilities{})
		c.Manifest.Credentials = []abi.CredentialOf{{Type: "scan.key", Apply: "none", Sign: []string{abi.SignJWT}, Claims: claims}}
		return c
	}
	first := signing("1", "sub", "sans")
	if err := g.Decide(t.Context(), first, Decision{Consent: true, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if all, _ := g.Wants(first); len(all) != 1 || all[0].Risk != "high" || all[0].Sentence != "signs tokens (JWT) for requests that it may send, which it is shown, in which it says sub, sans, with credentials of the type scan.key" {
		t.Errorf("it says %v", all)
	}
	for _, tt := range []struct {
		claims []string
		same   bool
	}{{[]string{"sans"}, true}, {nil, true}, {[]string{"sub", "scope"}, false}} {
		if got := g.Consented(signing("2", tt.claims...)); got != tt.same {
			t.Errorf("%v: consented %v", tt.claims, got)
		}
	}
}

// TestUpgradesThatMeanSomethingElseStayOff compares more than hosts.
func TestUpgradesThatMeanSomethingElseStayOff(t *testing.T) {
	first := version("1", abi.Capabilities{})
	first.Manifest.Credentials = []abi.CredentialOf{{Type: "scan.key", Apply: "bearer"}}
	first.Manifest.Actions = []abi.Action{{ID: "block", Effect: abi.EffectWrite}}
	g, err := NewGrants(t.Context(), New(), noStore{})
	if err == nil {
		err = g.Decide(t.Context(), first, Decision{Consent: true, Extra: Grant{}, Base: AnyRevision, By: "admin", At: time.Now()})
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(m *abi.Manifest){
		"how a credential is sent":  func(m *abi.Manifest) { m.Credentials[0].Apply, m.Credentials[0].Name = "query", "key" },
		"that it signs with one":    func(m *abi.Manifest) { m.Credentials[0].Sign = []string{abi.SignSlackV0} },
		"a type of credential":      func(m *abi.Manifest) { m.Credentials[0].Type = "other.key" },
		"what an action does":       func(m *abi.Manifest) { m.Actions[0].Effect = abi.EffectRead },
		"that it can be repeated":   func(m *abi.Manifest) { m.Actions[0].Idempotent = true },
		"nothing but a new action":  func(m *abi.Manifest) { m.Actions = append(m.Actions, abi.Action{ID: "look"}) },
		"nothing but its own bytes": func(*abi.Manifest) {},
	} {
		next := version("2", abi.Capabilities{})
		next.Manifest.Credentials, next.Manifest.Actions = slices.Clone(first.Manifest.Credentials), slices.Clone(first.Manifest.Actions)
		change(&next.Manifest)
		_, fresh := g.Wants(next)
		if means := !strings.HasPrefix(name, "nothing"); g.Consented(next) == means || len(fresh) > 0 != means {
			t.Errorf("%s: consented %v, new %v", name, g.Consented(next), fresh)
		}
	}
}

// TestSigningIsSaid tells of each scheme, and of a credential that signs alone
// nothing else.
func TestSigningIsSaid(t *testing.T) {
	con := version("1", abi.Capabilities{})
	con.Manifest.Credentials = []abi.CredentialOf{{Type: "scan.key", Apply: "none", Sign: []string{abi.SignStandardWebhooks, abi.SignDuoV5}}}
	g, err := NewGrants(t.Context(), New(), noStore{})
	if err != nil {
		t.Fatal(err)
	}
	_, fresh := g.Wants(con)
	var said []string
	for _, w := range fresh {
		said = append(said, w.Sentence)
	}
	want := []string{
		"signs webhooks in the form of Standard Webhooks, with credentials of the type scan.key",
		"signs requests in the form of Duo (HMAC-SHA512), with credentials of the type scan.key",
	}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if err := g.Decide(t.Context(), con, Decision{Consent: true, Base: AnyRevision, By: "admin", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	less, more := version("2", abi.Capabilities{}), version("3", abi.Capabilities{})
	less.Manifest.Credentials = []abi.CredentialOf{{Type: "scan.key", Apply: "none", Sign: []string{abi.SignDuoV5}}}
	more.Manifest.Credentials = []abi.CredentialOf{{Type: "scan.key", Apply: "none", Sign: []string{abi.SignDuoV5, abi.SignDuoV2}}}
	if !g.Consented(less) || g.Consented(more) {
		t.Errorf("less %v, more %v", g.Consented(less), g.Consented(more))
	}
}

// TestPlacesAreSaidWhole tells of streams whether they are encrypted, and of places in
// networks of one's own that consent alone doesn't reach them.
func TestPlacesAreSaidWhole(t *testing.T) {
	once := "; it reaches that only once an admin grants the network besides"
	var said []string
	for _, w := range wants(Ask{Capabilities: abi.Capabilities{
		HTTP: []abi.HTTPCapability{host("127.0.0.1", "GET"), host("localhost"), host("10.1.2.3", "POST"), host("192.0.2.1"), host("api.example")},
		Net:  []abi.NetCapability{{Host: "feeds.example", Port: 6514, TLS: true}, {Host: "192.168.1.9", Port: 514}},
	}}) {
		said = append(said, w.Sentence)
	}
	want := []string{
		"can read at 127.0.0.1" + once, "can send requests at localhost" + once, "can send requests at 10.1.2.3" + once,
		"can send requests at 192.0.2.1", "can send requests at api.example",
		"can open a stream to feeds.example:6514, encrypted (TLS)", "can open a stream to 192.168.1.9:514, unencrypted (no TLS)" + once,
	}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
}

func TestGrantsArePlain(t *testing.T) {
	for name, tt := range map[string]struct {
		grant Grant
		right bool
	}{
		"a host":       {Grant{HTTP: []HTTPRule{{Host: "a.example"}}}, true},
		"all of it":    {Grant{HTTP: []HTTPRule{{Scheme: "http", Host: "10.0.0.1", Port: 8080, Methods: []string{"GET"}, PathPrefix: "/api"}}, Networks: []Network{{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Ports: []int{8080}}}}, true},
		"a wildcard":   {Grant{HTTP: []HTTPRule{{Host: "*"}}}, false},
		"a pattern":    {Grant{HTTP: []HTTPRule{{Host: "*.example"}}}, false},
		"upper case":   {Grant{HTTP: []HTTPRule{{Host: "A.example"}}}, false},
		"a URL":        {Grant{HTTP: []HTTPRule{{Host: "https://a.example"}}}, false},
		"a number":     {Grant{HTTP: []HTTPRule{{Host: "2130706433"}}}, false},
		"a short form": {Grant{HTTP: []HTTPRule{{Host: "127.1"}}}, false},
		"a scheme":     {Grant{HTTP: []HTTPRule{{Scheme: "ftp", Host: "a.example"}}}, false},
		"a port":       {Grant{HTTP: []HTTPRule{{Host: "a.example", Port: 70000}}}, false},
		"a method":     {Grant{HTTP: []HTTPRule{{Host: "a.example", Methods: []string{"get"}}}}, false},
		"a path":       {Grant{HTTP: []HTTPRule{{Host: "a.example", PathPrefix: "api"}}}, false},
		"host bits":    {Grant{Networks: []Network{{Prefix: netip.MustParsePrefix("10.0.0.1/8")}}}, false},
		"no network":   {Grant{Networks: []Network{{}}}, false},
	} {
		if err := tt.grant.Check(); (err == nil) != tt.right {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhereTokensComeFromIsSaid names the address that a client's secret is sent to.
func TestWhereTokensComeFromIsSaid(t *testing.T) {
	for value, want := range map[string]string{"": "the address that the credential names", "https://login.example.com/{tenant}/token": "https://login.example.com/{tenant}/token"} {
		m := abi.Manifest{Credentials: []abi.CredentialOf{{Type: "scan.client", Apply: "oauth2ClientCredentials", Value: value}}}
		if got := WantsOf(m); len(got) != 1 || !strings.HasSuffix(got[0].Sentence, "access tokens that the server fetches from "+want) {
			t.Errorf("%q: %+v", value, got)
		}
	}
}
