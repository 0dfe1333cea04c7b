// Package conformance holds what every SDK must do alike: one connector, written
// in each language in a folder of its own, and the vectors that all of them pass.
// README.md says how to add a language.
package conformance

import (
	_ "embed" // the vectors
	"encoding/json"
	"fmt"
)

//go:embed vectors.json
var raw []byte

// Vector is one call of the connector with what it comes to.
type Vector struct {
	Name   string `json:"name"`
	Action string `json:"action"`
	// Input of the call. {"$repeat": {"text", "times"}} in it stands for a long text,
	// {"$port": true} for the port of a server that says back what it is told by TLS, at
	// example.com, and to "much" 200,000 bytes.
	Input json.RawMessage `json:"input"`
	// Repeat is how often the call is made, each time alike; 0 is once.
	Repeat int `json:"repeat"`
	// Credential says that the call has one: of conformance.key, for
	// app.threatconnect.com, with the accessId 1234, the secretKey top-secret-key and
	// conformance-secret-key in base64 as its secret. It signs at 1614265330.
	Credential bool `json:"credential"`

	// Output must be in the output, with every field; lists have the same length.
	Output json.RawMessage `json:"output"`
	// Error must be in the error; without a message the code is enough. Durations
	// are the same in whatever form.
	Error json.RawMessage `json:"error"`
	// Pointers are where details.problems of a bad_input lie, in any order.
	Pointers []string `json:"pointers"`
	// Log is what was logged, in order.
	Log []Line `json:"log"`
	// Lengths of texts in the output, by the names of its fields.
	Lengths map[string]int `json:"lengths"`
	// Blobs says what the blobs in the output are, by the names of its fields.
	Blobs map[string]Blob `json:"blobs"`
	// Distinct says that no two outputs are the same.
	Distinct bool `json:"distinct"`
	// Now names a field that is the time of the call, in milliseconds since 1970.
	Now string `json:"now"`
}

// Line is one line of the log.
type Line struct {
	Level   string `json:"level"`
	Message string `json:"message"`
}

// Blob says what was stored.
type Blob struct {
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	MediaType string `json:"mediaType"`
}

// Vectors answers all vectors.
func Vectors() ([]Vector, error) {
	var file struct {
		Format  string
		Vectors []Vector
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Format != "drawbridge.conformance/1" {
		return nil, fmt.Errorf("vectors of the format %q", file.Format)
	}
	return file.Vectors, nil
}
