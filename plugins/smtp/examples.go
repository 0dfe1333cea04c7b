package smtp

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var sendExamples = []sdk.Example{{
	Name: "A mail that isn't granted",
	Input: map[string]any{
		"host": "mail.example.com", "from": "SOC <soc@example.com>", "to": []string{"owner@corp.example"}, "subject": "Case 17: please confirm",
		"text": "Did you sign in from another country today?", "attachments": []map[string]any{{"name": "sign-ins.csv", "content": "dGltZSxwbGFjZQo="}},
	},
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "A subject of two lines",
	Input: map[string]any{"host": "mail.example.com", "from": "soc@example.com", "to": []string{"owner@corp.example"}, "subject": "Hello\r\nBcc: all@corp.example"},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/subject holds a line break: a subject is one line"},
}, {
	Name:  "Nobody to send to",
	Input: map[string]any{"host": "mail.example.com", "from": "soc@example.com", "subject": "Hello"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var checkExamples = []sdk.Example{{
	Name:  "A server that isn't granted",
	Input: map[string]any{"host": "mail.example.com", "port": 465, "encryption": "implicit"},
	Error: &abi.Error{Code: abi.CodeDenied},
}}
