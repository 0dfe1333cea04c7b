package egress_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestInspection looks at a certificate that nobody believes: it is told, and the stream
// is over, so that nothing can be sent to who stands behind it.
func TestInspection(t *testing.T) {
	w := newWorld(t)
	w.grant.Net = []catalog.NetRule{{Host: "example.com", Port: w.port(), TLS: true}}
	w.options.RootCAs = nil // the system's
	s := egress.New(w.options).Begin(w.caller)
	do := func(function, request string) abi.NetResponse {
		t.Helper()
		raw, err := s.Do(t.Context(), function, []byte(request))
		if err != nil {
			t.Fatal(err)
		}
		var out abi.NetResponse
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	open := func() int {
		t.Helper()
		out := do(abi.HostNetOpen, fmt.Sprintf(`{"host":"example.com","port":%d,"tls":"starttls"}`, w.port()))
		if out.Error != nil {
			t.Fatal(out.Error)
		}
		return out.Handle
	}
	handle := open()
	out := do(abi.HostNetOpen, fmt.Sprintf(`{"handle":%d,"tls":"inspect","serverName":"www.example.com"}`, handle))
	if out.Error != nil || out.Peer == nil {
		t.Fatalf("%+v", out)
	}
	want := base64.StdEncoding.EncodeToString(w.server.Certificate().Raw)
	if p := out.Peer; len(p.Certificates) != 1 || p.Certificates[0] != want || p.Version != "TLS 1.3" || p.ALPN != "http/1.1" || !strings.Contains(p.Untrusted, "unknown authority") {
		t.Errorf("%+v", p)
	}
	if wrote := do(abi.HostNetWrite, fmt.Sprintf(`{"handle":%d,"data":"aGVsbG8="}`, handle)); wrote.Error == nil || !strings.Contains(wrote.Error.Message, "not open") {
		t.Errorf("it takes words after it: %+v", wrote)
	}
	again := do(abi.HostNetOpen, fmt.Sprintf(`{"handle":%d,"tls":"inspect"}`, handle))
	if again.Error == nil || !strings.Contains(again.Error.Message, "not open") {
		t.Errorf("it is looked at twice: %+v", again)
	}
	at := fmt.Sprintf("example.com:%d as www.example.com", w.port())
	if r := s.Records()[1]; r.What != at || r.Outcome != "inspected" || !r.Reached {
		t.Errorf("recorded as %+v", r)
	}

	handle = open()
	for name, more := range map[string]string{
		"lines of another protocol": `"serverName":"\r\nSLAVEOF evil.example 6379\r\n"`, "a long name": `"serverName":"` + strings.Repeat("a.", 200) + `b"`,
		"a NUL": `"serverName":"a\u0000b"`, "what is to be written": `"data":"aGVsbG8="`, "a command": `"command":"uptime"`,
	} {
		if out := do(abi.HostNetOpen, fmt.Sprintf(`{"handle":%d,"tls":"inspect",%s}`, handle, more)); out.Error == nil || out.Error.Code != abi.CodeBadInput {
			t.Errorf("%s: %+v %+v", name, out.Peer, out.Error)
		}
	}
	if out := do(abi.HostNetOpen, fmt.Sprintf(`{"handle":%d,"serverName":"a.example"}`, handle)); out.Error == nil || !strings.Contains(out.Error.Message, "inspection") {
		t.Errorf("a name without an inspection: %+v", out)
	}

	believed := newWorld(t)
	w.options.RootCAs = believed.options.RootCAs
	s = egress.New(w.options).Begin(w.caller)
	if out := do(abi.HostNetOpen, fmt.Sprintf(`{"handle":%d,"tls":"inspect"}`, open())); out.Peer == nil || out.Peer.Untrusted != "" {
		t.Errorf("one that is believed: %+v %+v", out.Peer, out.Error)
	}
	direct := do(abi.HostNetOpen, fmt.Sprintf(`{"host":"example.com","port":%d,"tls":"inspect"}`, w.port()))
	if direct.Error == nil || !strings.Contains(direct.Error.Message, "starttls first") {
		t.Errorf("without a stream: %+v", direct)
	}
}
