package contract

import (
	"fmt"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// stepPlace is where the stand-in of step-ca is.
const stepPlace = "ca.corp.example:9000"

// stepCA stands in for smallstep's step-ca: health, roots, federation and provisioners
// by pages, all of which it answers without authentication, and what it does for who
// shows a token, from https://github.com/smallstep/certificates, api (api.go, sign.go,
// renew.go, revoke.go), authority (authorize.go, tls.go) and authority/provisioner (jwk.go,
// collection.go, sign_options.go).
func stepCA() Service {
	a := stepKeys()
	at := func(kind string, pairs ...string) app.GivenCredential {
		return given(kind, []string{stepPlace}, append([]string{"url", "https://" + stepPlace}, pairs...)...)
	}
	return Service{
		Connector: "stepca", Hosts: []string{"ca.corp.example"},
		Credentials: []app.GivenCredential{
			at("stepca.place"),
			at("stepca.provisioner", "issuer", stepProvisioner, "privateKey", a.locked, "passphrase", stepPassword),
			at("stepca.certificate", "privateKey", a.leafKey),
		},
		For: map[string][]string{
			"stepca.place": {"health", "roots", "provisioners"}, "stepca.provisioner": {"sign", "revoke"}, "stepca.certificate": {"renew"},
		},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, object{"status": "ok"}) })
			root := pemOf(a.root.Raw)
			mux.HandleFunc("GET /roots", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, object{"crts": list{root}}) })
			mux.HandleFunc("GET /federation", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, object{"crts": list{root, root}}) })
			mux.HandleFunc("GET /provisioners", stepProvisioners)
			s := &stepState{stepAuthority: a, used: map[string]bool{}, revoked: map[string]bool{}, next: 4097}
			mux.HandleFunc("POST /1.0/sign", s.sign)
			mux.HandleFunc("POST /1.0/renew", s.renew)
			mux.HandleFunc("POST /1.0/revoke", s.revoke)
			return mux
		},
	}
}

func stepProvisioners(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("limit") != "100" {
		answer(w, 400, object{"status": 400, "message": "the stand-in has pages of 100"})
		return
	}
	if r.URL.Query().Get("cursor") == "next" {
		answer(w, 200, object{"nextCursor": "", "provisioners": list{object{
			"type": "ACME", "name": "web", "claims": object{"defaultTLSCertDuration": "24h0m0s", "maxTLSCertDuration": "48h0m0s", "disableRenewal": true},
		}}})
		return
	}
	page := list{}
	for i := range 100 {
		page = append(page, object{"type": "JWK", "name": fmt.Sprintf("team-%d@corp.example", i), "key": object{"kty": "EC", "crv": "P-256"}, "encryptedKey": "eyJhbGciOiJQQkVTMi..."})
	}
	answer(w, 200, object{"nextCursor": "next", "provisioners": page})
}
