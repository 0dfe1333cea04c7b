package alerts_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
)

func event(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Events in the shapes of the published schemas; the values are made up.
const (
	// https://www.elastic.co/guide/en/security/current/alert-schema.html, with dots in its keys.
	elasticAlert = `{"@timestamp": "2026-01-31T09:00:07.120Z", "kibana.alert.uuid": "f1c0", "kibana.alert.rule.name": "Suspicious child of a browser", "kibana.alert.reason": "process event with cmd.exe by alice",
		"kibana.alert.severity": "high", "kibana.alert.risk_score": 73, "kibana.alert.original_time": "2026-01-31T09:00:00Z", "event": {"kind": "signal", "module": "endpoint", "id": "e-9"},
		"kibana.alert.rule.threat": [{"tactic": {"id": "TA0002"}, "technique": [{"id": "T1059"}, {"id": "T1204"}]}], "host": {"name": "WS-7.corp.example", "ip": ["10.0.0.7", "fe80::1"]}, "user": {"name": "Alice"},
		"process": {"executable": "C:\\Windows\\cmd.exe", "hash": {"sha256": "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"}}, "destination": {"ip": "198.51.100.7", "domain": "evil.example"}}`
	// https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html, nested.
	ecsEvent = `{"@timestamp": "2026-01-31T10:00:00+01:00", "ecs": {"version": "8.11.0"}, "event": {"kind": "alert", "id": "77", "severity": 99, "provider": "suricata"}, "rule": {"name": "ET MALWARE beacon", "id": "2024"},
		"message": "beacon seen", "source": {"ip": "10.0.0.9"}, "destination": {"ip": "203.0.113.9"}, "threat": {"tactic": {"id": ["TA0011"]}, "technique": {"id": ["T1071"]}}, "observer": {"product": "Suricata", "vendor": "OISF"}}`
	// https://schema.ocsf.io/1.4.0/classes/detection_finding
	ocsfDetection = `{"class_uid": 2004, "category_uid": 2, "activity_id": 1, "type_uid": 200401, "severity_id": 5, "time": 1769850000000, "status_id": 1,
		"metadata": {"version": "1.4.0", "product": {"name": "GuardDuty", "vendor_name": "AWS"}}, "finding_info": {"uid": "gd-1", "title": "Command and control", "desc": "An instance asks a known bad name.", "created_time": 1769850000000,
			"analytic": {"name": "C&CActivity.B", "type_id": 1}, "attacks": [{"tactic": {"uid": "TA0011", "name": "Command and Control"}, "technique": {"uid": "T1071", "name": "Application Layer Protocol"}}]},
		"evidences": [{"device": {"hostname": "web-1"}, "actor": {"user": {"name": "svc-web"}}, "query": {"hostname": "bad.example"}, "file": {"hashes": [{"algorithm_id": 3, "value": "D41D8CD98F00B204E9800998ECF8427E"}]}}],
		"observables": [{"name": "evidences.query.hostname", "type_id": 1, "value": "bad.example"}, {"name": "dst", "type_id": 2, "value": "203.0.113.9"}, {"name": "port", "type_id": 11, "value": "443"}], "vulnerabilities": [{"cve": {"uid": "CVE-2026-1234"}}]}`
	// https://schema.ocsf.io/1.4.0/classes/incident_finding
	ocsfIncident = `{"class_uid": 2005, "category_uid": 2, "activity_id": 1, "type_uid": 200501, "severity_id": 4, "time": 1769850000, "status_id": 1, "desc": "Two hosts beacon", "metadata": {"uid": "inc-5", "version": "1.4.0", "product": {"vendor_name": "Corp XDR"}},
		"finding_info_list": [{"uid": "f-1", "title": "Beacon of web-1"}, {"uid": "f-2", "title": "Beacon of web-2"}], "attacks": [{"tactic": {"uid": "TA0011"}, "technique": {"uid": "T1071"}}]}`
)

func TestNormalise(t *testing.T) {
	for name, c := range map[string]struct {
		event   string
		mapping alerts.Mapping
		want    string // title | source | external id | severity | time | rule | tactics | techniques | host | user | shape
		seen    []string
	}{
		"an alert of Elastic": {
			elasticAlert, nil, "Suspicious child of a browser|endpoint|f1c0|high|2026-01-31T09:00:00Z|Suspicious child of a browser|TA0002|T1059,T1204|WS-7.corp.example|Alice|ecs",
			[]string{"host ws-7.corp.example", "user alice", "ip 198.51.100.7", "ip 10.0.0.7", "ip fe80::1", "domain evil.example", "hash e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "process C:\\Windows\\cmd.exe"},
		},
		"an event of ECS": {
			ecsEvent, nil, "ET MALWARE beacon|Suricata|77|critical|2026-01-31T09:00:00Z|ET MALWARE beacon|TA0011|T1071|||ecs", []string{"ip 10.0.0.9", "ip 203.0.113.9"},
		},
		"a detection of OCSF": {
			ocsfDetection, nil, "Command and control|GuardDuty|gd-1|critical|2026-01-31T09:00:00Z|C&CActivity.B|TA0011|T1071|web-1|svc-web|ocsf",
			[]string{"host web-1", "user svc-web", "domain bad.example", "hash d41d8cd98f00b204e9800998ecf8427e", "cve CVE-2026-1234", "host bad.example", "ip 203.0.113.9"},
		},
		"an incident of OCSF": {
			ocsfIncident, nil, "Beacon of web-1|Corp XDR|inc-5|high|2026-01-31T09:00:00Z||TA0011|T1071|||ocsf", nil,
		},
		"any JSON": {
			`{"id": 17, "name": "Too many logins", "priority": "P2", "timestamp": 1769850000, "user": {"name": "bob"}, "src_ip": "10.0.0.300", "indicators": ["hxxp://evil[.]example/x", {"type": "sha256", "value": "not a hash"}, {"type": "weird", "value": "203.0.113.9"}]}`,
			nil, "Too many logins|webhook|17|high|2026-01-31T09:00:00Z||||" + "|bob|plain",
			[]string{"user bob", "other 10.0.0.300", "url http://evil.example/x", "other not a hash", "ip 203.0.113.9"},
		},
		"a mapping": {
			`{"data": {"what": ["", "Odd\n login "], "sev": "WARN", "a/b": {"host": "H1"}, "seen": [{"v": "evil.example"}, {"v": "evil.example"}]}}`,
			alerts.Mapping{"title": "data.what.1", "severity": "/data/sev", "source": "=Acme EDR", "host": "/data/a~1b/host", "observables": "data.seen.v"},
			"Odd login|Acme EDR||medium|||||H1||plain",
			[]string{"host h1", "domain evil.example"},
		},
	} {
		f, seen, problems := alerts.Normalise(event(t, c.event), c.mapping)
		at := ""
		if !f.At.IsZero() {
			at = f.At.Format(time.RFC3339)
		}
		got := strings.Join([]string{f.Title, f.Source, f.ExternalID, f.Severity, at, f.Rule, strings.Join(f.Tactics, ","), strings.Join(f.Techniques, ","), f.Host, f.User, f.Shape}, "|")
		if len(problems) > 0 || got != c.want {
			t.Errorf("%s gives\n%s, want\n%s, %v", name, got, c.want, problems)
		}
		var list []string
		for i := range seen {
			list = append(list, seen[i].Type+" "+seen[i].Value)
		}
		if !slices.Equal(list, c.seen) {
			t.Errorf("%s shows\n%q, want\n%q", name, list, c.seen)
		}
	}
}

// TestBadEvents holds that what can't be taken is named with its path, all at once.
func TestBadEvents(t *testing.T) {
	for name, c := range map[string]struct {
		event   string
		mapping alerts.Mapping
		fields  []string
	}{
		"a list":                {`[{"title": "x"}]`, nil, []string{"event"}},
		"nothing":               {`{}`, nil, []string{"event"}},
		"another class of OCSF": {`{"class_uid": 3002, "severity_id": 1, "message": "m"}`, nil, []string{"class_uid"}},
		"no title":              {`{"class_uid": 2004, "severity_id": 1, "finding_info": {"uid": "1"}}`, nil, []string{"finding_info.title or finding_info_list.title or desc or message"}},
		"severity and time":     {`{"title": "x", "severity": "very", "time": "yesterday"}`, nil, []string{"severity", "time"}},
		"OCSF's severity":       {`{"class_uid": 2004, "severity_id": 7, "message": "m"}`, nil, []string{"severity_id"}},
		"a mapped object":       {`{"a": {"b": 1}, "title": "t"}`, alerts.Mapping{"title": "a"}, []string{"a", "a"}},
		"a mapping of nothing":  {`{"title": "t"}`, alerts.Mapping{"titel": "a", "host": ""}, []string{"mapping/host", "mapping/titel"}},
	} {
		_, _, problems := alerts.Normalise(event(t, c.event), c.mapping)
		var fields []string
		for _, p := range problems {
			fields = append(fields, p.Field)
			if p.Message == "" || p.Fix == "" {
				t.Errorf("%s: %+v says no way out", name, p)
			}
		}
		if !slices.Equal(fields, c.fields) {
			t.Errorf("%s is refused at %q, want %q", name, fields, c.fields)
		}
	}
}

// FuzzNormalise holds that no event brings it down, and that what it gives fits an alert.
func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{elasticAlert, ecsEvent, ocsfDetection, ocsfIncident, `{"title": "\u0000", "time": -1e300, "severity": 1e9}`} {
		f.Add(seed, "a.0.b")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		for _, m := range []alerts.Mapping{nil, {"host": path, "title": "/" + path}} {
			got, seen, problems := alerts.Normalise(v, m)
			if len(problems) == 0 && (got.Title == "" || alerts.Rank(got.Severity) < 0 || len([]rune(got.Title)) > alerts.MaxTitle || len(seen) > alerts.MaxObservables) {
				t.Errorf("%q gives %+v", text, got)
			}
		}
	})
}

// TestScore holds the formula, and that knowing more never lowers a score.
func TestScore(t *testing.T) {
	bare := alerts.Rating{Given: alerts.NoScores, Found: alerts.NoScores}
	for name, c := range map[string]struct {
		severity string
		change   func(r *alerts.Rating)
		want     int
	}{
		"nothing known":  {"info", func(*alerts.Rating) {}, 0},
		"severity alone": {"high", func(*alerts.Rating) {}, 375},
		"local":          {"high", func(r *alerts.Rating) { r.Found.Local = 800 }, 495},
		"the higher":     {"high", func(r *alerts.Rating) { r.Found.Local, r.Given.Local = 800, 1000 }, 525},
		"all scores":     {"low", func(r *alerts.Rating) { r.Given = alerts.Scores{Local: 1000, Community: 1000, Enrichment: 1000} }, 450},
		"a harmless one": {"low", func(r *alerts.Rating) { r.Given.Community = 0 }, 125},
		"criticality":    {"low", func(r *alerts.Rating) { r.Assets = []alerts.Asset{{Criticality: 1}, {Criticality: 5}} }, 225},
		"a loss":         {"low", func(r *alerts.Rating) { r.Assets = []alerts.Asset{{Criticality: 1, Impact: 5000, Band: 2}} }, 163},
		"the worst of it": {"critical", func(r *alerts.Rating) {
			*r = alerts.Rating{Given: alerts.Scores{1000, 1000, 1000}, Assets: []alerts.Asset{{Criticality: 5, Impact: 1e7, Band: 4}}}
		}, 1000},
	} {
		r := bare
		c.change(&r)
		got, reasons := alerts.Score(c.severity, &r)
		sum := 0
		for _, reason := range reasons {
			sum += reason.Points
		}
		if got != c.want || sum != got {
			t.Errorf("%s: %d of %+v, want %d", name, got, reasons, c.want)
		}
		before, _ := alerts.Score(c.severity, &bare)
		if got < before {
			t.Errorf("%s: knowing more makes %d of %d", name, got, before)
		}
	}
}
