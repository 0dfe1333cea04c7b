// Package netflow reads files of flows, as nfdump and IPFIX collectors write them.
package netflow

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Filter says which flows are wanted: all that is given has to fit.
type Filter struct {
	IPs          []string `json:"ips,omitempty" title:"IPs" example:"[\"192.0.2.7\",\"10.0.0.0/8\"]" doc:"Addresses and networks, on either side."`
	Sources      []string `json:"sources,omitempty" doc:"Addresses and networks that it comes from."`
	Destinations []string `json:"destinations,omitempty" doc:"Addresses and networks that it goes to."`
	Ports        []int    `json:"ports,omitempty" doc:"On either side."`
	Protocols    []string `json:"protocols,omitempty" example:"[\"TCP\",\"47\"]" doc:"By name or number."`
	logfile.Window
}

// ReadInput is the input of read.
type ReadInput struct {
	logfile.Input
	Filter
	Limit int `json:"limit" default:"1000" min:"1" max:"10000" doc:"At most so many flows; all are counted."`
}

// ReadOutput is the output of read.
type ReadOutput struct {
	Format    string `json:"format" enum:"csv,json"`
	Flows     []Flow `json:"flows" doc:"In the order of the file."`
	Count     int    `json:"count" doc:"How many fit."`
	Records   int    `json:"records" doc:"How many the file has."`
	Truncated bool   `json:"truncated" doc:"More fit than the limit."`
	logfile.Faults
}

// Flow is one record.
type Flow struct {
	Line            int    `json:"line" doc:"Where it begins in the file, from 1."`
	Start           string `json:"start" format:"date-time" doc:"Empty where the file has none, as the end."`
	End             string `json:"end"`
	Source          string `json:"source"`
	SourcePort      int    `json:"sourcePort" doc:"0 where the protocol has none, as of the destination."`
	Destination     string `json:"destination"`
	DestinationPort int    `json:"destinationPort"`
	Protocol        string `json:"protocol" doc:"Its usual name, or its number."`
	Packets         int64  `json:"packets"`
	Bytes           int64  `json:"bytes"`
	Flags           string `json:"flags,omitempty" doc:"Of TCP, as the file writes them."`
}

// TalkersInput is the input of talkers.
type TalkersInput struct {
	logfile.Input
	Filter
	By    string `json:"by" enum:"source,destination,address,pair,port,protocol" default:"source" doc:"What flows are summed up by: address is either side, pair source and destination, port protocol and destination port."`
	Order string `json:"order" enum:"bytes,packets,flows" default:"bytes" doc:"What is most first."`
	Top   int    `json:"top" default:"20" min:"1" max:"1000"`
}

// TalkersOutput is the output of talkers.
type TalkersOutput struct {
	Talkers []Talker `json:"talkers"`
	Groups  int      `json:"groups" doc:"How many there are in all."`
	Flows   int64    `json:"flows" doc:"Of all that fit, as packets and bytes."`
	Packets int64    `json:"packets"`
	Bytes   int64    `json:"bytes"`
	Records int      `json:"records" doc:"How many the file has."`
	logfile.Faults
}

// Talker is a sum of flows.
type Talker struct {
	Key         string `json:"key" doc:"What they have in common, such as 192.0.2.7, 192.0.2.7 > 198.51.100.9 or TCP/443."`
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
	Flows       int64  `json:"flows"`
	Packets     int64  `json:"packets"`
	Bytes       int64  `json:"bytes"`
	First       string `json:"first"`
	Last        string `json:"last"`
}

// Connector makes the netflow connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "netflow", Version: "1.0.0", Name: "NetFlow", Category: "Network",
		Icon:        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M3 7h11l-3-3M21 17H10l3 3M3 12h18'/></svg>",
		Description: "Reads files of NetFlow and IPFIX records as nfdump writes them (CSV, JSON), filters them and says who talked most.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("read", sdk.ActionInfo{
		Name: "Read flows", Description: "Reads a file of flows and answers those that fit.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: time.Minute, MemoryPages: 512, Examples: readExamples,
	}, read), sdk.Act("talkers", sdk.ActionInfo{
		Name: "Top talkers", Description: "Sums up the flows of a file that fit, by address, pair, port or protocol, the most first.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: time.Minute, MemoryPages: abi.MaxPages, Examples: talkersExamples,
	}, talkers))
}
