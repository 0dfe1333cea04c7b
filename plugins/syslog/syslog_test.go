package syslog

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

func TestSend(t *testing.T) {
	root := testkit.NewAuthority(t)
	server := testkit.NewSyslogNG(t, root.Issue(t, testkit.Leaf{}))
	for i, tt := range []struct {
		plain bool
		port  int
		input map[string]any
		want  string
	}{
		{false, server.Secure, map[string]any{"message": "Case 17 was closed – thanks", "severity": "critical", "facility": "auth", "msgId": "closed", "hostname": "soar.corp.example"}, "34|soar.corp.example|drawbridge|run|closed||Case 17 was closed – thanks"},
		{true, server.Plain, map[string]any{"encryption": "none", "message": "plain", "data": map[string]any{"case@32473": map[string]string{"id": `a"b]c\d`}}}, `134|drawbridge|drawbridge|run||[case@32473 id="a\"b\]c\\d"]|plain`},
		{false, server.Secure, map[string]any{"message": "<0>1 - - - - - - forged?"}, "134|drawbridge|drawbridge|run|||<0>1 - - - - - - forged?"},
	} {
		g := testkit.NewGuest(t, tt.plain, tt.port)
		g.Believed = root.Pool()
		tt.input["host"], tt.input["port"] = "127.0.0.1", tt.port
		var out SendOutput
		g.Run(Connector(), "send", tt.input).Into(&out)
		if got := server.Lines(t, i+1)[i]; got != tt.want {
			t.Errorf("got %s, want %s (sent %s)", got, tt.want, out.Sent)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, input := range map[string]map[string]any{
		"app": {"appName": "a\nb"}, "host": {"hostname": strings.Repeat("a", 256)}, "id": {"data": map[string]any{"a]b": map[string]string{}}}, "key": {"data": map[string]any{"a": map[string]string{`b="`: "c"}}},
	} {
		input["host"], input["message"] = "logs.example.com", "x"
		if got := sdktest.Run(t, Connector(), "send", input); got.Error == nil || got.Error.Code != abi.CodeBadInput {
			t.Errorf("%s: %v", name, got.Error)
		}
	}
	port := testkit.FreePort(t)
	got := testkit.NewGuest(t, true, port).Run(Connector(), "send", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none", "message": "x"})
	if got.Error == nil || got.Error.Code != abi.CodeUnavailable || !strings.Contains(got.Error.Message, testkit.Loopback(port)) {
		t.Errorf("nobody there: %v", got.Error)
	}
	if got := testkit.NewGuest(t, false, port).Run(Connector(), "send", map[string]any{"host": "127.0.0.1", "port": port, "encryption": "none", "message": "x"}); got.Error == nil || got.Error.Code != abi.CodeDenied {
		t.Errorf("unencrypted without a grant: %v", got.Error)
	}
}
