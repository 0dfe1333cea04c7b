package contract

import (
	"fmt"
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// misp stands in for MISP's REST API: attributes/restSearch by pages, and sightings/add,
// from https://www.misp-project.org/openapi/.
func misp() Service {
	hosts := []string{"misp.corp.example"}
	return Service{
		Connector: "misp", Hosts: hosts,
		Credentials: []app.GivenCredential{given("misp.key", hosts, "url", "https://misp.corp.example", "key", "misp-auth-key-of-40-digits")},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /attributes/restSearch", mispSearch)
			mux.HandleFunc("POST /sightings/add", mispSight)
			return keyed("Authorization", "misp-auth-key-of-40-digits", func(w http.ResponseWriter, _ *http.Request) {
				message := "Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header."
				answer(w, 403, object{"name": message, "message": message, "url": "/attributes/restSearch"})
			}, keyed("Accept", "application/json", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = fmt.Fprint(w, "<html>MISP</html>")
			}, mux))
		},
	}
}

const mispKnown = "198.51.100.7"

func mispSearch(w http.ResponseWriter, r *http.Request) {
	in := readJSON(r)
	if in == nil || in["returnFormat"] != "json" {
		answer(w, 400, object{"name": "Invalid return format.", "message": "Invalid return format.", "url": "/attributes/restSearch"})
		return
	}
	rows := list{}
	limit, _ := in["limit"].(float64)
	page, _ := in["page"].(float64)
	values, _ := in["value"].(list)
	for _, v := range values {
		if v != mispKnown {
			continue
		}
		for i := range 3 {
			rows = append(rows, object{
				"id": fmt.Sprint(100 + i), "uuid": fmt.Sprintf("5f0f4f6f-0c11-4c3a-9a60-00000000000%d", i), "event_id": fmt.Sprint(7 + i), "type": "ip-dst", "category": "Network activity",
				"to_ids": i == 0, "value": v, "comment": "C2", "timestamp": "1735819200", "first_seen": nil, "last_seen": nil,
				"Event": object{"id": fmt.Sprint(7 + i), "info": "Campaign of a mailer", "Orgc": object{"name": "CERT"}, "threat_level_id": "1"},
				"Tag":   list{object{"name": "tlp:amber"}},
			})
		}
	}
	from := min(int(limit)*(max(int(page), 1)-1), len(rows))
	answer(w, 200, object{"response": object{"Attribute": rows[from:min(from+int(limit), len(rows))]}})
}

func mispSight(w http.ResponseWriter, r *http.Request) {
	in := readJSON(r)
	values, _ := in["values"].(list)
	if len(values) == 0 || values[0] != mispKnown || in["type"] != "0" && in["type"] != "1" && in["type"] != "2" {
		message := "Could not add Sighting. Reason: No valid attributes found that match the criteria."
		answer(w, 403, object{"saved": false, "name": message, "message": message, "url": "/sightings/add", "errors": "No valid attributes found that match the criteria."})
		return
	}
	answer(w, 200, object{"saved": true, "success": true, "name": "3 sightings successfully added.", "message": "3 sightings successfully added.", "url": "/sightings/add"})
}
