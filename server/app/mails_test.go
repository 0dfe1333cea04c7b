package app_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/flows"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// triage is a server with the library's phishing flow published; it gives the
// hook's address. The test is skipped where the bundled connectors are not built.
func triage(t *testing.T) (h *house, hook string) {
	t.Helper()
	h = open(t, t.TempDir())
	content, err := flows.Library.ReadFile("library/phishing-triage.flow.json")
	if err != nil {
		t.Fatal(err)
	}
	made := h.do(call{method: "POST", path: "/flows", as: auth.Author, body: content}).want(http.StatusCreated)
	published := h.do(call{method: "POST", path: "/flows/" + made["id"].(string) + "/publish", as: auth.Author, body: map[string]any{}})
	if published.status == http.StatusUnprocessableEntity && strings.Contains(string(published.body), "connector.missing") {
		t.Skip("the bundled connectors are not built: make build")
	}
	hooks, _ := published.want(http.StatusOK)["hooks"].(map[string]any)
	hook, _ = hooks["report"].(string)
	return h, hook
}

type verdict struct {
	Verdict  string
	Subject  string
	From     struct{ Name, Address string }
	Reporter *struct{ Name, Address string }
	Links    []struct{ Text, URL string }
}

func (h *house) report(hook string, raw []byte) *reply {
	return h.do(call{
		method: "POST", path: hook, header: map[string]string{"Content-Type": "application/json"},
		body: map[string]any{"rawBase64": base64.StdEncoding.EncodeToString(raw)},
	})
}

func (r *reply) verdict() (v verdict) {
	r.t.Helper()
	r.want(http.StatusOK)
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatal(err)
	}
	return v
}

// TestRealMailsByWebhook sends real mails, which lie beside the repository where
// they are available.
func TestRealMailsByWebhook(t *testing.T) {
	mails, _ := filepath.Glob("../../../shared/data/mail/*.eml")
	if len(mails) == 0 {
		t.Skip("no real mails in ../shared/data/mail beside the repository")
	}
	h, hook := triage(t)
	for _, name := range mails {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		v := h.report(hook, raw).verdict()
		if v.Verdict == "" || v.From.Address == "" {
			t.Errorf("%s: %+v", filepath.Base(name), v)
		}
	}
}

func TestMailsOfAllSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("parses large mails")
	}
	h, hook := triage(t)
	head := "From: Ann <ann@corp.example>\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<a href=\"https://x.example/?a=1&amp;b=2\">x</a>\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	attachment := strings.Repeat(strings.Repeat("QUFB", 19)+"\r\n", 10<<20/78)
	v := h.report(hook, []byte(head+attachment+"--b--\r\n")).verdict()
	if v.Subject != "large" || len(v.Links) != 1 || v.Links[0].URL != "https://x.example/?a=1&b=2" {
		t.Errorf("10 MB: %+v", v)
	}
	refused := h.do(call{
		method: "POST", path: hook, header: map[string]string{"Content-Type": "application/json"},
		body: []byte(`{"raw": "` + strings.Repeat("x", 40<<20) + `"}`),
	})
	refused.want(http.StatusRequestEntityTooLarge)
	if !strings.Contains(string(refused.body), "32 MiB") {
		t.Errorf("40 MB is refused with %s", refused.body)
	}
	nested := strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 20_000) + "From: deep@x.example\r\n\r\nend\r\n"
	h.report(hook, []byte("From: Rep <rep@corp.example>\r\n"+nested)).want(http.StatusOK)
	if empty := h.do(call{method: "POST", path: hook, header: map[string]string{"Content-Type": "application/json"}, body: map[string]any{}}); empty.status != http.StatusUnprocessableEntity {
		t.Errorf("a body without a mail gives %d %s", empty.status, empty.body)
	}
}
