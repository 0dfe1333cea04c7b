package contract

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// jira stands in for Jira Cloud's REST API, version 2 (texts are plain there): issues,
// comments, transitions, and search by pages with a token, from
// https://developer.atlassian.com/cloud/jira/platform/rest/v2/intro/, and rate limits from
// https://developer.atlassian.com/cloud/jira/platform/rate-limiting/.
func jira() Service {
	hosts := []string{"corp.atlassian.net"}
	return Service{
		Connector: "jira", Hosts: hosts,
		Credentials: []app.GivenCredential{given("jira.token", hosts, "host", hosts[0], "username", "soar@corp.example", "password", "jira-api-token")},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"errorMessages":["Rate limit exceeded."],"errors":{}}`))
		},
		New: func() http.Handler {
			j := &jiraState{issues: map[string]object{}, comments: map[string]list{}}
			for i, summary := range []string{"Phishing: invoice", "Malware on a laptop", "Lost phone"} {
				j.issues[fmt.Sprintf("SEC-%d", i+1)] = object{"summary": summary, "status": "To Do", "description": "Reported by mail.", "labels": list{"soar"}, "priority": "High"}
			}
			mux := http.NewServeMux()
			mux.HandleFunc("POST /rest/api/2/issue", j.create)
			mux.HandleFunc("GET /rest/api/2/issue/{key}", j.of(j.get))
			mux.HandleFunc("POST /rest/api/2/issue/{key}/comment", j.of(j.comment))
			mux.HandleFunc("GET /rest/api/2/issue/{key}/comment", j.of(j.said))
			mux.HandleFunc("GET /rest/api/2/issue/{key}/transitions", j.of(j.transitions))
			mux.HandleFunc("POST /rest/api/2/issue/{key}/transitions", j.of(j.transition))
			mux.HandleFunc("GET /rest/api/2/search/jql", j.search)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user != "soar@corp.example" || password != "jira-api-token" { //nolint:gosec // nobody's
					w.Header().Set("Www-Authenticate", "OAuth realm=\"https%3A%2F%2Fcorp.atlassian.net\"")
					jiraError(w, 401, "Client must be authenticated to access this resource.", nil)
					return
				}
				mux.ServeHTTP(w, r)
			})
		},
	}
}

type jiraState struct {
	issues   map[string]object
	comments map[string]list
	broke    bool // over [JiraBreaks]
}

// JiraBreaks is a comment over which the stand-in breaks once.
const JiraBreaks = "Nobody keeps this at first."

// jiraWays are the transitions of the workflow: to which status by which id.
var jiraWays = map[string]string{"11": "To Do", "21": "In Progress", "31": "Done"}

func jiraError(w http.ResponseWriter, status int, message string, fields object) {
	messages := list{}
	if message != "" {
		messages = list{message}
	}
	if fields == nil {
		fields = object{}
	}
	answer(w, status, object{"errorMessages": messages, "errors": fields})
}

// of finds the issue of a path.
func (j *jiraState) of(next func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key := r.PathValue("key")
		if j.issues[key] == nil {
			jiraError(w, 404, "Issue does not exist or you do not have permission to see it.", nil)
			return
		}
		next(w, r, key)
	}
}

func (j *jiraState) create(w http.ResponseWriter, r *http.Request) {
	fields, _ := readJSON(r)["fields"].(object)
	project, _ := fields["project"].(object)
	kind, _ := fields["issuetype"].(object)
	summary, _ := fields["summary"].(string)
	wrong := object{}
	if project["key"] != "SEC" {
		wrong["project"] = "valid project is required"
	}
	if kind["name"] != "Task" && kind["name"] != "Incident" {
		wrong["issuetype"] = "Specify a valid issue type"
	}
	if summary == "" || strings.Contains(summary, "\n") {
		wrong["summary"] = "The summary is invalid because it contains newline characters."
	}
	if len(wrong) > 0 {
		jiraError(w, 400, "", wrong)
		return
	}
	key := fmt.Sprintf("SEC-%d", len(j.issues)+1)
	j.issues[key] = object{"summary": summary, "status": "To Do", "description": fields["description"], "labels": fields["labels"], "priority": "Medium"}
	answer(w, 201, object{"id": "10004", "key": key, "self": "https://corp.atlassian.net/rest/api/2/issue/10004"})
}

func (j *jiraState) shown(key string) object {
	i := j.issues[key]
	return object{"id": "1000" + key[4:], "key": key, "fields": object{
		"summary": i["summary"], "description": i["description"], "status": object{"name": i["status"], "statusCategory": object{"key": "new"}},
		"priority": object{"name": i["priority"]}, "issuetype": object{"name": "Task"}, "labels": i["labels"], "assignee": nil,
		"reporter": object{"displayName": "SOAR", "accountId": "5b10"}, "created": "2025-01-02T11:00:00.000+0000", "updated": "2025-01-02T11:30:00.000+0000",
	}}
}

func (j *jiraState) get(w http.ResponseWriter, _ *http.Request, key string) {
	answer(w, 200, j.shown(key))
}

func (j *jiraState) comment(w http.ResponseWriter, r *http.Request, key string) {
	body, _ := readJSON(r)["body"].(string)
	if body == "" {
		jiraError(w, 400, "", object{"comment": "Comment body can not be empty!"})
		return
	}
	if body == JiraBreaks && !j.broke {
		j.broke = true
		jiraError(w, 500, "Internal server error", nil)
		return
	}
	j.comments[key] = append(list{object{"id": "10050", "body": body}}, j.comments[key]...)
	answer(w, 201, object{"id": "10050", "body": body, "created": "2025-01-02T12:00:00.000+0000", "author": object{"displayName": "SOAR"}})
}

// said lists the comments, the newest first, as orderBy=-created asks for.
func (j *jiraState) said(w http.ResponseWriter, r *http.Request, key string) {
	if r.URL.Query().Get("orderBy") != "-created" {
		jiraError(w, 400, "the stand-in lists the newest first alone", nil)
		return
	}
	answer(w, 200, object{"startAt": 0, "maxResults": 100, "total": len(j.comments[key]), "comments": append(list{}, j.comments[key]...)})
}

func (j *jiraState) transitions(w http.ResponseWriter, _ *http.Request, _ string) {
	ways := list{}
	for _, id := range slices.Sorted(maps.Keys(jiraWays)) {
		ways = append(ways, object{"id": id, "name": "Move to " + jiraWays[id], "to": object{"name": jiraWays[id]}})
	}
	answer(w, 200, object{"expand": "transitions", "transitions": ways})
}

func (j *jiraState) transition(w http.ResponseWriter, r *http.Request, key string) {
	chosen, _ := readJSON(r)["transition"].(object)
	id, _ := chosen["id"].(string)
	if jiraWays[id] == "" {
		jiraError(w, 400, "It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.", nil)
		return
	}
	j.issues[key]["status"] = jiraWays[id]
	w.WriteHeader(http.StatusNoContent)
}

// search gives two issues a page; the token is the number of the page.
func (j *jiraState) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !strings.Contains(q.Get("jql"), "=") {
		jiraError(w, 400, "Error in the JQL Query: Expecting operator but got 'EOF'. (line 1, character 1)", nil)
		return
	}
	keys, out := slices.Sorted(maps.Keys(j.issues)), list{}
	from := 0
	if q.Get("nextPageToken") == "page2" {
		from = 2
	}
	for _, key := range keys[from:min(from+2, len(keys))] {
		out = append(out, j.shown(key))
	}
	page := object{"issues": out, "isLast": from+2 >= len(keys)}
	if from == 0 {
		page["nextPageToken"] = "page2"
	}
	answer(w, 200, page)
}
