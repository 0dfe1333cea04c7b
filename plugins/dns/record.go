package dns

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

func itoa(n int) string { return strconv.Itoa(n) }

// types are the record types that can be asked for, by their names.
var types = map[string]dnsmessage.Type{
	"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "LOC": 29, "SRV": 33, "NAPTR": 35, "DS": 43, "SSHFP": 44,
	"DNSKEY": 48, "TLSA": 52, "SVCB": 64, "HTTPS": 65, "CAA": 257,
}

func typeName(t dnsmessage.Type) string {
	for name, n := range types {
		if n == t {
			return name
		}
	}
	return "TYPE" + itoa(int(t))
}

func bare(n dnsmessage.Name) string {
	if text := strings.TrimSuffix(n.String(), "."); text != "" {
		return text
	}
	return "."
}

// recordOf reads one record, whose header was read.
func recordOf(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (Record, error) {
	r := Record{Name: bare(h.Name), Type: typeName(h.Type), TTL: int(h.TTL)}
	resource, err := body(p, h)
	if err != nil {
		return r, err
	}
	switch b := resource.(type) {
	case *dnsmessage.AResource:
		r.Value = netip.AddrFrom4(b.A).String()
	case *dnsmessage.AAAAResource:
		r.Value = netip.AddrFrom16(b.AAAA).String()
	case *dnsmessage.CNAMEResource:
		r.Target = bare(b.CNAME)
	case *dnsmessage.NSResource:
		r.Target = bare(b.NS)
	case *dnsmessage.PTRResource:
		r.Target = bare(b.PTR)
	case *dnsmessage.MXResource:
		r.Target, r.Priority = bare(b.MX), number(b.Pref)
		r.Value = itoa(int(b.Pref)) + " " + r.Target
	case *dnsmessage.SRVResource:
		r.Target, r.Priority, r.Port = bare(b.Target), number(b.Priority), number(b.Port)
		r.Value = fmt.Sprintf("%d %d %d %s", b.Priority, b.Weight, b.Port, r.Target)
	case *dnsmessage.SOAResource:
		r.Value = fmt.Sprintf("%s %s %d %d %d %d %d", bare(b.NS), bare(b.MBox), b.Serial, b.Refresh, b.Retry, b.Expire, b.MinTTL)
	case *dnsmessage.TXTResource:
		r.Value = strings.ToValidUTF8(strings.Join(b.TXT, ""), "�")
	case *dnsmessage.UnknownResource:
		if r.Value, err = other(h.Type, b.Data); err != nil {
			r.Value, err = unknown(b.Data), nil
		}
	}
	if r.Value == "" && r.Target != "" {
		r.Value = r.Target
	}
	return r, err
}

// body reads the types that the library knows, and the bytes of others.
func body(p *dnsmessage.Parser, h dnsmessage.ResourceHeader) (dnsmessage.ResourceBody, error) {
	switch h.Type { //nolint:exhaustive // what the library doesn't read is bytes
	case dnsmessage.TypeA:
		b, err := p.AResource()
		return &b, err
	case dnsmessage.TypeAAAA:
		b, err := p.AAAAResource()
		return &b, err
	case dnsmessage.TypeCNAME:
		b, err := p.CNAMEResource()
		return &b, err
	case dnsmessage.TypeNS:
		b, err := p.NSResource()
		return &b, err
	case dnsmessage.TypePTR:
		b, err := p.PTRResource()
		return &b, err
	case dnsmessage.TypeMX:
		b, err := p.MXResource()
		return &b, err
	case dnsmessage.TypeSRV:
		b, err := p.SRVResource()
		return &b, err
	case dnsmessage.TypeSOA:
		b, err := p.SOAResource()
		return &b, err
	case dnsmessage.TypeTXT:
		b, err := p.TXTResource()
		return &b, err
	}
	b, err := p.UnknownResource()
	return &b, err
}

func number(n uint16) *int {
	i := int(n)
	return &i
}

// unknown is how a record of any type can be written (RFC 3597).
func unknown(data []byte) string {
	return strings.TrimSpace(`\# ` + itoa(len(data)) + " " + hex.EncodeToString(data))
}

// other writes the types that the library doesn't know.
func other(t dnsmessage.Type, data []byte) (string, error) {
	c := &cursor{rest: data}
	text := ""
	switch typeName(t) {
	case "CAA": // RFC 8659, 4.1
		text = fmt.Sprintf("%d %s %q", c.byte(), c.text(), "")
		text = strings.TrimSuffix(text, `""`) + strconv.Quote(strings.ToValidUTF8(string(c.all()), "�"))
	case "DS": // RFC 4034, 5
		text = fmt.Sprintf("%d %d %d %X", c.short(), c.byte(), c.byte(), c.all())
	case "DNSKEY": // RFC 4034, 2
		text = fmt.Sprintf("%d %d %d %s", c.short(), c.byte(), c.byte(), base64.StdEncoding.EncodeToString(c.all()))
	case "TLSA": // RFC 6698, 2
		text = fmt.Sprintf("%d %d %d %X", c.byte(), c.byte(), c.byte(), c.all())
	case "SSHFP": // RFC 4255, 3
		text = fmt.Sprintf("%d %d %X", c.byte(), c.byte(), c.all())
	case "NAPTR": // RFC 3403, 4
		text = fmt.Sprintf("%d %d %q %q %q %s", c.short(), c.short(), c.text(), c.text(), c.text(), c.name())
	case "SVCB", "HTTPS": // RFC 9460, 2
		text = fmt.Sprintf("%d %s", c.short(), c.name()) + parameters(c)
	default:
		return unknown(data), nil
	}
	return text, c.err
}

// keys are the names of parameters of SVCB and HTTPS (RFC 9460, 14.3).
var keys = []string{"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"}

func parameters(c *cursor) string {
	text := ""
	for c.err == nil && len(c.rest) > 0 {
		key := int(c.short())
		value := &cursor{rest: c.take(int(c.short()))}
		name := "key" + itoa(key)
		if key < len(keys) {
			name = keys[key]
		}
		var list []string
		for value.err == nil && len(value.rest) > 0 {
			switch name {
			case "alpn":
				list = append(list, value.text())
			case "port":
				list = append(list, itoa(int(value.short())))
			case "ipv4hint", "ipv6hint":
				size := map[string]int{"ipv4hint": 4, "ipv6hint": 16}[name]
				addr, _ := netip.AddrFromSlice(value.take(size))
				list = append(list, addr.String())
			default:
				list = append(list, hex.EncodeToString(value.all()))
			}
		}
		if text += " " + name; len(list) > 0 {
			text += "=" + strings.Join(list, ",")
		}
		if value.err != nil {
			c.err = value.err
		}
	}
	return text
}

// cursor reads the fields of a record; past the end everything is empty, and err is set.
type cursor struct {
	rest []byte
	err  error
}

func (c *cursor) take(n int) []byte {
	if n > len(c.rest) {
		c.err, c.rest = fmt.Errorf("a record is cut short"), nil
		return make([]byte, min(n, 16))
	}
	part := c.rest[:n]
	c.rest = c.rest[n:]
	return part
}

func (c *cursor) byte() byte   { return c.take(1)[0] }
func (c *cursor) all() []byte  { return c.take(len(c.rest)) }
func (c *cursor) text() string { return strings.ToValidUTF8(string(c.take(int(c.byte()))), "�") }

func (c *cursor) short() uint16 {
	b := c.take(2)
	return uint16(b[0])<<8 | uint16(b[1])
}

// name reads one that isn't compressed, as these types have it.
func (c *cursor) name() string {
	var labels []string
	for {
		n := int(c.byte())
		if n == 0 || n > 63 || c.err != nil {
			break
		}
		labels = append(labels, string(c.take(n)))
	}
	if len(labels) == 0 {
		return "."
	}
	return strings.ToValidUTF8(strings.Join(labels, "."), "�")
}
