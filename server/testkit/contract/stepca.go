package contract

import (
	"fmt"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// stepCA stands in for smallstep's step-ca: health, roots, federation and provisioners
// by pages, all of which it answers without authentication, from
// https://github.com/smallstep/certificates, api/api.go and authority/provisioner.
func stepCA() Service {
	hosts := []string{"ca.corp.example"}
	place := "ca.corp.example:9000"
	return Service{
		Connector: "stepca", Hosts: hosts, Optional: true,
		Credentials: []app.GivenCredential{given("stepca.place", []string{place}, "url", "https://"+place)},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, object{"status": "ok"}) })
			root := "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
			mux.HandleFunc("GET /roots", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, object{"crts": list{root}}) })
			mux.HandleFunc("GET /federation", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, object{"crts": list{root, root}}) })
			mux.HandleFunc("GET /provisioners", stepProvisioners)
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
