package netflow

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
)

// mostGroups bounds what is summed up at a time.
const mostGroups = 200_000

// group is what flows have in common; what they aren't summed up by is zero.
type group struct {
	source, destination netip.Addr
	protocol, port      int
}

type sum struct {
	flows, packets, bytes int64
	first, last           time.Time
}

func (s *sum) add(r *record) {
	s.flows += r.flows
	s.packets += r.packets
	s.bytes += r.bytes
	if !r.start.IsZero() && (s.first.IsZero() || r.start.Before(s.first)) {
		s.first = r.start
	}
	if end := cmp.Or(r.end, r.start); end.After(s.last) {
		s.last = end
	}
}

// groupsOf are those that a flow counts in: two, where either side does.
func groupsOf(r *record, by string) []group {
	switch by {
	case "destination":
		return []group{{destination: r.destination}}
	case "address":
		if r.source == r.destination {
			return []group{{source: r.source}}
		}
		return []group{{source: r.source}, {source: r.destination}}
	case "pair":
		return []group{{source: r.source, destination: r.destination}}
	case "port":
		return []group{{protocol: r.protocol, port: r.destPort}}
	case "protocol":
		return []group{{protocol: r.protocol}}
	}
	return []group{{source: r.source}}
}

func (g group) key(by string) string {
	switch by {
	case "destination":
		return g.destination.String()
	case "pair":
		return g.source.String() + " > " + g.destination.String()
	case "port":
		return protocolName(g.protocol) + "/" + strconv.Itoa(g.port)
	case "protocol":
		return protocolName(g.protocol)
	}
	return g.source.String()
}

func talkers(_ *sdk.Context, in TalkersInput) (out TalkersOutput, err error) {
	sums := map[group]*sum{}
	var all sum
	_, out.Records, out.Faults, err = walk(in.Input, in.Filter, func(r *record) error {
		all.add(r)
		for _, g := range groupsOf(r, in.By) {
			s := sums[g]
			if s == nil {
				if len(sums) == mostGroups {
					return sdk.TooLarge("more than %d groups by line %d: filter, or sum up by something coarser", mostGroups, r.line)
				}
				s = &sum{}
				sums[g] = s
			}
			s.add(r)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Talkers = []Talker{}
	for g, s := range sums {
		t := Talker{Key: g.key(in.By), Flows: s.flows, Packets: s.packets, Bytes: s.bytes, First: logfile.Written(s.first), Last: logfile.Written(s.last)}
		if g.source.IsValid() && in.By != "address" {
			t.Source = g.source.String()
		}
		if g.destination.IsValid() {
			t.Destination = g.destination.String()
		}
		out.Talkers = append(out.Talkers, t)
	}
	size := func(t Talker) int64 {
		switch in.Order {
		case "packets":
			return t.Packets
		case "flows":
			return t.Flows
		}
		return t.Bytes
	}
	slices.SortFunc(out.Talkers, func(a, b Talker) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), strings.Compare(a.Key, b.Key))
	})
	out.Talkers = out.Talkers[:min(in.Top, len(out.Talkers))]
	out.Groups, out.Flows, out.Packets, out.Bytes = len(sums), all.flows, all.packets, all.bytes
	return out, nil
}
