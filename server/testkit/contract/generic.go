package contract

import (
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// genericHTTP is any service that takes one of the usual ways to authenticate: what the
// connector http is for. Ways: RFC 6750 (bearer), RFC 7617 (basic), a header, a query
// parameter, AWS's signature.
func genericHTTP() Service {
	hosts := []string{"api.example.com"}
	key := awsKey{"AKIAEXAMPLE", "generic-secret-access-key"}
	return Service{
		Connector: "http", Hosts: hosts,
		Credentials: []app.GivenCredential{
			given("http.bearer", hosts, "token", "generic-token"),
			given("http.basic", hosts, "username", "svc", "password", "generic-password"),
			given("http.header", hosts, "name", "X-Key", "value", "generic-header"),
			given("http.query", hosts, "name", "key", "value", "generic-query"),
			given("http.sigv4", hosts, "accessKeyId", key.id, "secretAccessKey", key.secret, "region", "eu-west-1", "service", "execute-api"),
		},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, object{"state": "ok"}) })
			mux.HandleFunc("POST /v1/tickets", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, object{"id": "T-17"}) })
			mux.HandleFunc("PUT /v1/tickets/T-17", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, object{"id": "T-17"}) })
			mux.HandleFunc("PATCH /v1/tickets/T-17", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, object{"id": "T-17", "state": "closed"}) })
			mux.HandleFunc("DELETE /v1/tickets/T-17", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				user, password, _ := r.BasicAuth()
				if r.Header.Get("Authorization") != "Bearer generic-token" && (user != "svc" || password != "generic-password") &&
					r.Header.Get("X-Key") != "generic-header" && r.URL.Query().Get("key") != "generic-query" && key.signedBy(r, "eu-west-1", "execute-api") != "" {
					answer(w, 401, object{"error": "who are you?"})
					return
				}
				mux.ServeHTTP(w, r)
			})
		},
	}
}
