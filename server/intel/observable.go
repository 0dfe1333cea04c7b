package intel

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// TypeNetwork is a network in CIDR form, the one type that indicators have and artifacts of
// cases have not.
const TypeNetwork = "network"

// Types lists the types of indicators.
var Types = append(slices.Clone(cases.ArtifactTypes), TypeNetwork)

// Observable is something that was seen, and may be an indicator.
type Observable struct {
	// Type may be empty: it is found out from the value.
	Type  string
	Value string
}

// Normalise writes an observable as indicators are kept. The error is a [*FieldError].
func Normalise(kind, value string) (Observable, error) {
	switch kind {
	case "cidr", "subnet", "ipv4-network", "ipv6-network":
		kind = TypeNetwork
	}
	if slices.Contains([]string{"", cases.TypeIP, "ipv4", "ipv6", "ipv4-addr", "ipv6-addr", TypeNetwork}, kind) {
		if p, err := netip.ParsePrefix(strings.TrimSpace(cases.Refang(value))); err == nil {
			if p.IsSingleIP() {
				return Observable{cases.TypeIP, p.Addr().Unmap().String()}, nil
			}
			return Observable{TypeNetwork, p.Masked().String()}, nil
		}
		if kind == TypeNetwork {
			return Observable{}, &FieldError{"value", "this is no network", "write it as 192.0.2.0/24"}
		}
	}
	a, err := cases.Normalise(kind, value)
	if err != nil {
		var wrong *cases.FieldError
		if errors.As(err, &wrong) {
			return Observable{}, &FieldError{wrong.Field, wrong.Message, wrong.Fix}
		}
		return Observable{}, err
	}
	return Observable{a.Type, a.Value}, nil
}

// ID is the id of the indicator that an observable is, which must be normalised.
func (o Observable) ID() string { return cases.Key(o.Type, o.Value) }

// Defang writes a value so that no program makes a link of it.
func Defang(kind, value string) string {
	if kind == TypeNetwork {
		kind = cases.TypeIP
	}
	return cases.Defang(kind, value)
}

// Size is that of a network as it is looked for: 1 + bits of IPv4, 100 + bits of IPv6; 0 is
// no network.
func (o Observable) Size() int {
	p, err := netip.ParsePrefix(o.Value)
	if o.Type != TypeNetwork || err != nil {
		return 0
	}
	return size(p)
}

func size(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 1 + p.Bits()
	}
	return 100 + p.Bits()
}

// Place orders observables so that all of a domain, or of a network, lie side by side: the
// labels of the domain backwards, or the digits of the address. Empty is none.
func (o Observable) Place() string {
	host := o.host()
	if host.Type == cases.TypeDomain {
		return domainPlace(host.Value)
	}
	if p, err := netip.ParsePrefix(host.Value); err == nil {
		return addressPlace(p.Addr())
	}
	if a, err := netip.ParseAddr(host.Value); err == nil {
		return addressPlace(a)
	}
	return ""
}

// Under are the first and last place of what lies at a domain, an address or a network, or
// below. Both are empty for all others.
func (o Observable) Under() (first, last string) {
	switch o.Type {
	case cases.TypeDomain:
		first = domainPlace(o.Value)
		return first, first + "\U0010FFFF"
	case cases.TypeIP:
		return o.Place(), o.Place()
	case TypeNetwork:
		if p, err := netip.ParsePrefix(o.Value); err == nil {
			return addressPlace(p.Addr()), addressPlace(lastOf(p))
		}
	}
	return "", ""
}

func domainPlace(domain string) string {
	labels := strings.Split(domain, ".")
	slices.Reverse(labels)
	return "d." + strings.Join(labels, ".") + "."
}

func addressPlace(a netip.Addr) string {
	family := "6."
	if a.Is4() {
		family = "4."
	}
	return family + hex.EncodeToString(a.AsSlice())
}

// host is the domain, address or network that an observable lies at; its type is empty
// where it lies at none.
func (o Observable) host() Observable {
	switch o.Type {
	case cases.TypeDomain, cases.TypeIP, TypeNetwork:
		return o
	case cases.TypeHost:
		return atHost(o.Value)
	case cases.TypeEmail:
		return atHost(o.Value[strings.LastIndexByte(o.Value, '@')+1:])
	case cases.TypeURL:
		if u, err := url.Parse(o.Value); err == nil {
			return atHost(u.Hostname())
		}
	}
	return Observable{}
}

func atHost(name string) Observable {
	for _, kind := range []string{cases.TypeIP, cases.TypeDomain} {
		if found, err := cases.Normalise(kind, name); err == nil {
			return Observable{found.Type, found.Value}
		}
	}
	return Observable{}
}

// How an indicator matches an observable.
const (
	HowExact   = "exact"   // it is the same
	HowHost    = "host"    // it is the host of an address
	HowParent  = "parent"  // it is a domain above
	HowNetwork = "network" // it is a network around
)

// candidate is an indicator that would match.
type candidate struct {
	observable Observable
	how        string
}

// candidates lists what would match an observable, the closest first. Sizes are those of
// the networks that there are.
func (o Observable) candidates(sizes []int) []candidate {
	list := []candidate{{o, HowExact}}
	host := o.host()
	if host.Type != "" && host != o {
		list = append(list, candidate{host, HowHost})
	}
	switch host.Type {
	case cases.TypeDomain:
		for _, above := range parents(host.Value) {
			list = append(list, candidate{Observable{cases.TypeDomain, above}, HowParent})
		}
	case cases.TypeIP, TypeNetwork:
		for _, around := range around(host, sizes) {
			list = append(list, candidate{around, HowNetwork})
		}
	}
	return list
}

// parents lists the domains above one, without those of a single label.
func parents(domain string) []string {
	var list []string
	for {
		_, above, more := strings.Cut(domain, ".")
		if !more || !strings.Contains(above, ".") {
			return list
		}
		list, domain = append(list, above), above
	}
}

// around lists the networks of some sizes around an address or network, the smallest first.
func around(o Observable, sizes []int) []Observable {
	within, err := netip.ParsePrefix(o.Value)
	if err != nil {
		a, err := netip.ParseAddr(o.Value)
		if err != nil {
			return nil
		}
		within = netip.PrefixFrom(a, a.BitLen())
	}
	var list []Observable
	base := size(netip.PrefixFrom(within.Addr(), 0))
	for _, s := range slices.Backward(sizes) {
		bits := s - base
		if bits < 0 || bits >= within.Bits() || s >= 100 && base < 100 {
			continue
		}
		if p, err := within.Addr().Prefix(bits); err == nil {
			list = append(list, Observable{TypeNetwork, p.String()})
		}
	}
	return list
}
