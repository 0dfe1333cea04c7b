// Package flows carries the flow files that ship with Drawbridge and the schema
// that describes them.
package flows

import "embed"

// Library holds library/*.flow.json with their tests and samples.
//
//go:embed library
var Library embed.FS

// Schema is the JSON Schema of a flow file.
//
//go:embed schema/flow.v1.schema.json
var Schema []byte
