package tls

import (
	"bytes"
	"crypto/dsa" //nolint:staticcheck // old certificates have such keys
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // it names certificates
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// Bounds of what is decoded.
const (
	maxText         = 1 << 20
	maxCertificates = 100
)

// Certificate is what a certificate says.
type Certificate struct {
	Subject    string    `json:"subject" doc:"As RFC 2253 writes names."`
	CommonName string    `json:"commonName"`
	Issuer     string    `json:"issuer"`
	Names      []string  `json:"names" doc:"The hosts, addresses, mail addresses and URIs that it is for."`
	Serial     string    `json:"serial" doc:"In hexadecimal."`
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	DaysLeft   int       `json:"daysLeft"`
	SelfSigned bool      `json:"selfSigned" doc:"Signed with its own key."`
	CA         bool      `json:"ca" title:"CA"`
	Key        string    `json:"key" example:"RSA 2048"`
	Signature  string    `json:"signature" example:"SHA256-RSA"`
	SHA256     string    `json:"sha256" doc:"Of the whole certificate."`
	SHA1       string    `json:"sha1" doc:"The thumbprint that older systems show."`
	KeySHA256  string    `json:"keySha256" doc:"Of the public key, by which pins name it."`
	OCSP       []string  `json:"ocsp" title:"OCSP" doc:"Where its issuer answers whether it was revoked."`
	CRL        []string  `json:"crl" title:"CRL" doc:"Where its issuer lists what was revoked."`
	PEM        string    `json:"pem" title:"PEM"`
}

func describe(c *x509.Certificate, now time.Time) Certificate {
	sum, old, key := sha256.Sum256(c.Raw), sha1.Sum(c.Raw), sha256.Sum256(c.RawSubjectPublicKeyInfo) //nolint:gosec // see above
	out := Certificate{
		Subject: c.Subject.String(), CommonName: c.Subject.CommonName, Issuer: c.Issuer.String(), Names: names(c), Serial: hex.EncodeToString(c.SerialNumber.Bytes()),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), DaysLeft: daysLeft(c, now), SelfSigned: selfSigned(c), CA: c.IsCA,
		Key: keyOf(c), Signature: c.SignatureAlgorithm.String(), SHA256: hex.EncodeToString(sum[:]), SHA1: hex.EncodeToString(old[:]), KeySHA256: hex.EncodeToString(key[:]),
		OCSP: append([]string{}, c.OCSPServer...), CRL: append([]string{}, c.CRLDistributionPoints...),
		PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})),
	}
	return out
}

func names(c *x509.Certificate) []string {
	list := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		list = append(list, ip.String())
	}
	list = append(list, c.EmailAddresses...)
	for _, u := range c.URIs {
		list = append(list, u.String())
	}
	return list
}

// daysLeft counts whole days; it is below 0 from the moment of expiry on.
func daysLeft(c *x509.Certificate, now time.Time) int {
	return int(math.Floor(c.NotAfter.Sub(now).Hours() / 24))
}

// selfSigned looks at the signature, because anyone can write the same name twice.
func selfSigned(c *x509.Certificate) bool {
	return bytes.Equal(c.RawSubject, c.RawIssuer) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

func keyOf(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return "RSA " + strconv.Itoa(key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	case *dsa.PublicKey:
		return "DSA " + strconv.Itoa(key.P.BitLen())
	}
	return c.PublicKeyAlgorithm.String()
}

func decode(c *sdk.Context, in DecodeInput) (DecodeOutput, error) {
	raw, err := in.Certificate.Bytes(maxText)
	if err != nil {
		return DecodeOutput{}, err
	}
	list, err := readCertificates("/certificate", raw)
	if err != nil {
		return DecodeOutput{}, err
	}
	now := c.Now()
	out := DecodeOutput{Problems: []Problem{}, DaysLeft: math.MaxInt}
	for i, cert := range list {
		out.Certificates = append(out.Certificates, describe(cert, now))
		out.Problems = append(out.Problems, problemsOf(cert, i, 0, now)...)
		out.DaysLeft = min(out.DaysLeft, out.Certificates[i].DaysLeft)
	}
	if in.Host != "" {
		if err := list[0].VerifyHostname(in.Host); err != nil {
			out.Problems = append(out.Problems, wrongName(list[0], in.Host))
		}
	}
	return out, nil
}

// readCertificates reads PEM, or one certificate in base64.
func readCertificates(at string, raw []byte) ([]*x509.Certificate, error) {
	var blocks [][]byte
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			blocks = append(blocks, block.Bytes)
		}
	}
	if len(blocks) == 0 {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(raw)), ""))
		if err != nil || len(der) == 0 {
			return nil, sdk.BadInput(at, "holds no certificate: give PEM (-----BEGIN CERTIFICATE-----) or base64")
		}
		blocks = [][]byte{der}
	}
	if len(blocks) > maxCertificates {
		return nil, sdk.BadInput(at, "holds %d certificates, at most %d are read", len(blocks), maxCertificates)
	}
	var list []*x509.Certificate
	for i, der := range blocks {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, sdk.BadInput(at, "certificate %d can't be read: %v", i+1, err)
		}
		list = append(list, cert)
	}
	return list, nil
}
