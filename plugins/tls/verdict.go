package tls

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
)

// minRSA is the shortest RSA key that is still believed.
const minRSA = 2048

// verdict gathers what is wrong with a chain.
type verdict struct {
	chain    []*x509.Certificate
	name     string
	now      time.Time
	warnDays int
	problems []Problem
	trusted  bool
}

func (v *verdict) add(code string, certificate int, format string, args ...any) {
	v.problems = append(v.problems, Problem{code, certificate, fmt.Sprintf(format, args...)})
}

// look finds what the chain shows by itself.
func (v *verdict) look(version string) {
	v.problems = []Problem{}
	if version != "TLS 1.2" && version != "TLS 1.3" {
		v.add("old_protocol", -1, "%s was agreed on, which is no longer safe", version)
	}
	for i, cert := range v.chain {
		v.problems = append(v.problems, problemsOf(cert, i, v.warnDays, v.now)...)
		if i > 0 && !bytes.Equal(v.chain[i-1].RawIssuer, cert.RawSubject) {
			v.add("wrong_order", i, "certificate %d isn't the one that signed the certificate before it", i+1)
		}
	}
	if v.chain[0].VerifyHostname(v.name) != nil {
		v.problems = append(v.problems, wrongName(v.chain[0], v.name))
	}
	if selfSigned(v.chain[0]) {
		v.add("self_signed", 0, "the certificate is signed with its own key")
	}
}

func problemsOf(c *x509.Certificate, at, warnDays int, now time.Time) []Problem {
	var list []Problem
	add := func(code, format string, args ...any) {
		list = append(list, Problem{code, at, fmt.Sprintf(format, args...)})
	}
	switch days := daysLeft(c, now); {
	case now.After(c.NotAfter):
		add("expired", "it expired on %s", c.NotAfter.UTC().Format(time.DateOnly))
	case now.Before(c.NotBefore):
		add("not_yet_valid", "it holds only from %s on", c.NotBefore.UTC().Format(time.RFC3339))
	case days < warnDays:
		add("expiring", "it expires on %s, in %d days", c.NotAfter.UTC().Format(time.DateOnly), days)
	}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < minRSA {
		add("weak_key", "its RSA key has %d bits, below %d", key.N.BitLen(), minRSA)
	}
	if s := c.SignatureAlgorithm; (strings.Contains(s.String(), "SHA1") || strings.Contains(s.String(), "MD")) && !bytes.Equal(c.RawSubject, c.RawIssuer) {
		add("weak_signature", "it is signed by %s, which can be forged", s)
	}
	return list
}

func wrongName(c *x509.Certificate, name string) Problem {
	list := names(c)
	shown := strings.Join(list[:min(len(list), 10)], ", ")
	if shown == "" {
		shown = "no name at all"
	}
	return Problem{"wrong_name", 0, fmt.Sprintf("it isn't for %s, but for %s", name, shown)}
}

// byRoots says whether the chain leads to one of those who are believed. That a
// certificate expired is a matter of its own.
func (v *verdict) byRoots(roots []*x509.Certificate) {
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: v.within(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, r := range roots {
		o.Roots.AddCert(r)
	}
	for _, c := range v.chain[1:] {
		o.Intermediates.AddCert(c)
	}
	_, err := v.chain[0].Verify(o)
	v.trusted = err == nil
	if err != nil {
		v.add("untrusted", 0, "none of the given roots leads to it: %v", err)
		v.missing()
	}
}

// within is a time at which the whole chain held, or else now.
func (v *verdict) within() time.Time {
	from, until := v.chain[0].NotBefore, v.chain[0].NotAfter
	for _, c := range v.chain {
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	switch {
	case v.now.Before(from):
		return from
	case v.now.After(until) && until.After(from):
		return until
	}
	return v.now
}

// missing says whether a certificate between the server's and a root wasn't sent.
func (v *verdict) missing() {
	last := v.chain[len(v.chain)-1]
	if !selfSigned(last) && !last.IsCA {
		v.add("incomplete_chain", len(v.chain)-1, "the endpoint doesn't send the certificate of its issuer, %s", last.Issuer)
	}
}

// byHost takes over whether the chain leads to one of those whom the server believes.
func (v *verdict) byHost(untrusted string) {
	v.trusted = untrusted == ""
	switch {
	case v.trusted:
	case selfSigned(v.chain[0]):
		v.add("untrusted", 0, "nobody else vouches for it")
	default:
		v.add("untrusted", 0, "it is signed by nobody who is believed here, for which an admin starts the server with --ca and a file of who signs it: %s", untrusted)
		v.missing()
	}
}

// revocation adds what was found about it.
func (v *verdict) revocation(r Revocation) {
	switch r.Status {
	case "revoked":
		v.add("revoked", 0, "it was revoked on %s: %s", r.At, r.Reason)
	case "unknown":
		v.add("revocation_unknown", 0, "%s", r.Reason)
	}
}

// state is the worst that was found.
func (v *verdict) state() string {
	for _, code := range []string{"revoked", "untrusted", "expired", "not_yet_valid", "wrong_name", "expiring"} {
		for _, p := range v.problems {
			if p.Code == code {
				return code
			}
		}
	}
	return "valid"
}
