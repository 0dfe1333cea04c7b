package alerts

import (
	"fmt"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// ecs are events in the Elastic Common Schema (https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html),
// alerts of Elastic Security among them (https://www.elastic.co/guide/en/security/current/alert-schema.html).
var ecs = shape{
	name: ShapeECS,
	paths: map[string][]string{
		"title":       {"kibana.alert.rule.name", "rule.name", "event.reason", "message", "event.action"},
		"description": {"kibana.alert.reason", "event.reason", "rule.description", "kibana.alert.rule.description", "message"},
		"source":      {"observer.product", "event.module", "event.provider", "observer.vendor", "agent.type", "kibana.alert.rule.producer"},
		"externalId":  {"kibana.alert.uuid", "event.id", "_id"},
		"severity":    {"kibana.alert.severity", "event.risk_score_norm", "kibana.alert.risk_score", "event.severity", "log.syslog.severity.name"},
		"time":        {"kibana.alert.original_time", "@timestamp", "event.created"},
		"rule":        {"rule.name", "kibana.alert.rule.name", "rule.id", "kibana.alert.rule.uuid"},
		"tactics":     {"threat.tactic.id", "kibana.alert.rule.threat.tactic.id", "threat.tactic.name"},
		"techniques":  {"threat.technique.id", "kibana.alert.rule.threat.technique.id", "threat.technique.name"},
		"host":        {"host.name", "host.hostname", "agent.name"},
		"user":        {"user.name", "user.email", "source.user.name"},
	},
	observables: [][2]string{
		{"source.ip", cases.TypeIP},
		{"destination.ip", cases.TypeIP},
		{"client.ip", cases.TypeIP},
		{"server.ip", cases.TypeIP},
		{"host.ip", cases.TypeIP},
		{"threat.indicator.ip", cases.TypeIP},
		{"dns.resolved_ip", cases.TypeIP},
		{"source.domain", cases.TypeDomain},
		{"destination.domain", cases.TypeDomain},
		{"url.domain", cases.TypeDomain},
		{"dns.question.name", cases.TypeDomain},
		{"url.full", cases.TypeURL},
		{"url.original", cases.TypeURL},
		{"threat.indicator.url.full", cases.TypeURL},
		{"file.hash.sha256", cases.TypeHash},
		{"file.hash.sha1", cases.TypeHash},
		{"file.hash.md5", cases.TypeHash},
		{"process.hash.sha256", cases.TypeHash},
		{"process.hash.md5", cases.TypeHash},
		{"threat.indicator.file.hash.sha256", cases.TypeHash},
		{"file.path", cases.TypeFile},
		{"process.executable", cases.TypeProcess},
		{"registry.path", cases.TypeRegistry},
		{"vulnerability.id", cases.TypeCVE},
		{"email.from.address", cases.TypeEmail},
		{"email.sender.address", cases.TypeEmail},
		{"email.reply_to.address", cases.TypeEmail},
		{"email.subject", cases.TypeSubject},
		{"email.message_id", cases.TypeMessage},
		{"user.email", cases.TypeEmail},
	},
	severity: anySeverity,
	fallback: "ECS",
}

// ocsf are findings of the Open Cybersecurity Schema Framework: Detection Finding
// (https://schema.ocsf.io/1.4.0/classes/detection_finding) and Incident Finding
// (https://schema.ocsf.io/1.4.0/classes/incident_finding).
var ocsf = shape{
	name: ShapeOCSF,
	paths: map[string][]string{
		"title":       {"finding_info.title", "finding_info_list.title", "desc", "message"},
		"description": {"finding_info.desc", "desc", "finding_info_list.desc", "message"},
		"source":      {"metadata.product.name", "finding_info.product.name", "metadata.product.vendor_name", "finding_info.product_uid"},
		"externalId":  {"finding_info.uid", "metadata.correlation_uid", "metadata.uid", "finding_info_list.uid"},
		"severity":    {"severity_id"},
		"time":        {"finding_info.first_seen_time", "finding_info.created_time", "start_time", "time"},
		"rule":        {"finding_info.analytic.name", "finding_info.analytic.uid", "finding_info_list.analytic.name"},
		"tactics":     {"finding_info.attacks.tactic.uid", "finding_info.attacks.tactics.uid", "attacks.tactic.uid", "attacks.tactics.uid", "finding_info_list.attacks.tactic.uid"},
		"techniques":  {"finding_info.attacks.technique.uid", "attacks.technique.uid", "finding_info_list.attacks.technique.uid"},
		"host":        {"device.hostname", "device.name", "evidences.device.hostname", "resources.hostname"},
		"user":        {"actor.user.name", "user.name", "evidences.actor.user.name", "evidences.user.name", "actor.user.email_addr"},
	},
	observables: [][2]string{
		{"evidences.src_endpoint.ip", cases.TypeIP},
		{"evidences.dst_endpoint.ip", cases.TypeIP},
		{"src_endpoint.ip", cases.TypeIP},
		{"dst_endpoint.ip", cases.TypeIP},
		{"device.ip", cases.TypeIP},
		{"evidences.device.ip", cases.TypeIP},
		{"evidences.dst_endpoint.hostname", cases.TypeHost},
		{"evidences.query.hostname", cases.TypeDomain},
		{"evidences.url.url_string", cases.TypeURL},
		{"evidences.file.hashes.value", cases.TypeHash},
		{"evidences.process.file.hashes.value", cases.TypeHash},
		{"evidences.file.path", cases.TypeFile},
		{"evidences.process.file.path", cases.TypeProcess},
		{"evidences.email.from", cases.TypeEmail},
		{"vulnerabilities.cve.uid", cases.TypeCVE},
		{"malware.cves.uid", cases.TypeCVE},
	},
	seen:     ocsfObservables,
	severity: ocsfSeverity,
	fallback: "OCSF",
}

// ocsfClass refuses classes of OCSF that are no alerts.
func (r *reading) ocsfClass() {
	class, _ := textOf(r.event["class_uid"])
	if class != "2004" && class != "2005" {
		r.problems.add("class_uid", fmt.Sprintf("OCSF class %s is neither a Detection Finding (2004) nor an Incident Finding (2005)", class), "send findings of those classes alone, or leave class_uid out and map the fields")
	}
}

// ocsfSeverity reads severity_id: 1 informational to 5 critical, 6 fatal; 0 and 99 are
// not known (https://schema.ocsf.io/1.4.0/dictionary#severity_id).
func ocsfSeverity(_ string, v any) (string, bool) {
	text, _ := textOf(v)
	word, known := map[string]string{"0": "medium", "1": "info", "2": "low", "3": "medium", "4": "high", "5": "critical", "6": "critical", "99": "medium"}[text]
	return word, known
}

// ocsfTypes are the types of observables that artifacts have
// (https://schema.ocsf.io/1.4.0/objects/observable).
var ocsfTypes = map[string]string{
	"1": cases.TypeHost, "2": cases.TypeIP, "4": cases.TypeUser, "5": cases.TypeEmail, "6": cases.TypeURL, "7": cases.TypeFile, "8": cases.TypeHash, "9": cases.TypeProcess, "18": cases.TypeCVE,
	"20": cases.TypeHost, "21": cases.TypeUser, "23": cases.TypeURL, "24": cases.TypeFile, "25": cases.TypeProcess, "28": cases.TypeRegistry, "30": cases.TypeHash,
	// Ports, countries, process ids and the like say nothing by themselves.
	"11": "", "14": "", "15": "", "16": "", "17": "", "26": "",
}

func ocsfObservables(event any, add func(kind, value string)) {
	list, _ := event.(map[string]any)["observables"].([]any)
	for _, item := range list {
		object, _ := item.(map[string]any)
		id, _ := textOf(object["type_id"])
		value, _ := textOf(object["value"])
		kind, known := ocsfTypes[id]
		switch {
		case known && kind != "":
			add(kind, value)
		case !known:
			add("", value)
		}
	}
}

// plain are any other events: the names that webhooks use for what an alert has.
var plain = shape{
	name: ShapePlain,
	paths: map[string][]string{
		"title":       {"title", "name", "subject", "summary", "alert_name", "alertName", "message"},
		"description": {"description", "details", "message", "body"},
		"source":      {"source", "product", "vendor", "provider", "sensor"},
		"externalId":  {"externalId", "external_id", "id", "alert_id", "alertId", "uuid", "guid"},
		"severity":    {"severity", "level", "priority", "risk"},
		"time":        {"time", "timestamp", "createdAt", "created_at", "created", "date", "@timestamp"},
		"rule":        {"rule", "rule.name", "rule_name", "ruleName", "signature"},
		"tactics":     {"tactics", "tactic", "mitre.tactics"},
		"techniques":  {"techniques", "technique", "mitre.techniques"},
		"host":        {"host", "hostname", "host.name", "device", "computer"},
		"user":        {"user", "username", "user.name", "account"},
	},
	observables: [][2]string{
		{"ip", cases.TypeIP},
		{"src_ip", cases.TypeIP},
		{"dst_ip", cases.TypeIP},
		{"sourceIp", cases.TypeIP},
		{"destinationIp", cases.TypeIP},
		{"domain", cases.TypeDomain},
		{"url", cases.TypeURL},
		{"sha256", cases.TypeHash},
		{"sha1", cases.TypeHash},
		{"md5", cases.TypeHash},
		{"hash", cases.TypeHash},
		{"email", cases.TypeEmail},
		{"sender", cases.TypeEmail},
		{"cve", cases.TypeCVE},
		{"file", cases.TypeFile},
	},
	seen: func(event any, add func(kind, value string)) {
		for _, key := range []string{"observables", "indicators", "artifacts"} {
			for _, v := range at(event, key) {
				addSeen(v, add)
			}
		}
	},
	severity: plainSeverity,
	fallback: "webhook",
}

// plainSeverity takes P1 to P5 as well.
func plainSeverity(path string, v any) (string, bool) {
	if text, _ := textOf(v); len(text) == 2 && strings.EqualFold(text[:1], "p") && text[1] >= '1' && text[1] <= '5' {
		return Severities['5'-text[1]], true
	}
	return anySeverity(path, v)
}
