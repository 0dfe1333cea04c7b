package catalog

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// AnyHost is the host of a capability that holds for no host but those that an
// admin names.
const AnyHost = "*"

// Methods are all that are sent. CONNECT and TRACE are for proxies, and others have
// a meaning only where a rule would have to know it.
var Methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// Grant is what a connector may do: what its manifest asks for and an admin
// consented to, and what the admin added.
type Grant struct {
	HTTP []HTTPRule `json:"http,omitempty"`
	Net  []NetRule  `json:"net,omitempty"`
	KV   bool       `json:"kv,omitempty"`
	// Networks are the ones that are reachable besides the public internet.
	Networks []Network `json:"networks,omitempty"`
}

// HTTPRule lets requests go to one host.
type HTTPRule struct {
	Scheme string `json:"scheme,omitempty"` // https where empty
	// Host is an exact name in lower case, or {field} of the credential, or * for
	// the hosts that the call's credential names.
	Host string `json:"host"`
	Port int    `json:"port,omitempty"` // 0 is that of the scheme
	// Methods are some of [Methods]; none is all of them.
	Methods    []string `json:"methods,omitempty"`
	PathPrefix string   `json:"pathPrefix,omitempty"`
}

// NetRule lets a stream go to one host and port.
type NetRule struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	TLS  bool   `json:"tls"`
}

// Network is a range of addresses, with the ports of it; none is every port.
type Network struct {
	Prefix netip.Prefix `json:"cidr"`
	Ports  []int        `json:"ports,omitempty"`
}

// Asked is the grant that a manifest asks for.
func Asked(c abi.Capabilities) Grant {
	g := Grant{KV: c.KV}
	for _, h := range c.HTTP {
		g.HTTP = append(g.HTTP, askedRule(h))
	}
	for _, n := range c.Net {
		g.Net = append(g.Net, NetRule{n.Host, n.Port, n.TLS})
	}
	return g
}

func askedRule(h abi.HTTPCapability) HTTPRule {
	return HTTPRule{Host: h.Host, Methods: h.Methods, PathPrefix: h.PathPrefix}
}

// With adds what an admin gave to what a manifest asks for.
func (g Grant) With(more Grant) Grant {
	return Grant{
		HTTP: slices.Concat(g.HTTP, more.HTTP), Net: slices.Concat(g.Net, more.Net), KV: g.KV || more.KV,
		Networks: slices.Concat(g.Networks, more.Networks),
	}
}

// Check says what is wrong with a grant that a person wrote.
func (g Grant) Check() error {
	for _, r := range g.HTTP {
		if r.Scheme != "" && r.Scheme != "https" && r.Scheme != "http" {
			return fmt.Errorf("the scheme of %s must be https or http, not %q", r.Host, r.Scheme)
		}
		if r.Host == AnyHost || !ExactHost(r.Host) {
			return fmt.Errorf("%q is not a host: name it exactly, such as api.example.com", r.Host)
		}
		if r.Port < 0 || r.Port > 65535 {
			return fmt.Errorf("the port of %s must be 1 to 65535, not %d", r.Host, r.Port)
		}
		for _, m := range r.Methods {
			if !slices.Contains(Methods, m) {
				return fmt.Errorf("the method %q of %s must be one of %s", m, r.Host, strings.Join(Methods, ", "))
			}
		}
		if r.PathPrefix != "" && !strings.HasPrefix(r.PathPrefix, "/") {
			return fmt.Errorf("the path prefix of %s must begin with /, not be %q", r.Host, r.PathPrefix)
		}
	}
	for _, r := range g.Net {
		if !ExactHost(r.Host) || r.Port < 1 || r.Port > 65535 {
			return fmt.Errorf("%q with port %d is not a place to open a stream to", r.Host, r.Port)
		}
	}
	for _, n := range g.Networks {
		if !n.Prefix.IsValid() || n.Prefix != n.Prefix.Masked() {
			return fmt.Errorf("%v is not a network: write its first address and the length of its prefix, such as 10.20.0.0/16", n.Prefix)
		}
		if n.Prefix.Bits() == 0 {
			return fmt.Errorf("%v is everything: name the networks", n.Prefix)
		}
		for _, p := range n.Ports {
			if p < 1 || p > 65535 {
				return fmt.Errorf("the port %d of %v must be 1 to 65535", p, n.Prefix)
			}
		}
	}
	return nil
}

// ExactHost says whether a text names one host in the form that hosts are
// compared in: a lower-case name without a dot at its end whose last label isn't
// a number, or an address as it is written in short.
func ExactHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Zone() == "" && addr.String() == host
	}
	if len(host) > 253 || !hostPattern.MatchString(host) {
		return false
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := strconv.ParseUint(last, 0, 64); err == nil {
		return false // 2130706433, 0x7f.1 and 127.1 are addresses to some
	}
	return true
}

// Sentence says in plain words what a rule allows.
func (r HTTPRule) Sentence() string {
	what := "send requests"
	if len(r.Methods) > 0 && !slices.ContainsFunc(r.Methods, func(m string) bool { return m != "GET" && m != "HEAD" }) {
		what = "read"
	}
	where := r.Host
	switch {
	case r.Host == AnyHost:
		where = "the hosts that you name"
	case strings.HasPrefix(r.Host, "{"):
		where = "the host in the field " + strings.Trim(r.Host, "{}") + " of its credential"
	}
	if r.Port > 0 {
		where += ":" + strconv.Itoa(r.Port)
	}
	if r.Scheme == "http" {
		where += ", unencrypted"
	}
	if r.PathPrefix != "" {
		where += ", beneath " + r.PathPrefix
	}
	return what + " at " + where
}
