package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const deskDocument = `
openapi: 3.1.0
info: {title: Service Desk, version: 1.0.0}
servers: [{url: https://desk.example.com/api}]
paths:
  /tickets:
    get: {operationId: listTickets, tags: [tickets], responses: {"200": {description: OK}}}
    delete: {operationId: dropTickets, responses: {"200": {description: OK}}}
    trace: {responses: {"200": {description: OK}}}
`

// TestADocumentBecomesAConnector plans one, and installs what was chosen of it.
func TestADocumentBecomesAConnector(t *testing.T) {
	h := open(t, t.TempDir())
	given := map[string]any{"name": "desk.yaml", "document": deskDocument}
	plan := h.do(call{"POST", "/connectors/openapi/plan", auth.Admin, given, nil}).want(200)
	var operations []string
	for _, o := range plan["operations"].([]any) {
		one := o.(map[string]any)
		operations = append(operations, fmt.Sprint(one["operation"], " ", one["action"], " ", one["effect"], " ", one["tags"]))
	}
	if got := strings.Join(operations, ", "); got != "GET /tickets list_tickets read [tickets], DELETE /tickets drop_tickets destructive []" {
		t.Errorf("the plan has %s", got)
	}
	if left := fmt.Sprint(plan["leftOut"]); !strings.Contains(left, "TRACE /tickets") || !strings.Contains(fmt.Sprint(plan["asked"]), "desk.example.com") {
		t.Errorf("left out %s, asked %v", left, plan["asked"])
	}
	h.do(call{"POST", "/connectors/openapi/plan", auth.Author, given, nil}).want(403)
	given["operations"] = []string{"GET /tickets"}
	h.do(call{"POST", "/connectors/openapi", auth.Author, given, nil}).want(403)
	installed := h.do(call{"POST", "/connectors/openapi", auth.Admin, given, nil}).want(201)
	if got := fmt.Sprint(installed["connectors"]); !strings.Contains(got, "id:service_desk") || !strings.Contains(got, "consented:false") {
		t.Errorf("installed %s", got)
	}
	connector := h.do(call{"GET", "/connectors/service_desk/versions/1.0.0", auth.Viewer, nil, nil}).want(200)
	if actions := connector["actions"].([]any); len(actions) != 1 {
		t.Errorf("it has %d actions", len(actions))
	}
	broken := map[string]any{"name": "old.json", "document": "{\n \"swagger\": \"2.0\"}"}
	refused := h.do(call{"POST", "/connectors/openapi/plan", auth.Admin, broken, nil}).want(422)
	if got := fmt.Sprint(refused["problems"]); !strings.Contains(got, "line:2") || !strings.Contains(got, "Swagger 2.0") {
		t.Errorf("refused by %s", got)
	}
	given["operations"] = []string{"GET /gone"}
	h.do(call{"POST", "/connectors/openapi", auth.Admin, given, nil}).want(422)
}
