package tls

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of the questions about one certificate.
const (
	askTime  = 4 * time.Second
	maxAsked = 2 // addresses of each kind
)

// Revocation is what the issuer says of the endpoint's certificate.
type Revocation struct {
	Status string `json:"status" enum:"good,revoked,unknown"`
	Method string `json:"method" enum:"ocsp,crl,none"`
	Source string `json:"source" doc:"The address that answered."`
	At     string `json:"at,omitempty" format:"date-time" doc:"When it was revoked."`
	Reason string `json:"reason" doc:"Why it was revoked, or why nothing is known."`
}

// reasons are those of RFC 5280, 5.3.1.
var reasons = map[int]string{
	0: "unspecified", 1: "key compromise", 2: "CA compromise", 3: "affiliation changed", 4: "superseded", 5: "cessation of operation",
	6: "certificate hold", 8: "removed from the list", 9: "privilege withdrawn", 10: "AA compromise",
}

// revocation asks who signed the endpoint's certificate, by OCSP and then by list.
func revocation(c *sdk.Context, chain []*x509.Certificate) Revocation {
	cert := chain[0]
	out := Revocation{Status: "unknown", Method: "none"}
	if len(chain) < 2 || cert.CheckSignatureFrom(chain[1]) != nil {
		out.Reason = "the endpoint doesn't send its issuer's certificate, without which nobody can be asked"
		return out
	}
	var faults []string
	for _, ask := range []struct {
		method string
		at     []string
		do     func(*sdk.Context, string, *x509.Certificate, *x509.Certificate) (Revocation, error)
	}{{"ocsp", cert.OCSPServer, askOCSP}, {"crl", cert.CRLDistributionPoints, readCRL}} {
		for _, address := range ask.at[:min(len(ask.at), maxAsked)] {
			r, err := ask.do(c, address, cert, chain[1])
			if err == nil {
				r.Method, r.Source = ask.method, address
				return r
			}
			faults = append(faults, address+": "+err.Error())
		}
	}
	if out.Reason = strings.Join(faults, "; "); out.Reason == "" {
		out.Reason = "the certificate names nobody to ask"
	}
	return out
}

func askOCSP(c *sdk.Context, address string, cert, issuer *x509.Certificate) (Revocation, error) {
	request, err := ocsp.CreateRequest(cert, issuer, nil)
	if err != nil {
		return Revocation{}, err
	}
	answer, err := c.Do(sdk.Request{Method: "POST", URL: address, Body: request, Headers: map[string][]string{"Content-Type": {"application/ocsp-request"}}, Anonymous: true, Timeout: askTime})
	if err == nil {
		err = answer.Error()
	}
	if err != nil {
		return Revocation{}, err
	}
	status, err := ocsp.ParseResponseForCert(answer.Body, cert, issuer)
	if err != nil {
		return Revocation{}, err
	}
	if !status.NextUpdate.IsZero() && status.NextUpdate.Before(c.Now()) {
		return Revocation{}, fmt.Errorf("its answer holds only until %s", status.NextUpdate.UTC().Format(time.RFC3339))
	}
	switch status.Status {
	case ocsp.Good:
		return Revocation{Status: "good"}, nil
	case ocsp.Revoked:
		return revoked(status.RevokedAt, status.RevocationReason), nil
	}
	return Revocation{}, fmt.Errorf("it doesn't know the certificate")
}

func revoked(at time.Time, reason int) Revocation {
	return Revocation{Status: "revoked", At: at.UTC().Format(time.RFC3339), Reason: reasons[reason]}
}

func readCRL(c *sdk.Context, address string, cert, issuer *x509.Certificate) (Revocation, error) {
	answer, err := c.Do(sdk.Request{URL: address, Anonymous: true, Timeout: askTime})
	if err == nil {
		err = answer.Error()
	}
	if err != nil {
		return Revocation{}, err
	}
	list, err := x509.ParseRevocationList(answer.Body)
	if err != nil {
		return Revocation{}, err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return Revocation{}, err
	}
	if !list.NextUpdate.IsZero() && list.NextUpdate.Before(c.Now()) {
		return Revocation{}, fmt.Errorf("its list holds only until %s", list.NextUpdate.UTC().Format(time.RFC3339))
	}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			return revoked(entry.RevocationTime, entry.ReasonCode), nil
		}
	}
	return Revocation{Status: "good"}, nil
}
