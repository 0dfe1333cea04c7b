package egress_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

const accessToken = "access-token-4711"

// issuer is a world with a place of tokens and an interface that takes them.
type issuer struct {
	*world
	fetched atomic.Int32
	// valid is the token that is taken; token is the answer at the place of tokens.
	valid, token string
	status       int
	form         map[string]string
	basic        string
}

func newIssuer(t *testing.T) *issuer {
	w := &issuer{world: newWorld(t), valid: accessToken, status: 200, token: `{"access_token":"` + accessToken + `","token_type":"Bearer","expires_in":3600}`}
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			if r.Header.Get("Authorization") != "Bearer "+w.valid {
				out.WriteHeader(http.StatusUnauthorized)
			}
			fmt.Fprintf(out, "you sent %s", r.Header.Get("Authorization"))
			return
		}
		w.fetched.Add(1)
		_ = r.ParseForm()
		w.form = map[string]string{}
		for name := range r.PostForm {
			w.form[name] = r.PostForm.Get(name)
		}
		_, w.basic, _ = r.BasicAuth()
		out.WriteHeader(w.status)
		fmt.Fprint(out, w.token)
	}
	w.options.Vault = w
	host := fmt.Sprintf("example.com:%d", w.port())
	w.caller.Credential = &egress.Credential{
		ID: "c", Hosts: []string{host}, Type: abi.CredentialOf{Apply: "oauth2ClientCredentials", Value: w.url("/token")},
		Fields: map[string]string{"clientId": "client", "scope": "read write"},
	}
	return w
}

// Open implements [egress.Vault]: the guest isn't told the secret.
func (w *issuer) Open(context.Context, string) (vault.Opened, error) {
	c := w.caller.Credential
	return vault.Opened{
		Credential: vault.Credential{ID: c.ID, Name: "Client", Hosts: c.Hosts, Fields: c.Fields},
		Values:     map[string]vault.Secret{"clientSecret": vault.NewSecret("its-secret")},
	}, nil
}

// calls makes one call after another with one broker.
func (w *issuer) calls(n int) []abi.HTTPResponse {
	w.t.Helper()
	broker := egress.New(w.options)
	var out []abi.HTTPResponse
	for range n {
		s := broker.Begin(w.caller)
		raw, err := s.Do(w.t.Context(), abi.HostHTTP, []byte(`{"url":"`+w.url("/api")+`","credential":"credential"}`))
		if err != nil {
			w.t.Fatal(err)
		}
		var got abi.HTTPResponse
		if err := json.Unmarshal(raw, &got); err != nil {
			w.t.Fatal(err)
		}
		out = append(out, got)
		for _, r := range s.Records() {
			if text := r.What + r.Outcome; strings.Contains(text, accessToken) || strings.Contains(text, "its-secret") {
				w.t.Errorf("a record shows a secret: %s", text)
			}
		}
		_ = s.Close()
	}
	return out
}

// TestAccessTokensAreFetchedOnceAndNotShown sees that the token is fetched as RFC 6749
// says, kept, and taken out of what the guest is answered.
func TestAccessTokensAreFetchedOnceAndNotShown(t *testing.T) {
	w := newIssuer(t)
	for _, got := range w.calls(3) {
		if got.Status != 200 || got.Error != nil || strings.Contains(got.Body, accessToken) || !strings.Contains(got.Body, "•••") {
			t.Errorf("%+v", got)
		}
	}
	if n := w.fetched.Load(); n != 1 {
		t.Errorf("%d tokens were fetched", n)
	}
	if w.basic != "its-secret" || w.form["grant_type"] != "client_credentials" || w.form["scope"] != "read write" || w.form["client_secret"] != "" {
		t.Errorf("asked by %q and %v", w.basic, w.form)
	}
	w.caller.Credential.Fields["clientAuth"] = "body"
	w.calls(1)
	if w.basic != "" || w.form["client_id"] != "client" || w.form["client_secret"] != "its-secret" {
		t.Errorf("in the body: %q and %v", w.basic, w.form)
	}
}

// TestAccessTokensEnd sees that one is fetched anew when its time is over, and when
// the other side no longer takes it.
func TestAccessTokensEnd(t *testing.T) {
	w := newIssuer(t)
	now := time.Unix(1_700_000_000, 0)
	w.options.Now = func() time.Time { now = now.Add(30 * time.Minute); return now }
	w.calls(4)
	if n := w.fetched.Load(); n < 2 || n > 4 {
		t.Errorf("of an hour each, %d tokens were fetched", n)
	}
	w = newIssuer(t)
	w.valid = "another"
	if got := w.calls(1)[0]; got.Status != http.StatusUnauthorized || w.fetched.Load() != 2 {
		t.Errorf("a token that isn't taken: %+v after %d", got, w.fetched.Load())
	}
}

// TestAccessTokensAreRefused says why, in words that hold no secret.
func TestAccessTokensAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*issuer)
		code   string
		says   string
		asked  int32
	}{
		"a wrong secret": {func(w *issuer) {
			w.status, w.token = 401, `{"error":"invalid_client","error_description":"its-secret is wrong"}`
		}, abi.CodeDenied, "gave no access token: it answered 401, invalid_client: ••• is wrong", 1},
		"a server that is down":   {func(w *issuer) { w.status = 503 }, abi.CodeUnavailable, "it answered 503", 1},
		"no token":                {func(w *issuer) { w.token = `<html>` }, abi.CodeDenied, "without an access token", 1},
		"a token of another kind": {func(w *issuer) { w.token = `{"access_token":"x","token_type":"mac"}` }, abi.CodeDenied, `type "mac"`, 1},
		"a line break":            {func(w *issuer) { w.token = `{"access_token":"x\r\ny: z"}` }, abi.CodeDenied, "without an access token", 1},
		"a host that isn't granted": {func(w *issuer) {
			w.caller.Credential.Type.Value = "https://other.example.com/token"
		}, abi.CodeDenied, "may not send requests to other.example.com", 0},
		"a host that isn't the credential's": {func(w *issuer) {
			w.caller.Credential.Type.Value = "https://other.example.com/token"
			w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: "other.example.com"})
		}, abi.CodeDenied, "may not be sent to other.example.com", 0},
		"unencrypted": {func(w *issuer) {
			w.caller.Credential.Type.Value = "http://example.com/token"
		}, abi.CodeDenied, "unencrypted", 0},
		"no address": {func(w *issuer) { w.caller.Credential.Type.Value = "" }, abi.CodeBadInput, "must begin with https://", 0},
		"no client":  {func(w *issuer) { delete(w.caller.Credential.Fields, "clientId") }, abi.CodeDenied, "has no clientId", 0},
	} {
		w := newIssuer(t)
		tt.change(w)
		got := w.calls(1)[0]
		if got.Error == nil || got.Error.Code != tt.code || !strings.Contains(got.Error.Message, tt.says) || w.fetched.Load() != tt.asked {
			t.Errorf("%s: %+v after %d requests for tokens", name, got.Error, w.fetched.Load())
		}
	}
}
