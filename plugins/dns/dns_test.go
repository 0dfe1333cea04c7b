package dns

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
	"github.com/drawbridge-soar/drawbridge/server/testkit"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

func run(t *testing.T, port int, action string, input map[string]any) *sdktest.Result {
	t.Helper()
	input["server"], input["port"] = "127.0.0.1", port
	return testkit.NewGuest(t, true, port).Run(Connector(), action, input)
}

// TestTypes asks BIND for each type.
func TestTypes(t *testing.T) {
	port := testkit.NewNamed(t)
	for name, tt := range map[string]struct {
		name string
		want []string
	}{
		"A":      {"mail.corp.example", []string{"192.0.2.2"}},
		"AAAA":   {"mail.corp.example", []string{"2001:db8::2"}},
		"CNAME":  {"www.corp.example", []string{"mail.corp.example"}},
		"MX":     {"CORP.example.", []string{"10 mail.corp.example", "20 backup.example.net"}},
		"NS":     {"corp.example", []string{"ns1.corp.example", "ns2.example.net"}},
		"TXT":    {"corp.example", []string{`one "quoted" and the rest`, "v=spf1 mx -all"}},
		"SRV":    {"_sip._tcp.corp.example", []string{"5 10 5060 mail.corp.example"}},
		"CAA":    {"corp.example", []string{`0 issue "ca.example.net"`}},
		"SOA":    {"corp.example", []string{"ns1.corp.example hostmaster.corp.example 7 3600 600 86400 60"}},
		"DS":     {"sub.corp.example", []string{"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"}},
		"DNSKEY": {"corp.example", []string{"257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="}},
		"TLSA":   {"_443._tcp.www.corp.example", []string{"3 1 1 0D6FCE13243AA7"}},
		"SSHFP":  {"host.corp.example", []string{"4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789"}},
		"HTTPS":  {"web.corp.example", []string{"1 . alpn=h2"}},
		"NAPTR":  {"naptr.corp.example", []string{`100 10 "S" "SIP+D2U" "" _sip._udp.corp.example`}},
		"PTR":    {"2.2.0.192.in-addr.arpa", []string{"mail.corp.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out LookupOutput
			run(t, port, "lookup", map[string]any{"name": tt.name, "types": []string{name}}).Into(&out)
			slices.Sort(out.Values)
			if out.Status != "found" || !slices.Equal(out.Values, tt.want) || !out.Authoritative || len(out.Records) != len(tt.want) || out.Records[0].TTL != 300 {
				t.Errorf("%+v", out)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	port := testkit.NewNamed(t)
	var out LookupOutput
	run(t, port, "lookup", map[string]any{"name": "www.corp.example"}).Into(&out)
	if !slices.Equal(out.Values, []string{"192.0.2.2", "2001:db8::2"}) || len(out.Records) != 3 || out.Records[0].Type != "CNAME" {
		t.Errorf("by way of a CNAME: %+v", out)
	}
	for name, tt := range map[string]struct{ name, typ, status string }{
		"no such name": {"nothing.corp.example", "A", "not_found"}, "no such type": {"mail.corp.example", "MX", "no_data"}, "international": {"bücher.corp.example", "A", "found"},
		"underscore": {"_dmarc.corp.example", "TXT", "found"}, "location": {"loc.corp.example", "LOC", "found"},
	} {
		run(t, port, "lookup", map[string]any{"name": tt.name, "types": []string{tt.typ}}).Into(&out)
		if out.Status != tt.status {
			t.Errorf("%s: %+v", name, out)
		}
	}
	run(t, port, "lookup", map[string]any{"name": "many.corp.example", "types": []string{"TXT"}}).Into(&out)
	if len(out.Values) != 90 {
		t.Errorf("%d of many", len(out.Values))
	}
	if got := run(t, port, "lookup", map[string]any{"name": "example.net"}); got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, testkit.Loopback(port)) {
		t.Errorf("what it doesn't know: %v", got.Error)
	}
	for _, name := range []string{"", "a..b", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 130), "a b.example"} {
		if got := run(t, port, "lookup", map[string]any{"name": name}); got.Error == nil || got.Error.Code != abi.CodeBadInput {
			t.Errorf("%q: %v", name, got.Error)
		}
	}
}

func TestReverse(t *testing.T) {
	port := testkit.NewNamed(t)
	for _, address := range []string{"192.0.2.2", "2001:db8::2", "::ffff:192.0.2.2"} {
		var out ReverseOutput
		run(t, port, "reverse", map[string]any{"address": address, "confirm": true}).Into(&out)
		if out.Status != "found" || !slices.Equal(out.Names, []string{"mail.corp.example"}) || !slices.Equal(out.Confirmed, out.Names) {
			t.Errorf("%s: %+v", address, out)
		}
	}
	var out ReverseOutput
	run(t, port, "reverse", map[string]any{"address": "192.0.2.9"}).Into(&out)
	if out.Status != "not_found" || len(out.Names) != 0 {
		t.Errorf("%+v", out)
	}
}

// lies answers each question by changing the message of the question.
func lies(change func([]byte) []byte) func(net.Conn) {
	return func(conn net.Conn) {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		message := make([]byte, binary.BigEndian.Uint16(size[:]))
		_, _ = io.ReadFull(conn, message)
		message[2] |= 0x80
		message = change(message)
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
		_, _ = io.Copy(io.Discard, conn)
	}
}

func TestBadServers(t *testing.T) {
	for name, tt := range map[string]struct {
		talk func(net.Conn)
		code string
	}{
		"hangs up":       {testkit.Hangs, abi.CodeUnavailable},
		"within":         {func(c net.Conn) { _, _ = c.Write([]byte{0, 50, 1, 2, 3}); _ = c.(*net.TCPConn).CloseWrite() }, abi.CodeUnavailable},
		"another id":     {lies(func(m []byte) []byte { m[0]++; return m }), "bad_answer"},
		"another name":   {lies(func(m []byte) []byte { m[13]++; return m }), "bad_answer"},
		"servfail":       {lies(func(m []byte) []byte { m[3] |= 2; return m }), abi.CodeUnavailable},
		"notimp":         {lies(func(m []byte) []byte { m[3] |= 4; return m }), "dns_error"},
		"claims answers": {lies(func(m []byte) []byte { m[7] = 200; return m }), "bad_answer"},
		"empty":          {lies(func([]byte) []byte { return nil }), "bad_answer"},
		"loop":           {lies(func(m []byte) []byte { m[7] = 1; return append(m, 0xc0, byte(len(m)), 0, 1, 0, 1, 0, 0, 0, 0, 0, 0) }), "bad_answer"},
		"web server":     {testkit.Says("HTTP/1.1 400 Bad Request\r\n\r\n" + strings.Repeat("x", 70_000)), "bad_answer"},
	} {
		t.Run(name, func(t *testing.T) {
			port := testkit.Peer(t, tt.talk)
			got := run(t, port, "lookup", map[string]any{"name": "a.example"})
			if got.Error == nil || got.Error.Code != tt.code || !strings.Contains(got.Error.Message, testkit.Loopback(port)) {
				t.Errorf("%v %s", got.Error, got.Output)
			}
		})
	}
	if testing.Short() {
		return
	}
	port, began := testkit.Peer(t, testkit.Says("")), time.Now()
	if got := run(t, port, "lookup", map[string]any{"name": "a.example"}); got.Error == nil || got.Error.Code != abi.CodeTimeout || time.Since(began) > timeout {
		t.Errorf("stalling: %v after %s", got.Error, time.Since(began))
	}
}
