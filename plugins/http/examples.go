package http

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// The host of a test answers no requests, so that these show what happens where
// nothing is granted.
var denied = &abi.Error{Code: abi.CodeDenied}

var getExamples = []sdk.Example{{
	Name:  "a host that isn't granted",
	Input: map[string]any{"url": "https://api.example.com/v1/status", "query": map[string]any{"verbose": "1"}},
	Error: denied,
}}

var requestExamples = []sdk.Example{{
	Name:  "a host that isn't granted",
	Input: map[string]any{"url": "https://api.example.com/v1/tickets", "body": map[string]any{"title": "Phishing"}},
	Error: denied,
}}
