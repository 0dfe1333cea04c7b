package dnslog

import (
	"encoding/base64"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Logs of the examples.
const (
	zeekText = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n#open\t2025-01-02-11-00-00\n" +
		"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n" +
		"#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\tcount\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\tvector[interval]\tbool\n" +
		"1735815600.250000\tCa1\t192.0.2.7\t50123\t192.0.2.53\t53\tudp\t7\t0.01\tWWW.Evil.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tcdn.evil.example,198.51.100.9\t60.0,60.0\tF\n" +
		"1735815660.000000\tCa2\t192.0.2.8\t50124\t192.0.2.53\t53\ttcp\t8\t-\tnone.example\t1\tC_INTERNET\t16\tTXT\t3\tNXDOMAIN\tF\tF\tT\tF\t0\t-\t-\tF\n" +
		"#close\t2025-01-02-12-00-00\n"
	zeekJSON = `{"ts":1735815600.25,"uid":"Ca1","id.orig_h":"192.0.2.7","id.orig_p":50123,"id.resp_h":"192.0.2.53","proto":"udp","query":"www.evil.example","qtype_name":"A","rcode_name":"NOERROR","answers":["198.51.100.9"]}` + "\n"
	bind     = "02-Jan-2025 12:00:00.123 queries: info: client @0x7f01c8 192.0.2.7#50123 (www.evil.example): query: www.evil.example IN A +E(0)K (192.0.2.53)\n" +
		"02-Jan-2025 12:01:00.000 queries: info: client @0x7f01c8 2001:db8::7#50124 (a.example): view in: query: a.example IN AAAA -T (2001:db8::53)\n" +
		"2025-01-02T12:02:00.000Z client 192.0.2.7#50125: query: b.example. IN MX +\n"
)

func file(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

var readExamples = []sdk.Example{{
	Name:  "who asked for a name, in Zeek's log",
	Input: map[string]any{"file": file(zeekText), "names": []string{"*.evil.example", "*.one.example"}},
	Output: map[string]any{"format": "zeek", "records": 2, "count": 1, "queries": []any{map[string]any{
		"line": 9, "time": "2025-01-02T11:00:00.25Z", "client": "192.0.2.7", "port": 50123, "server": "192.0.2.53", "name": "www.evil.example",
		"type": "A", "protocol": "udp", "code": "NOERROR", "answers": []string{"cdn.evil.example", "198.51.100.9"},
	}}},
}, {
	Name:   "what wasn't there, by one client",
	Input:  map[string]any{"file": file(zeekText), "codes": []string{"nxdomain"}, "clients": []string{"192.0.2.0/24"}, "since": "2025-01-02T11:00:30Z"},
	Output: map[string]any{"queries": []any{map[string]any{"name": "none.example", "type": "TXT", "answers": []any{}}}},
}, {
	Name:   "Zeek's JSON",
	Input:  map[string]any{"file": file(zeekJSON)},
	Output: map[string]any{"format": "zeek-json", "queries": []any{map[string]any{"client": "192.0.2.7", "time": "2025-01-02T11:00:00.25Z", "answers": []string{"198.51.100.9"}}}},
}, {
	Name:  "BIND",
	Input: map[string]any{"file": file(bind), "zone": "+01:00"},
	Output: map[string]any{"format": "bind", "queries": []any{
		map[string]any{"time": "2025-01-02T11:00:00.123Z", "client": "192.0.2.7", "name": "www.evil.example", "server": "192.0.2.53", "protocol": "udp"},
		map[string]any{"client": "2001:db8::7", "port": 50124, "type": "AAAA", "protocol": "tcp"},
		map[string]any{"time": "2025-01-02T12:02:00Z", "name": "b.example", "type": "MX", "server": ""},
	}},
}, {
	Name:  "a line that is none",
	Input: map[string]any{"file": file(bind + "all zones loaded\n")},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/file line 4: is no query of BIND: «client …: query: …» is expected"},
}}

var summaryExamples = []sdk.Example{{
	Name:  "by client",
	Input: map[string]any{"file": file(bind), "by": "client"},
	Output: map[string]any{"total": 2, "queries": 3, "groups": []any{
		map[string]any{"key": "192.0.2.7", "queries": 2, "names": 2, "clients": 1, "first": "2025-01-02T12:00:00.123Z", "last": "2025-01-02T12:02:00Z"},
		map[string]any{"key": "2001:db8::7"},
	}},
}, {
	Name:   "by code",
	Input:  map[string]any{"file": file(zeekText), "by": "code", "names": []string{"none.example"}},
	Output: map[string]any{"records": 2, "queries": 1, "groups": []any{map[string]any{"key": "NXDOMAIN", "failed": 1}}},
}, {
	Name:  "without its header",
	Input: map[string]any{"file": file("#path\tdns\n1735815600.25\tCa1\t192.0.2.7\n")},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/file line 2: #fields has to stand before the first query: give the file with its header"},
}}
