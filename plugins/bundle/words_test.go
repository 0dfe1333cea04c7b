package main

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// TestFaultsInWords wants what another system finds wrong said so that a person can mend
// it, and not as that system's JSON or its name of the error alone.
func TestFaultsInWords(t *testing.T) {
	b, w := open(t), contract.NewWorld(t)
	for _, tt := range []struct {
		connector, action string
		input             map[string]any
		code, want        string
	}{
		{
			"slack", "post",
			map[string]any{"channel": "#nowhere", "text": "x"},
			"not_found",
			"Slack knows no channel #nowhere that the app may see: invite the app to the channel, or correct the name (channel_not_found)",
		},
		{"slack", "update", map[string]any{"channel": "C024BE91L", "ts": "1.1", "text": "x"}, "not_found", "Slack knows no message 1.1 in C024BE91L (message_not_found)"},
		{
			"jira", "create",
			map[string]any{"project": "NONE", "type": "Wish", "summary": "x"},
			"http_400",
			"Jira answered 400: Type: Specify a valid issue type; Project: valid project is required",
		},
		{"jira", "get", map[string]any{"issue": "SEC-999"}, "not_found", "Jira answered 404: Issue does not exist or you do not have permission to see it."},
	} {
		t.Run(tt.connector+"."+tt.action, func(t *testing.T) {
			got := b.Run(t, w, contract.Call{Connector: tt.connector, Action: tt.action, Input: tt.input, Credential: credentialsOf(tt.connector, tt.action)[0]})
			if got.Error == nil || got.Error.Code != tt.code || got.Error.Message != tt.want || strings.ContainsAny(got.Error.Message, "{}") {
				t.Errorf("answered %s %v, want %s: %s", got.Output, got.Error, tt.code, tt.want)
			}
		})
	}
}
