package egress

import (
	"net/netip"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// NewRedactor is for measuring it.
func NewRedactor(secrets, sent []string) func(string) string { return newRedactor(secrets, sent).text }

// CheckAddress is what the guard says of an address, which no test should dial.
func CheckAddress(networks []catalog.Network, at netip.AddrPort) error {
	g := &guard{networks: networks}
	return g.check(at)
}
