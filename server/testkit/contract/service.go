// Package contract has stand-ins of other makers' systems, for tests of the
// connectors that speak to them: servers on loopback that answer as the published
// descriptions of their interfaces say, with authentication, paging, rate limits and
// the forms of their errors. Each file cites what it is made of.
package contract

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// Service is the stand-in of one system.
type Service struct {
	// Connector is the id of the connector that speaks to it.
	Connector string
	// Hosts are the names that it is reached by, all of them by the same handler.
	Hosts []string
	// Credentials are those that it accepts, one of each type that the connector
	// declares; without any nothing is asked for.
	Credentials []app.GivenCredential
	// For are the actions that a type of credential is for; one that isn't here is for all.
	For map[string][]string
	// Optional says that it answers without a credential too.
	Optional bool
	// New makes the handler, with what the system holds from the start.
	New func() http.Handler
	// Limited writes the body of an answer 429, in the system's form; nil writes none.
	Limited func(http.ResponseWriter)
}

// Fits says whether a credential is for an action.
func (s Service) Fits(c app.GivenCredential, action string) bool {
	actions, some := s.For[c.Type]
	return !some || slices.Contains(actions, action)
}

// Services are all stand-ins, by the id of their connector.
func Services() map[string]Service {
	out := map[string]Service{}
	for _, s := range []Service{
		abuseIPDB(), awsS3(), cape(), crowdStrike(), elastic(), genericHTTP(), jira(), joe(), misp(), msGraph(), netBox(), paloAlto(), proofpoint(), slack(), stepCA(), tenable(), urlscan(), virusTotal(), vulns(),
	} {
		out[s.Connector] = s
	}
	return out
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // to a client that went away nothing is owed
}

// object is short for a JSON object.
type object = map[string]any

// list is short for a JSON list.
type list = []any

// given makes a credential for hosts from pairs of a field and its value.
func given(kind string, hosts []string, pairs ...string) app.GivenCredential {
	fields := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	return app.GivenCredential{Type: kind, Hosts: hosts, Fields: fields}
}

// keyed lets requests through whose header has a value, and answers the others by
// refused.
func keyed(header, value string, refused http.HandlerFunc, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(header) != value {
			refused(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readJSON reads a request's body as a JSON object, which its header has to say that
// it is; nil where it isn't.
func readJSON(r *http.Request) object {
	var out object
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.NewDecoder(r.Body).Decode(&out) != nil {
		return nil
	}
	return out
}
