package egress

import (
	"net/netip"
	"net/url"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// SignRequest signs a request whose nonce is known.
func SignRequest(scheme string, fields map[string]string, method, address, body string, now time.Time, nonce string) (*abi.SignResponse, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	a := &applied{credential: vault.Opened{Credential: vault.Credential{Fields: fields}}}
	return a.signRequest(scheme, &hop{method: method, target: target, body: []byte(body)}, now, nonce)
}

// NewRedactor is for measuring it.
func NewRedactor(secrets, sent []string) func(string) string { return newRedactor(secrets, sent).text }

// CheckAddress is what the guard says of an address, which no test should dial.
func CheckAddress(networks []catalog.Network, at netip.AddrPort) error {
	g := &guard{networks: networks}
	return g.check(at)
}

// Remembered counts the secrets that a Hush knows, and their bytes.
func (h *Hush) Remembered() (n, size int) {
	for _, list := range [][]string{h.tokens, h.cookies} {
		for _, secret := range list {
			n, size = n+1, size+len(secret)
		}
	}
	return n, size
}
