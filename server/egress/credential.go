package egress

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// Vault opens credentials for the moment of a request.
type Vault interface {
	Open(ctx context.Context, id string) (vault.Opened, error)
}

// applied is a credential in use: what puts it into a request, and what takes its
// echo out of the answer.
type applied struct {
	credential vault.Opened
	declared   abi.CredentialOf
	redact     *redactor
	// key is that of the field privateKey once a token was asked for, or else keyFault
	// what is wrong with it.
	key      *catalog.TokenKey
	keyFault error
}

// openCredential fetches the credential that a request names. What the guest gives selects
// nothing: there is the one that the flow's author named, or none.
func (s *session) openCredential(ctx context.Context, handle string) (*applied, error) {
	if handle == "" {
		return nil, nil
	}
	c := s.caller.Credential
	if c == nil || handle != CredentialHandle {
		return nil, refuse(abi.ErrnoDenied, "the step names no credential: choose one in the node's settings")
	}
	if s.opened == nil {
		opened, err := s.broker.options.Vault.Open(ctx, c.ID)
		if err != nil {
			return nil, refuse(abi.ErrnoDenied, "the credential can't be opened: %v", err)
		}
		a := &applied{credential: opened, declared: c.Type}
		a.redact = newRedactor(secretsOf(opened), a.sent())
		s.opened = a
	}
	return s.opened, nil
}

func secretsOf(o vault.Opened) []string {
	var list []string
	for _, s := range o.Values {
		list = append(list, s.Reveal())
	}
	return list
}

// sent are the values that requests carry the secrets in, which could come back
// as well.
func (a *applied) sent() []string {
	switch a.declared.Apply {
	case "bearer":
		return []string{a.bearer()}
	case "basic":
		pair := a.field("username") + ":" + a.field("password")
		return []string{pair, "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}
	case "header", "query", applyForm:
		return []string{a.value("{value}"), url.QueryEscape(a.value("{value}"))}
	case applyOAuth:
		pair := url.QueryEscape(a.field("clientId")) + ":" + url.QueryEscape(a.field("clientSecret"))
		return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}
	}
	return nil
}

func (a *applied) bearer() string { return "Bearer " + a.value("{token}") }

// value fills in what the credential's type says is sent, or else the usual.
func (a *applied) value(usual string) string {
	return a.expand(cmp.Or(a.declared.Value, usual))
}

func (a *applied) field(name string) string {
	if secret, ok := a.credential.Values[name]; ok {
		return secret.Reveal()
	}
	return a.credential.Fields[name]
}

// expand puts fields into a template.
func (a *applied) expand(template string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return b.String()
		}
		b.WriteString(a.field(name))
		template = after
	}
}

// covers says whether the credential may be sent to a place. A host of it holds
// for both schemes, unless it begins with one.
func (a *applied) covers(u *url.URL) bool {
	return slices.ContainsFunc(places(u), func(place string) bool {
		return slices.Contains(a.credential.Hosts, place) || slices.Contains(a.credential.Hosts, u.Scheme+"://"+place)
	})
}

// namesHTTP says whether an admin wrote into the credential that it may go to a
// place unencrypted.
func (a *applied) namesHTTP(u *url.URL) bool {
	return u.Scheme == "http" && slices.ContainsFunc(places(u), func(place string) bool {
		return slices.Contains(a.credential.Hosts, "http://"+place)
	})
}

// places are the ways to write where a URL leads.
func places(u *url.URL) []string {
	bare := strings.ToLower(u.Hostname())
	host := bare
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != defaultPort(u.Scheme) {
		return []string{host + ":" + port}
	}
	return []string{bare, host, host + ":" + defaultPort(u.Scheme)}
}

func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// apply puts the credential into a request. The body is needed by signatures.
func (a *applied) apply(ctx context.Context, r *http.Request, body []byte, now time.Time) error {
	name := a.expand(a.declared.Name)
	switch a.declared.Apply {
	case "bearer":
		r.Header.Set("Authorization", a.bearer())
	case "basic":
		r.SetBasicAuth(a.field("username"), a.field("password"))
	case "header":
		if !validHeaderName(name) || forbiddenHeaders[strings.ToLower(name)] {
			return refuse(abi.ErrnoDenied, "the credential is to be put into the header %q, which isn't one that can be set", name)
		}
		r.Header.Set(name, a.value("{value}"))
	case "query":
		if name == "" {
			return refuse(abi.ErrnoDenied, "the credential names no query parameter")
		}
		q := r.URL.Query()
		q.Set(name, a.value("{value}"))
		r.URL.RawQuery = q.Encode()
	case "sigv4":
		return a.signV4(ctx, r, body, now)
	case applyForm: // it is in the body: see [applied.form].
	case "none": // it signs: see [session.sign]. That it is named says for which hosts.
	default:
		return refuse(abi.ErrnoDenied, "credentials that are applied as %s can't be used by this version", a.declared.Apply)
	}
	if strings.ContainsAny(strings.Join(r.Header.Values("Authorization"), "")+r.Header.Get(name), "\r\n\x00") {
		return refuse(abi.ErrnoDenied, "the credential holds a line break, which no header can carry")
	}
	return nil
}

// signV4 signs as AWS asks for.
func (a *applied) signV4(ctx context.Context, r *http.Request, body []byte, now time.Time) error {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", digest)
	keys := aws.Credentials{AccessKeyID: a.field("accessKeyId"), SecretAccessKey: a.field("secretAccessKey"), SessionToken: a.field("sessionToken")}
	return v4.NewSigner().SignHTTP(ctx, keys, r, digest, a.field("service"), a.field("region"), now)
}
