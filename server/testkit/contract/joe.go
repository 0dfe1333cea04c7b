package contract

import (
	"io"
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// joe stands in for Joe Sandbox's web API v2: submissions, their analyses and reports,
// whose errors are a list with codes, from https://github.com/joesecurity/jbxapi
// (jbxapi.py; docs/cli.md for the shape of answers; the report iocjson as its users read
// it). Every request is a form with the key in it.
func joe() Service {
	hosts := []string{"joe.corp.example"}
	return Service{
		Connector: "joe", Hosts: hosts,
		Credentials: []app.GivenCredential{given("joe.key", hosts, "url", "https://joe.corp.example/joesandbox/index.php/api", "key", "joe-api-key-of-64-digits", "terms", "accepted")},
		New: func() http.Handler {
			mux := http.NewServeMux()
			root := "POST /joesandbox/index.php/api/v2"
			mux.HandleFunc(root+"/submission/new", joeSubmit)
			mux.HandleFunc(root+"/submission/info", joeSubmission)
			mux.HandleFunc(root+"/analysis/info", joeAnalysis)
			mux.HandleFunc(root+"/analysis/download", joeDownload)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseMultipartForm(1 << 20) // a form of the other kind is parsed as well
				if r.PostFormValue("apikey") != "joe-api-key-of-64-digits" || r.URL.RawQuery != "" {
					joeError(w, 403, 4, "Invalid API key.")
					return
				}
				mux.ServeHTTP(w, r)
			})
		},
	}
}

func joeError(w http.ResponseWriter, status, code int, message string) {
	answer(w, status, object{"errors": list{object{"code": code, "message": message}}})
}

func joeSubmit(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("accept-tac") != "1" {
		joeError(w, 400, 3, "You have to accept the terms and conditions.")
		return
	}
	if address := r.PostFormValue("url"); address != "" {
		if address != "http://evil.example/login" || r.PostFormValue("comments") != "a & b" {
			joeError(w, 400, 3, "the stand-in knows one page alone, with its comment")
			return
		}
		answer(w, 200, object{"data": object{"submission_id": "141"}})
		return
	}
	file, header, err := r.FormFile("sample")
	if err != nil {
		joeError(w, 400, 2, "Missing parameter: sample")
		return
	}
	content, err := io.ReadAll(file)
	if err != nil || header.Filename != "invoice.exe" || !strings.HasPrefix(string(content), "MZ") || r.PostFormValue("systems[]") != "w10x64" || r.PostFormValue("analysis-time") != "120" || r.PostFormValue("internet-access") != "0" {
		joeError(w, 400, 3, "the stand-in knows invoice.exe alone, on w10x64 for 120 seconds")
		return
	}
	answer(w, 200, object{"data": object{"submission_id": "140"}})
}

func joeSubmission(w http.ResponseWriter, r *http.Request) {
	switch r.PostFormValue("submission_id") {
	case "140":
		answer(w, 200, object{"data": object{
			"submission_id": "140", "name": "invoice.exe", "status": "finished", "time": "2025-01-02T11:00:00+00:00",
			"most_relevant_analysis": object{"webid": "179", "detection": "malicious", "score": 88},
			"analyses":               list{object{"webid": "179", "status": "finished"}, object{"webid": "180", "status": "finished"}},
		}})
	case "141":
		answer(w, 200, object{"data": object{"submission_id": "141", "name": "http://evil.example/login", "status": "running", "most_relevant_analysis": nil, "analyses": list{}}})
	default:
		joeError(w, 404, 3, "Submission not found.")
	}
}

func joeAnalysis(w http.ResponseWriter, r *http.Request) {
	switch r.PostFormValue("webid") {
	case "179":
		answer(w, 200, object{"data": object{
			"webid": "179", "status": "finished", "detection": "malicious", "score": 88, "threatname": "AgentTesla", "filename": "invoice.exe",
			"md5": strings.Repeat("ab", 16), "sha1": strings.Repeat("ab", 20), "sha256": strings.Repeat("ab", 32), "tags": list{"exe"},
			"runs": list{object{"system": "w10x64", "detection": "malicious", "score": 88, "error": nil, "yara": true}},
		}})
	case "181":
		answer(w, 200, object{"data": object{"webid": "181", "status": "running"}})
	default:
		joeError(w, 404, 3, "Analysis not found.")
	}
}

func joeDownload(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("type") != "iocjson" {
		joeError(w, 400, 3, "Invalid type.")
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="report.json"`)
	answer(w, 200, object{"analysis": object{
		"ipinfo":     object{"ip": list{object{"@ip": "198.51.100.7", "@malicious": "true"}}},
		"domaininfo": object{"domain": list{object{"@name": "smtp.evil.example", "@malicious": "false"}}},
		"urlinfo":    object{"url": list{object{"@name": "http://evil.example/gate", "@malicious": "true"}}},
	}})
}
