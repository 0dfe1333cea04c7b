package contract

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// stepState is what one step-ca has done.
type stepState struct {
	*stepAuthority
	used    map[string]bool // tokens, by their jti
	revoked map[string]bool // certificates, by their serial number
	next    int64
}

// What step-ca says, which tells little to those it doesn't believe.
const (
	stepUnauthorized = "The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info."
	stepBad          = "The request could not be completed: %s."
	stepForbidden    = "The request was forbidden by the certificate authority: %s."
	stepInternal     = "error validating renew token"
)

func stepError(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, object{"status": status, "message": fmt.Sprintf(format, args...)})
}

var stepAlgorithms = []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.ES512, jose.RS256, jose.EdDSA}

// authorised reads a token of the provisioner that is for a path, and counts it as used.
func (s *stepState) authorised(token, path string) (jwt.Claims, []string, bool) {
	var c jwt.Claims
	var own struct {
		SANs []string `json:"sans"`
	}
	t, err := jwt.ParseSigned(token, stepAlgorithms)
	if err != nil || len(t.Headers) != 1 || t.Headers[0].KeyID != s.id || t.Claims(s.team.Public(), &c, &own) != nil {
		return c, nil, false
	}
	expected := jwt.Expected{Issuer: stepProvisioner, Time: time.Now()}
	// A token that holds longer is none that a person would make.
	long := c.Expiry == nil || c.NotBefore == nil || c.Expiry.Time().Sub(c.NotBefore.Time()) > 5*time.Minute
	if c.ValidateWithLeeway(expected, time.Minute) != nil || long || c.Subject == "" || !stepAudience(c.Audience, path) || s.used[c.ID] || c.ID == "" {
		return c, nil, false
	}
	s.used[c.ID] = true
	if len(own.SANs) == 0 {
		own.SANs = []string{c.Subject}
	}
	return c, own.SANs, true
}

// stepAudience says whether a token is for a path; the port doesn't count.
func stepAudience(audience jwt.Audience, path string) bool {
	return slices.ContainsFunc(audience, func(a string) bool {
		u, err := url.Parse(a)
		return err == nil && u.Scheme == "https" && u.Hostname() == "ca.corp.example" && (u.Path == path || u.Path == strings.TrimPrefix(path, "/1.0"))
	})
}

func (s *stepState) sign(w http.ResponseWriter, r *http.Request) {
	var body struct{ CSR, OTT, NotAfter string }
	raw := readJSON(r)
	if raw == nil || json.Unmarshal(must(json.Marshal(raw)), &body) != nil {
		stepError(w, 400, stepBad, "error reading request body")
		return
	}
	block, _ := pem.Decode([]byte(body.CSR))
	if block == nil || block.Type != "CERTIFICATE REQUEST" {
		stepError(w, 400, stepBad, "error reading request body")
		return
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	switch {
	case err != nil:
		stepError(w, 400, stepBad, "error reading request body")
		return
	case csr.CheckSignature() != nil:
		stepError(w, 400, stepBad, "invalid csr")
		return
	case body.OTT == "":
		stepError(w, 400, stepBad, "missing ott")
		return
	}
	claims, names, ok := s.authorised(body.OTT, r.URL.Path)
	if !ok {
		stepError(w, 401, stepUnauthorized)
		return
	}
	now := time.Now().Truncate(time.Second)
	until, err := stepTime(body.NotAfter, now)
	switch {
	case err != nil:
		stepError(w, 400, stepBad, "error reading request body")
	case csr.Subject.CommonName != "" && csr.Subject.CommonName != claims.Subject:
		stepError(w, 403, stepForbidden, fmt.Sprintf("certificate request does not contain the valid common name - got %s, want %s", csr.Subject.CommonName, claims.Subject))
	case len(csr.DNSNames) > 0 && !slices.Equal(slices.Sorted(slices.Values(csr.DNSNames)), slices.Sorted(slices.Values(names))):
		stepError(w, 403, stepForbidden, fmt.Sprintf("certificate request does not contain the valid DNS names - got %v, want %v", csr.DNSNames, names))
	case until.Before(now):
		stepError(w, 400, stepBad, fmt.Sprintf("notAfter cannot be in the past; na=%v", until))
	case until.Sub(now) > 24*time.Hour:
		stepError(w, 403, stepForbidden, fmt.Sprintf("requested duration of %v is more than the authorized maximum certificate duration of 24h1m0s", until.Sub(now)))
	default:
		s.give(w, s.issue(s.serial(), claims.Subject, names, csr.PublicKey, now, until))
	}
}

// stepTime is a time, or as long after another.
func stepTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now.Add(24 * time.Hour), nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return now.Add(d), nil
	}
	return time.Parse(time.RFC3339, text)
}

func (s *stepState) serial() int64 {
	s.next++
	return s.next - 1
}

func (s *stepState) give(w http.ResponseWriter, c *x509.Certificate) {
	leaf, above := pemOf(c.Raw), pemOf(s.intermediate.Raw)
	answer(w, 201, object{"crt": leaf, "ca": above, "certChain": list{leaf, above}, "tlsOptions": object{"minVersion": 1.2, "maxVersion": 1.3, "renegotiation": false}})
}

func (s *stepState) renew(w http.ResponseWriter, r *http.Request) {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		stepError(w, 400, stepBad, "missing client certificate")
		return
	}
	t, err := jwt.ParseSigned(token, stepAlgorithms)
	if err != nil || len(t.Headers) != 1 {
		stepError(w, 401, stepInternal)
		return
	}
	leaf := stepChainOf(t.Headers[0].ExtraHeaders["x5cInsecure"])
	var c jwt.Claims
	switch {
	case leaf == nil:
		stepError(w, 401, stepInternal)
	case t.Claims(leaf.PublicKey, &c) != nil:
		stepError(w, 500, stepInternal)
	case s.used[c.ID]:
		stepError(w, 401, stepUnauthorized)
	case c.ValidateWithLeeway(jwt.Expected{Subject: leaf.Subject.CommonName, Time: time.Now()}, time.Minute) != nil:
		stepError(w, 401, stepInternal)
	case !stepAudience(c.Audience, r.URL.Path):
		stepError(w, 500, stepInternal+": invalid audience claim (aud)")
	case c.Issuer != "step-ca-client/1.0":
		stepError(w, 401, stepInternal+": invalid issuer claim (iss)")
	case s.revoked[leaf.SerialNumber.String()]:
		stepError(w, 401, stepUnauthorized)
	case time.Now().After(leaf.NotAfter):
		stepError(w, 401, "The request lacked necessary authorization to be completed: certificate expired on %s", leaf.NotAfter)
	default:
		s.used[c.ID] = true
		now := time.Now().Truncate(time.Second)
		s.give(w, s.issue(s.serial(), leaf.Subject.CommonName, leaf.DNSNames, leaf.PublicKey, now, now.Add(24*time.Hour)))
	}
}

// stepChainOf is the first of certificates that lead to the root, whenever they hold; nil
// where they lead there not.
func stepChainOf(header any) *x509.Certificate {
	given, _ := header.([]any)
	var chain []*x509.Certificate
	for _, g := range given {
		text, _ := g.(string)
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: StepRoots(), Intermediates: between, CurrentTime: chain[0].NotAfter.Add(-time.Minute)}); err != nil {
		return nil
	}
	return chain[0]
}

func (s *stepState) revoke(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Serial, OTT, Reason string
		ReasonCode          int
		Passive             bool
	}
	raw := readJSON(r)
	if raw == nil || json.Unmarshal(must(json.Marshal(raw)), &body) != nil {
		stepError(w, 400, stepBad, "error reading request body")
		return
	}
	number, ok := new(big.Int).SetString(body.Serial, 0)
	switch {
	case body.Serial == "":
		stepError(w, 400, stepBad, "missing serial")
	case !ok:
		stepError(w, 400, stepBad, fmt.Sprintf("'%s' is not a valid serial number - use a base 10 representation or a base 16 representation with '0x' prefix", body.Serial))
	case body.ReasonCode < 0 || body.ReasonCode > 10:
		stepError(w, 400, stepBad, "reasonCode out of bounds")
	case !body.Passive:
		stepError(w, 501, "The requested method is not implemented by the certificate authority. Please see the certificate authority logs for more info.")
	case body.OTT == "":
		stepError(w, 400, stepBad, "missing ott or client certificate")
	default:
		// step-ca asks for a subject and doesn't compare it; here it must be the certificate.
		if c, _, ok := s.authorised(body.OTT, r.URL.Path); !ok || c.Subject != number.String() {
			stepError(w, 401, stepUnauthorized)
			return
		}
		if s.revoked[number.String()] {
			stepError(w, 400, stepBad, fmt.Sprintf("certificate with serial number '%s' is already revoked", number))
			return
		}
		s.revoked[number.String()] = true
		answer(w, 200, object{"status": "ok"})
	}
}
