package ioc

import "github.com/drawbridge-soar/drawbridge/sdk"

var extractExamples = []sdk.Example{{
	Name:  "a report with harmless forms",
	Input: map[string]any{"text": "Payload from hxxps://cdn[.]evil-files[.]com/a.exe at 198[.]51[.]100[.]7, exploits CVE-2024-3400."},
	Output: map[string]any{
		"indicators": []any{
			map[string]any{
				"type": "url", "value": "https://cdn.evil-files.com/a.exe", "defanged": "hxxps://cdn[.]evil-files[.]com/a.exe", "host": "cdn.evil-files.com",
				"first": map[string]any{"offset": 13, "written": "hxxps://cdn[.]evil-files[.]com/a.exe"}, "count": 1,
			},
			map[string]any{"type": "domain", "value": "cdn.evil-files.com", "registered": "evil-files.com"},
			map[string]any{"type": "ipv4", "value": "198.51.100.7", "reserved": "documentation"},
			map[string]any{"type": "cve", "value": "CVE-2024-3400"},
		},
		"counts": map[string]any{"url": 1, "domain": 1, "ipv4": 1, "cve": 1}, "truncated": false,
	},
}, {
	Name:  "own domains left out",
	Input: map[string]any{"text": "From ann@company.com to bob@mail.company.com, see http://bad.net/x", "ignore": []string{"*.company.com"}, "types": []string{"email", "url"}},
	Output: map[string]any{
		"indicators": []any{map[string]any{"type": "url", "value": "http://bad.net/x", "first": map[string]any{"offset": 50}}},
	},
}, {
	Name:  "links of a mail",
	Input: map[string]any{"urls": []string{"http://bücher.de/login", "http://xn--bcher-kva.de/login"}},
	Output: map[string]any{
		"indicators": []any{
			map[string]any{"type": "url", "value": "http://xn--bcher-kva.de/login", "count": 2, "unicode": "bücher.de", "first": map[string]any{"offset": -1}},
			map[string]any{"type": "domain", "value": "xn--bcher-kva.de", "count": 2},
		},
	},
}}

var defangExamples = []sdk.Example{{
	Name:   "a sentence",
	Input:  map[string]any{"text": "Open https://evil.com/a?b=c.d or write to x@evil.com (10.0.0.1)."},
	Output: map[string]any{"text": "Open hxxps://evil[.]com/a?b=c.d or write to x[@]evil[.]com (10[.]0[.]0[.]1)."},
}}

var refangExamples = []sdk.Example{{
	Name:   "the many forms",
	Input:  map[string]any{"text": "hxxps[:]//evil[.]com/a, evil(.)com, evil [dot] com, x[at]evil{.}com, 10\\.0\\.0\\.1"},
	Output: map[string]any{"text": "https://evil.com/a, evil.com, evil.com, x@evil.com, 10.0.0.1"},
}}
