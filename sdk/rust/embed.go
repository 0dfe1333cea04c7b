// Package rust carries the source of the SDK for connectors in Rust, so that the
// program can put it into the folder of a new one.
package rust

import "embed"

// Source is the crate drawbridge-sdk: Cargo.toml, README.md and src.
//
//go:embed Cargo.toml README.md src
var Source embed.FS
