// Package abi holds the messages that pass between the Drawbridge host and a
// connector, and the names of the functions either side exports. The host, the
// Go SDK and the tests share it, so that the wire has one definition.
package abi

import "encoding/json"

// Version names the plugin ABI. It is the name of the host module that a guest
// imports from, and the value of [Manifest.ABI].
const Version = "drawbridge_v1"

// ManifestSection is the custom section of a connector's .wasm file that holds
// its manifest: one JSON object, or a list where a module carries several
// connectors.
const ManifestSection = "drawbridge.manifest"

// ScriptSection is the custom section that makes a connector of the shared
// JavaScript engine: the script, UTF-8. ScriptMapSection is its source map
// (version 3, JSON), with which places in the author's files are told; it may be
// absent.
const (
	ScriptSection    = "drawbridge.script"
	ScriptMapSection = "drawbridge.script.map"
)

// Names of the functions a guest exports.
const (
	ExportMemory     = "memory"
	ExportInitialize = "_initialize"
	ExportBuf        = "drawbridge_buf"    // () -> i64: pointer<<32 | capacity
	ExportRun        = "drawbridge_run"    // (len i32) -> i64: pointer<<32 | length
	ExportAlloc      = "drawbridge_alloc"  // (n i32) -> i32
	ExportRunAt      = "drawbridge_run_at" // (ptr i32, len i32) -> i64
	ExportWarm       = "drawbridge_warm"   // (), optional
)

// Request is what the host writes into guest memory for one call of an action.
type Request struct {
	// Connector names the connector where one module carries several.
	Connector  string          `json:"connector,omitempty"`
	Action     string          `json:"action"`
	Input      json.RawMessage `json:"input"`
	Config     json.RawMessage `json:"config,omitempty"`
	Credential *Credential     `json:"credential,omitempty"`
	Run        Run             `json:"run"`
}

// Credential is what a connector learns of a credential: a handle that the host
// resolves in outgoing requests, and the fields that are not secret.
type Credential struct {
	Handle string            `json:"handle"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Run tells an action where it is running.
type Run struct {
	ID   string `json:"id"`
	Step string `json:"step"`
	// Attempt counts from 1.
	Attempt int `json:"attempt"`
	// Key is the idempotency key: the same on every attempt of one step.
	Key    string `json:"key"`
	DryRun bool   `json:"dryRun,omitempty"`
}

// Answer is what a guest returns: Output or Error, never both.
type Answer struct {
	Output json.RawMessage `json:"output,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}

// Error is a failure of an action as the engine sees it.
type Error struct {
	// Code is a short stable word, such as bad_input, unavailable, timeout.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Retryable says that the same call may succeed later.
	Retryable bool `json:"retryable,omitempty"`
	// RetryAfter asks the engine to wait at least this long: a Go duration.
	RetryAfter string          `json:"retryAfter,omitempty"`
	Details    json.RawMessage `json:"details,omitempty"`
}

// Error implements the error interface.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Error codes that the SDK and the host give of themselves. A connector may add
// its own.
const (
	CodeBadInput    = "bad_input"   // the parameters are wrong; retrying is no use
	CodeUnavailable = "unavailable" // the other side did not answer; retry later
	CodeRateLimited = "rate_limited"
	CodeDenied      = "denied"   // a capability or a credential is missing
	CodeTimeout     = "timeout"  // the deadline passed
	CodeCrashed     = "crashed"  // the connector trapped, exited or ran out of memory
	CodeInternal    = "internal" // a fault in the connector or the host
	CodeTooLarge    = "too_large"
	CodeUnknownCall = "unknown_action"
	CodeNoTLS       = "no_tls"           // the other side doesn't speak TLS
	CodeHandshake   = "handshake_failed" // it does, but there is no handshake
)

// BlobKey is the only key of a JSON object that stands for a large value kept
// outside the message: {"$blob": {"id": …, "size": …}}.
const BlobKey = "$blob"

// Blob refers to a large value. ID is the lower-case hex SHA-256 of its bytes.
// For a field whose schema says contentEncoding base64 the bytes are the decoded
// ones; for any other they are the text as it is, in UTF-8 where it came as JSON.
type Blob struct {
	ID   string `json:"id"`
	Size int64  `json:"size"`
	// MediaType is what the producer said the bytes are, if it did.
	MediaType string `json:"mediaType,omitempty"`
}
