package flow

import "slices"

// TypeCase is the trigger that events of cases fire.
const TypeCase = TriggerPrefix + "case"

// Events of cases.
const (
	CaseCreated = "created"
	CaseUpdated = "updated"
	CaseClosed  = "closed"
)

// Severities are those of cases, the lowest first.
var Severities = []string{"low", "medium", "high", "critical"}

// CaseSubscription is what a trigger.case waits for.
type CaseSubscription struct {
	Events   []string
	Severity string // the lowest that counts; empty is any
}

// ParseCaseSubscription reads the parameters of a trigger.case that passed the check.
func ParseCaseSubscription(with map[string]any) CaseSubscription {
	s := CaseSubscription{Severity: textOr(with, "severity", "")}
	events, _ := with["events"].([]any)
	for _, e := range events {
		if text, ok := e.(string); ok {
			s.Events = append(s.Events, text)
		}
	}
	if len(s.Events) == 0 {
		s.Events = []string{CaseCreated}
	}
	return s
}

// Wants says whether an event of a case with a severity is waited for. A severity
// that isn't known counts as the highest: it is better looked at than not.
func (s *CaseSubscription) Wants(event, severity string) bool {
	at := slices.Index(Severities, severity)
	return slices.Contains(s.Events, event) && (at < 0 || at >= slices.Index(Severities, s.Severity))
}
