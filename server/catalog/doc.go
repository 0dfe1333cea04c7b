// Package catalog knows what can be placed in a flow: the core nodes, the
// triggers and the actions of connectors. It reads connectors from .wasm files,
// whose custom section drawbridge.manifest says what they are, and refuses a
// file whose manifest is not sound, naming every fault at once.
//
// A connector is identified by its id and version and pinned by the digest of
// its file. The same id and version with other bytes is refused, so that what a
// flow was tested with is what it runs with.
package catalog
