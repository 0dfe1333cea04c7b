// Package plugins carries the compiled connectors that ship with Drawbridge.
// The folder dist is build output: `make build` fills it.
package plugins

import "embed"

// Dist holds the .wasm files of the bundled connectors under dist/, each with
// its manifest inside. It is empty before the first build.
//
//go:embed all:dist
var Dist embed.FS
