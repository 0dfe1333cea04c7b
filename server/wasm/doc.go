// Package wasm reads WebAssembly modules, refuses those that the sandbox can't
// run safely, and rewrites the others so that they can be stopped and put back
// to a known state. One parser serves all three, so that what is checked is
// what is rewritten and what is compiled.
//
// Parse decodes the binary format (WebAssembly 2.0 without what wazero's
// CoreFeaturesV2 leaves out), Check says everything that speaks against a
// module, and Instrument writes a new one with a fuel counter. Nothing of the
// old file reaches the compiler that Parse didn't understand: Instrument writes
// each section anew.
//
// The decoder is stricter than the compiler's where two readings of the same
// bytes are possible (padded opcodes, block types and reserved bytes), because
// a loop that Instrument doesn't see is a loop that can't be stopped.
package wasm
