package contract

import (
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// crowdStrike stands in for CrowdStrike Falcon: hosts, their containment, and alerts, with
// OAuth 2, from https://developer.crowdstrike.com/docs/openapi/ and
// https://www.falconpy.io/Service-Collections/Hosts.html.
func crowdStrike() Service {
	hosts := []string{"api.eu-1.crowdstrike.com"}
	return Service{
		Connector: "crowdstrike", Hosts: hosts,
		Credentials: []app.GivenCredential{given("crowdstrike.client", hosts, "host", hosts[0], "clientId", "falcon-client", "clientSecret", "falcon-secret", "clientAuth", "body")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"meta":{"query_time":0.001},"errors":[{"code":429,"message":"API rate limit exceeded."}]}`))
		},
		New: func() http.Handler {
			t := &tokens{id: "falcon-client", secret: "falcon-secret", inBody: true}
			f := falconState{falconHost: "normal", falconContained: "contained"}
			mux, api := http.NewServeMux(), http.NewServeMux()
			mux.HandleFunc("POST /oauth2/token", t.endpoint)
			api.HandleFunc("GET /devices/queries/devices/v1", falconFind)
			api.HandleFunc("POST /devices/entities/devices/v2", f.details)
			api.HandleFunc("POST /devices/entities/devices-actions/v2", f.act)
			api.HandleFunc("GET /alerts/queries/alerts/v2", falconAlertIDs)
			api.HandleFunc("POST /alerts/entities/alerts/v2", falconAlerts)
			mux.Handle("/", t.guard(func(w http.ResponseWriter, _ *http.Request) {
				falcon(w, 401, nil, 401, "access denied, invalid bearer token")
			}, api))
			return mux
		},
	}
}

const (
	falconHost      = "0123456789abcdef0123456789abcdef"
	falconContained = "fedcba9876543210fedcba9876543210"
	falconAlert     = "8aec:ind:0123456789abcdef0123456789abcdef:1-2-3"
)

// falconState are states of hosts by id.
type falconState map[string]string

// falcon answers in the one form that all answers have; code 0 is no error.
func falcon(w http.ResponseWriter, status int, resources list, code int, message string) {
	body := object{"meta": object{"query_time": 0.01, "trace_id": "0197a6c2"}, "resources": resources, "errors": list{}}
	if code != 0 {
		body["errors"] = list{object{"code": code, "message": message}}
	}
	answer(w, status, body)
}

func falconFind(w http.ResponseWriter, r *http.Request) {
	// A value without square brackets is compared without regard to case:
	// https://github.com/CrowdStrike/psfalcon/wiki/Filtering-Results
	switch filter := r.URL.Query().Get("filter"); {
	case strings.Contains(strings.ToLower(filter), "hostname:'nb-017'") || strings.Contains(filter, "local_ip:'10.1.2.17'"):
		falcon(w, 200, list{falconHost}, 0, "")
	case strings.HasSuffix(filter, "'"):
		falcon(w, 200, list{}, 0, "")
	default:
		falcon(w, 400, nil, 400, "invalid filter value '"+filter+"'")
	}
}

func idsOf(r *http.Request, name string) []string {
	var out []string
	ids, _ := readJSON(r)[name].(list)
	for _, id := range ids {
		text, _ := id.(string)
		out = append(out, text)
	}
	return out
}

func (f falconState) details(w http.ResponseWriter, r *http.Request) {
	out := list{}
	for _, id := range idsOf(r, "ids") {
		if f[id] != "" {
			out = append(out, object{
				"device_id": id, "hostname": "NB-017", "local_ip": "10.1.2.17", "external_ip": "203.0.113.5", "os_version": "Windows 11", "platform_name": "Windows", "status": f[id],
				"last_seen": "2025-01-02T11:59:00Z", "last_login_user": "reporter", "agent_version": "7.20", "machine_domain": "corp.example", "ou": list{"Clients"}, "tags": list{"SensorGroupingTags/vip"}, "mac_address": "00-00-5e-00-53-01",
			})
		}
	}
	falcon(w, 200, out, 0, "")
}

func (f falconState) act(w http.ResponseWriter, r *http.Request) {
	ids := idsOf(r, "ids")
	if len(ids) != 1 || f[ids[0]] == "" {
		falcon(w, 404, nil, 404, "Host not found")
		return
	}
	switch r.URL.Query().Get("action_name") {
	case "contain":
		f[ids[0]] = "containment_pending"
	case "lift_containment":
		f[ids[0]] = "lift_containment_pending"
	default:
		falcon(w, 400, nil, 400, "Provided action is not supported")
		return
	}
	falcon(w, 202, list{object{"id": ids[0], "path": "/devices/entities/devices/v1"}}, 0, "")
}

func falconAlertIDs(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.URL.Query().Get("filter"), "created_timestamp:>") {
		falcon(w, 400, nil, 400, "invalid filter")
		return
	}
	falcon(w, 200, list{falconAlert}, 0, "")
}

func falconAlerts(w http.ResponseWriter, r *http.Request) {
	if ids := idsOf(r, "composite_ids"); len(ids) != 1 || ids[0] != falconAlert {
		falcon(w, 400, nil, 400, "missing composite_ids")
		return
	}
	falcon(w, 200, list{object{
		"composite_id": falconAlert, "name": "SuspiciousScript", "display_name": "SuspiciousScript", "description": "A script was run that downloads code.", "severity": 70, "severity_name": "High", "status": "new",
		"created_timestamp": "2025-01-02T11:50:00.123Z", "tactic": "Execution", "technique": "PowerShell", "technique_id": "T1059.001", "cmdline": "powershell -enc SQBFAFgA", "filename": "powershell.exe", "sha256": strings.Repeat("ab", 32),
		"user_name": "reporter", "falcon_host_link": "https://falcon.eu-1.crowdstrike.com/activity-v2/detections/x", "device": object{"device_id": falconHost, "hostname": "NB-017"},
	}}, 0, "")
}
