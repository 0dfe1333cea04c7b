package archive

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Archives of the examples: a zip with one name that leads out of its folder, a zip
// with the password infected, a gz.
const (
	plainZip  = "UEsDBBQAAAAAAABgIlqGphA2BQAAAAUAAAAKAAAAZG9jcy9hLnR4dGhlbGxvUEsDBBQAAAAAAABgIlqZbeq5AwAAAAMAAAALAAAALi4vZXZpbC50eHRvdXRQSwECFAMUAAAAAAAAYCJahqYQNgUAAAAFAAAACgAAAAAAAAAAAAAAgAEAAAAAZG9jcy9hLnR4dFBLAQIUAxQAAAAAAABgIlqZbeq5AwAAAAMAAAALAAAAAAAAAAAAAACAAS0AAAAuLi9ldmlsLnR4dFBLBQYAAAAAAgACAHEAAABZAAAAAAA="
	sampleZip = "UEsDBBQACQAIAOGlel2riqTfRQAAAEQAAAAKABwAc2FtcGxlLmV4ZVVUCQADxZoIa8WaCGt1eAsAAQQAAAAABAAAAABzUY0gQO+0UyXvPNQ21DB7ztxcU6xAnytxmj0b1WiHTjGsXDrjRc5mPA8N+v64p5x6UzeCa/OAvJC9MWvwO1O7uu9LrYxQSwcIq4qk30UAAABEAAAAUEsBAh4DFAAJAAgA4aV6XauKpN9FAAAARAAAAAoAGAAAAAAAAQAAAKSBAAAAAHNhbXBsZS5leGVVVAUAA8WaCGt1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBQAAAAmQAAAAAA"
	textGz    = "H4sICMB/dmcC/3JlcG9ydC50eHQAK0hMzk5NUShJrSgBAAz0CtILAAAA"
)

var listExamples = []sdk.Example{{
	Name:  "a zip that leads out of its folder",
	Input: map[string]any{"file": plainZip},
	Output: map[string]any{"format": "zip", "count": 2, "size": 8, "entries": []any{
		map[string]any{"name": "docs/a.txt", "kind": "file", "size": 5, "modified": "2025-01-02T12:00:00Z"},
		map[string]any{"name": "../evil.txt", "unsafe": true},
	}},
}, {
	Name:   "a sample",
	Input:  map[string]any{"file": sampleZip},
	Output: map[string]any{"entries": []any{map[string]any{"name": "sample.exe", "encrypted": true}}},
}, {
	Name:  "no archive",
	Input: map[string]any{"file": "aGVsbG8="},
	Error: &abi.Error{Code: abi.CodeBadInput},
}}

var extractExamples = []sdk.Example{{
	Name:  "all of a zip",
	Input: map[string]any{"file": plainZip},
	Output: map[string]any{"size": 8, "files": []any{
		map[string]any{"name": "docs/a.txt", "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"},
		map[string]any{"name": "evil.txt", "size": 3, "unsafe": true},
	}, "skipped": []any{}},
}, {
	Name:   "a sample by its password",
	Input:  map[string]any{"file": sampleZip, "password": "infected"},
	Output: map[string]any{"files": []any{map[string]any{"name": "sample.exe", "sha256": "a30d606e2409424ba069638daf55cb9a594030f58ad65a0aff97343bf5c82cbe"}}},
}, {
	Name:   "a sample without it",
	Input:  map[string]any{"file": sampleZip},
	Output: map[string]any{"files": []any{}, "skipped": []any{map[string]any{"name": "sample.exe", "why": "encrypted"}}},
}, {
	Name:   "what was packed alone",
	Input:  map[string]any{"file": textGz},
	Output: map[string]any{"format": "gz", "files": []any{map[string]any{"name": "report.txt", "size": 11}}},
}, {
	Name:   "by a pattern",
	Input:  map[string]any{"file": plainZip, "names": []string{"a.*"}},
	Output: map[string]any{"files": []any{map[string]any{"name": "docs/a.txt"}}},
}}
