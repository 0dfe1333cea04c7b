package catalog

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of keys of RSA in bits: the least that a token may be signed with (RFC 7518,
// section 3.3), and the most that is worth its cost.
const (
	minRSA = 2048
	maxRSA = 8192
)

// TokenKey is a key that signs tokens.
type TokenKey struct {
	Private   crypto.Signer // *ecdsa.PrivateKey, *rsa.PrivateKey or ed25519.PrivateKey
	Algorithm jose.SignatureAlgorithm
	ID        string // by which receivers find its public half
}

// noKey says what is wrong with the field of a key, and never what it holds.
func noKey(format string, args ...any) error {
	return &FieldError{fieldPrivateKey, "the private key " + fmt.Sprintf(format, args...)}
}

// ReadTokenKey reads a private key that tokens are signed by: PEM (PKCS#8, SEC1, PKCS#1),
// a JWK (RFC 7517), or one under a password, which takes long to open by intention. What is
// wrong with it is a [FieldError], which repeats neither.
func ReadTokenKey(key, passphrase string) (TokenKey, error) {
	text := strings.TrimSpace(strings.ReplaceAll(key, "\r\n", "\n"))
	switch {
	case text == "":
		return TokenKey{}, noKey("is empty: an admin puts the private key there, as PEM or JWK")
	case strings.HasPrefix(text, "-----BEGIN"):
		return pemKey(text)
	case strings.HasPrefix(text, "{") && !strings.Contains(text, `"ciphertext"`):
		return jwk([]byte(text))
	case strings.HasPrefix(text, "{") || strings.Count(text, ".") == 4:
		return lockedKey(text, passphrase)
	}
	return TokenKey{}, noKey("is neither PEM (-----BEGIN PRIVATE KEY-----), nor a JWK ({\"kty\": …}), nor one that is encrypted (eyJ…, with four dots): an admin puts the whole private key there")
}

// pemKey reads PKCS#8, SEC1 and PKCS#1.
func pemKey(text string) (TokenKey, error) {
	var other string
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return TokenKey{}, noKey("is PEM under a password, which can't be opened here: give what openssl pkey -in KEY writes, or an encrypted JWK")
		}
		var private any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			private, err = x509.ParseECPrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		default:
			other = block.Type
			continue
		}
		if err != nil {
			return TokenKey{}, noKey("holds a %s that can't be read: give the file whole, as it was written", block.Type)
		}
		return signing(private, "", "")
	}
	switch {
	case other != "":
		return TokenKey{}, noKey("holds a %s and no private key: give the file that begins with -----BEGIN PRIVATE KEY-----", other)
	case !strings.Contains(text, "\n"):
		return TokenKey{}, noKey("holds PEM that lost its line breaks: give the file as it is")
	}
	return TokenKey{}, noKey("holds PEM that can't be read: give the file whole, from -----BEGIN to -----END")
}

// jwk reads a key in JSON (RFC 7517).
func jwk(raw []byte) (TokenKey, error) {
	var k jose.JSONWebKey
	if json.Unmarshal(raw, &k) != nil {
		return TokenKey{}, noKey("holds JSON that is no JWK of EC, RSA or Ed25519: give the private key whole")
	}
	if k.IsPublic() {
		return TokenKey{}, noKey("holds the public half of a key: give the private one, which has a \"d\"")
	}
	return signing(k.Key, k.Algorithm, k.KeyID)
}

// locks are the ways in which a password locks a key, and bodies how what is locked is
// written. Others aren't tried: what they would take is no password.
var (
	locks  = []jose.KeyAlgorithm{jose.PBES2_HS256_A128KW, jose.PBES2_HS384_A192KW, jose.PBES2_HS512_A256KW}
	bodies = []jose.ContentEncryption{jose.A128GCM, jose.A192GCM, jose.A256GCM, jose.A128CBC_HS256, jose.A192CBC_HS384, jose.A256CBC_HS512}
)

// lockedKey reads a JWK under a password (RFC 7517, section 7), such as the encryptedKey of
// a provisioner of step-ca.
func lockedKey(text, passphrase string) (TokenKey, error) {
	parse := jose.ParseEncryptedCompact
	if strings.HasPrefix(text, "{") {
		parse = jose.ParseEncryptedJSON
	}
	sealed, err := parse(text, locks, bodies)
	if err != nil {
		return TokenKey{}, noKey("is an encrypted JWK that can't be opened: of those under a password (PBES2) give it whole")
	}
	if passphrase == "" {
		return TokenKey{}, &FieldError{fieldPassphrase, "the private key is an encrypted JWK: put its password here"}
	}
	plain, err := sealed.Decrypt([]byte(passphrase))
	if err != nil {
		return TokenKey{}, &FieldError{fieldPassphrase, "this isn't the password of the private key: give the one that it was encrypted with"}
	}
	return jwk(plain)
}

// signing chooses how a key signs: as it says itself, or as is usual for its kind.
func signing(key any, wanted, id string) (TokenKey, error) {
	var can []jose.SignatureAlgorithm // the usual first
	private, _ := key.(crypto.Signer) // nil is none of those below
	switch k := private.(type) {
	case *ecdsa.PrivateKey:
		switch k.Curve {
		case elliptic.P256():
			can = []jose.SignatureAlgorithm{jose.ES256}
		case elliptic.P384():
			can = []jose.SignatureAlgorithm{jose.ES384}
		case elliptic.P521():
			can = []jose.SignatureAlgorithm{jose.ES512}
		default:
			return TokenKey{}, noKey("holds a key of a curve that no token is signed by: make one of P-256, P-384, P-521 or Ed25519")
		}
	case *rsa.PrivateKey:
		if bits := k.N.BitLen(); bits < minRSA || bits > maxRSA {
			return TokenKey{}, noKey("holds a key of RSA with %d bits: make one of %d to %d", bits, minRSA, maxRSA)
		}
		can = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
	case ed25519.PrivateKey:
		can = []jose.SignatureAlgorithm{jose.EdDSA}
	default:
		return TokenKey{}, noKey("holds a key of a kind that signs no tokens here: it must be of EC, RSA or Ed25519")
	}
	out := TokenKey{Private: private, Algorithm: can[0], ID: id}
	if wanted != "" {
		if out.Algorithm = jose.SignatureAlgorithm(wanted); !slices.Contains(can, out.Algorithm) {
			return TokenKey{}, noKey("holds a JWK whose \"alg\" is %q, by which its key can't sign: take it out, or name one of %v", wanted, can)
		}
	}
	if id == "" {
		thumb, err := (&jose.JSONWebKey{Key: out.Private.Public()}).Thumbprint(crypto.SHA256)
		if err != nil {
			return TokenKey{}, noKey("holds a key that has no thumbprint (RFC 7638)")
		}
		out.ID = base64.RawURLEncoding.EncodeToString(thumb)
	}
	return out, nil
}
