package sdk

import (
	"encoding/base64"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Signature is what the host signed with the call's credential.
type Signature struct {
	// Headers go with what was signed, as they are.
	Headers map[string]string
	// Value is the part of them that was computed.
	Value string
	// Time is the host's, which was signed; whole seconds.
	Time time.Time
}

// SignWebhook signs a message that is sent to somebody, by a scheme that the
// credential's type declares: [abi.SignStandardWebhooks], with an id of letters,
// digits, _ and -, or [abi.SignSlackV0], without one.
func (c *Context) SignWebhook(scheme, id string, body []byte) (*Signature, error) {
	return c.sign(abi.SignRequest{Scheme: scheme, ID: id, BodyBase64: base64.StdEncoding.EncodeToString(body)})
}

// SignRequest signs a request that is then sent with the headers, by a scheme such
// as [abi.SignDuoV5]. It must be one that the connector may send, to a host of the
// credential; of the request its method, address and body count.
func (c *Context) SignRequest(scheme string, r Request) (*Signature, error) {
	in := abi.SignRequest{Scheme: scheme, Method: r.Method, URL: r.URL, BodyBase64: base64.StdEncoding.EncodeToString(r.Body)}
	if r.BodyBlob != nil && r.BodyBlob.ref != nil {
		in.BodyBlob, in.BodyBase64 = r.BodyBlob.ref.ID, ""
	} else if r.BodyBlob != nil {
		body, err := r.BodyBlob.Bytes(abi.MaxInput)
		if err != nil {
			return nil, err
		}
		in.BodyBase64 = base64.StdEncoding.EncodeToString(body)
	}
	return c.sign(in)
}

// SignToken makes a token (JWT) for a request that the connector may send, to a host of
// the credential, by [abi.SignJWT]: it says the claims that the credential's type declares.
// Of the request its method and address count; the address has no query.
func (c *Context) SignToken(r Request, claims map[string]any) (*Signature, error) {
	in := abi.SignRequest{Scheme: abi.SignJWT, Method: r.Method, URL: r.URL}
	if len(claims) > 0 {
		var err error
		if in.Claims, err = marshal(claims); err != nil {
			return nil, err
		}
	}
	return c.sign(in)
}

// SignRenewal makes the token by which step-ca renews a certificate, [abi.SignStepRenew].
// The certificate is PEM, with those above it; it must be of the credential's key.
func (c *Context) SignRenewal(r Request, certificate string) (*Signature, error) {
	return c.sign(abi.SignRequest{Scheme: abi.SignStepRenew, Method: r.Method, URL: r.URL, Certificate: certificate})
}

func (c *Context) sign(in abi.SignRequest) (*Signature, error) {
	if c.Credential == nil {
		return nil, Denied("choose a credential for this node: %s signs with it", in.Scheme)
	}
	in.Credential = c.Credential.Handle
	var out abi.SignResponse
	if err := c.ask(abi.HostSign, in, &out); err != nil {
		return nil, err
	}
	if out.Error != nil {
		return nil, out.Error
	}
	return &Signature{Headers: out.Headers, Value: out.Signature, Time: time.Unix(out.Timestamp, 0).UTC()}, nil
}
