// Package dnslog reads logs of DNS queries, as Zeek and BIND write them.
package dnslog

import (
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Filter says which queries are wanted: all that is given has to fit.
type Filter struct {
	Names   []string `json:"names,omitempty" example:"[\"evil.example\",\"*.evil.example\"]" doc:"Exactly, or with *. before it all below it. No letter's case counts."`
	Clients []string `json:"clients,omitempty" doc:"Addresses and networks that asked."`
	Types   []string `json:"types,omitempty" example:"[\"TXT\"]" doc:"Of queries, such as A or TXT."`
	Codes   []string `json:"codes,omitempty" example:"[\"NXDOMAIN\"]" doc:"Of answers, such as NXDOMAIN. BIND's log of queries has none."`
	logfile.Window
}

// ReadInput is the input of read.
type ReadInput struct {
	logfile.Input
	Filter
	Limit int `json:"limit" default:"1000" min:"1" max:"10000" doc:"At most so many queries; all are counted."`
}

// ReadOutput is the output of read.
type ReadOutput struct {
	Format    string  `json:"format" enum:"zeek,zeek-json,bind"`
	Queries   []Query `json:"queries" doc:"In the order of the file."`
	Count     int     `json:"count" doc:"How many fit."`
	Records   int     `json:"records" doc:"How many the file has."`
	Truncated bool    `json:"truncated" doc:"More fit than the limit."`
	logfile.Faults
}

// Query is one that was asked.
type Query struct {
	Line     int      `json:"line" doc:"Where it stands in the file, from 1."`
	Time     string   `json:"time" format:"date-time"`
	Client   string   `json:"client"`
	Port     int      `json:"port" doc:"Of the client."`
	Server   string   `json:"server" doc:"Who was asked; empty where the file doesn't say."`
	Name     string   `json:"name" doc:"In small letters, without a dot at its end."`
	Type     string   `json:"type"`
	Protocol string   `json:"protocol" doc:"udp or tcp; empty where the file doesn't say."`
	Code     string   `json:"code" doc:"Of the answer; empty where the file doesn't say."`
	Answers  []string `json:"answers"`
}

// SummaryInput is the input of summary.
type SummaryInput struct {
	logfile.Input
	Filter
	By  string `json:"by" enum:"name,client,type,code,answer,server" default:"name" doc:"What queries are summed up by; answer counts each of a query's answers."`
	Top int    `json:"top" default:"20" min:"1" max:"1000" doc:"So many, the most queries first."`
}

// SummaryOutput is the output of summary.
type SummaryOutput struct {
	Groups  []Group `json:"groups"`
	Total   int     `json:"total" doc:"How many groups there are."`
	Queries int     `json:"queries" doc:"How many fit."`
	Records int     `json:"records" doc:"How many the file has."`
	logfile.Faults
}

// Group is a sum of queries.
type Group struct {
	Key     string `json:"key"`
	Queries int    `json:"queries"`
	Failed  int    `json:"failed" doc:"Answered by another code than NOERROR."`
	Clients int    `json:"clients" doc:"How many asked; 100 is 100 or more."`
	Names   int    `json:"names" doc:"How many names were asked for; 100 is 100 or more."`
	First   string `json:"first"`
	Last    string `json:"last"`
}

// Connector makes the dnslog connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "dnslog", Version: "1.0.0", Name: "DNS logs", Category: "Network",
		Icon:        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'><path d='M4 5h10M4 10h7M4 15h6'/><circle cx='16' cy='15' r='4'/><path d='M19 18l2.5 2.5'/></svg>",
		Description: "Reads logs of DNS queries from Zeek (dns.log as text or JSON) and BIND, filters them and sums them up.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("read", sdk.ActionInfo{
		Name: "Read queries", Description: "Reads a log and answers the queries that fit.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: time.Minute, MemoryPages: 512, Examples: readExamples,
	}, read), sdk.Act("summary", sdk.ActionInfo{
		Name: "Sum up queries", Description: "Counts the queries of a log that fit, by name, client, type, code, answer or server, the most first.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: time.Minute, MemoryPages: abi.MaxPages, Examples: summaryExamples,
	}, summary))
}
