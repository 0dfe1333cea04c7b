package abi

import "encoding/json"

// Effect is what an action may do to the world outside the run.
type Effect string

// Effects, from harmless to dangerous.
const (
	EffectNone        Effect = "none"        // computes only
	EffectRead        Effect = "read"        // asks another system, changes nothing
	EffectWrite       Effect = "write"       // changes another system
	EffectDestructive Effect = "destructive" // changes it in a way that hurts if wrong
)

// Manifest describes one connector: who it is, what it may do and its actions.
type Manifest struct {
	ID           string         `json:"id"`
	Version      string         `json:"version"`
	ABI          string         `json:"abi"`
	Name         string         `json:"name"`
	Description  string         `json:"description"`
	Icon         string         `json:"icon,omitempty"` // the text of an SVG picture, or a lucide name
	Category     string         `json:"category,omitempty"`
	Publisher    string         `json:"publisher,omitempty"`
	License      string         `json:"license,omitempty"`
	Credentials  []CredentialOf `json:"credentials,omitempty"`
	Capabilities Capabilities   `json:"capabilities"`
	Actions      []Action       `json:"actions"`
}

// CredentialOf declares a type of credential that a connector uses. Apply says
// how the host puts it into requests: bearer, basic, header, query, form, sigv4,
// oauth2ClientCredentials or mtls; login is for those that are written into streams, none
// for those that sign, or say which hosts are reached, and go into no request.
//
// Of oauth2ClientCredentials the host fetches an access token, with the fields clientId and
// clientSecret, and scope, audience and resource where they are given, and sends it as
// bearer does. The client shows itself in a header, or in the body where the field
// clientAuth is body. The host of the tokens must be granted as any other.
type CredentialOf struct {
	Type   string          `json:"type"`
	Fields json.RawMessage `json:"fields"`
	Apply  string          `json:"apply"`
	// Name is the header, the query parameter or the form field, of apply header, query
	// and form.
	Name string `json:"name,omitempty"`
	// Value is what is put there, with {field} for fields of the credential; empty
	// is {token} of bearer and {value} of header and query. Of oauth2ClientCredentials
	// it is the address of access tokens, {tokenUrl} where it is empty.
	Value string `json:"value,omitempty"`
	// Sign are the schemes that the host function sign may use it for, such as
	// [SignStandardWebhooks].
	Sign []string `json:"sign,omitempty"`
	// Claims are those that the connector may put into tokens of [SignJWT], such as sub.
	// None are those that the host puts there: iss, aud, iat, nbf, exp and jti.
	Claims []string `json:"claims,omitempty"`
	// Login are the ways in which net_write may log in with it, such as [LoginSMTPPlain].
	Login []string `json:"login,omitempty"`
}

// Capabilities are the powers a connector asks for. An empty value asks for none.
type Capabilities struct {
	HTTP []HTTPCapability `json:"http,omitempty"`
	Net  []NetCapability  `json:"net,omitempty"`
	KV   bool             `json:"kv,omitempty"`
}

// HTTPCapability is one host that a connector wants to send requests to: an exact
// name; {field} for a host that stands in that field of the credential; or * for
// those alone that an admin names.
type HTTPCapability struct {
	Host    string   `json:"host"`
	Methods []string `json:"methods"`
	// PathPrefix is the path that requests go to, with all that lies beneath it, such as
	// /v1/scans; empty is every path.
	PathPrefix string `json:"pathPrefix,omitempty"`
	Reason     string `json:"reason"`
}

// NetCapability is one host and port that a connector wants to open a stream to: an
// exact name; {field} for a host that stands in that field of the credential; or *
// with port 0 for the places that the call's credential names, and no others but
// those that an admin adds.
type NetCapability struct {
	Host   string `json:"host"`
	Port   int    `json:"port"`
	TLS    bool   `json:"tls"`
	Reason string `json:"reason"`
}

// Action is one thing a connector can do.
type Action struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Input       json.RawMessage `json:"input"`  // JSON Schema
	Output      json.RawMessage `json:"output"` // JSON Schema
	Effect      Effect          `json:"effect"`
	Idempotent  bool            `json:"idempotent,omitempty"`
	// Inverse is the id of the action that undoes this one, if there is one.
	Inverse string `json:"inverse,omitempty"`
	// Timeout is the default deadline of one call: a Go duration; empty is 30s.
	Timeout string `json:"timeout,omitempty"`
	// MemoryPages asks for more linear memory than the default 384 pages of 64 KiB; at most 1,024.
	MemoryPages uint32    `json:"memoryPages,omitempty"`
	Examples    []Example `json:"examples,omitempty"`
}

// Example is one call of an action with what it answers. Examples are tests:
// every field of Output (or of Error) must be in the real answer.
type Example struct {
	Name   string          `json:"name"`
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  *Error          `json:"error,omitempty"`
}
