package contract

import (
	"net/http"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// msGraph stands in for Microsoft Graph v1.0 and the tokens of Entra ID: users, their
// sessions, sign-ins by pages, and mails, from
// https://learn.microsoft.com/graph/api/overview and
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func msGraph() Service {
	graph, login := "graph.microsoft.com", "login.microsoftonline.com"
	scope := "https://graph.microsoft.com/.default"
	return Service{
		Connector: "msgraph", Hosts: []string{graph, login},
		Credentials: []app.GivenCredential{given("msgraph.app", []string{graph, login}, "tenant", "corp.example", "clientId", "graph-client", "clientSecret", "graph-secret", "scope", scope)},
		Limited: func(w http.ResponseWriter) {
			_, _ = w.Write([]byte(`{"error":{"code":"TooManyRequests","message":"Please retry again later."}}`))
		},
		New: func() http.Handler {
			t := &tokens{id: "graph-client", secret: "graph-secret", scope: scope}
			g := &graphState{enabled: map[string]bool{graphUser: true, "off@corp.example": false}}
			mux, api := http.NewServeMux(), http.NewServeMux()
			mux.HandleFunc("POST login.microsoftonline.com/corp.example/oauth2/v2.0/token", t.endpoint)
			api.HandleFunc("GET /v1.0/users/{user}", g.of(g.get))
			api.HandleFunc("PATCH /v1.0/users/{user}", g.of(g.patch))
			api.HandleFunc("POST /v1.0/users/{user}/revokeSignInSessions", g.of(func(w http.ResponseWriter, _ *http.Request, _ string) {
				answer(w, 200, object{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Edm.Boolean", "value": true})
			}))
			api.HandleFunc("GET /v1.0/auditLogs/signIns", graphSignIns)
			api.HandleFunc("GET /v1.0/users/{user}/messages", g.of(graphMessages))
			api.HandleFunc("POST /v1.0/users/{user}/messages/{id}/move", g.of(graphMove))
			mux.Handle("graph.microsoft.com/", t.guard(func(w http.ResponseWriter, _ *http.Request) {
				graphError(w, 401, "InvalidAuthenticationToken", "Access token is empty.")
			}, api))
			return mux
		},
	}
}

const (
	graphUser = "reporter@corp.example"
	// GraphMail is the id of the one mail that there is.
	GraphMail = "AAMkAGVmMDEzMTM4LTZmYWUtNDdkNC1hMDZiLTU1OGY5OTZhYmY4OABGAAAAAAAiQ8W967B7TKBjgx9rVEURBwAiIsqMbYjsT5e="
)

// graphState says which accounts are enabled.
type graphState struct{ enabled map[string]bool }

func graphError(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, object{"error": object{"code": code, "message": message, "innerError": object{"date": "2025-01-02T12:00:00", "request-id": "0197a6c2"}}})
}

func (g *graphState) of(next func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user := r.PathValue("user")
		if _, known := g.enabled[user]; !known {
			graphError(w, 404, "Request_ResourceNotFound", "Resource '"+user+"' does not exist or one of its queried reference-property objects are not present.")
			return
		}
		next(w, r, user)
	}
}

func (g *graphState) get(w http.ResponseWriter, r *http.Request, user string) {
	if !strings.Contains(r.URL.Query().Get("$select"), "accountEnabled") {
		graphError(w, 400, "BadRequest", "the stand-in wants accountEnabled to be selected, which isn't by default")
		return
	}
	answer(w, 200, object{
		"id": "87d349ed-44d7-43e1-9a83-5f2406dee5bd", "displayName": "A reporter", "userPrincipalName": user, "mail": user, "accountEnabled": g.enabled[user], "jobTitle": "Clerk", "department": "Finance", "officeLocation": nil,
		"createdDateTime": "2020-01-01T00:00:00Z",
	})
}

func (g *graphState) patch(w http.ResponseWriter, r *http.Request, user string) {
	enabled, is := readJSON(r)["accountEnabled"].(bool)
	if !is {
		graphError(w, 400, "Request_BadRequest", "Invalid property 'accountEnabled'.")
		return
	}
	g.enabled[user] = enabled
	w.WriteHeader(http.StatusNoContent)
}

func graphSignIns(w http.ResponseWriter, r *http.Request) {
	filter := r.URL.Query().Get("$filter")
	if !strings.Contains(filter, "userPrincipalName eq 'reporter@corp.example'") && !strings.Contains(filter, "ipAddress eq '198.51.100.7'") || !strings.Contains(filter, "createdDateTime ge ") {
		answer(w, 200, object{"value": list{}})
		return
	}
	row := func(id string, code int) object {
		return object{
			"id": id, "createdDateTime": "2025-01-02T11:00:00Z", "userPrincipalName": graphUser, "appDisplayName": "Office 365", "ipAddress": "198.51.100.7", "clientAppUsed": "Browser", "isInteractive": true, "riskLevelDuringSignIn": "high",
			"conditionalAccessStatus": "notApplied", "status": object{"errorCode": code, "failureReason": "Other."}, "location": object{"city": "Amsterdam", "countryOrRegion": "NL"}, "deviceDetail": object{"displayName": "", "operatingSystem": "Linux"},
		}
	}
	if r.URL.Query().Get("$skiptoken") == "page2" {
		answer(w, 200, object{"value": list{row("s2", 50126)}})
		return
	}
	next := "https://graph.microsoft.com/v1.0/auditLogs/signIns?" + r.URL.RawQuery + "&$skiptoken=page2"
	answer(w, 200, object{"value": list{row("s1", 0)}, "@odata.nextLink": next})
}

func graphMessages(w http.ResponseWriter, r *http.Request, _ string) {
	if r.URL.Query().Get("$filter") != "internetMessageId eq '<x@evil.example>'" {
		answer(w, 200, object{"value": list{}})
		return
	}
	answer(w, 200, object{"value": list{object{
		"id": GraphMail, "subject": "Invoice", "internetMessageId": "<x@evil.example>", "receivedDateTime": "2025-01-02T11:30:00Z", "isRead": true, "hasAttachments": false, "parentFolderId": "inbox-id",
		"from": object{"emailAddress": object{"name": "Pay", "address": "pay@evil.example"}},
	}}})
}

func graphMove(w http.ResponseWriter, r *http.Request, _ string) {
	to, _ := readJSON(r)["destinationId"].(string)
	switch {
	case r.PathValue("id") != GraphMail && r.PathValue("id") != "AAMkMoved==":
		graphError(w, 404, "ErrorItemNotFound", "The specified object was not found in the store.")
	case to == "":
		graphError(w, 400, "ErrorInvalidIdMalformed", "Id is malformed.")
	default:
		answer(w, 201, object{"id": "AAMkMoved==", "parentFolderId": to, "subject": "Invoice"})
	}
}
