// Package tls reads what an endpoint shows of itself: its certificates, how long they
// hold, who signed them, and whether that is believed.
package tls

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// inspectTimeout is how long inspect takes at most, with its checks of revocation.
const inspectTimeout = 30 * time.Second

// InspectInput is the input of inspect.
type InspectInput struct {
	Host       string `json:"host" example:"www.example.com" doc:"A name or an address, which an admin granted to this connector with the port."`
	Port       int    `json:"port" default:"443" min:"1" max:"65535"`
	ServerName string `json:"serverName,omitempty" title:"Server name" doc:"Asked for in the handshake and looked for in the certificate; the host where it is empty."`
	Roots      string `json:"roots,omitempty" title:"Believed roots" doc:"Certificates as PEM, of who is believed instead of the server's own list."`
	StartTLS   string `json:"startTLS" enum:"none,smtp,imap" default:"none" title:"StartTLS" doc:"The protocol that is spoken before the encryption."`
	WarnDays   int    `json:"warnDays" default:"30" min:"0" max:"3650" title:"Warn before" doc:"A certificate that holds for fewer days is expiring."`
	Revocation bool   `json:"revocation" default:"false" title:"Ask about revocation" doc:"By OCSP, or else by the list of revoked certificates, at the addresses in the certificate: an admin grants those hosts with http."`
}

// InspectOutput is the output of inspect.
type InspectOutput struct {
	Host         string        `json:"host"`
	Port         int           `json:"port"`
	State        string        `json:"state" enum:"valid,expiring,expired,not_yet_valid,wrong_name,revoked,untrusted" doc:"The worst that was found."`
	Valid        bool          `json:"valid" doc:"In time, for this name, by someone believed, and not revoked as far as was asked; a certificate that is expiring is valid."`
	DaysLeft     int           `json:"daysLeft" doc:"Until the first certificate of the chain expires; below 0 since then."`
	Problems     []Problem     `json:"problems"`
	Trusted      bool          `json:"trusted" doc:"The chain leads to someone believed."`
	Protocol     string        `json:"protocol" example:"TLS 1.3"`
	Cipher       string        `json:"cipher"`
	ALPN         string        `json:"alpn" title:"ALPN" doc:"The protocol that was agreed on, such as h2."`
	Certificates []Certificate `json:"certificates" doc:"As the server sent them, its own first."`
	Revocation   *Revocation   `json:"revocation" doc:"Null where it wasn't asked for."`
}

// Problem is one thing that is wrong with an endpoint.
type Problem struct {
	Code        string `json:"code" enum:"expired,expiring,not_yet_valid,wrong_name,self_signed,untrusted,incomplete_chain,wrong_order,weak_key,weak_signature,old_protocol,revoked,revocation_unknown"`
	Certificate int    `json:"certificate" doc:"Which of the list, from 0; -1 for the endpoint."`
	Message     string `json:"message"`
}

// DecodeInput is the input of decode.
type DecodeInput struct {
	Certificate sdk.Text `json:"certificate" media:"application/x-pem-file" doc:"One or more certificates as PEM, or one in base64 (DER). At most 1 MiB."`
	Host        string   `json:"host,omitempty" doc:"A name that the first certificate is compared with."`
}

// DecodeOutput is the output of decode.
type DecodeOutput struct {
	Certificates []Certificate `json:"certificates"`
	DaysLeft     int           `json:"daysLeft" doc:"Until the first of them expires; below 0 since then."`
	Problems     []Problem     `json:"problems"`
}

// Connector makes the tls connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "tls", Version: "1.1.0", Name: "TLS", Icon: "lock", Category: "Network",
		Description: "Reads the certificates of endpoints: names, expiry, chain, issuer, trust and revocation.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Capabilities: abi.Capabilities{
			Net:  []abi.NetCapability{{Host: "*", TLS: true, Reason: "To look at the certificates of endpoints, also at those that nobody believes."}},
			HTTP: []abi.HTTPCapability{{Host: "*", Methods: []string{"GET", "POST"}, Reason: "To ask those who signed a certificate whether it was revoked."}},
		},
	}, sdk.Act("inspect", sdk.ActionInfo{
		Name: "Inspect an endpoint", Description: "Does a handshake and tells what the endpoint shows, however bad it is. It fails only where there is no handshake.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: inspectTimeout, Examples: inspectExamples,
	}, inspect), sdk.Act("decode", sdk.ActionInfo{
		Name: "Decode certificates", Description: "Reads certificates from text.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 10 * time.Second, Examples: decodeExamples,
	}, decode))
}
