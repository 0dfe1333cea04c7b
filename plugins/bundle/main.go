// Command bundle is the one WebAssembly module that carries the bundled
// connectors written in Go: sharing a runtime and the libraries keeps the binary
// small. Run natively with -manifest it prints their manifests as a list.
package main

import (
	"github.com/drawbridge-soar/drawbridge/plugins/archive"
	"github.com/drawbridge-soar/drawbridge/plugins/codec"
	"github.com/drawbridge-soar/drawbridge/plugins/csv"
	"github.com/drawbridge-soar/drawbridge/plugins/datetime"
	"github.com/drawbridge-soar/drawbridge/plugins/dns"
	"github.com/drawbridge-soar/drawbridge/plugins/dnslog"
	"github.com/drawbridge-soar/drawbridge/plugins/email"
	"github.com/drawbridge-soar/drawbridge/plugins/hash"
	"github.com/drawbridge-soar/drawbridge/plugins/html"
	"github.com/drawbridge-soar/drawbridge/plugins/http"
	"github.com/drawbridge-soar/drawbridge/plugins/imap"
	"github.com/drawbridge-soar/drawbridge/plugins/ioc"
	"github.com/drawbridge-soar/drawbridge/plugins/ldap"
	"github.com/drawbridge-soar/drawbridge/plugins/netflow"
	"github.com/drawbridge-soar/drawbridge/plugins/ping"
	"github.com/drawbridge-soar/drawbridge/plugins/smtp"
	"github.com/drawbridge-soar/drawbridge/plugins/ssh"
	"github.com/drawbridge-soar/drawbridge/plugins/store"
	"github.com/drawbridge-soar/drawbridge/plugins/syslog"
	"github.com/drawbridge-soar/drawbridge/plugins/tls"
	"github.com/drawbridge-soar/drawbridge/sdk"
)

func init() {
	sdk.Register(email.Connector(), ioc.Connector(), http.Connector())
	sdk.Register(dns.Connector(), imap.Connector(), ldap.Connector(), ping.Connector(), smtp.Connector(), ssh.Connector(), syslog.Connector(), tls.Connector())
	sdk.Register(archive.Connector(), codec.Connector(), csv.Connector(), datetime.Connector(), hash.Connector(), html.Connector(), store.Connector())
	sdk.Register(dnslog.Connector(), netflow.Connector())
}

func main() { sdk.Main() }
