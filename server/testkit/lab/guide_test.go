//go:build unix

package lab_test

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/testkit"
	"github.com/drawbridge-soar/drawbridge/server/testkit/lab"
)

// TestGuide does what the lab's page says: it sends the alert to the webhook, which
// becomes a case, runs the alert of an endpoint, and names where mails are laid and where
// questions wait.
func TestGuide(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	address, folder := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t)), t.TempDir()
	if err := l.Guide(t.Context(), address, folder, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	page := fetch(t, http.MethodGet, "http://"+address, "")
	for _, word := range []string{
		folder, "/inbox", "Alert triage", "Vulnerability correlation", "Endpoint alerts", "Threat hunt", "Cloud compliance", "Certificates", "Phishing: Invoice", "every 20s", "Malware",
	} {
		if !strings.Contains(page, word) {
			t.Errorf("the page does not say %s", word)
		}
	}
	if strings.Contains(page, "pprovals") {
		t.Error("the page speaks of approvals: the menu says Inbox")
	}
	command := regexp.MustCompile(`(?s)curl (\S+) .*? -d '(.*?)'</pre>`).FindStringSubmatch(page)
	if command == nil {
		t.Fatal("the page has no alert to send")
	}
	fetch(t, http.MethodPost, command[1], html.UnescapeString(command[2]))
	caseWith(t, l, "Beaconing", nil)
	var alert map[string]any
	input := regexp.MustCompile(`(?s)<pre>(\{"alert".*?)</pre>`).FindStringSubmatch(page)
	if input == nil || json.Unmarshal([]byte(html.UnescapeString(input[1])), &alert) != nil {
		t.Fatalf("the page has no alert of an endpoint: %v", input)
	}
	start(t, l, endpointAlertFlow, alert)
	c := caseWith(t, l, "Credential theft", nil)
	says(t, l, c, "Isolated. It did not answer and was restarted.")
}

func fetch(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, url, res.StatusCode, content, err)
	}
	return string(content)
}

// TestFeeder never runs out of mails, gives none twice, and takes what is laid into its
// folder first.
func TestFeeder(t *testing.T) {
	folder := t.TempDir()
	f, seen := lab.NewFeeder(folder), map[string]bool{}
	for range 20 {
		mail := f.Next()
		if mail == "" || seen[mail] {
			t.Fatalf("after %d mails comes %q", len(seen), mail)
		}
		seen[mail] = true
	}
	own := "Subject: Mine\r\n\r\nLook.\r\n"
	if err := os.WriteFile(filepath.Join(folder, "mine.eml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := f.Next(); got != own {
		t.Errorf("next is %q", got)
	}
	if got := f.Next(); got == own {
		t.Error("it is reported twice")
	}
}
