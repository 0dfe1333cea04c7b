//go:build unix

package lab_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/testkit/lab"
)

// Flows of the library, by their ids.
const (
	flows             = "0199f3a0-6d2b-7c11-8a53-3f7d20c9"
	certificatesFlow  = flows + "c800"
	cloudFlow         = flows + "c700"
	huntFlow          = flows + "c300"
	alertFlow         = flows + "c100"
	endpointFlow      = flows + "c600"
	endpointAlertFlow = flows + "c601"
	correlationFlow   = flows + "c500"
)

// eventually waits for something to come about, a minute at most.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ask(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not come about", what)
		}
	}
}

// start starts a flow and gives the run's id.
func start(t *testing.T, l *lab.Lab, flow string, input any) string {
	t.Helper()
	return fmt.Sprint(l.Call(t, auth.Analyst, "POST", "/flows/"+flow+"/runs", map[string]any{"input": input, "trigger": "hand"})["id"])
}

// caseWith waits for a case whose title says something and that a condition holds for.
func caseWith(t *testing.T, l *lab.Lab, title string, holds func(c map[string]any) bool) (found map[string]any) {
	t.Helper()
	eventually(t, "case "+title, func() bool {
		for _, c := range l.Items(t, auth.Analyst, "/cases?limit=100") {
			if strings.Contains(fmt.Sprint(c["title"]), title) && (holds == nil || holds(c)) {
				found = c
				return true
			}
		}
		return false
	})
	return found
}

func closed(c map[string]any) bool { return c["status"] == "closed" }

// decide answers the next question whose title says something, as a responder.
func decide(t *testing.T, l *lab.Lab, title string, decision map[string]any) {
	t.Helper()
	eventually(t, "question "+title, func() bool {
		for _, q := range l.Items(t, auth.Responder, "/approvals?limit=100") {
			if strings.Contains(fmt.Sprint(q["title"]), title) && q["state"] == "open" {
				decision["hash"] = q["hash"]
				l.Call(t, auth.Responder, "POST", "/approvals/"+fmt.Sprint(q["id"])+"/decide", decision)
				return true
			}
		}
		return false
	})
}

// says waits for words in a case's timeline: flows may write there after the case is closed.
func says(t *testing.T, l *lab.Lab, c map[string]any, words ...string) {
	t.Helper()
	for _, said := range words {
		eventually(t, "the timeline says "+said, func() bool {
			return strings.Contains(fmt.Sprint(l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(c["id"])+"/timeline", nil)), said)
		})
	}
}

// explain prints how runs ended, where a test fails.
func explain(t *testing.T, l *lab.Lab) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, r := range l.Items(t, auth.Analyst, "/runs?limit=50") {
			run := l.Call(t, auth.Analyst, "GET", "/runs/"+fmt.Sprint(r["id"]), nil)
			t.Log(r["flowName"], r["state"], run["error"])
			steps, _ := run["steps"].(map[string]any)
			for key, s := range steps {
				if step, _ := s.(map[string]any); step["error"] != nil {
					t.Log("   ", key, step["state"], step["error"])
				}
			}
		}
	})
}

// TestCertificates follows three endpoints for weeks: one is good, one is renewed by its
// owner in time, and one, which has run out, only after it was escalated.
func TestCertificates(t *testing.T) {
	clock := &lab.Clock{}
	l := lab.Open(t, lab.Options{Clock: clock})
	explain(t, l)
	for _, c := range l.Items(t, auth.Admin, "/connectors?limit=200") {
		if c["id"] != "tls" {
			continue
		}
		granted := fmt.Sprint(l.Call(t, auth.Admin, "GET", fmt.Sprintf("/connectors/tls/versions/%v/grants", c["version"]), nil)["grant"])
		if strings.Count(granted, "tls:true") != len(l.Endpoints) {
			t.Errorf("tls is granted %s", granted)
		}
	}
	start(t, l, certificatesFlow, map[string]any{})
	shop := caseWith(t, l, "shop.corp.example", nil)
	old := caseWith(t, l, "old.corp.example", nil)
	if text := strings.Join(l.Mails.Mails(t, "user00042", 1), "\n"); !strings.Contains(text, "shop.corp.example has 20 days left") {
		t.Errorf("the owner was told %s", text)
	}
	// The one that has run out is escalated at the first look, to the manager as well.
	day := func() { clock.Advance(24*time.Hour + time.Minute) }
	eventually(t, "escalation", func() bool {
		c := l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(old["id"]), nil)
		return c["severity"] == "critical"
	})
	l.Mails.Mails(t, "user00004", 1)
	says(t, l, shop, "Person 42 was told by mail: user00042@corp.example.")
	says(t, l, old, "user00043@corp.example, user00004@corp.example.")
	for range 5 {
		day()
	}
	l.Endpoints["shop.corp.example"].Renew(t, 900)
	l.Endpoints["old.corp.example"].Renew(t, 900)
	eventually(t, "both cases are closed", func() bool {
		day()
		<-time.After(time.Second)
		return closed(l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(shop["id"]), nil)) && closed(l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(old["id"]), nil))
	})
	for _, c := range l.Items(t, auth.Analyst, "/cases?limit=100") {
		if strings.Contains(fmt.Sprint(c["title"]), "www.corp.example") {
			t.Error("a good certificate has a case")
		}
	}
}

// TestPhishing has somebody forward a mail to the abuse mailbox, and goes with it to the
// closed case: detonated, enriched, a ticket, the copy pulled, the reporter told.
func TestPhishing(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	l.Report(t, "1", lab.Reported)
	decide(t, l, "Pull 1 copy of \"Invoice\" (case ", map[string]any{"decision": "approve"})
	c := caseWith(t, l, "Phishing: Invoice", closed)
	if c["resolution"] != "true_positive" || c["severity"] != "high" {
		t.Errorf("the case is %v", c)
	}
	says(t, l, c, "invoice.exe: the sandbox gives", "1 found, 1 pulled", "No related cases.", "Ticket: SEC-", "; the worst has")
	if text := strings.Join(l.Mails.Mails(t, "reporter", 1), "\n"); !strings.Contains(text, "It is malicious.") {
		t.Errorf("the reporter was told %s", text)
	}
	artifacts := fmt.Sprint(l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(c["id"])+"/artifacts", nil))
	for _, value := range []string{"evil.example", "198.51.100.7", "pay@evil.example", "invoice.exe: the sandbox gives"} {
		if !strings.Contains(artifacts, value) {
			t.Errorf("no artifact %s: %s", value, artifacts)
		}
	}
}

// TestHunt hunts for what a report names, with a lead's word, blocks what it found
// outside and disables an account.
func TestHunt(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	start(t, l, huntFlow, map[string]any{"hypothesis": "The stealer of last week phones home", "report": "C2 198.51.100.7, loader at hxxp://login.evil.example/load", "hours": 48})
	decide(t, l, "Approve a hunt", map[string]any{"decision": "approve"})
	decide(t, l, "Respond to hunt", map[string]any{"decision": "approve", "form": map[string]any{"block": true, "disable": "user00007"}})
	decide(t, l, "Disable the account of", map[string]any{"decision": "approve"})
	c := caseWith(t, l, "Hunt: The stealer", closed)
	says(t, l, c, "Blocked: 198.51.100.7", "Disabled: user00007")
	told, _ := l.Call(t, auth.Analyst, "GET", "/cases/"+fmt.Sprint(c["id"]), nil)["description"].(string)
	if !strings.Contains(told, "hunted: `198.51.100.7`, `login.evil.example`.") {
		t.Errorf("the case says %s", told)
	}
}

// TestIncidentResponse opens a case of malware: its template is applied, the artifacts
// are enriched by themselves, and a host is contained once a responder has said so.
func TestIncidentResponse(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	made := l.Call(t, auth.Analyst, "POST", "/cases", map[string]any{
		"title": "A stealer on NB-017", "severity": "high", "tags": []string{"malware"},
		"artifacts": []any{map[string]any{"type": "host", "value": "NB-017"}, map[string]any{"type": "domain", "value": "evil.example"}},
	})
	id := fmt.Sprint(made["id"])
	task := func(key string) (found map[string]any) {
		for _, task := range l.Items(t, auth.Analyst, "/cases/"+id+"/tasks") {
			if task["key"] == key {
				found = task
			}
		}
		return found
	}
	eventually(t, "the artifacts are enriched", func() bool { return task("enrich")["state"] == "done" })
	put := func(key string, change map[string]any) {
		l.Call(t, auth.Analyst, "PUT", "/cases/"+id+"/tasks/"+fmt.Sprint(task(key)["id"]), change)
	}
	put("scope", map[string]any{"state": "done", "answers": map[string]any{"hosts": 1}})
	l.Call(t, auth.Analyst, "POST", "/cases/"+id+"/tasks/"+fmt.Sprint(task("contain")["id"])+"/run", map[string]any{})
	decide(t, l, "Contain nb-017", map[string]any{"decision": "approve"})
	eventually(t, "the host is contained", func() bool { return task("contain")["state"] == "done" })
	for _, key := range []string{"clean", "back"} {
		put(key, map[string]any{"state": "done"})
	}
	l.Call(t, auth.Analyst, "PUT", "/cases/"+id, map[string]any{"status": "closed", "resolution": "true_positive"})
	if c := l.Call(t, auth.Analyst, "GET", "/cases/"+id, nil); !closed(c) {
		t.Errorf("the case is %v", c)
	}
}

// TestCloud finds the bucket that is open to the world and closes it after approval.
func TestCloud(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	start(t, l, cloudFlow, map[string]any{})
	decide(t, l, "Close open-bucket", map[string]any{"decision": "approve"})
	caseWith(t, l, "open-bucket", closed)
}

// TestAlerts sends alerts of a SIEM: one of a known bad address becomes a case, with the
// scores of what is known of it, and one for information is closed with the reason.
func TestAlerts(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	event := func(id string, severity int, ip string) map[string]any {
		return map[string]any{"event": map[string]any{
			"@timestamp": "2026-03-02T08:00:00Z", "ecs": map[string]any{"version": "8.11.0"}, "event": map[string]any{"id": id, "kind": "alert", "severity": severity, "module": "siem"},
			"rule": map[string]any{"name": "Beaconing " + id}, "host": map[string]any{"name": "nb-017"}, "user": map[string]any{"name": "user00042"}, "destination": map[string]any{"ip": ip},
		}}
	}
	l.Call(t, auth.Analyst, "POST", "/flows/"+alertFlow+"/runs?wait=30s", map[string]any{"trigger": "hand", "input": event("e-1", 99, "198.51.100.7")})
	c := caseWith(t, l, "Beaconing e-1", nil)
	says(t, l, c, "User: Person 42.", "Opened by the flow Alert triage.")
	eventually(t, "the case has the score that its comment tells", func() bool {
		for _, a := range l.Items(t, auth.Analyst, "/cases/"+fmt.Sprint(c["id"])+"/artifacts") {
			if score, _ := a["score"].(float64); a["value"] == "198.51.100.7" && score > 0 {
				return true
			}
		}
		return false
	})
	l.Call(t, auth.Analyst, "POST", "/flows/"+alertFlow+"/runs?wait=30s", map[string]any{"trigger": "hand", "input": event("e-2", 1, "192.0.2.1")})
	eventually(t, "one alert has a case and the other is closed", func() bool {
		states := map[string]any{}
		for _, a := range l.Items(t, auth.Analyst, "/alerts?status=closed,cased,new") {
			states[fmt.Sprint(a["externalId"])] = a["status"]
		}
		return states["e-1"] == "cased" && states["e-2"] == "closed"
	})
	l.Call(t, auth.Analyst, "PUT", "/cases/"+fmt.Sprint(c["id"]), map[string]any{"status": "closed", "resolution": "true_positive"})
}

// TestEndpoint has the alert of the EDR handled: the host is isolated, and the audit team
// and the owner are told.
func TestEndpoint(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	start(t, l, endpointFlow, map[string]any{})
	c := caseWith(t, l, "SuspiciousScript", nil)
	if tags := fmt.Sprint(c["tags"]); !strings.Contains(tags, "isolated") {
		t.Errorf("its tags are %s", tags)
	}
	says(t, l, c, "It did not answer and was restarted.", "told")
	l.Call(t, auth.Analyst, "PUT", "/cases/"+fmt.Sprint(c["id"]), map[string]any{"status": "closed", "resolution": "true_positive"})
}

// TestCorrelation keeps what the scanner found, and raises the case of a vulnerability
// that is exploited, and open on an asset of the company, whatever else is in the case.
func TestCorrelation(t *testing.T) {
	l := lab.Open(t, lab.Options{})
	explain(t, l)
	made := l.Call(t, auth.Analyst, "POST", "/cases", map[string]any{"title": "Odd look-ups", "severity": "low", "artifacts": []any{
		map[string]any{"type": "cve", "value": "CVE-2020-0001"}, map[string]any{"type": "cve", "value": "CVE-2021-44228"},
	}})
	run := start(t, l, correlationFlow, map[string]any{"assets": []string{"nb-017.corp.example", "gone.corp.example"}})
	c := caseWith(t, l, "Odd look-ups", func(c map[string]any) bool { return c["severity"] == "critical" || c["severity"] == "high" })
	if c["id"] != made["id"] {
		t.Errorf("another case was raised: %v", c)
	}
	says(t, l, c, "CVE-2021-44228 on nb-017.corp.example: P1, respond within 1h")
	if due, err := time.Parse(time.RFC3339, fmt.Sprint(c["dueAt"])); err != nil || time.Until(due) > time.Hour || time.Until(due) < 50*time.Minute {
		t.Errorf("it is due at %v", c["dueAt"])
	}
	var output map[string]any
	eventually(t, "the run ends", func() bool {
		output, _ = l.Call(t, auth.Analyst, "GET", "/runs/"+run, nil)["output"].(map[string]any)
		return output != nil
	})
	if kept, failed := fmt.Sprint(output["kept"]), fmt.Sprint(output["failed"]); kept != "[nb-017.corp.example]" || !strings.Contains(failed, "gone.corp.example") || strings.Contains(failed, "nb-017") {
		t.Errorf("it says %v", output)
	}
	if found := fmt.Sprint(l.Items(t, auth.Analyst, "/findings?limit=100")); !strings.Contains(found, "Log4j") {
		t.Errorf("what the scanner found is not kept: %s", found)
	}
	l.Call(t, auth.Analyst, "PUT", "/cases/"+fmt.Sprint(c["id"]), map[string]any{"status": "closed", "resolution": "true_positive"})
}
