package abi

import "encoding/json"

// Schemes that the host function sign knows. The host fills each template; of what
// a guest gives nothing is signed alone.
const (
	// SignStandardWebhooks signs "id.timestamp.body" by HMAC-SHA256 with the key that
	// the field secret holds in base64, with or without whsec_ before it. Source:
	// github.com/standard-webhooks/standard-webhooks, spec, symmetric signatures.
	SignStandardWebhooks = "standard-webhooks"
	// SignSlackV0 signs "v0:timestamp:body" by HMAC-SHA256 with the field secret, as
	// Slack signs what it sends. Source: api.slack.com, verifying requests.
	SignSlackV0 = "slack-v0"
	// SignDuoV2 signs the lines date, method, host, path and sorted parameters by
	// HMAC-SHA1 with the field secretKey. Source: duo.com/docs/adminapi.
	SignDuoV2 = "duo-v2"
	// SignDuoV5 signs those lines, the body's SHA-512 and that of no further headers
	// by HMAC-SHA512. Source: duo_client_python, signature version 5.
	SignDuoV5 = "duo-v5"
	// SignEdgeGrid signs method, scheme, host, path with query, the body's SHA-256,
	// timestamp and nonce by a key of the timestamp's, made of the field clientSecret.
	// Source: techdocs.akamai.com, EdgeGrid authentication.
	SignEdgeGrid = "akamai-edgegrid"
	// SignThreatConnect signs "path?query:method:timestamp" by HMAC-SHA256 with the
	// field secretKey. Source: docs.threatconnect.com, HMAC authorization.
	SignThreatConnect = "threatconnect"
	// SignJWT makes a token (RFC 7519) for the request of a method and an address, by the
	// key in the field privateKey: PEM or a JWK, or a JWK that is encrypted with a password
	// (JWE, PBES2), which the field passphrase holds. It says by whom it is (iss, the field
	// issuer), for which address (aud), when it was made and until when it holds (iat, nbf
	// and exp, five minutes), which one it is (jti), and the claims of the guest that the
	// credential's type declares. Its kid is that of the JWK, or else the thumbprint of RFC
	// 7638.
	SignJWT = "jwt"
	// SignStepRenew makes the token by which step-ca renews a certificate without mTLS,
	// by the certificate's own key in the field privateKey. Source:
	// github.com/smallstep/certificates, ca/renew.go and authority/authorize.go.
	SignStepRenew = "step-ca-renew"
)

// SignRequest is what the host function sign takes. Webhooks have an ID and a body,
// requests a method, an address and a body; of those that tokens are for the body isn't
// signed and isn't given. The time is the host's.
type SignRequest struct {
	Scheme string `json:"scheme"`
	// Credential is the handle of the call's credential.
	Credential string `json:"credential,omitempty"`
	// ID of the message, of standard-webhooks: 1 to 256 letters, digits, _ and -.
	ID     string `json:"id,omitempty"`
	Method string `json:"method,omitempty"` // empty is GET
	URL    string `json:"url,omitempty"`
	// The body is one of these, or none.
	Body       string `json:"body,omitempty"`       // text
	BodyBase64 string `json:"bodyBase64,omitempty"` // bytes
	BodyBlob   string `json:"bodyBlob,omitempty"`   // the id of a blob
	// Claims are what a token of [SignJWT] says besides what the host says: an object of
	// those that the credential's type declares.
	Claims json.RawMessage `json:"claims,omitempty"`
	// Certificate is the one that a token of [SignStepRenew] is for, in PEM, with those
	// that lead to the root after it.
	Certificate string `json:"certificate,omitempty"`
}

// SignResponse is what it answers: Error, or the headers to send with what was
// signed.
type SignResponse struct {
	Headers map[string]string `json:"headers,omitempty"`
	// Signature is the part of the headers that was computed, as it stands there.
	Signature string `json:"signature,omitempty"`
	// Timestamp is the host's time that was signed, in Unix seconds.
	Timestamp int64  `json:"timestamp,omitempty"`
	Error     *Error `json:"error,omitempty"`
}
