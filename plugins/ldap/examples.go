package ldap

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// server is the input that all actions have, with more.
func server(more map[string]any) map[string]any {
	more["host"], more["base"] = "dc1.corp.example", "dc=corp,dc=example"
	return more
}

var searchExamples = []sdk.Example{{
	Name: "A directory that isn't granted",
	Input: server(map[string]any{
		"filter": "(&(objectClass=person)(mail={mail}))", "values": map[string]string{"mail": "owner@corp.example"}, "attributes": []string{"cn", "mail"},
	}),
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "A filter without its end",
	Input: server(map[string]any{"filter": "(cn=a"}),
	Error: &abi.Error{Code: abi.CodeBadInput},
}, {
	Name:  "A value that isn't given",
	Input: server(map[string]any{"filter": "(cn={name})"}),
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/filter names {name}, which isn't among the values"},
}}

var userExamples = []sdk.Example{{
	Name:  "A directory that isn't granted",
	Input: server(map[string]any{"user": "owner@corp.example"}),
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "A base that is no DN",
	Input: map[string]any{"host": "dc1.corp.example", "base": "corp.example", "user": "jdoe"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var changeExamples = []sdk.Example{{
	Name:  "A directory that isn't granted",
	Input: server(map[string]any{"user": "jdoe", "kind": "openldap", "encryption": "starttls", "port": 389}),
	Error: &abi.Error{Code: abi.CodeDenied},
}}
