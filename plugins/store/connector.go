// Package store keeps small values between runs, and tells what was seen before.
package store

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of what is kept.
const (
	mostKey   = 200      // bytes of a key with its space
	mostValue = 48 << 10 // bytes of a value as JSON
	mostTime  = 365 * 24 * time.Hour
)

// Key names what is kept.
type Key struct {
	Key   string `json:"key" example:"cursor" doc:"1 to 200 bytes, together with the space."`
	Space string `json:"space" default:"" example:"phishing" doc:"Keys of one space are apart from those of another. All flows share the spaces, so give one that is yours."`
}

// PutInput is the input of put.
type PutInput struct {
	Key
	Value json.RawMessage `json:"value" doc:"Any JSON value, of at most 48 KiB."`
	For   string          `json:"for" default:"720h" example:"24h" doc:"How long it is kept: a duration such as 90s, 36h or 30d, at most 365d."`
}

// PutOutput is the output of put.
type PutOutput struct {
	Until    string `json:"until" format:"date-time" doc:"When it is gone."`
	Replaced bool   `json:"replaced" doc:"There was a value before."`
}

// GetOutput is the output of get and of delete.
type GetOutput struct {
	Found bool            `json:"found"`
	Value json.RawMessage `json:"value" doc:"Null where there is none."`
	Until string          `json:"until" doc:"When it is gone, or would have been; empty where there is none."`
}

// SeenInput is the input of deduplicate.
type SeenInput struct {
	Key
	Within string `json:"within" default:"24h" example:"1h" doc:"For how long it is remembered after it was first seen: a duration such as 90s, 36h or 30d, at most 365d."`
	Extend bool   `json:"extend" default:"false" doc:"Each time that it is seen begins that time anew, so that a stream without a pause is one."`
}

// SeenOutput is the output of deduplicate.
type SeenOutput struct {
	Seen  bool   `json:"seen" doc:"It was seen before, within the time."`
	First string `json:"first" format:"date-time" doc:"When it was first seen: now, where it is new."`
	Until string `json:"until" format:"date-time" doc:"When it is forgotten."`
}

// Connector makes the store connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "store", Version: "1.0.0", Name: "Store", Icon: "database", Category: "Data",
		Description: "Keeps small values between runs, up to a year, and tells whether something was seen before. About 5 MiB of values and 75,000 keys that were seen at a time, for all flows together. Not for secrets.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Capabilities: abi.Capabilities{KV: true},
	}, sdk.Act("get", sdk.ActionInfo{
		Name: "Get a value", Description: "Reads what was put under a key. Where there is nothing, or no more, it says so and is no error.",
		Effect: abi.EffectRead, Idempotent: true, Examples: getExamples,
	}, get), sdk.Act("put", sdk.ActionInfo{
		Name: "Put a value", Description: "Keeps a value of at most 48 KiB under a key, for 30 days unless told otherwise and at most a year. What was there before is replaced.",
		Effect: abi.EffectWrite, Idempotent: true, Examples: putExamples,
	}, put), sdk.Act("delete", sdk.ActionInfo{
		Name: "Delete a value", Description: "Forgets what is kept under a key, and answers what it was.",
		Effect: abi.EffectWrite, Examples: getExamples,
	}, remove), sdk.Act("deduplicate", sdk.ActionInfo{
		Name:        "Was this seen before?",
		Description: "Says whether a key was seen within a time, by default 24 hours and at most a year, and remembers it. Of calls at once one alone is told that it is new. About 75,000 keys are remembered at a time; each counts until its time is over.",
		Effect:      abi.EffectWrite, Idempotent: true, Examples: seenExamples,
	}, deduplicate))
}

// Examples run with nothing kept, at noon of 2 January 2025 where a test sets the clock.
var (
	getExamples = []sdk.Example{{
		Name: "nothing there", Input: map[string]any{"key": "cursor", "space": "mail"},
		Output: map[string]any{"found": false, "value": nil, "until": ""},
	}, {
		Name: "no key", Input: map[string]any{"key": ""}, Error: &abi.Error{Code: abi.CodeBadInput},
	}}
	putExamples = []sdk.Example{{
		Name: "a place to go on from", Input: map[string]any{"key": "cursor", "space": "mail", "value": map[string]any{"page": 7}, "for": "7d"},
		Output: map[string]any{"replaced": false},
	}, {
		Name: "longer than a year", Input: map[string]any{"key": "cursor", "value": 1, "for": "400d"}, Error: &abi.Error{Code: abi.CodeBadInput},
	}}
	seenExamples = []sdk.Example{{
		Name: "an alert that is new", Input: map[string]any{"key": "host-7 malware", "space": "edr", "within": "1h"},
		Output: map[string]any{"seen": false},
	}, {
		Name: "no duration", Input: map[string]any{"key": "a", "within": "soon"}, Error: &abi.Error{Code: abi.CodeBadInput},
	}}
)
