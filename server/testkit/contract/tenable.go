package contract

import (
	"net/http"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// tenable stands in for Tenable Vulnerability Management: workbenches and scans, from
// https://developer.tenable.com/reference/navigate.
func tenable() Service {
	hosts := []string{"cloud.tenable.com"}
	return Service{
		Connector: "tenable", Hosts: hosts,
		Credentials: []app.GivenCredential{given("tenable.keys", hosts, "accessKey", "tenable-access-key", "secretKey", "tenable-secret-key")},
		Limited:     func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"error":"Too Many Requests"}`)) },
		New: func() http.Handler {
			s := tenableScans{"12": "completed", "13": "running"}
			mux := http.NewServeMux()
			mux.HandleFunc("GET /workbenches/assets", tenableAssets)
			mux.HandleFunc("GET /workbenches/assets/{id}/vulnerabilities", tenableVulnerabilities)
			mux.HandleFunc("GET /plugins/plugin/{id}", tenablePlugin)
			mux.HandleFunc("POST /scans/{id}/launch", s.launch)
			mux.HandleFunc("POST /scans/{id}/stop", s.stop)
			mux.HandleFunc("GET /scans/{id}/latest-status", s.status)
			return keyed("X-ApiKeys", "accessKey=tenable-access-key;secretKey=tenable-secret-key", func(w http.ResponseWriter, _ *http.Request) {
				answer(w, 401, object{"statusCode": 401, "error": "Unauthorized", "message": "Invalid Credentials"})
			}, mux)
		},
	}
}

const tenableAsset = "116af8c3-969d-4621-9f9f-364eeb58e3a7"

func tenableAssets(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	filter, value := q.Get("filter.0.filter"), q.Get("filter.0.value")
	if q.Get("filter.0.quality") != "eq" && q.Get("filter.0.quality") != "match" || filter != "ipv4" && filter != "fqdn" && filter != "netbios_name" {
		answer(w, 400, object{"error": "Invalid filter"})
		return
	}
	assets := list{}
	if value == "10.1.2.17" || value == "nb-017.corp.example" {
		assets = list{object{
			"id": tenableAsset, "has_agent": true, "last_seen": "2025-01-02T10:00:00.000Z", "last_scan_target": "10.1.2.17", "ipv4": list{"10.1.2.17"}, "ipv6": list{}, "fqdn": list{"nb-017.corp.example"},
			"netbios_name": list{"NB-017"}, "operating_system": list{"Microsoft Windows 11"}, "agent_name": list{"NB-017"}, "exposure_score": 512, "acr_score": 7,
			"severities": list{object{"count": 3, "level": 4, "name": "Critical"}, object{"count": 5, "level": 3, "name": "High"}, object{"count": 0, "level": 0, "name": "Info"}},
		}}
	}
	answer(w, 200, object{"assets": assets, "total": len(assets)})
}

func tenableVulnerabilities(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("id") != tenableAsset {
		answer(w, 404, object{"error": "Not Found"})
		return
	}
	answer(w, 200, object{"vulnerabilities": list{
		object{"count": 1, "plugin_family": "Windows", "plugin_id": 156327, "plugin_name": "Apache Log4j RCE", "vulnerability_state": "Active", "severity": 4, "vpr_score": 10.0, "accepted_count": 0},
		object{"count": 2, "plugin_family": "General", "plugin_id": 57582, "plugin_name": "SSL Self-Signed Certificate", "vulnerability_state": "Active", "severity": 2, "accepted_count": 0},
		object{"count": 1, "plugin_family": "General", "plugin_id": 11, "plugin_name": "Withdrawn", "vulnerability_state": "Active", "severity": 0, "accepted_count": 0},
	}, "total_vulnerability_count": 4, "total_asset_count": 0})
}

// tenablePlugin tells of what a scanner looks for: CVEs are attributes, one each.
func tenablePlugin(w http.ResponseWriter, r *http.Request) {
	attributes := list{object{"attribute_name": "risk_factor", "attribute_value": "Medium"}}
	switch r.PathValue("id") {
	case "156327":
		for _, cve := range []string{"CVE-2021-44228", "CVE-2021-45046"} {
			attributes = append(attributes, object{"attribute_name": "cve", "attribute_value": cve})
		}
	case "57582":
	default:
		answer(w, 404, object{"error": "Plugin not found"})
		return
	}
	answer(w, 200, object{"id": r.PathValue("id"), "name": "A plugin", "family_name": "General", "attributes": attributes})
}

// tenableScans are states by the number of a scan.
type tenableScans map[string]string

func (s tenableScans) launch(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch s[id] {
	case "":
		answer(w, 404, object{"error": "The requested file was not found."})
	case "running":
		answer(w, 409, object{"error": "This scan cannot be launched in its current state"})
	default:
		s[id] = "running"
		answer(w, 200, object{"scan_uuid": "44346bcb-4afc-4db2-9283-2dd823fa8579"})
	}
}

func (s tenableScans) stop(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch s[id] {
	case "":
		answer(w, 404, object{"error": "The requested file was not found."})
	case "running":
		s[id] = "stopping"
		answer(w, 200, object{})
	default:
		answer(w, 409, object{"error": "Scan is not active"})
	}
}

func (s tenableScans) status(w http.ResponseWriter, r *http.Request) {
	state := s[r.PathValue("id")]
	if state == "" {
		answer(w, 404, object{"error": "The requested file was not found."})
		return
	}
	answer(w, 200, object{"status": state, "progress": map[string]int{"completed": 100, "running": 42}[state]})
}
