package egress

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Bounds of a token.
const (
	tokenLife = 5 * time.Minute
	maxClaims = 8 << 10 // bytes of what a guest says in one
	maxChain  = 10      // certificates, the one itself included
	// maxCertificate is how many bytes they have in PEM.
	maxCertificate = 64 << 10
)

// stepIssuer is by whom step-ca's own client says that its renewals are.
const stepIssuer = "step-ca-client/1.0"

// fitsScheme refuses what a scheme doesn't sign: a guest would take it for signed.
func fitsScheme(in *abi.SignRequest, body []byte) error {
	token := in.Scheme == abi.SignJWT || in.Scheme == abi.SignStepRenew
	switch {
	case in.Claims != nil && in.Scheme != abi.SignJWT:
		return refuse(abi.ErrnoBadCall, "%s takes no claims", in.Scheme)
	case in.Certificate != "" && in.Scheme != abi.SignStepRenew:
		return refuse(abi.ErrnoBadCall, "%s takes no certificate", in.Scheme)
	case token && len(body) > 0:
		return refuse(abi.ErrnoBadCall, "%s signs no body: leave it out, and send it with the token", in.Scheme)
	}
	return nil
}

// signToken makes a token for a request that was permitted, and for no other: its address
// is whom the token is for.
func (a *applied) signToken(in *abi.SignRequest, h *hop, now time.Time, id string) (*abi.SignResponse, error) {
	if h.target.RawQuery != "" || h.target.ForceQuery {
		return nil, refuse(abi.ErrnoBadCall, "a token is for an address without a query, which receivers compare whole")
	}
	key, err := a.tokenKey()
	if err != nil {
		return nil, err
	}
	claims := map[string]any{}
	options := (&jose.SignerOptions{}).WithType("JWT")
	if in.Scheme == abi.SignStepRenew {
		chain, err := chainOf(in.Certificate, key.Private.Public())
		if err != nil {
			return nil, err
		}
		claims["iss"], claims["sub"] = stepIssuer, chain[0].Subject.CommonName
		var list []string
		for _, c := range chain {
			list = append(list, base64.StdEncoding.EncodeToString(c.Raw))
		}
		// step-ca's own name for it: it takes certificates that ran out, which x5c doesn't.
		options.WithHeader("x5cInsecure", list)
		key.ID = ""
	} else if claims, err = a.claims(in.Claims); err != nil {
		return nil, err
	}
	claims["aud"], claims["jti"] = h.target.String(), id
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(tokenLife).Unix()
	token, err := sign(key, claims, options)
	if err != nil {
		return nil, err
	}
	return &abi.SignResponse{Headers: map[string]string{"Authorization": "Bearer " + token}, Signature: token, Timestamp: now.Unix()}, nil
}

// tokenKey reads the credential's key, once a call.
func (a *applied) tokenKey() (catalog.TokenKey, error) {
	if a.key == nil {
		k, err := catalog.ReadTokenKey(a.field("privateKey"), a.field("passphrase"))
		var wrong *catalog.FieldError
		if errors.As(err, &wrong) {
			err = refuse(abi.ErrnoDenied, "the credential's field %q: %s", wrong.Field, cut(wrong.Message, maxMessage))
		}
		a.key, a.keyFault = &k, err
	}
	return *a.key, a.keyFault
}

// claims are what a guest says in a token, of what its manifest declares, and by whom it
// is, which the credential says.
func (a *applied) claims(raw json.RawMessage) (map[string]any, error) {
	issuer := a.field("issuer")
	if issuer == "" {
		return nil, refuse(abi.ErrnoDenied, "the credential's field \"issuer\" is empty: an admin writes there by whom its tokens are")
	}
	if len(raw) > maxClaims {
		return nil, refuse(abi.ErrnoBadCall, "the claims of a token have at most %d bytes", maxClaims)
	}
	given := map[string]json.RawMessage{}
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0, bytes.Equal(raw, []byte("null")):
	case !bytes.HasPrefix(raw, []byte("{")), json.Unmarshal(raw, &given) != nil:
		return nil, refuse(abi.ErrnoBadCall, "the claims of a token must be an object")
	}
	out := map[string]any{"iss": issuer}
	for name, value := range given {
		if !slices.Contains(a.declared.Claims, name) || catalog.HostClaim(name) {
			return nil, refuse(abi.ErrnoDenied, "the connector may not say the claim %q in tokens of the type %s: its manifest doesn't ask for it", cut(name, maxMethod), a.declared.Type)
		}
		out[name] = value
	}
	return out, nil
}

// chainOf reads a certificate of a key, with those above it. Who signed them the receiver
// checks, which knows by whom it is asked.
func chainOf(text string, key crypto.PublicKey) ([]*x509.Certificate, error) {
	if len(text) > maxCertificate {
		return nil, refuse(abi.ErrnoBadCall, "a certificate with those above it has at most %d bytes", maxCertificate)
	}
	var chain []*x509.Certificate
	for rest := []byte(text); len(chain) <= maxChain; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, refuse(abi.ErrnoBadCall, "the certificate can't be read: give it whole, in PEM")
		}
		chain = append(chain, c)
	}
	own := func(c *x509.Certificate) bool {
		public, comparable := c.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
		return comparable && public.Equal(key)
	}
	switch at := slices.IndexFunc(chain, own); {
	case len(chain) == 0:
		return nil, refuse(abi.ErrnoBadCall, "give the certificate that is to be renewed, in PEM, with those above it")
	case len(chain) > maxChain:
		return nil, refuse(abi.ErrnoBadCall, "a certificate comes with those above it, at most %d in all", maxChain)
	case at < 0:
		return nil, refuse(abi.ErrnoDenied, "the certificate isn't of the key in the credential's field \"privateKey\": choose the credential with the key that it was made for")
	case at > 0:
		return nil, refuse(abi.ErrnoBadCall, "the certificate of the credential's key must come first, and those above it after it")
	}
	return chain, nil
}

// sign makes a token in its compact form.
func sign(k catalog.TokenKey, claims map[string]any, options *jose.SignerOptions) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", refuse(abi.ErrnoBadCall, "the claims of a token can't be written as JSON")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.Algorithm, Key: jose.JSONWebKey{Key: k.Private, KeyID: k.ID}}, options)
	if err != nil {
		return "", refuse(abi.ErrnoDenied, "the credential's field \"privateKey\" holds a key that can't sign by %s: make a new one", k.Algorithm)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", refuse(abi.ErrnoDenied, "the credential's field \"privateKey\" holds a key that can't sign by %s: make a new one", k.Algorithm)
	}
	return signed.CompactSerialize()
}
