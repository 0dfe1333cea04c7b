package http

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// What happens where nothing is granted.
var denied = &abi.Error{Code: abi.CodeDenied}

var getExamples = []sdk.Example{{
	Name:  "the state of a service",
	Input: map[string]any{"url": "https://api.example.com/v1/status", "query": map[string]any{"verbose": "1"}},
	Output: map[string]any{
		"status": 200, "headers": map[string]any{"content-type": "application/json"},
		"body": map[string]any{"state": "ok"}, "url": "https://api.example.com/v1/status?verbose=1",
	},
}, {
	Name:  "a host that isn't granted",
	Input: map[string]any{"url": "https://other.example.net/v1/status"},
	Error: denied,
}}

var requestExamples = []sdk.Example{{
	Name:  "a ticket is opened",
	Input: map[string]any{"url": "https://api.example.com/v1/tickets", "body": map[string]any{"title": "Phishing"}},
	Output: map[string]any{
		"status": 201, "headers": map[string]any{"content-type": "application/json"},
		"body": map[string]any{"id": "T-17"}, "url": "https://api.example.com/v1/tickets",
	},
}, {
	Name:   "a ticket is replaced",
	Input:  map[string]any{"method": "PUT", "url": "https://api.example.com/v1/tickets/T-17", "body": map[string]any{"title": "Phishing", "state": "open"}},
	Output: map[string]any{"status": 200, "body": map[string]any{"id": "T-17"}},
}, {
	Name:   "a ticket is closed",
	Input:  map[string]any{"method": "PATCH", "url": "https://api.example.com/v1/tickets/T-17", "body": map[string]any{"state": "closed"}},
	Output: map[string]any{"status": 200, "body": map[string]any{"id": "T-17"}},
}, {
	Name:   "a ticket is removed",
	Input:  map[string]any{"method": "DELETE", "url": "https://api.example.com/v1/tickets/T-17"},
	Output: map[string]any{"status": 204, "body": ""},
}, {
	Name:  "a host that isn't granted",
	Input: map[string]any{"url": "https://other.example.net/v1/tickets", "body": map[string]any{"title": "Phishing"}},
	Error: denied,
}}
