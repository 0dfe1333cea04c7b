package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// TestNoFlowHasItsRunsForgottenAtOnce: an author can't have what happened removed sooner
// than the server's admin says.
func TestNoFlowHasItsRunsForgottenAtOnce(t *testing.T) {
	h := &house{t: t, data: t.TempDir(), tokens: tokens()}
	t.Cleanup(h.startWith(t, app.ServeConfig{LeastKeep: 7 * 24 * time.Hour}))
	for keep, refused := range map[string]bool{"6d": true, "7d": false, "167h": true} {
		source := `{"format": "drawbridge.flow/1", "name": "Kept", "nodes": [{"id": "a", "type": "core.set", "position": [0, 0]}], "edges": [], "limits": {"keep": "` + keep + `"}}`
		id := h.do(call{"POST", "/flows", auth.Author, []byte(source), nil}).want(201)["id"].(string)
		published := h.do(call{"POST", "/flows/" + id + "/publish", auth.Author, nil, nil})
		if !refused {
			published.want(200)
			continue
		}
		p := published.want(422)["problems"].([]any)[0].(map[string]any)
		if p["code"] != "limits.keep" || p["pointer"] != "/limits/keep" || p["line"] == 0.0 || !strings.Contains(p["message"].(string), "7d at least on this server") {
			t.Errorf("%s: %v", keep, p)
		}
	}
}
