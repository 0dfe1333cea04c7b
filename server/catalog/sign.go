package catalog

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// applyNone is how credentials are applied that go into no request: they sign, or say
// which hosts a connector reaches.
const applyNone = "none"

// SignScheme is one way in which the host signs with a credential's secret. The list
// is closed: each is a template that somebody verifies, and no two can come to the
// same message. A scheme that signs nothing but what the guest gives would let it
// have anything signed, and is none of them.
type SignScheme struct {
	Name string
	// Signs says what, in plain words.
	Signs string
	// Requests says that it signs a request, which must then be one that the
	// connector might send.
	Requests bool
	// Secret is the field that holds the key, which isn't shown.
	Secret string
	// Fields are the others that are used. They stand in what guests are answered, so
	// that they can't be secret.
	Fields []string
	// Unlocks is a field that may hold the password of the key, which is secret as well.
	Unlocks string
	// Token says that what is made lets in whoever shows it, the connector among them.
	Token bool
}

// SignSchemes are all there are.
var SignSchemes = []SignScheme{
	{abi.SignStandardWebhooks, "webhooks in the form of Standard Webhooks", false, "secret", nil, "", false},
	{abi.SignSlackV0, "webhooks in the form of Slack", false, "secret", nil, "", false},
	{abi.SignDuoV2, "requests in the form of Duo (HMAC-SHA1)", true, "secretKey", []string{"integrationKey"}, "", false},
	{abi.SignDuoV5, "requests in the form of Duo (HMAC-SHA512)", true, "secretKey", []string{"integrationKey"}, "", false},
	{abi.SignEdgeGrid, "requests in the form of Akamai EdgeGrid", true, "clientSecret", []string{"clientToken", "accessToken"}, "", false},
	{abi.SignThreatConnect, "requests in the form of ThreatConnect", true, "secretKey", []string{"accessId"}, "", false},
	{abi.SignJWT, "tokens (JWT) for requests that it may send, which it is shown", true, fieldPrivateKey, []string{"issuer"}, fieldPassphrase, true},
	{abi.SignStepRenew, "renewals of certificates in the form of step-ca, by tokens that it is shown", true, fieldPrivateKey, nil, fieldPassphrase, true},
}

// HostClaims are what the host says in every token, so that no guest says it otherwise: by
// whom and for which address it is, from when until when it holds, and which one it is.
var HostClaims = []string{"iss", "aud", "iat", "nbf", "exp", "jti"}

// HostClaim says whether the host says a claim, in whatever case: there are receivers that
// don't tell one from the other.
func HostClaim(name string) bool {
	return slices.ContainsFunc(HostClaims, func(own string) bool { return strings.EqualFold(own, name) })
}

// maxClaim bounds the name of a claim, which admins read.
const maxClaim = 100

var claimPattern = regexp.MustCompile(`^[A-Za-z0-9_.:/-]+$`)

// FindSignScheme finds a scheme by its name.
func FindSignScheme(name string) (SignScheme, bool) {
	for _, s := range SignSchemes {
		if s.Name == name {
			return s, true
		}
	}
	return SignScheme{}, false
}

// signs checks what a type of credential is to sign: the fields must be there, the
// key must be secret, and the others, which guests are told, must not be. One that
// signs nothing has a use only where it names hosts.
func (f *faults) signs(field string, c abi.CredentialOf, anyHost bool) {
	if c.Apply == applyNone && len(c.Sign) == 0 && !anyHost {
		f.add(field, "apply none is for credentials that sign, or that name the hosts of a capability with host *: name the schemes in sign")
	}
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	_ = json.Unmarshal(c.Fields, &schema) // what is wrong with it was said
	secret := secretFields(c.Fields)
	for i, name := range c.Sign {
		scheme, known := FindSignScheme(name)
		switch {
		case !known:
			var names []string
			for _, s := range SignSchemes {
				names = append(names, s.Name)
			}
			f.add(field, "sign %q must be one of %s", name, strings.Join(names, ", "))
			continue
		case slices.Contains(c.Sign[:i], name):
			f.add(field, "sign %q stands twice", name)
		case !slices.Contains(secret, scheme.Secret):
			f.add(field, "sign %q takes its key from the field %q: declare it, with writeOnly", name, scheme.Secret)
		}
		for _, key := range []string{scheme.Secret, scheme.Unlocks} {
			if key != "" && strings.Contains(c.Name+c.Value, "{"+key+"}") {
				f.add(field, "name and value can't hold the field %q: sign %q takes its key from it, which goes nowhere", key, name)
			}
		}
		if scheme.Unlocks != "" && schema.Properties[scheme.Unlocks] != nil && !slices.Contains(secret, scheme.Unlocks) {
			f.add(field, "sign %q takes the key's password from the field %q, which is secret: declare it with writeOnly", name, scheme.Unlocks)
		}
		for _, other := range scheme.Fields {
			switch {
			case schema.Properties[other] == nil:
				f.add(field, "sign %q uses the field %q: declare it", name, other)
			case slices.Contains(secret, other):
				f.add(field, "sign %q shows the field %q to the connector: declare it without writeOnly and without the format password", name, other)
			}
		}
	}
}

// claims checks what a type of credential lets the connector say in tokens.
func (f *faults) claims(field string, c abi.CredentialOf) {
	if len(c.Claims) > 0 && !slices.Contains(c.Sign, abi.SignJWT) {
		f.add(field, "claims are for credentials that sign by %s: name it in sign", abi.SignJWT)
	}
	for i, name := range c.Claims {
		switch {
		case len(name) > maxClaim || !claimPattern.MatchString(name):
			f.add(field, "claim %q must have 1 to %d letters, digits, and _ . : / -", name, maxClaim)
		case HostClaim(name):
			f.add(field, "claim %q is made by the server, as %s are: leave it out", name, strings.Join(HostClaims, ", "))
		case slices.Contains(c.Claims[:i], name):
			f.add(field, "claim %q stands twice", name)
		}
	}
}
