package netflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
)

// record is a flow before it is written.
type record struct {
	line                 int
	start, end           time.Time
	source, destination  netip.Addr
	sourcePort, destPort int
	protocol             int
	packets, bytes       int64
	flows                int64
	flags                string
}

// protocols are the names that nfdump and people use (IANA, Protocol Numbers).
var protocols = map[int]string{1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 41: "IPv6", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMP6", 89: "OSPF", 103: "PIM", 112: "VRRP", 132: "SCTP"}

func protocolName(n int) string {
	if name, ok := protocols[n]; ok {
		return name
	}
	return strconv.Itoa(n)
}

func protocolNumber(text string) (int, error) {
	if n, err := strconv.ParseUint(text, 10, 8); err == nil {
		return int(n), nil
	}
	for n, name := range protocols {
		if strings.EqualFold(name, text) {
			return n, nil
		}
	}
	if strings.EqualFold(text, "IPv6-ICMP") || strings.EqualFold(text, "ICMPv6") {
		return 58, nil
	}
	return 0, fmt.Errorf("%q is no protocol", logfile.Clip(text))
}

// port reads a port. Of ICMP nfdump writes type.code there.
func port(text string) (int, error) {
	if kind, code, ok := strings.Cut(text, "."); ok {
		if _, err := strconv.ParseUint(kind+code, 10, 16); err == nil {
			return 0, nil
		}
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no port", logfile.Clip(text))
	}
	return int(n), nil
}

func count(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no count", logfile.Clip(text))
	}
	return n, nil
}

func address(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Errorf("%q is no address", logfile.Clip(text))
	}
	return a.Unmap(), nil
}

// set reads one field of a record. Names are those of nfdump's CSV in its old form (ts,
// sa) and its new one (firstSeen, srcAddr), of its JSON (first, src4_addr), and of
// IPFIX. Sources: nfdump, src/output/output_csv.c, output_csv_fast.c and output_json.c;
// IANA, IP Flow Information Export (IPFIX) Entities.
func (r *record) set(name, text string, span logfile.Span) (err error) {
	switch name {
	case "ts", "firstSeen", "first", "t_first", "flowStartMilliseconds", "flowStartSeconds", "flowStartMicroseconds":
		r.start, err = span.Time(text)
	case "te", "lastSeen", "last", "t_last", "flowEndMilliseconds", "flowEndSeconds", "flowEndMicroseconds":
		r.end, err = span.Time(text)
	case "sa", "srcAddr", "src4_addr", "src6_addr", "sourceIPv4Address", "sourceIPv6Address":
		r.source, err = address(text)
	case "da", "dstAddr", "dst4_addr", "dst6_addr", "destinationIPv4Address", "destinationIPv6Address":
		r.destination, err = address(text)
	case "sp", "srcPort", "src_port", "sourceTransportPort":
		r.sourcePort, err = port(text)
	case "dp", "dstPort", "dst_port", "destinationTransportPort":
		r.destPort, err = port(text)
	case "pr", "proto", "protocolIdentifier":
		r.protocol, err = protocolNumber(text)
	case "ipkt", "packets", "inPackets", "in_packets", "packetDeltaCount", "packetTotalCount":
		r.packets, err = count(text)
	case "ibyt", "bytes", "inBytes", "in_bytes", "octetDeltaCount", "octetTotalCount":
		r.bytes, err = count(text)
	case "fl", "flows", "aggr_flows":
		r.flows, err = count(text)
	case "flg", "flags", "tcp_flags", "tcpControlBits":
		r.flags = text
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// complete says what a record lacks.
func (r *record) complete() error {
	if !r.source.IsValid() || !r.destination.IsValid() {
		return fmt.Errorf("has no source or no destination address")
	}
	r.flows = max(r.flows, 1)
	return nil
}

// setJSON reads a record in JSON, one of super_mediator's in its wrapper as well.
func (r *record) setJSON(raw []byte, span logfile.Span) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return fmt.Errorf("is no JSON object: %w", err)
	}
	if inner, ok := fields["flows"]; ok && len(inner) > 0 && inner[0] == '{' {
		return r.setJSON(inner, span)
	}
	for name, value := range fields {
		text := string(value)
		switch {
		case bytes.Equal(value, []byte("null")), value[0] == '{', value[0] == '[':
			continue
		case value[0] == '"':
			if err := json.Unmarshal(value, &text); err != nil {
				return err
			}
		}
		if err := r.set(name, strings.TrimSpace(text), span); err != nil {
			return err
		}
	}
	return r.complete()
}

func (r *record) flow() Flow {
	return Flow{
		Line: r.line, Start: logfile.Written(r.start), End: logfile.Written(r.end), Source: r.source.String(), SourcePort: r.sourcePort,
		Destination: r.destination.String(), DestinationPort: r.destPort, Protocol: protocolName(r.protocol), Packets: r.packets, Bytes: r.bytes, Flags: r.flags,
	}
}
