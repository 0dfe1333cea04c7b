package testkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// Authority signs certificates for the servers of tests.
type Authority struct {
	Certificate *x509.Certificate
	key         crypto.Signer
	above       *Authority // nil for a root
}

// Leaf says what a certificate is to be; the zero value is good for this machine.
type Leaf struct {
	Names []string // hosts and addresses; none is 127.0.0.1 and localhost
	// From and Until are an hour ago and in a year where they are zero.
	From, Until time.Time
	SelfSigned  bool
	OCSP, CRL   string
}

// Pair is a certificate with its key, in files as servers read them.
type Pair struct {
	Certificate *x509.Certificate
	// Chain is what stands between it and the root.
	Chain []*x509.Certificate
	// CertFile has the chain as well.
	CertFile, KeyFile string
	// ChainFile has the chain alone.
	ChainFile string
	// RootFile has the root, or the certificate itself where it signs itself.
	RootFile string
}

// serials are counted, so that lists of revoked ones can name them.
func serial(t testing.TB) *big.Int {
	t.Helper()
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// NewAuthority makes a root.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	return newAuthority(t, "Root of the test", nil)
}

// Below makes an authority that this one signed.
func (a *Authority) Below(t testing.TB) *Authority {
	t.Helper()
	return newAuthority(t, "Issuer below "+a.Certificate.Subject.CommonName, a)
}

func newAuthority(t testing.TB, name string, above *Authority) *Authority {
	t.Helper()
	key := newKey(t)
	a := &Authority{key: key, above: above}
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	a.Certificate = sign(t, template, key, above)
	return a
}

// sign signs by an authority, or a certificate by itself.
func sign(t testing.TB, template *x509.Certificate, key *ecdsa.PrivateKey, by *Authority) *x509.Certificate {
	t.Helper()
	parent, signer := template, crypto.Signer(key)
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// Issue makes a server's certificate, in files that every user may read: they belong
// to the test.
func (a *Authority) Issue(t testing.TB, leaf Leaf) *Pair {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: serial(t), Subject: pkix.Name{CommonName: "A server of the test"}, NotBefore: leaf.From, NotAfter: leaf.Until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if leaf.From.IsZero() {
		template.NotBefore = time.Now().Add(-time.Hour)
	}
	if leaf.Until.IsZero() {
		template.NotAfter = time.Now().AddDate(1, 0, 0)
	}
	if len(leaf.Names) == 0 {
		leaf.Names = []string{"127.0.0.1", "localhost"}
	}
	for _, name := range leaf.Names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	if leaf.OCSP != "" {
		template.OCSPServer = []string{leaf.OCSP}
	}
	if leaf.CRL != "" {
		template.CRLDistributionPoints = []string{leaf.CRL}
	}
	by, root := a, a
	if leaf.SelfSigned {
		by = nil
	}
	cert := sign(t, template, key, by)
	chain := []*x509.Certificate{cert}
	for ; root.above != nil; root = root.above {
		if by != nil {
			chain = append(chain, root.Certificate)
		}
	}
	last := root.Certificate
	if by == nil {
		last = cert
	}
	return writePair(t, cert, key, chain, last)
}

func writePair(t testing.TB, cert *x509.Certificate, key *ecdsa.PrivateKey, chain []*x509.Certificate, root *x509.Certificate) *Pair {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := OpenFolder(t)
	pair := &Pair{Certificate: cert, Chain: chain[1:]}
	for name, file := range map[string]*string{"cert.pem": &pair.CertFile, "key.pem": &pair.KeyFile, "chain.pem": &pair.ChainFile, "root.pem": &pair.RootFile} {
		*file = filepath.Join(folder, name)
	}
	for file, text := range map[string][]byte{
		pair.CertFile: PEM(chain...), pair.ChainFile: PEM(chain[1:]...), pair.RootFile: PEM(root), pair.KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	} {
		if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // keys of the test, which servers read as another user
			t.Fatal(err)
		}
	}
	return pair
}

// PEM writes certificates as text.
func PEM(list ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range list {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// Pool has the authority as the one who is believed.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// Revoke makes a list of revoked certificates, as DER.
func (a *Authority) Revoke(t testing.TB, serials ...*big.Int) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: time.Now().Add(-time.Minute), ReasonCode: 1})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.Certificate, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// Answer makes an answer of OCSP about a certificate, as DER.
func (a *Authority) Answer(t testing.TB, about *x509.Certificate, status int) []byte {
	t.Helper()
	der, err := ocsp.CreateResponse(a.Certificate, a.Certificate, ocsp.Response{
		Status: status, SerialNumber: about.SerialNumber, ThisUpdate: time.Now().Add(-time.Minute), NextUpdate: time.Now().Add(time.Hour),
		RevokedAt: time.Now().Add(-time.Minute), RevocationReason: ocsp.Superseded,
	}, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
