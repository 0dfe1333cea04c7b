package netflow

import (
	"encoding/base64"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Files of the examples: nfdump's CSV in its old form with a summary, its fast CSV, its
// JSON, and IPFIX fields one object a line.
const (
	oldCSV = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n" +
		"2025-01-02 11:00:00,2025-01-02 11:00:05,5.000,192.0.2.7,198.51.100.9,50123,443,TCP,...AP.SF,0,0,12,4200,0,0\n" +
		"2025-01-02 11:01:00,2025-01-02 11:01:01,1.000,192.0.2.8,198.51.100.9,50200,53,UDP,........,0,0,2,180,0,0\n" +
		"2025-01-02 11:02:00,2025-01-02 11:02:00,0.000,192.0.2.7,203.0.113.5,0,8.0,ICMP,........,0,0,1,84,0,0\n" +
		"Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n3,4464,15,296,0,297\n"
	fastCSV = "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,bytes\n" +
		"1,10,1735815600000,1735815605000,6,2001:db8::7,50123,2001:db8::9,443,0,0,1,2,...AP.SF,0,12,4200\n"
	listJSON = "[\n{\n\t\"type\" : \"FLOW\",\n\t\"first\" : \"2025-01-02T11:00:00.250\",\n\t\"last\" : \"2025-01-02T11:00:05.000\",\n\t\"in_packets\" : 12,\n\t\"in_bytes\" : 4200,\n" +
		"\t\"proto\" : 6,\n\t\"tcp_flags\" : \"...AP.SF\",\n\t\"src_port\" : 50123,\n\t\"dst_port\" : 443,\n\t\"src4_addr\" : \"192.0.2.7\",\n\t\"dst4_addr\" : \"198.51.100.9\",\n\t\"label\" : \"a { \\\" brace\"\n}\n]\n"
	ipfix = "{\"flowStartMilliseconds\":1735815600250,\"flowEndMilliseconds\":1735815605000,\"sourceIPv4Address\":\"192.0.2.7\",\"destinationIPv4Address\":\"198.51.100.9\"," +
		"\"sourceTransportPort\":50123,\"destinationTransportPort\":443,\"protocolIdentifier\":6,\"packetDeltaCount\":12,\"octetDeltaCount\":4200}\n"
)

func file(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

var readExamples = []sdk.Example{{
	Name:  "to one port",
	Input: map[string]any{"file": file(oldCSV), "ports": []int{443}},
	Output: map[string]any{"format": "csv", "records": 3, "count": 1, "skipped": 0, "flows": []any{map[string]any{
		"line": 2, "start": "2025-01-02T11:00:00Z", "end": "2025-01-02T11:00:05Z", "source": "192.0.2.7", "sourcePort": 50123,
		"destination": "198.51.100.9", "destinationPort": 443, "protocol": "TCP", "packets": 12, "bytes": 4200, "flags": "...AP.SF",
	}}},
}, {
	Name:   "within a time, of a network",
	Input:  map[string]any{"file": file(oldCSV), "ips": []string{"203.0.113.0/24", "192.0.2.8"}, "since": "2025-01-02T09:02:00Z", "until": "2025-01-02T09:03:00Z", "zone": "+02:00"},
	Output: map[string]any{"count": 1, "flows": []any{map[string]any{"line": 4, "start": "2025-01-02T09:02:00Z", "protocol": "ICMP", "destinationPort": 0}}},
}, {
	Name:   "fast CSV with IPv6",
	Input:  map[string]any{"file": file(fastCSV), "protocols": []string{"tcp"}},
	Output: map[string]any{"flows": []any{map[string]any{"start": "2025-01-02T11:00:00Z", "source": "2001:db8::7", "bytes": 4200}}},
}, {
	Name:   "JSON",
	Input:  map[string]any{"file": file(listJSON)},
	Output: map[string]any{"format": "json", "flows": []any{map[string]any{"line": 2, "start": "2025-01-02T11:00:00.25Z", "destination": "198.51.100.9", "destinationPort": 443, "packets": 12}}},
}, {
	Name:   "IPFIX",
	Input:  map[string]any{"file": file(ipfix)},
	Output: map[string]any{"flows": []any{map[string]any{"line": 1, "start": "2025-01-02T11:00:00.25Z", "protocol": "TCP", "bytes": 4200}}},
}, {
	Name:   "a line that can't be read, left out",
	Input:  map[string]any{"file": file("sa,da,ibyt\n192.0.2.7,host.example,1\n192.0.2.7,192.0.2.9,7\n"), "lines": "skip"},
	Output: map[string]any{"count": 1, "skipped": 1, "faults": []any{map[string]any{"line": 2, "problem": `da: "host.example" is no address`}}},
}, {
	Name:  "a line that can't be read",
	Input: map[string]any{"file": file("sa,da,ibyt\n192.0.2.7,192.0.2.9\n")},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/file line 2: has 2 columns, and the header 3"},
}}

var talkersExamples = []sdk.Example{{
	Name:  "who sent most",
	Input: map[string]any{"file": file(oldCSV), "top": 1},
	Output: map[string]any{"groups": 2, "flows": 3, "packets": 15, "bytes": 4464, "talkers": []any{map[string]any{
		"key": "192.0.2.7", "source": "192.0.2.7", "flows": 2, "packets": 13, "bytes": 4284, "first": "2025-01-02T11:00:00Z", "last": "2025-01-02T11:02:00Z",
	}}},
}, {
	Name:   "to which ports",
	Input:  map[string]any{"file": file(oldCSV), "by": "port", "order": "packets"},
	Output: map[string]any{"talkers": []any{map[string]any{"key": "TCP/443"}, map[string]any{"key": "UDP/53"}, map[string]any{"key": "ICMP/0"}}},
}, {
	Name:   "between whom",
	Input:  map[string]any{"file": file(oldCSV), "by": "pair", "destinations": []string{"198.51.100.9"}},
	Output: map[string]any{"groups": 2, "talkers": []any{map[string]any{"key": "192.0.2.7 > 198.51.100.9", "destination": "198.51.100.9"}, map[string]any{"bytes": 180}}},
}, {
	Name:  "no file of flows",
	Input: map[string]any{"file": file("date,host,what\n1,2,3\n")},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}
