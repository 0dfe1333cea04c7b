package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// dialWithin bounds finding and reaching another side.
const dialWithin = 10 * time.Second

// near are the addresses that a grant must name by themselves: a wide network
// around them doesn't. They are this machine, its link and what clouds put there.
var near = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("168.63.129.16/32"), // Azure's own, though public by its range
	netip.MustParsePrefix("fd00:ec2::/32"),    // metadata of EC2
	netip.MustParsePrefix("100.100.100.200/32"),
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("::/128"),
}

// own says whether an address is one of this machine's. What listens there may be
// kept from the outside by nothing but a firewall before the machine, and the
// address may be public: whoever names a host could lead there. What is in near
// isn't looked for: a network of it may be granted.
func own(addr netip.Addr) bool {
	if addr.IsLoopback() || addr.IsLinkLocalUnicast() {
		return false
	}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(list, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		if !ok {
			return false
		}
		at, ok := netip.AddrFromSlice(n.IP)
		return ok && at.Unmap() == addr
	})
}

// more are ranges that no connector has business with, and the library lets pass.
var more = []netip.Prefix{
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("192.88.99.0/24"),
}

// public says which addresses belong to the public internet. The library denies
// what the registries of special purpose addresses list, and all of IPv6 but the
// global unicast range: NAT64, 6to4, Teredo and carriers' networks among them.
var public = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork(), ssrf.WithDeniedV4Prefixes(more...))

// guard decides which addresses one connector may reach.
type guard struct {
	networks []catalog.Network
	resolve  Resolver
	reroutes Reroutes
}

// Reroutes say where connections really lead that are made to an address (host:port),
// as whoever starts the server says: to a gateway, or to the stand-ins of a lab. What is
// believed of certificates, and what has to be granted, goes by the address that is meant.
type Reroutes map[string]netip.AddrPort

// Resolver finds the addresses of a name.
type Resolver func(ctx context.Context, host string) ([]netip.Addr, error)

func systemResolver(ctx context.Context, host string) ([]netip.Addr, error) {
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// check refuses an address that is neither public nor in a granted network, and
// one that leads to such an address.
func (g *guard) check(at netip.AddrPort) error {
	if err := g.checkOne(at); err != nil {
		return err
	}
	for _, inner := range within4(at.Addr().Unmap()) {
		if err := g.checkOne(netip.AddrPortFrom(inner, at.Port())); err != nil {
			return refuse(abi.ErrnoDenied, "%s leads to an IPv4 address: %v", at.Addr(), err)
		}
	}
	return nil
}

func (g *guard) checkOne(at netip.AddrPort) error {
	addr := at.Addr().Unmap()
	if addr.Zone() != "" {
		return refuse(abi.ErrnoDenied, "the address %s has a zone: only the machine itself could mean it", addr)
	}
	if g.granted(addr, at.Port()) {
		return nil
	}
	if own(addr) || slices.ContainsFunc(near, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return refuse(abi.ErrnoDenied, "%s is this machine, its own link or the cloud's metadata: an admin would have to grant exactly that to the connector", addr)
	}
	if public.SafeAddr(addr) != nil {
		return refuse(abi.ErrnoDenied, "%s is in a private or special network: an admin has to grant that network and port %d to the connector", addr, at.Port())
	}
	return nil
}

func (g *guard) granted(addr netip.Addr, port uint16) bool {
	for _, n := range g.networks {
		if !n.Prefix.Contains(addr) || len(n.Ports) > 0 && !slices.Contains(n.Ports, int(port)) {
			continue
		}
		named := n.Prefix.IsSingleIP() || !own(addr)
		for _, p := range near {
			if p.Contains(addr) && (!p.Contains(n.Prefix.Addr()) || n.Prefix.Bits() < p.Bits()) {
				named = false
			}
		}
		if named {
			return true
		}
	}
	return false
}

// Networks of IPv6 whose addresses lead to an IPv4 address that they hold.
var (
	compatible = netip.MustParsePrefix("::/96")
	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	ownNAT64   = netip.MustParsePrefix("64:ff9b:1::/48")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
)

// within4 finds the IPv4 addresses that one of IPv6 may lead to. A grant of the
// network around is no grant of these.
func within4(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	pick := func(at ...int) netip.Addr { return netip.AddrFrom4([4]byte{b[at[0]], b[at[1]], b[at[2]], b[at[3]]}) }
	last := pick(12, 13, 14, 15)
	switch {
	case addr.IsUnspecified(), addr.IsLoopback():
		return nil // not an IPv4 address in another form
	case compatible.Contains(addr), translated.Contains(addr), nat64.Contains(addr):
		return []netip.Addr{last}
	case sixToFour.Contains(addr):
		return []netip.Addr{pick(2, 3, 4, 5)}
	case teredo.Contains(addr):
		client := last.As4()
		for i := range client {
			client[i] ^= 0xff
		}
		return []netip.Addr{pick(4, 5, 6, 7), netip.AddrFrom4(client)}
	case ownNAT64.Contains(addr):
		// Its owner chooses the length of the prefix, and with it the place (RFC
		// 6052). What begins with 0 in a place is not there.
		return slices.DeleteFunc([]netip.Addr{pick(6, 7, 9, 10), pick(7, 9, 10, 11), pick(9, 10, 11, 12), last},
			func(a netip.Addr) bool { return a.As4()[0] == 0 })
	}
	return nil
}

// dial reaches a host: its name is resolved once, each address is looked at, and
// one that was looked at is dialed. One forbidden address among several refuses
// all, because a name that has both is no honest one.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	if at, led := g.reroutes[address]; led {
		return (&net.Dialer{}).DialContext(ctx, network, at.String())
	}
	addrs, err := g.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, addr := range addrs {
		if err := g.check(netip.AddrPortFrom(addr, uint16(port))); err != nil {
			return nil, err
		}
	}
	// What is dialed is looked at once more where the system call is made.
	d := net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.check(at)
	}}
	var errs []error
	for _, addr := range addrs {
		conn, err := d.DialContext(ctx, network, netip.AddrPortFrom(addr, uint16(port)).String())
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (g *guard) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	addrs, err := g.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("the name %s has no address", host)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}
