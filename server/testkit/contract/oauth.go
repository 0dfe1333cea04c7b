package contract

import (
	"net/http"
	"strconv"
	"strings"
)

// tokens gives access tokens for client credentials (RFC 6749, section 4.4), each once.
type tokens struct {
	id, secret string
	// scope is what has to be asked for; empty is nothing.
	scope string
	// inBody says that the client is read from the body alone.
	inBody bool
	given  int
}

// endpoint answers requests for tokens.
func (t *tokens) endpoint(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	if !ok || t.inBody {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	switch {
	case id != t.id || secret != t.secret:
		answer(w, 401, object{"error": "invalid_client", "error_description": "The client secret is not valid."})
	case r.PostFormValue("grant_type") != "client_credentials":
		answer(w, 400, object{"error": "unsupported_grant_type"})
	case r.PostFormValue("scope") != t.scope:
		answer(w, 400, object{"error": "invalid_scope", "error_description": "The scope " + r.PostFormValue("scope") + " is not valid."})
	default:
		t.given++
		answer(w, 200, object{"access_token": "token-" + strconv.Itoa(t.given) + "-of-" + t.id, "token_type": "bearer", "expires_in": 1799})
	}
}

// guard lets through who has a token that was given.
func (t *tokens) guard(refused http.HandlerFunc, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer token-")
		n, of, _ := strings.Cut(token, "-of-")
		if number, err := strconv.Atoi(n); !found || err != nil || number < 1 || number > t.given || of != t.id {
			refused(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
