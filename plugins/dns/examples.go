package dns

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var lookupExamples = []sdk.Example{{
	Name:  "A name server that isn't granted",
	Input: map[string]any{"server": "192.0.2.53", "name": "example.com", "types": []string{"MX", "TXT"}},
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "No name",
	Input: map[string]any{"server": "192.0.2.53", "name": "two..dots"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var reverseExamples = []sdk.Example{{
	Name:  "A name server that isn't granted",
	Input: map[string]any{"server": "192.0.2.53", "address": "192.0.2.2"},
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "No address",
	Input: map[string]any{"server": "192.0.2.53", "address": "mail.example.com"},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: `/address "mail.example.com" is no address of IPv4 or IPv6`},
}}
