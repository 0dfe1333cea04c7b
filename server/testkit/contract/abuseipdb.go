package contract

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// abuseIPDB stands in for AbuseIPDB's API, version 2: CHECK and REPORT, with their
// bounds and the form of errors, from https://docs.abuseipdb.com.
func abuseIPDB() Service {
	hosts := []string{"api.abuseipdb.com"}
	return Service{
		Connector: "abuseipdb", Hosts: hosts,
		Credentials: []app.GivenCredential{given("abuseipdb.key", hosts, "key", "abuse-key-of-80-digits")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"errors":[{"detail":"Daily rate limit of 1000 requests exceeded for this endpoint.","status":429}]}`))
		},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /api/v2/check", abuseCheck)
			mux.HandleFunc("POST /api/v2/report", abuseReport(map[string]bool{}))
			return keyed("Key", "abuse-key-of-80-digits", func(w http.ResponseWriter, _ *http.Request) {
				abuseError(w, 401, "Authentication failed. Your API key is either missing, incorrect, or revoked.", "")
			}, keyed("Accept", "application/json", func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "<html>", http.StatusOK) // what the API does without it
			}, mux))
		},
	}
}

func abuseError(w http.ResponseWriter, status int, detail, parameter string) {
	e := object{"detail": detail, "status": status}
	if parameter != "" {
		e["source"] = object{"parameter": parameter}
	}
	answer(w, status, object{"errors": list{e}})
}

func abuseCheck(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	addr, err := netip.ParseAddr(q.Get("ipAddress"))
	days, dayErr := strconv.Atoi(q.Get("maxAgeInDays"))
	switch {
	case err != nil:
		abuseError(w, 422, "The ip address must be a valid IPv4 or IPv6 address (e.g. 8.8.8.8 or 2001:4860:4860::8888).", "ipAddress")
		return
	case q.Has("maxAgeInDays") && (dayErr != nil || days < 1 || days > 365):
		abuseError(w, 422, "The max age in days must be between 1 and 365.", "maxAgeInDays")
		return
	}
	data := object{
		"ipAddress": addr.String(), "isPublic": true, "ipVersion": 4, "isWhitelisted": nil, "abuseConfidenceScore": 0, "countryCode": "US",
		"usageType": "Data Center/Web Hosting/Transit", "isp": "Example Hosting", "domain": "example.net", "hostnames": list{}, "isTor": false,
		"totalReports": 0, "numDistinctUsers": 0, "lastReportedAt": nil,
	}
	if addr.String() == "198.51.100.7" {
		data["abuseConfidenceScore"], data["totalReports"], data["numDistinctUsers"], data["isTor"] = 100, 241, 88, true
		data["lastReportedAt"] = "2025-01-02T09:15:00+00:00"
	}
	answer(w, 200, object{"data": data})
}

func abuseReport(reported map[string]bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ip := r.PostFormValue("ip")
		if _, err := netip.ParseAddr(ip); err != nil {
			abuseError(w, 422, "The ip must be a valid IP address.", "ip")
			return
		}
		for _, c := range strings.Split(r.PostFormValue("categories"), ",") {
			if n, err := strconv.Atoi(c); err != nil || n < 1 || n > 23 {
				abuseError(w, 422, "The categories field is invalid.", "categories")
				return
			}
		}
		if reported[ip] {
			abuseError(w, 403, "You can only report the same IP address (`"+ip+"`) once in 15 minutes.", "ip")
			return
		}
		reported[ip] = true
		answer(w, 200, object{"data": object{"ipAddress": ip, "abuseConfidenceScore": 52}})
	}
}
