package tls

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// exampleCertificate is one that was made for this example: of mail.example.com, from 2024 to 2043.
const exampleCertificate = `-----BEGIN CERTIFICATE-----
MIIBUjCB+aADAgECAgISZzAKBggqhkjOPQQDAjAbMRkwFwYDVQQDExBtYWlsLmV4
YW1wbGUuY29tMB4XDTI0MDEwMTAwMDAwMFoXDTQ0MDEwMTAwMDAwMFowGzEZMBcG
A1UEAxMQbWFpbC5leGFtcGxlLmNvbTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BJtUALbq9g/gbP9wX/AXbJLCorySa0wE8WIu1qdSiH9aup7+D0muy66YkuEAylDN
Cf+NRlipe2O2URLV2XKe+R2jLTArMAwGA1UdEwEB/wQCMAAwGwYDVR0RBBQwEoIQ
bWFpbC5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNIADBFAiANls/xeafTw22FJIUP
TriCGEGN21GnRCePdDqMe5NVfwIhAKqKsy9GiQIBqXxVuMNEyl0GbZT2FStzqmFT
jzYyMK09
-----END CERTIFICATE-----
`

var inspectExamples = []sdk.Example{{
	Name:  "An endpoint that wasn't granted",
	Input: map[string]any{"host": "www.example.com"},
	Error: &abi.Error{Code: abi.CodeDenied},
}}

var decodeExamples = []sdk.Example{{
	Name:  "A certificate",
	Input: map[string]any{"certificate": exampleCertificate, "host": "www.example.com"},
	Output: map[string]any{
		"certificates": []map[string]any{{"commonName": "mail.example.com", "names": []string{"mail.example.com"}, "selfSigned": true, "ca": false, "key": "ECDSA P-256"}},
		"problems":     []map[string]any{{"code": "wrong_name", "certificate": 0}},
	},
}, {
	Name:  "No certificate",
	Input: map[string]any{"certificate": "hello!"},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}
