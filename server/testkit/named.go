//go:build unix

package testkit

import (
	"fmt"
	"strings"
	"testing"
)

const namedConfig = `
options {
  directory "%[1]s";
  listen-on port %[2]d { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file "%[1]s/named.pid";
  session-keyfile "%[1]s/session.key";
  managed-keys-directory "%[1]s";
  recursion no;
  dnssec-validation no;
  allow-query { any; };
};
controls {};
zone "corp.example" { type master; file "%[3]s"; };
zone "2.0.192.in-addr.arpa" { type master; file "%[4]s"; };
zone "8.b.d.0.1.0.0.2.ip6.arpa" { type master; file "%[5]s"; };
`

const corpZone = `$TTL 300
@ SOA ns1.corp.example. hostmaster.corp.example. ( 7 3600 600 86400 60 )
@ NS ns1
@ NS ns2.example.net.
@ MX 10 mail
@ MX 20 backup.example.net.
@ TXT "v=spf1 mx -all"
@ TXT "one \"quoted\" " "and the rest"
@ CAA 0 issue "ca.example.net"
@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
ns1 A 192.0.2.1
mail A 192.0.2.2
mail AAAA 2001:db8::2
www CNAME mail
_dmarc TXT "v=DMARC1; p=reject"
_sip._tcp SRV 5 10 5060 mail
_443._tcp.www TLSA 3 1 1 0D6FCE13243AA7
host SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789
web HTTPS 1 . alpn=h2
sub NS ns.sub
sub DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
ns.sub A 192.0.2.3
loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
naptr NAPTR 100 10 "S" "SIP+D2U" "" _sip._udp.corp.example.
xn--bcher-kva A 192.0.2.4
`

// many answers, above what fits a datagram.
func manyTexts() string {
	text := ""
	for i := range 90 {
		text += fmt.Sprintf("many TXT \"%0100d\"\n", i)
	}
	return text
}

// NewNamed starts a BIND that knows corp.example and the networks of documentation, and
// gives its port.
func NewNamed(t testing.TB) int {
	t.Helper()
	path := program(t, "named", "bind9")
	folder, port := OpenFolder(t), FreePort(t)
	soa := "$TTL 300\n@ SOA ns1.corp.example. hostmaster.corp.example. ( 1 3600 600 86400 60 )\n@ NS ns1.corp.example.\n"
	config := fmt.Sprintf(namedConfig, folder, port,
		write(t, folder, "corp", corpZone+manyTexts()),
		write(t, folder, "four", soa+"2 PTR mail.corp.example.\n"),
		write(t, folder, "six", soa+"2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR mail.corp.example.\n"))
	run(t, func(output string) bool { return strings.Contains(output, "all zones loaded") }, path, "-g", "-4", "-c", write(t, folder, "named.conf", config))
	return port
}
