package ssh

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var runExamples = []sdk.Example{{
	Name:  "A machine that isn't granted",
	Input: map[string]any{"host": "web1.corp.example", "command": "systemctl", "arguments": []string{"status", "--"}, "values": []string{"nginx"}},
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "A value that would be an option",
	Input: map[string]any{"host": "web1.corp.example", "command": "grep", "values": []string{"--file=/etc/shadow"}},
	Error: &abi.Error{Code: abi.CodeBadInput},
}, {
	Name:  "A command of two lines",
	Input: map[string]any{"host": "web1.corp.example", "command": "uptime\nreboot"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var checkExamples = []sdk.Example{{
	Name:  "A machine that isn't granted",
	Input: map[string]any{"host": "web1.corp.example"},
	Error: &abi.Error{Code: abi.CodeDenied},
}}
