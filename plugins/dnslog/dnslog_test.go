package dnslog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// TestFaultsNameTheirLine gives files with one fault each.
func TestFaultsNameTheirLine(t *testing.T) {
	head := "#separator \\x09\n#fields\tts\tid.orig_h\tquery\n"
	for name, tt := range map[string]struct{ file, want string }{
		"fewer fields":   {head + "1735815600\t192.0.2.7\n", "line 3: has 2 fields, and #fields names 3"},
		"more fields":    {head + "1735815600\t192.0.2.7\ta\tb\n", "line 3: has more fields"},
		"no address":     {head + "1735815600\thost\ta\n", `line 3: id.orig_h: "host" is no address`},
		"no time":        {head + "-\t192.0.2.7\ta\n", "line 3: has no time"},
		"another log":    {"#separator \\x09\n#fields\tts\tuid\thost\n", "line 2: #fields has no id.orig_h"},
		"a separator":    {"#separator \\xZZ\n", "line 1:"},
		"broken JSON":    {zeekJSON + "{\"ts\":\n", "line 2: is no JSON object"},
		"BIND, no time":  {"client 192.0.2.7#1 (a): query: a IN A +\n", "line 1: has no time: set print-time"},
		"BIND, a port":   {"02-Jan-2025 12:00:00.123 client 192.0.2.7#x (a): query: a IN A +\n", `line 1: "x" is no port`},
		"BIND, no class": {"02-Jan-2025 12:00:00.123 client 192.0.2.7#1 (a): query: a\n", "line 1: has no name, class and type behind"},
	} {
		got := sdktest.Run(t, Connector(), "read", map[string]any{"file": file(tt.file)})
		if got.Error == nil || got.Error.Code != abi.CodeBadInput || !strings.Contains(got.Error.Message, tt.want) {
			t.Errorf("%s: %s %v", name, got.Output, got.Error)
		}
	}
}

// TestWhoAskedIsNotWrittenByTheName gives a name that looks like the rest of a line.
func TestWhoAskedIsNotWrittenByTheName(t *testing.T) {
	line := "02-Jan-2025 12:00:00.123 client @0x1 192.0.2.7#1 (x: query: y): query: real.example IN A +\n"
	got := sdktest.Run(t, Connector(), "read", map[string]any{"file": file(line)})
	if got.Error != nil || !strings.Contains(string(got.Output), `"name":"real.example"`) || !strings.Contains(string(got.Output), `"client":"192.0.2.7"`) {
		t.Errorf("%s %v", got.Output, got.Error)
	}
}

// TestGroupsAreBounded asks for more names than are summed up.
func TestGroupsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("#separator \\x09\n#fields\tts\tid.orig_h\tquery\n")
	for i := range mostGroups + 1 {
		fmt.Fprintf(&b, "1735815600\t192.0.2.7\tn%d.example\n", i)
	}
	host := sdktest.NewHost()
	in := map[string]any{"file": host.PutBlob([]byte(b.String()))}
	if got := sdktest.Run(t, Connector(), "summary", in, sdktest.WithHost(host)); got.Error == nil || got.Error.Code != abi.CodeTooLarge {
		t.Errorf("%.200s %v", got.Output, got.Error)
	}
	in["by"] = "client"
	if got := sdktest.Run(t, Connector(), "summary", in, sdktest.WithHost(host)); got.Error != nil || !strings.Contains(string(got.Output), `"names":100,`) {
		t.Errorf("%.200s %v", got.Output, got.Error)
	}
}

func FuzzWalk(f *testing.F) {
	for _, seed := range []string{zeekText, zeekJSON, bind} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _, _, err := walk(logfile.Input{File: sdk.BlobOf(raw), Lines: "skip"}, Filter{Window: logfile.Window{Zone: "+00:00"}}, func(r *record) error {
			_ = r.query()
			return nil
		})
		if known := (*abi.Error)(nil); err != nil && !errors.As(err, &known) {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
