package egress_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestStreamsEndWithTheCall stops a call while its stream waits for the other
// side, which takes and sends nothing.
func TestStreamsEndWithTheCall(t *testing.T) {
	w := newWorld(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	port := silent.Addr().(*net.TCPAddr).Port
	w.grant.Net = []catalog.NetRule{{Host: "127.0.0.1", Port: port}}
	for function, rest := range map[string]string{
		abi.HostNetRead: `"max":1`, abi.HostNetWrite: fmt.Sprintf(`"data":%q`, strings.Repeat("AAAA", 300_000)),
	} {
		s := egress.New(w.options).Begin(w.caller)
		do := func(ctx context.Context, function, request string) abi.NetResponse {
			answer, err := s.Do(ctx, function, []byte(request))
			if err != nil {
				t.Fatal(err)
			}
			var out abi.NetResponse
			if err := json.Unmarshal(answer, &out); err != nil {
				t.Fatal(err)
			}
			return out
		}
		opened := do(t.Context(), abi.HostNetOpen, fmt.Sprintf(`{"host":"127.0.0.1","port":%d}`, port))
		if opened.Error != nil {
			t.Fatal(opened.Error)
		}
		ask := fmt.Sprintf(`{"handle":%d,"timeout":"20s",%s}`, opened.Handle, rest)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		began := time.Now()
		var out abi.NetResponse
		for out.Error == nil && time.Since(began) < 5*time.Second { // writes fill the system's buffers first
			out = do(ctx, function, ask)
		}
		if took := time.Since(began); took > 3*time.Second || out.Error == nil || !strings.Contains(out.Error.Message, "stopped") {
			t.Errorf("%s: %+v after %v", function, out.Error, took)
		}
		out = do(t.Context(), abi.HostNetRead, fmt.Sprintf(`{"handle":%d,"timeout":"50ms"}`, opened.Handle))
		if out.Error == nil || out.Error.Code != abi.CodeTimeout {
			t.Errorf("%s: in its own time: %+v", function, out.Error)
		}
		_ = s.Close()
	}
}
