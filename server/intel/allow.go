package intel

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Kinds of entries of the allow list.
const (
	AllowExact   = "exact"   // the value alone
	AllowDomain  = "domain"  // a domain with all below it, and what lies there
	AllowNetwork = "network" // a network with all within, and what lies there
)

// AllowKinds lists them.
var AllowKinds = []string{AllowExact, AllowDomain, AllowNetwork}

// MaxAllow is how many entries the allow list has at most: all are kept in memory.
const MaxAllow = 10_000

// Allow is an entry of the allow list: what falls under it scores 0.
type Allow struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	// Type is that of the value.
	Type   string    `json:"type"`
	Value  string    `json:"value"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// NewAllow makes an entry of what was written. An empty kind is found out from the value:
// a domain allows what is below, too. The error is a [*FieldError].
func NewAllow(kind, kindOfValue, value, reason string) (Allow, error) {
	if strings.TrimSpace(reason) == "" || len(reason) > MaxReason {
		return Allow{}, &FieldError{"reason", "an entry says why", fmt.Sprintf("in 1 to %d bytes", MaxReason)}
	}
	o, err := Normalise(kindOfValue, strings.TrimPrefix(strings.TrimSpace(value), "*."))
	if err != nil {
		return Allow{}, err
	}
	if kind == "" {
		kind = map[string]string{cases.TypeDomain: AllowDomain, TypeNetwork: AllowNetwork}[o.Type]
	}
	switch {
	case kind == "" || kind == AllowExact:
		kind = AllowExact
	case kind == AllowDomain && o.Type != cases.TypeDomain:
		return Allow{}, &FieldError{"value", fmt.Sprintf("%q is no domain", value), "write it as example.com"}
	case kind == AllowNetwork && o.Type != TypeNetwork && o.Type != cases.TypeIP:
		return Allow{}, &FieldError{"value", fmt.Sprintf("%q is no network", value), "write it as 192.0.2.0/24"}
	case kind != AllowDomain && kind != AllowNetwork:
		return Allow{}, &FieldError{"kind", fmt.Sprintf("%q is no kind", kind), "use " + strings.Join(AllowKinds, ", ")}
	}
	if kind == AllowNetwork && o.Type == cases.TypeIP {
		kind = AllowExact
	}
	if p, err := netip.ParsePrefix(o.Value); kind == AllowNetwork && err == nil && (p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16) {
		return Allow{}, &FieldError{"value", fmt.Sprintf("%s is too large a network: all indicators in it would count for nothing", o.Value), "name one of /8 or smaller, /16 of IPv6"}
	}
	return Allow{ID: cases.Key(kind+"/"+o.Type, o.Value), Kind: kind, Type: o.Type, Value: o.Value, Reason: strings.TrimSpace(reason)}, nil
}

// Places are the first and last place of what an entry is about; see [Observable.Place].
// Both are empty where it is about its value alone.
func (a *Allow) Places() (first, last string) {
	switch a.Kind {
	case AllowDomain:
		return Observable{cases.TypeDomain, a.Value}.Under()
	case AllowNetwork:
		return Observable{TypeNetwork, a.Value}.Under()
	}
	return "", ""
}

func lastOf(p netip.Prefix) netip.Addr {
	digits := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(digits)*8; bit++ {
		digits[bit/8] |= 1 << (7 - bit%8)
	}
	a, _ := netip.AddrFromSlice(digits)
	return a
}

// allowList finds the entries that observables fall under.
type allowList struct {
	exact, domains map[string]*Allow // by type and value; by domain
	networks       map[string]*Allow
	sizes          []int // of the networks, ascending
}

func newAllowList(entries []Allow) *allowList {
	l := &allowList{map[string]*Allow{}, map[string]*Allow{}, map[string]*Allow{}, nil}
	there := map[int]bool{}
	for i := range entries {
		e := &entries[i]
		o := Observable{e.Type, e.Value}
		switch e.Kind {
		case AllowDomain:
			l.domains[e.Value] = e
		case AllowNetwork:
			l.networks[e.Value] = e
			there[o.Size()] = true
		default:
			l.exact[o.ID()] = e
		}
	}
	for s := range 230 {
		if there[s] {
			l.sizes = append(l.sizes, s)
		}
	}
	return l
}

// find gives the entry that a normalised observable falls under; nil is none.
func (l *allowList) find(o Observable) *Allow {
	if e := l.exact[o.ID()]; e != nil {
		return e
	}
	host := o.host()
	switch host.Type {
	case cases.TypeDomain:
		if e := l.domains[host.Value]; e != nil {
			return e
		}
		for _, above := range parents(host.Value) {
			if e := l.domains[above]; e != nil {
				return e
			}
		}
	case cases.TypeIP, TypeNetwork:
		if e := l.networks[host.Value]; e != nil {
			return e
		}
		for _, n := range around(host, l.sizes) {
			if e := l.networks[n.Value]; e != nil {
				return e
			}
		}
	}
	return nil
}
