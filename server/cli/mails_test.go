package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
)

// TestRealMails runs the library's phishing flow over real mails, which lie
// beside the repository where they are available.
func TestRealMails(t *testing.T) {
	mails, _ := filepath.Glob("../../../shared/data/mail/*.eml")
	if len(mails) == 0 {
		t.Skip("no real mails in ../shared/data/mail beside the repository")
	}
	content, err := os.ReadFile("../../flows/library/phishing-triage.flow.json")
	if err != nil {
		t.Fatal(err)
	}
	d, problems := flow.Decode(content)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	h, err := app.OpenHeadless(t.Context(), "", app.Powers{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeHeadless(t.Context(), h) })
	if problems := h.Check(t.Context(), d); problems.Failed() {
		t.Skipf("the bundled connectors are not built (make build): %v", problems[0])
	}
	verdicts := map[string]int{}
	for _, name := range mails {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			encoded := triage(t, h, d, map[string]any{"rawBase64": base64.StdEncoding.EncodeToString(raw)})
			if verdict, _ := encoded["verdict"].(string); verdict == "" {
				t.Fatalf("no verdict in %v", encoded)
			} else {
				verdicts[verdict]++
			}
			if bytes.Equal(raw, bytes.ToValidUTF8(raw, nil)) {
				text := triage(t, h, d, map[string]any{"raw": string(raw)})
				if a, b := flow.CompactJSON(encoded), flow.CompactJSON(text); !bytes.Equal(a, b) {
					t.Errorf("as base64\n%s\nas text\n%s", a, b)
				}
			}
		})
	}
	t.Log(verdicts)
}

func triage(t *testing.T, h *app.Headless, d *flow.Document, input any) map[string]any {
	t.Helper()
	state, err := h.Run(t.Context(), app.Job{Document: d, Input: input})
	if err != nil {
		t.Fatal(err)
	}
	if state.Status != run.Succeeded {
		t.Fatalf("%s: %v", state.Status, state.Error)
	}
	data, err := json.Marshal(state.Output)
	if err != nil {
		t.Fatal(err)
	}
	out, err := flow.ParseValue(data)
	if err != nil {
		t.Fatal(err)
	}
	fields, _ := out.(map[string]any)
	return fields
}
