package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// TestNobodyReachesThisMachine has guests of three toolchains try to reach a
// listener on this machine, whose addresses nobody granted, in every way that an
// address can be written: by requests and by streams.
func TestNobodyReachesThisMachine(t *testing.T) {
	var forged struct {
		Schemes, Hosts []string
		Names          map[string][]string
	}
	raw, err := os.ReadFile("../egress/testdata/forged.json")
	if err == nil {
		err = json.Unmarshal(raw, &forged)
	}
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var here []string // what a wide network doesn't cover
	for _, a := range addrs {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() {
			here = append(here, prefix.Addr().String())
		} else if err == nil {
			here = append(here, "["+prefix.Addr().WithZone("").String()+"]")
		}
	}
	t.Logf("this machine is at %q", here)
	for language, code := range reachers {
		t.Run(language, func(t *testing.T) {
			bell, f := setAlarm(t), newFrontier(t)
			f.names = func(host string) (list []netip.Addr) {
				for _, a := range forged.Names[host] {
					list = append(list, netip.MustParseAddr(a))
				}
				return list
			}
			r := startWith(t, [][]byte{connector(t, code(t), reachManifest())}, f.broker)
			for i, host := range append(forged.Hosts, here...) {
				// An admin granted the name; the address behind it nobody did.
				bare := strings.Trim(host, "[]")
				var ports []int
				if i < len(forged.Hosts) {
					ports = []int{1}
				}
				f.allow(bare, bell.port, catalog.Network{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Ports: ports}, catalog.Network{Prefix: netip.MustParsePrefix("::/0"), Ports: ports})
				for _, scheme := range forged.Schemes {
					url := fmt.Sprintf("%s://%s:%d/", scheme, host, bell.port)
					refused(t, url, asked(t, r, abi.HostHTTP, abi.HTTPRequest{URL: url, Timeout: "2s"}))
				}
				for _, written := range []string{host, bare} {
					refused(t, "a stream to "+written, asked(t, r, abi.HostNetOpen, abi.NetRequest{Host: written, Port: bell.port, Timeout: "2s"}))
				}
			}
			if n := bell.count.Load(); n > 0 {
				t.Errorf("the listener saw %d connections", n)
			}
			// Named, it is reached, by either way: or the test would prove nothing.
			f.allow("127.0.0.1", bell.port, catalog.Network{Prefix: netip.MustParsePrefix("127.0.0.1/32"), Ports: []int{bell.port}})
			asked(t, r, abi.HostHTTP, abi.HTTPRequest{URL: fmt.Sprintf("http://127.0.0.1:%d/", bell.port)})
			if a := asked(t, r, abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: bell.port}); a.Handle == 0 {
				t.Errorf("a stream that is granted: %+v %v", a, a.Error)
			}
			await(t, "the listener is reached where it is granted", func() bool { return bell.count.Load() == 2 })
		})
	}
}

// TestNobodyIsLedToThisMachine sees guests led to the listener by a server that they
// may reach, and by a name whose address changes between two looks.
func TestNobodyIsLedToThisMachine(t *testing.T) {
	bell, f := setAlarm(t), newFrontier(t)
	r := startWith(t, [][]byte{connector(t, reachers["go"](t), reachManifest())}, f.broker)
	here := netip.MustParseAddr("127.0.0.1")
	f.names = func(string) []netip.Addr { return []netip.Addr{here} }
	// The listener's names are granted, and its network at the server's port alone.
	f.allow("example.com", f.port(), catalog.Network{Prefix: netip.MustParsePrefix("127.0.0.1/32"), Ports: []int{f.port()}})
	for _, host := range []string{"127.0.0.1", "example.com", "localhost", "::1"} {
		f.grant.HTTP = append(f.grant.HTTP, catalog.HTTPRule{Scheme: "http", Host: host, Port: bell.port}, catalog.HTTPRule{Scheme: "https", Host: host, Port: bell.port})
	}
	url := fmt.Sprintf("https://example.com:%d/", f.port())
	if a := asked(t, r, abi.HostHTTP, abi.HTTPRequest{URL: url}); a.Status != 200 {
		t.Fatalf("the server isn't reached: %+v %v", a, a.Error)
	}
	for _, location := range []string{
		"http://127.0.0.1:%d/", "https://127.0.0.1:%d/", "//127.0.0.1:%d/", "http://example.com:%d/", "http://[::1]:%d/", "http://localhost:%d/", "http://2130706433:%d/", "HTTP://127.0.0.1:%d",
		"http://u@127.0.0.1:%d/", "http://127.0.0.1.:%d/", "gopher://127.0.0.1:%d/", `\\127.0.0.1:%d/`, "http:127.0.0.1:%d",
	} {
		f.location = fmt.Sprintf(location, bell.port)
		for _, method := range []string{"GET", "POST"} {
			if a := asked(t, r, abi.HostHTTP, abi.HTTPRequest{Method: method, URL: url, Body: "x"}); a.Status != 307 { // what leads nowhere is an answer like any other
				refused(t, "a redirect to "+f.location, a)
			}
		}
	}
	f.location = ""
	// A name is looked up once for each request, and dialed where it was looked up.
	looks := 0
	f.names = func(string) []netip.Addr {
		if looks++; looks%2 == 1 {
			return []netip.Addr{netip.MustParseAddr("93.184.215.14")} // a public one, at a port where nobody is
		}
		return []netip.Addr{here}
	}
	f.allow("rebind.example", bell.port)
	for n := range 4 {
		before := looks
		a := asked(t, r, abi.HostHTTP, abi.HTTPRequest{URL: fmt.Sprintf("http://rebind.example:%d/", bell.port), Timeout: "200ms"})
		s := asked(t, r, abi.HostNetOpen, abi.NetRequest{Host: "rebind.example", Port: bell.port, Timeout: "200ms"})
		if a.Error == nil || s.Error == nil || s.Error.Code != abi.CodeDenied || looks-before != 2 {
			t.Errorf("%d: %+v, then %+v, after %d looks", n, a.Error, s.Error, looks-before)
		}
	}
	if n := bell.count.Load(); n > 0 {
		t.Errorf("the listener saw %d connections", n)
	}
}

// TestNobodyDoesWhatIsNotGranted tries other hosts, methods, ports and paths of a
// server that may be reached: it sees none of it.
func TestNobodyDoesWhatIsNotGranted(t *testing.T) {
	f := newFrontier(t)
	r := startWith(t, [][]byte{connector(t, reachers["go"](t), reachManifest())}, f.broker)
	f.names = func(string) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }
	f.grant = catalog.Grant{
		HTTP:     []catalog.HTTPRule{{Host: "example.com", Port: f.port(), Methods: []string{"GET"}, PathPrefix: "/api"}},
		Net:      []catalog.NetRule{{Host: "example.com", Port: 1, TLS: true}},
		Networks: []catalog.Network{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
	}
	at := func(host, path string) string { return fmt.Sprintf("https://%s:%d%s", host, f.port(), path) }
	for _, in := range []abi.HTTPRequest{
		{URL: at("www.example.com", "/api")},
		{URL: at("example.org", "/api")},
		{URL: at("example.com.", "/api")},
		{URL: "https://example.com/api"},
		{URL: at("example.com", "/")},
		{URL: at("example.com", "/api/../x")},
		{URL: at("example.com", "/api/%2e%2e/x")},
		{URL: at("example.com", "/apix")},
		{URL: strings.Replace(at("example.com", "/api"), "https", "http", 1)},
		{URL: at("example.com", "/api"), Headers: abi.Headers{"Host": {"other.example"}}},
		{URL: at("example.com", "/api"), Headers: abi.Headers{"X": {"a\r\nHost: b"}}},
		{URL: at("example.com", "/api"), Credential: "credential"},
	} {
		refused(t, fmt.Sprint(in), asked(t, r, abi.HostHTTP, in))
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "get ", "GET\r\nX: y", "PROPFIND", "ﬀ"} {
		refused(t, method, asked(t, r, abi.HostHTTP, abi.HTTPRequest{Method: method, URL: at("example.com", "/api")}))
	}
	for _, in := range []abi.NetRequest{{Host: "example.com", Port: f.port()}, {Host: "example.org", Port: 1}, {Host: "example.com", Port: 1 << 17}, {Host: "example.com", Port: -1}, {Host: "", Port: f.port()}, {Host: "EXAMPLE.com", Port: 1}} {
		refused(t, fmt.Sprint(in), asked(t, r, abi.HostNetOpen, in))
	}
	if len(f.methods) > 0 {
		t.Errorf("the server saw %q", f.methods)
	}
	if a := asked(t, r, abi.HostHTTP, abi.HTTPRequest{URL: at("example.com", "/api")}); a.Status != 200 || len(f.methods) != 1 {
		t.Errorf("what is granted: %+v %v, %q", a, a.Error, f.methods)
	}
}

// TestNobodyHasAMachine tries the files, the environment, the sockets and the
// programs of the machine, from within and by what a module imports.
func TestNobodyHasAMachine(t *testing.T) {
	t.Setenv("DRAWBRIDGE_CANARY", "secret")
	bell := setAlarm(t)
	r := startWith(t, [][]byte{connector(t, reachers["go"](t), reachManifest())})
	input := fmt.Sprintf(`{"address":"127.0.0.1:%d"}`, bell.port)
	res := invoke(t, r, sandbox.Call{RunID: "r", StepKey: "s", Attempt: 1, Key: "k", Connector: "reach", Action: "local", Input: json.RawMessage(input)})
	if string(res.Output) != "{}" {
		t.Errorf("it could: %s %v", res.Output, res.Error)
	}
	for _, name := range []string{
		"wasi_snapshot_preview1.sock_open", "wasi_snapshot_preview1.sock_connect", "wasi_snapshot_preview1.sock_bind", "wasi_snapshot_preview1.sock_getaddrinfo", "wasi_unstable.path_open",
		"wasix_32v1.sock_open", "wasix_32v1.proc_spawn", "wasi.thread-spawn", "wasi:sockets/tcp@0.2.0.start-connect", "wasi:http/outgoing-handler@0.2.0.handle", "env.socket", "env.connect", "env.open", "env.system",
		"drawbridge_v1.exec", "drawbridge_v1.env", "drawbridge_v1.open", "drawbridge_fuel.tick",
	} {
		module, function, _ := strings.Cut(name, ".")
		if at := strings.LastIndex(name, "."); strings.Contains(name, "@") {
			module, function = name[:at], name[at+1:]
		}
		code := mod{imports: []imported{{module, function, fn{[]byte{i32}, []byte{i32}, nil}}}, pages: 1, exports: guest(sound).exports}.bytes()
		if got := strings.Join(sandbox.Refusals(code), "; "); !strings.Contains(got, "it imports") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if n := bell.count.Load(); n > 0 {
		t.Errorf("the listener saw %d connections", n)
	}
}
