package contract

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	stepProvisioner = "team-0@corp.example"
	stepPassword    = "correct horse"
	// StepHost is the host whose certificate the stand-in of step-ca holds.
	StepHost = "web1.corp.example"
)

// stepAuthority is what a step-ca is made of. Its keys follow from their names and its
// signatures are deterministic, so that an example can hold a certificate of it.
type stepAuthority struct {
	root, intermediate, leaf *x509.Certificate
	key                      *ecdsa.PrivateKey // the intermediate's
	team                     *ecdsa.PrivateKey // the provisioner's
	id                       string            // and what names it
	locked, leafKey          string            // as credentials hold them
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err) // what is made here is made of constants
	}
	return value
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func namedKey(name string) *ecdsa.PrivateKey {
	scalar := sha256.Sum256([]byte("a key of the stand-in: " + name))
	return must(ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:]))
}

func ecKey(key *ecdsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(key))}))
}

// certified makes a certificate; without randomness its signature is deterministic.
func certified(template, by *x509.Certificate, key crypto.PublicKey, signer *ecdsa.PrivateKey) *x509.Certificate {
	return must(x509.ParseCertificate(must(x509.CreateCertificate(nil, template, by, key, signer))))
}

var stepKeys = sync.OnceValue(func() *stepAuthority {
	rootKey, key, team, leaf := namedKey("root"), namedKey("intermediate"), namedKey("provisioner"), namedKey("leaf")
	from, until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	authority := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until,
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
	}
	a := &stepAuthority{key: key, team: team}
	a.root = certified(authority(1, "Corp Root CA"), authority(1, "Corp Root CA"), rootKey.Public(), rootKey)
	a.intermediate = certified(authority(2, "Corp Intermediate CA"), a.root, key.Public(), rootKey)
	a.leaf = a.issue(4096, StepHost, []string{StepHost}, leaf.Public(), from, until)
	a.leafKey = ecKey(leaf)
	a.id = base64.RawURLEncoding.EncodeToString(must((&jose.JSONWebKey{Key: team.Public()}).Thumbprint(crypto.SHA256)))
	recipient := jose.Recipient{Algorithm: jose.PBES2_HS256_A128KW, Key: []byte(stepPassword), PBES2Count: 1000} // step-ca takes 600,000
	lock := must(jose.NewEncrypter(jose.A256GCM, recipient, (&jose.EncrypterOptions{}).WithContentType("jwk+json")))
	a.locked = must(must(lock.Encrypt(must(json.Marshal(jose.JSONWebKey{Key: team, KeyID: a.id})))).CompactSerialize())
	return a
})

// issue makes a certificate under the intermediate one.
func (a *stepAuthority) issue(serial int64, name string, names []string, key crypto.PublicKey, from, until time.Time) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: names, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	return certified(template, a.intermediate, key, a.key)
}

// StepChain is the certificate of [StepHost] with the one above it, in PEM.
func StepChain() string { return pemOf(stepKeys().leaf.Raw) + pemOf(stepKeys().intermediate.Raw) }

// StepRoots are whom one believes who believes the stand-in of step-ca.
func StepRoots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(stepKeys().root)
	return pool
}

// StepIssue makes a certificate of the stand-in, in PEM with the one above it, for the key
// of [StepHost].
func StepIssue(serial int64, name string, from, until time.Time) string {
	a := stepKeys()
	return pemOf(a.issue(serial, name, []string{name}, a.leaf.PublicKey, from, until).Raw) + pemOf(a.intermediate.Raw)
}
