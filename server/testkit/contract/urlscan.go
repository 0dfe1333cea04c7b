package contract

import (
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// urlscan stands in for urlscan.io: submission, result and search, from
// https://docs.urlscan.io/apis/urlscan-openapi and the pages about rate limits there.
func urlscan() Service {
	hosts := []string{"urlscan.io"}
	return Service{
		Connector: "urlscan", Hosts: hosts,
		Credentials: []app.GivenCredential{given("urlscan.apiKey", hosts, "key", "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"status":429,"message":"Rate limit for 'public' exceeded, limit is 60 per minute.","code":"RATE_LIMITED"}`))
		},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /api/v1/scan/", urlscanSubmit)
			mux.HandleFunc("GET /api/v1/result/{uuid}/", urlscanResult)
			mux.HandleFunc("GET /api/v1/search/", urlscanSearch)
			return keyed("API-Key", "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c11", func(w http.ResponseWriter, _ *http.Request) {
				answer(w, 401, object{"message": "API key supplied but not found in database!", "status": 401})
			}, mux)
		},
	}
}

const (
	urlscanDone    = "0e37e828-a9d9-45c0-ac50-1ca579b86c72"
	urlscanPending = "68e26c59-2eae-437b-aeb1-cf750fafe7d7"
)

func urlscanSubmit(w http.ResponseWriter, r *http.Request) {
	in := readJSON(r)
	url, _ := in["url"].(string)
	if strings.HasPrefix(url, "http://blocked.") {
		answer(w, 400, object{"message": "Scan prevented ...", "description": "The submitted domain is on our blacklist", "status": 400})
		return
	}
	if !strings.HasPrefix(url, "http") {
		answer(w, 400, object{"message": "Missing URL properties", "description": "The URL supplied was not OK, please specify it including the protocol, host and path (e.g. http://example.com/bar)", "status": 400})
		return
	}
	visibility, _ := in["visibility"].(string)
	answer(w, 200, object{
		"message": "Submission successful", "uuid": urlscanDone, "result": "https://urlscan.io/result/" + urlscanDone + "/",
		"api": "https://urlscan.io/api/v1/result/" + urlscanDone + "/", "visibility": visibility, "options": object{}, "url": url,
	})
}

func urlscanResult(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("uuid") {
	case urlscanDone:
	case urlscanPending:
		answer(w, 404, object{"message": "Scan is not finished yet", "errors": list{object{"title": "Scan is not finished yet", "status": 404}}, "status": 404})
		return
	default:
		answer(w, 404, object{"message": "Not Found", "description": "We could not find this page", "status": 404})
		return
	}
	answer(w, 200, object{
		"task": object{"uuid": urlscanDone, "url": "http://evil.example/login", "time": "2025-01-02T11:58:00.000Z", "visibility": "unlisted", "screenshotURL": "https://urlscan.io/screenshots/" + urlscanDone + ".png", "reportURL": "https://urlscan.io/result/" + urlscanDone + "/"},
		"page": object{"url": "https://evil.example/login", "domain": "evil.example", "ip": "198.51.100.7", "country": "NL", "server": "nginx", "title": "Sign in", "status": "200", "asn": "AS64500", "asnname": "EXAMPLE"},
		"verdicts": object{
			"overall": object{"score": 100, "malicious": true, "hasVerdicts": true, "categories": list{"phishing"}, "brands": list{"examplebank"}},
			"urlscan": object{"score": 100, "malicious": true},
		},
		"lists": object{"ips": list{"198.51.100.7", "203.0.113.9"}, "domains": list{"evil.example", "cdn.example"}, "urls": list{"https://evil.example/login"}, "hashes": list{}},
		"stats": object{"malicious": 1}, "data": object{"requests": list{}},
	})
}

func urlscanSearch(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("q") == "" || strings.Contains(q.Get("q"), "((") {
		answer(w, 400, object{"message": "Query syntax error", "status": 400})
		return
	}
	row := func(id, sort string) object {
		return object{
			"_id": id, "sort": list{1735689600000, sort}, "result": "https://urlscan.io/api/v1/result/" + id + "/",
			"task": object{"uuid": id, "time": "2025-01-02T11:58:00.000Z", "url": "http://evil.example/login", "visibility": "public"},
			"page": object{"url": "https://evil.example/login", "domain": "evil.example", "ip": "198.51.100.7", "country": "NL"},
		}
	}
	// Two pages of one row each; search_after is the sort of the last row.
	if q.Get("search_after") == "1735689600000,a" {
		answer(w, 200, object{"results": list{row(urlscanPending, "b")}, "total": 2, "took": 3, "has_more": false})
		return
	}
	answer(w, 200, object{"results": list{row(urlscanDone, "a")}, "total": 2, "took": 3, "has_more": true})
}
