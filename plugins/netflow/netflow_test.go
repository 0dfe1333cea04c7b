package netflow

import (
	"encoding/json"
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
	for name, tt := range map[string]struct{ file, want string }{
		"more columns":        {"sa,da\n192.0.2.1,192.0.2.2,3\n", "line 2: has more columns than the header's 2"},
		"a port":              {"sa,da,dp\n192.0.2.1,192.0.2.2,70000\n", `line 2: dp: "70000" is no port`},
		"a time":              {"sa,da,ts\n192.0.2.1,192.0.2.2,now\n", `line 2: ts: "now" is no time`},
		"a negative count":    {"sa,da,ibyt\n192.0.2.1,192.0.2.2,-1\n", `line 2: ibyt: "-1" is no count`},
		"no end":              {"[\n{\"src4_addr\": \"192.0.2.1\"", "line 2: a record begins here and doesn't end"},
		"no addresses":        {"\n\n{\"proto\": 6}\n", "line 3: has no source"},
		"something between":   {"[\n{\"src4_addr\":\"192.0.2.1\",\"dst4_addr\":\"192.0.2.2\"}\nerror\n]", `line 3: "error" stands where a record should`},
		"a record too large":  {"{\"label\":\"\n" + strings.Repeat(strings.Repeat("x", 1000)+"\n", 70) + "\"}", "line 1: a record of more than"},
		"a protocol":          {"{\"sourceIPv4Address\":\"192.0.2.1\",\"destinationIPv4Address\":\"192.0.2.2\",\"protocolIdentifier\":\"x\"}", `line 1: protocolIdentifier: "x" is no protocol`},
		"braces out of order": {"[\n}\n]", `line 2: "}" stands where`},
	} {
		got := sdktest.Run(t, Connector(), "read", map[string]any{"file": file(tt.file)})
		if got.Error == nil || got.Error.Code != abi.CodeBadInput || !strings.Contains(got.Error.Message, tt.want) {
			t.Errorf("%s: %s %v", name, got.Output, got.Error)
		}
	}
}

// TestLargeFile reads many records and keeps no more than asked for.
func TestLargeFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n")
	for i := range 200_000 {
		fmt.Fprintf(&b, "2025-01-02 11:%02d:%02d,2025-01-02 11:59:59,1.000,10.%d.%d.%d,198.51.100.9,50000,443,TCP,......,2,100\n", i/60%60, i%60, i>>16, i>>8&255, i&255)
	}
	host := sdktest.NewHost()
	got := sdktest.Run(t, Connector(), "talkers", map[string]any{"file": host.PutBlob([]byte(b.String())), "by": "destination"}, sdktest.WithHost(host))
	var out TalkersOutput
	if got.Error != nil || json.Unmarshal(got.Output, &out) != nil || out.Flows != 200_000 || out.Bytes != 20_000_000 || out.Groups != 1 {
		t.Errorf("%.300s %v", got.Output, got.Error)
	}
}

func FuzzWalk(f *testing.F) {
	for _, seed := range []string{oldCSV, fastCSV, listJSON, ipfix} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _, _, err := walk(logfile.Input{File: sdk.BlobOf(raw), Lines: "skip"}, Filter{Window: logfile.Window{Zone: "+00:00"}}, func(r *record) error {
			_ = r.flow()
			return nil
		})
		if known := (*abi.Error)(nil); err != nil && !errors.As(err, &known) {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
