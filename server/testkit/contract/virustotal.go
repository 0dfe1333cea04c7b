package contract

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// virusTotal stands in for VirusTotal's API, version 3. Objects, their identifiers and
// errors: https://docs.virustotal.com/reference/overview, …/reference/errors,
// …/reference/files, …/reference/urls.
func virusTotal() Service {
	hosts := []string{"www.virustotal.com"}
	return Service{
		Connector: "virustotal", Hosts: hosts,
		Credentials: []app.GivenCredential{given("virustotal.key", hosts, "key", "vt-key-of-64-digits")},
		Limited:     func(w http.ResponseWriter) { vtErrorBody(w, "QuotaExceededError", "Quota exceeded") },
		New: func() http.Handler {
			mux := http.NewServeMux()
			for _, kind := range []string{"files", "urls", "domains", "ip_addresses"} {
				mux.HandleFunc("GET /api/v3/"+kind+"/{id}", func(w http.ResponseWriter, r *http.Request) {
					vtObject(w, kind, r.PathValue("id"))
				})
			}
			return keyed("x-apikey", "vt-key-of-64-digits", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("x-apikey") == "" {
					vtError(w, 401, "AuthenticationRequiredError", "X-Apikey header is missing")
					return
				}
				vtError(w, 401, "WrongCredentialsError", "Wrong API key")
			}, mux)
		},
	}
}

func vtError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	vtErrorBody(w, code, message)
}

func vtErrorBody(w http.ResponseWriter, code, message string) {
	_, _ = w.Write([]byte(`{"error": {"code": "` + code + `", "message": "` + message + `"}}`))
}

// vtKnown are the objects that are there, by kind and identifier. That of a URL is its
// base64 without padding.
var vtKnown = map[string]object{
	"files/44d88612fea8a8f36de82e1278abb02f": {
		"id": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "type": "file",
		"attributes": object{
			"md5": "44d88612fea8a8f36de82e1278abb02f", "sha1": "3395856ce81f2b7382dee72602f798b642f14140",
			"sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "size": 68, "type_description": "Powershell",
			"meaningful_name": "eicar.com", "names": list{"eicar.com", "eicar.txt"}, "tags": list{"powershell", "attachment"},
			"reputation": 3700, "last_analysis_date": 1735689600, "first_submission_date": 1148301722,
			"last_analysis_stats":           object{"malicious": 62, "suspicious": 0, "undetected": 5, "harmless": 0, "timeout": 1, "failure": 0, "type-unsupported": 3, "confirmed-timeout": 0},
			"popular_threat_classification": object{"suggested_threat_label": "virus.eicar/test"},
		},
	},
	"urls/" + base64.RawURLEncoding.EncodeToString([]byte("http://evil.example/login")): {
		"id": "0b5ecb1a7d8f2d3f", "type": "url",
		"attributes": object{
			"url": "http://evil.example/login", "title": "Sign in", "last_http_response_code": 200, "reputation": -12, "tags": list{},
			"last_analysis_date":  1735689600,
			"last_analysis_stats": object{"malicious": 9, "suspicious": 2, "undetected": 20, "harmless": 60, "timeout": 0},
			"categories":          object{"Forcepoint ThreatSeeker": "phishing and other frauds"},
		},
	},
	"domains/evil.example": {
		"id": "evil.example", "type": "domain",
		"attributes": object{
			"registrar": "Example Registrar", "creation_date": 1735600000, "reputation": -3, "tags": list{"dga"},
			"last_analysis_stats": object{"malicious": 4, "suspicious": 1, "undetected": 25, "harmless": 60, "timeout": 0},
			"categories":          object{"BitDefender": "phishing"},
		},
	},
	"ip_addresses/198.51.100.7": {
		"id": "198.51.100.7", "type": "ip_address",
		"attributes": object{
			"country": "NL", "asn": 64500, "as_owner": "Example Hosting", "network": "198.51.100.0/24", "reputation": 0, "tags": list{},
			"last_analysis_stats": object{"malicious": 0, "suspicious": 0, "undetected": 30, "harmless": 60, "timeout": 0},
		},
	},
}

func vtObject(w http.ResponseWriter, kind, id string) {
	found := vtKnown[kind+"/"+id]
	switch {
	case kind == "files" && (len(id) != 32 && len(id) != 40 && len(id) != 64 || strings.Trim(id, "0123456789abcdef") != ""):
		vtError(w, 400, "BadRequestError", "Invalid hash")
	case found == nil:
		vtError(w, 404, "NotFoundError", kind+" not found")
	default:
		answer(w, 200, object{"data": found})
	}
}
