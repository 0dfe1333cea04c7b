package ping

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

func TestPorts(t *testing.T) {
	open, closed := testkit.Peer(t, testkit.Says("")), testkit.FreePort(t)
	g := testkit.NewGuest(t, true, open, closed)
	var out TCPOutput
	g.Run(Connector(), "tcp", map[string]any{"host": "127.0.0.1", "port": open, "attempts": 5}).Into(&out)
	if !out.Reachable || out.Succeeded != 5 || len(out.Attempts) != 5 || out.Least <= 0 || out.Average < out.Least || out.Most < out.Average {
		t.Errorf("open: %+v", out)
	}
	g.Run(Connector(), "tcp", map[string]any{"host": "127.0.0.1", "port": closed}).Into(&out)
	if out.Reachable || len(out.Attempts) != 3 || !strings.Contains(out.Attempts[0].Error, "refused") {
		t.Errorf("closed: %+v", out)
	}
	if got := g.Run(Connector(), "tcp", map[string]any{"host": "127.0.0.1", "port": 1}); got.Error == nil || got.Error.Code != abi.CodeDenied {
		t.Errorf("not granted: %v", got.Error)
	}
}
