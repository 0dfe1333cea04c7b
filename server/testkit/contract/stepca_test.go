package contract

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestStepTokensAreChecked shows the stand-in of step-ca tokens that step-ca refuses, and
// one that it takes once.
func TestStepTokensAreChecked(t *testing.T) {
	a, ca := stepKeys(), stepCA().New()
	claims := func(path string) map[string]any {
		now := time.Now().Unix()
		return map[string]any{"iss": stepProvisioner, "aud": "https://" + stepPlace + path, "sub": "4096", "jti": t.Name(), "iat": now, "nbf": now, "exp": now + 300}
	}
	token := func(key *ecdsa.PrivateKey, id string, claims map[string]any, headers ...any) string {
		options := &jose.SignerOptions{}
		for i := 0; i+1 < len(headers); i += 2 {
			options.WithHeader(jose.HeaderKey(headers[i].(string)), headers[i+1])
		}
		signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, options))
		return must(must(signer.Sign(must(json.Marshal(claims)))).CompactSerialize())
	}
	ask := func(r *http.Request) (int, string) {
		w := httptest.NewRecorder()
		ca.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	revoke := func(token string) (int, string) {
		r := httptest.NewRequest(http.MethodPost, "/1.0/revoke", strings.NewReader(`{"serial":"4096","passive":true,"ott":"`+token+`"}`))
		r.Header.Set("Content-Type", "application/json")
		return ask(r)
	}
	with := func(name string, value any) map[string]any {
		c := claims("/1.0/revoke")
		c[name] = value
		return c
	}
	now := time.Now().Unix()
	for name, text := range map[string]string{
		"no token":           "a.b.c",
		"another key":        token(namedKey("another"), a.id, claims("/1.0/revoke")),
		"another kid":        token(a.team, "another", claims("/1.0/revoke")),
		"another issuer":     token(a.team, a.id, with("iss", "team-1@corp.example")),
		"another path":       token(a.team, a.id, claims("/1.0/sign")),
		"another host":       token(a.team, a.id, with("aud", "https://evil.example/1.0/revoke")),
		"another number":     token(a.team, a.id, with("sub", "1")),
		"nobody":             token(a.team, a.id, with("sub", "")),
		"one that ran out":   token(a.team, a.id, with("exp", now-120)),
		"one to come":        token(a.team, a.id, with("nbf", now+120)),
		"one that holds on":  token(a.team, a.id, with("exp", now+3600)),
		"one without number": token(a.team, a.id, with("jti", "")),
	} {
		if code, said := revoke(text); code != 401 || !strings.Contains(said, `"status":401`) {
			t.Errorf("%s: %d %s", name, code, said)
		}
	}
	good := token(a.team, a.id, with("jti", "good"))
	for _, want := range []int{200, 401} {
		if code, said := revoke(good); code != want {
			t.Errorf("one that is right: %d %s, want %d", code, said, want)
		}
	}

	var chain []string
	for block, rest := pem.Decode([]byte(StepChain())); block != nil; block, rest = pem.Decode(rest) {
		chain = append(chain, base64.StdEncoding.EncodeToString(block.Bytes))
	}
	renewal := func(name string, value any) map[string]any {
		c := claims("/renew") // step-ca's own client writes it so
		c["iss"], c["sub"], c["jti"] = "step-ca-client/1.0", StepHost, "renewal"
		c[name] = value
		return c
	}
	leaf := namedKey("leaf")
	ca = stepCA().New() // in which the certificate isn't revoked
	for _, tt := range []struct {
		name, token string
		code        int
	}{
		{"another key", token(a.team, "", renewal("jti", "a"), "x5cInsecure", chain), 500},
		{"no chain", token(leaf, "", renewal("jti", "b")), 401},
		{"half a chain", token(leaf, "", renewal("jti", "c"), "x5cInsecure", chain[:1]), 401},
		{"another subject", token(leaf, "", renewal("sub", "root"), "x5cInsecure", chain), 401},
		{"another issuer", token(leaf, "", renewal("iss", "root"), "x5cInsecure", chain), 401},
		{"another audience", token(leaf, "", renewal("aud", "https://"+stepPlace+"/1.0/sign"), "x5cInsecure", chain), 500},
		{"one that ran out", token(leaf, "", renewal("exp", now-120), "x5cInsecure", chain), 401},
		{"one that is right", token(leaf, "", renewal("jti", "d"), "x5cInsecure", chain), 201},
		{"the same again", token(leaf, "", renewal("jti", "d"), "x5cInsecure", chain), 401},
	} {
		r := httptest.NewRequest(http.MethodPost, "/1.0/renew", nil)
		r.Header.Set("Authorization", "Bearer "+tt.token)
		if code, said := ask(r); code != tt.code {
			t.Errorf("renewal, %s: %d %s, want %d", tt.name, code, said, tt.code)
		}
	}
}
