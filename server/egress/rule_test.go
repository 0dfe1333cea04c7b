package egress_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// TestMethodsAreTheKnownOnes holds where a rule names none.
func TestMethodsAreTheKnownOnes(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{"CONNECT", "TRACE", "PRI", "poſt", "connect", "PROPFIND", "GET ", "Ｇet", "\x00"} {
		before := len(w.requests)
		if got := w.do(abi.HTTPRequest{Method: method, URL: w.url("/")}); got.Error == nil || got.Error.Code != abi.CodeBadInput || len(w.requests) > before {
			t.Errorf("%q: %+v", method, got)
		}
	}
	for _, method := range []string{"", "get", "HEAD", "Post", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		got := w.do(abi.HTTPRequest{Method: method, URL: w.url("/")})
		if want := strings.ToUpper(method); got.Error != nil || want != "" && w.last().Method != want {
			t.Errorf("%q: %+v, the server saw %s", method, got, w.last().Method)
		}
	}
}

// TestPathsHaveOneMeaning refuses, under a rule with a path, what another program
// could read as another path.
func TestPathsHaveOneMeaning(t *testing.T) {
	w := newWorld(t)
	w.grant.HTTP[0].PathPrefix = "/v1"
	for _, path := range []string{
		"/v1/../admin", "/v1/%2e%2e/admin", "/v1/.%2E/admin", "/v1/%252e%252e/admin", "/v1/%25252E%25252e/admin", "/v1/%25%32%65/admin", "/v1/%25%32e%2532e/",
		"/v1/%c0%ae%c0%ae/", "/v1/%C0%AF", "/v1/%e0%80%ae/", "/v1/%25c0%25ae/", "/v1/%ff", "/v1/a/./b", "/v1/.", "/v1/./", "/v1/.;x/b", "/v1/..;/admin",
		`/v1/a\..\b`, `/v1/a\b`, "/v1/a%5cb", "/v1/a%255Cb", "/v1/a%00", "/v1/a%0d%0aX", "/v1/a%2500", "/v1/a%7f", "/v1/a%2fb", "/v1/a%252fb", "/v1//b", "/v1/%25u002e%25u002e/",
		"/v1/%" + strings.Repeat("25", 5000), "/v1x", "/v", "/%761/a", "/V1/a",
	} {
		before := len(w.requests)
		if got := w.do(abi.HTTPRequest{URL: w.url(path)}); got.Error == nil || len(w.requests) > before {
			t.Errorf("%s: the server saw %s", path, w.last().URL.EscapedPath())
		}
	}
	for _, path := range []string{"/v1", "/v1/", "/v1/a.b", "/v1/.well-known/x", "/v1/a%20b", "/v1/100%25", "/v1/100%25%20sure", "/v1/caf%C3%A9", "/v1/a;b=c", "/v1/a?b=../%2e%2e"} {
		if got := w.do(abi.HTTPRequest{URL: w.url(path)}); got.Error != nil {
			t.Errorf("%s: %+v", path, got.Error)
		}
	}
	w.grant.HTTP = []catalog.HTTPRule{{Host: "example.com", Port: w.port()}}
	if got := w.do(abi.HTTPRequest{URL: w.url("/v1/a/./b%252e")}); got.Error != nil || w.last().URL.EscapedPath() != "/v1/a/./b%252e" {
		t.Errorf("without a path in the rule: %+v", got.Error)
	}
}
