// Package dns asks name servers.
package dns

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// timeout is that of the actions; the guest's own is a bit shorter.
const (
	timeout  = 15 * time.Second
	spare    = 2 * time.Second
	patience = 6 * time.Second // with one answer
)

// Server is the name server that is asked.
type Server struct {
	Server     string `json:"server" title:"Name server" example:"192.0.2.53" doc:"A host or address, which an admin granted to this connector with the port. It is asked over TCP, as all name servers take it."`
	Port       int    `json:"port" default:"53" min:"1" max:"65535"`
	Encryption string `json:"encryption" enum:"none,implicit" default:"none" doc:"implicit is DNS over TLS, mostly at port 853."`
}

// LookupInput is the input of lookup.
type LookupInput struct {
	Server
	Name      string   `json:"name" example:"example.com" doc:"A host, also one with letters of other languages, or a name such as _dmarc.example.com."`
	Types     []string `json:"types" default:"[\"A\",\"AAAA\"]" enum:"A,AAAA,CAA,CNAME,DNSKEY,DS,HTTPS,LOC,MX,NAPTR,NS,PTR,SOA,SRV,SSHFP,SVCB,TLSA,TXT" doc:"Each is asked for."`
	Recursion bool     `json:"recursion" default:"true" doc:"Ask the server to find out what it doesn't know itself."`
}

// LookupOutput is the output of lookup.
type LookupOutput struct {
	Name          string   `json:"name" doc:"As it was asked for, in ASCII."`
	Status        string   `json:"status" enum:"found,no_data,not_found" doc:"no_data: the name is there and has none of the types; not_found: there is no such name (NXDOMAIN)."`
	Records       []Record `json:"records" doc:"All answers, also those that a CNAME leads to."`
	Values        []string `json:"values" doc:"What the records of the asked-for types hold."`
	Authoritative bool     `json:"authoritative" doc:"The server keeps the name itself."`
	Authenticated bool     `json:"authenticated" doc:"The server checked the signatures of all answers (DNSSEC), and says so."`
}

// Record is one resource record.
type Record struct {
	Name     string `json:"name"`
	Type     string `json:"type" example:"MX"`
	TTL      int    `json:"ttl" title:"TTL" doc:"In seconds."`
	Value    string `json:"value" doc:"As zone files write it; of TXT the text itself."`
	Target   string `json:"target,omitempty" doc:"The host that it names: of CNAME, MX, NS, PTR, SRV."`
	Priority *int   `json:"priority,omitempty" doc:"Of MX and SRV."`
	Port     *int   `json:"port,omitempty" doc:"Of SRV."`
}

// ReverseInput is the input of reverse.
type ReverseInput struct {
	Server
	Address string `json:"address" example:"192.0.2.2" doc:"Of IPv4 or IPv6."`
	Confirm bool   `json:"confirm" default:"false" doc:"Ask for the addresses of each name as well."`
}

// ReverseOutput is the output of reverse.
type ReverseOutput struct {
	Status    string   `json:"status" enum:"found,no_data,not_found"`
	Names     []string `json:"names"`
	Confirmed []string `json:"confirmed" doc:"Of these, the names that have the address; empty where it wasn't asked for."`
}

// Connector makes the dns connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "dns", Version: "1.0.0", Name: "DNS", Icon: "server", Category: "Network",
		Description: "Asks a name server for the records of a name, or for the names of an address.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", Reason: "To ask the name servers that you name."}}},
	}, sdk.Act("lookup", sdk.ActionInfo{
		Name: "Look up a name", Description: "Asks for records of a name, of any type. That a name isn't there is an answer, not an error.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: timeout, Examples: lookupExamples,
	}, lookup), sdk.Act("reverse", sdk.ActionInfo{
		Name: "Look up an address", Description: "Asks for the names of an address, and on request whether they lead back to it.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: timeout, Examples: reverseExamples,
	}, reverse))
}
