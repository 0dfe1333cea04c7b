package dnslog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of what is summed up at a time.
const (
	mostGroups = 100_000
	mostApart  = 100 // clients and names that a group counts
)

type sum struct {
	queries, failed int
	clients, names  []string
	first, last     time.Time
}

func (s *sum) add(r *record) {
	s.queries++
	if r.code != "" && r.code != "NOERROR" {
		s.failed++
	}
	s.clients, s.names = apart(s.clients, r.client.String()), apart(s.names, r.name)
	if s.first.IsZero() || r.at.Before(s.first) {
		s.first = r.at
	}
	if r.at.After(s.last) {
		s.last = r.at
	}
}

// apart adds what isn't there yet, as long as it is counted.
func apart(list []string, text string) []string {
	if len(list) == mostApart || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// keysOf are the groups that a query counts in.
func keysOf(r *record, by string) []string {
	switch by {
	case "client":
		return []string{r.client.String()}
	case "type":
		return []string{r.kind}
	case "code":
		return []string{r.code}
	case "answer":
		return r.answers
	case "server":
		return []string{r.server}
	}
	return []string{r.name}
}

func summary(_ *sdk.Context, in SummaryInput) (out SummaryOutput, err error) {
	sums := map[string]*sum{}
	_, out.Records, out.Faults, err = walk(in.Input, in.Filter, func(r *record) error {
		out.Queries++
		for _, key := range keysOf(r, in.By) {
			s := sums[key]
			if s == nil {
				if len(sums) == mostGroups {
					return sdk.TooLarge("more than %d groups by line %d: filter, or sum up by something coarser", mostGroups, r.line)
				}
				s = &sum{}
				sums[strings.Clone(key)] = s
			}
			s.add(r)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Groups = []Group{}
	for key, s := range sums {
		out.Groups = append(out.Groups, Group{key, s.queries, s.failed, len(s.clients), len(s.names), logfile.Written(s.first), logfile.Written(s.last)})
	}
	slices.SortFunc(out.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Queries, a.Queries), strings.Compare(a.Key, b.Key))
	})
	out.Groups, out.Total = out.Groups[:min(in.Top, len(out.Groups))], len(sums)
	return out, nil
}
