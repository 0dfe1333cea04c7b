package contract

import (
	"io"
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// cape stands in for a CAPE sandbox's web API, apiv2: tasks of files and URLs, their
// status and report, whose errors are answers 200 with error true, from
// https://github.com/kevoreilly/CAPEv2, web/apiv2, and its page /apiv2/.
func cape() Service {
	hosts := []string{"cape.corp.example"}
	place := "cape.corp.example:8443"
	return Service{
		Connector: "cape", Hosts: hosts,
		Credentials: []app.GivenCredential{given("cape.token", []string{place}, "url", "https://"+place, "token", "cape-token-of-40-digits")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"detail":"Request was throttled. Expected available in 7 seconds."}`))
		},
		New: func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("POST /apiv2/tasks/create/file/", capeFile)
			mux.HandleFunc("POST /apiv2/tasks/create/url/", capeURL)
			mux.HandleFunc("GET /apiv2/tasks/status/{id}/", capeStatus)
			mux.HandleFunc("GET /apiv2/tasks/get/report/{id}/json/", capeReport)
			return keyed("Authorization", "Token cape-token-of-40-digits", func(w http.ResponseWriter, _ *http.Request) {
				answer(w, 401, object{"detail": "Invalid token."})
			}, mux)
		},
	}
}

func capeError(w http.ResponseWriter, why string) {
	answer(w, 200, object{"error": true, "error_value": why})
}

func capeMade(w http.ResponseWriter, id int) {
	answer(w, 200, object{"error": false, "errors": list{}, "data": object{"task_ids": list{id}, "message": "Task has been submitted"}, "url": list{"https://cape.corp.example/submit/status/"}})
}

func capeFile(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil {
		capeError(w, "No file was submitted")
		return
	}
	content, err := io.ReadAll(file)
	switch {
	case err != nil || len(content) == 0:
		capeError(w, "You uploaded an empty file.")
	case header.Filename != "invoice.exe" || !strings.HasPrefix(string(content), "MZ"):
		capeError(w, "the stand-in knows invoice.exe alone, and it came as "+header.Filename)
	case r.FormValue("timeout") != "" && r.FormValue("timeout") != "120":
		capeError(w, "the timeout came as "+r.FormValue("timeout"))
	default:
		capeMade(w, 101)
	}
}

func capeURL(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.FormValue("url"), "http") {
		capeError(w, "URL value is empty")
		return
	}
	capeMade(w, 102)
}

func capeStatus(w http.ResponseWriter, r *http.Request) {
	status := map[string]string{"101": "reported", "102": "running", "103": "failed_analysis"}[r.PathValue("id")]
	if status == "" {
		capeError(w, "Task does not exist")
		return
	}
	answer(w, 200, object{"error": false, "data": status})
}

func capeReport(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("id") {
	case "101":
	case "102":
		capeError(w, "Task is still being analyzed")
		return
	default:
		capeError(w, "Task ID does not exist in the database")
		return
	}
	answer(w, 200, object{
		"info":     object{"id": 101, "version": "2.4-CAPE", "package": "exe", "started": "2025-01-02 11:00:00", "duration": 190},
		"malscore": 9.0, "malstatus": "Malicious", "detections": list{object{"family": "AgentTesla", "details": list{}}},
		"target":     object{"category": "file", "file": object{"name": "invoice.exe", "sha256": strings.Repeat("ab", 32), "type": "PE32 executable"}},
		"signatures": list{object{"name": "infostealer_mail", "description": "Harvests information related to installed mail clients", "severity": 3, "categories": list{"infostealer"}}},
		"network":    object{"hosts": list{object{"ip": "198.51.100.7", "country_name": "unknown"}}, "domains": list{object{"domain": "smtp.evil.example", "ip": "198.51.100.7"}}, "http": list{object{"uri": "http://evil.example/gate"}}},
		"CAPE":       object{"payloads": list{object{"sha256": strings.Repeat("cd", 32), "cape_type": "AgentTesla Payload"}}, "configs": list{object{"AgentTesla": object{"C2": list{"smtp.evil.example"}}}}},
		"ttps":       list{object{"ttps": list{"T1555"}, "signature": "infostealer_mail"}},
	})
}
