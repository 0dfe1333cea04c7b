package contract

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// proofpoint stands in for Proofpoint TAP: the SIEM API and the URL decoder, from
// https://help.proofpoint.com/Threat_Insight_Dashboard/API_Documentation/SIEM_API and
// …/URL_Decoder_API.
func proofpoint() Service {
	hosts := []string{"tap-api-v2.proofpoint.com"}
	return Service{
		Connector: "proofpoint", Hosts: hosts,
		Credentials: []app.GivenCredential{given("proofpoint.service", hosts, "username", "service-principal", "password", "proofpoint-secret")},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v2/siem/{kind}", proofpointEvents)
			mux.HandleFunc("POST /v2/url/decode", proofpointDecode)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user != "service-principal" || password != "proofpoint-secret" {
					http.Error(w, "Unauthorized", http.StatusUnauthorized)
					return
				}
				mux.ServeHTTP(w, r)
			})
		},
	}
}

func proofpointEvents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	seconds, err := strconv.Atoi(q.Get("sinceSeconds"))
	switch {
	case err != nil || seconds < 30 || seconds > 3600:
		http.Error(w, "The requested interval is too long or too short.", http.StatusBadRequest)
		return
	case q.Get("format") != "json":
		http.Error(w, "syslog", http.StatusOK)
		return
	case seconds < 60: // nothing happened in so short a time
		w.WriteHeader(http.StatusNoContent)
		return
	}
	threat := object{"threat": "http://evil.example/login", "threatID": "61f7622167144dba5e3ae4480eeee78b", "threatStatus": "active", "classification": "phish", "threatUrl": "https://threatinsight.proofpoint.com/x", "threatTime": "2025-01-02T11:00:00Z", "threatType": "url"}
	message := object{
		"GUID": "c26dbea0-80d5-463b-b93c-4e8b708219ce", "messageID": "<x@evil.example>", "messageTime": "2025-01-02T11:30:00.000Z", "sender": "e99d7ed5580193f36a51f597bc2c0210@evil.example", "fromAddress": list{"pay@evil.example"},
		"senderIP": "198.51.100.7", "recipient": list{"reporter@example.com"}, "subject": "Invoice", "phishScore": 100, "malwareScore": 0, "impostorScore": 0.0, "spamScore": 4, "quarantineFolder": nil, "threatsInfoMap": list{threat},
	}
	all := object{"queryEndTime": "2025-01-02T12:00:00Z", "messagesDelivered": list{message}, "messagesBlocked": list{}, "clicksPermitted": list{}, "clicksBlocked": list{object{
		"GUID": "c26dbea0", "id": "8c8b4895", "clickTime": "2025-01-02T11:40:00.000Z", "clickIP": "203.0.113.5", "url": "http://evil.example/login", "recipient": "reporter@example.com", "sender": "pay@evil.example", "senderIP": "198.51.100.7",
		"classification": "phish", "threatID": "61f7622167144dba5e3ae4480eeee78b", "threatTime": "2025-01-02T11:00:00Z", "threatStatus": "active", "userAgent": "Mozilla/5.0", "messageID": "<x@evil.example>",
	}}}
	switch kind := r.PathValue("kind"); kind {
	case "all":
	case "clicks/blocked", "issues":
		delete(all, "messagesDelivered")
	default:
		http.NotFound(w, r)
		return
	}
	answer(w, 200, all)
}

func proofpointDecode(w http.ResponseWriter, r *http.Request) {
	urls, _ := readJSON(r)["urls"].(list)
	out := list{}
	for _, u := range urls {
		text, _ := u.(string)
		if strings.HasPrefix(text, "https://urldefense.com/v3/__http://evil.example/login__;") {
			out = append(out, object{"encodedUrl": text, "decodedUrl": "http://evil.example/login", "messageGuid": "c26dbea0", "clusterName": "corp", "success": true})
			continue
		}
		out = append(out, object{"encodedUrl": text, "success": false, "error": "URL not encoded"})
	}
	answer(w, 200, object{"urls": out})
}
