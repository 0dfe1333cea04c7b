package egress_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestAddressesWithinAddresses reaches for an IPv4 address by an IPv6 one that
// leads to it, where the network of the outer one is granted.
func TestAddressesWithinAddresses(t *testing.T) {
	check := func(host string, networks ...string) error {
		var granted []catalog.Network
		for _, n := range networks {
			granted = append(granted, catalog.Network{Prefix: netip.MustParsePrefix(n)})
		}
		return egress.CheckAddress(granted, netip.AddrPortFrom(netip.MustParseAddr(host), 443))
	}
	for _, grant := range []string{"::/0", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96"} {
		for _, host := range strings.Fields(`64:ff9b::a9fe:a9fe 64:ff9b::7f00:1 64:ff9b::a83f:8110 64:ff9b::a00:1 64:ff9b:1::7f00:1 64:ff9b:1:7f00:0:100:: 64:ff9b:1:7f:0:1:: 64:ff9b:1:0:7f:0:100:0
			2002:7f00:1:: 2002:a9fe:a9fe::1 2001:0:5db8:d70e::80ff:fffe 2001:0:7f00:1::a247:28f1 ::7f00:1 ::a9fe:a9fe ::ffff:0:7f00:1`) {
			if err := check(host, grant, "12.0.0.0/7"); egress.Errno(err) != abi.ErrnoDenied {
				t.Errorf("%s under %s: %v", host, grant, err)
			}
		}
	}
	for host, networks := range map[string][]string{
		"64:ff9b::5db8:d70e":     {"64:ff9b::/96"}, // 93.184.215.14 is public
		"64:ff9b::a00:1":         {"64:ff9b::/96", "10.0.0.0/8"},
		"64:ff9b::7f00:1":        {"64:ff9b::/96", "127.0.0.0/8"},
		"64:ff9b:1::5db8:d70e":   {"64:ff9b:1::/48"},
		"64:ff9b:1:a00:0:100::":  {"64:ff9b:1::/48", "10.0.0.0/8"},
		"2002:5db8:d70e::1":      {"2002::/16"},
		"fd12:3456:789a::7f00:1": {"fd12:3456:789a::/48"},
		"::1":                    {"::1/128"},
	} {
		if err := check(host, networks...); err != nil {
			t.Errorf("%s under %v: %v", host, networks, err)
		}
	}
}

// TestOwnAddressesMustBeNamed reaches for this machine by the addresses that it has
// in its networks, and a wide grant of these isn't one of it.
func TestOwnAddressesMustBeNamed(t *testing.T) {
	list, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, a := range list {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || prefix.Addr().IsLoopback() || prefix.Addr().IsLinkLocalUnicast() {
			continue
		}
		looked++
		addr := prefix.Addr().Unmap()
		all := []catalog.Network{{Prefix: netip.MustParsePrefix("0.0.0.0/0")}, {Prefix: netip.MustParsePrefix("::/0")}, {Prefix: netip.PrefixFrom(addr, addr.BitLen()-1).Masked()}}
		for _, networks := range [][]catalog.Network{nil, all} {
			if err := egress.CheckAddress(networks, netip.AddrPortFrom(addr, 5432)); egress.Errno(err) != abi.ErrnoDenied || !strings.Contains(err.Error(), "exactly") {
				t.Errorf("%s under %v: %v", addr, networks, err)
			}
		}
		if err := egress.CheckAddress([]catalog.Network{{Prefix: netip.PrefixFrom(addr, addr.BitLen())}}, netip.AddrPortFrom(addr, 5432)); err != nil {
			t.Errorf("%s, where it is named: %v", addr, err)
		}
	}
	if looked == 0 {
		t.Skip("this machine has no address but its own loopback")
	}
}
