package egress_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// The key and its thumbprint are those of RFC 8037, appendices A.1 and A.3.
const (
	edwardsKey   = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	edwardsPrint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	signPath     = "https://example.com/1.0/sign"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func ecKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	return must(ecdsa.GenerateKey(curve, rand.Reader))
}

// locked is a key as step crypto and step-ca keep it: a JWK under a password.
func locked(key any, id, password string, whole bool) string {
	plain := must(json.Marshal(jose.JSONWebKey{Key: key, KeyID: id}))
	recipient := jose.Recipient{Algorithm: jose.PBES2_HS256_A128KW, Key: []byte(password), PBES2Count: 1000}
	e := must(jose.NewEncrypter(jose.A256GCM, recipient, (&jose.EncrypterOptions{}).WithContentType("jwk+json")))
	sealed := must(e.Encrypt(plain))
	if whole {
		return sealed.FullSerialize()
	}
	return must(sealed.CompactSerialize())
}

// token is a token whose signature held.
type token struct {
	Header struct {
		Alg, Kid, Typ string
		X5cInsecure   [][]byte
	}
	Claims map[string]any
}

// read checks a signature by the standard library alone, and reads the token.
func read(t *testing.T, text string, public any) (out token) {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", text)
	}
	for i, into := range []any{&out.Header, &out.Claims} {
		if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[i])), into); err != nil {
			t.Fatal(err)
		}
	}
	signed, signature := []byte(parts[0]+"."+parts[1]), must(base64.RawURLEncoding.DecodeString(parts[2]))
	sum := sha256.Sum256(signed)
	holds := false
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		digest := sum[:]
		switch key.Curve {
		case elliptic.P384():
			long := sha512.Sum384(signed)
			digest = long[:]
		case elliptic.P521():
			long := sha512.Sum512(signed)
			digest = long[:]
		}
		half := len(signature) / 2
		holds = ecdsa.Verify(key, digest, new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
	case *rsa.PublicKey:
		holds = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
		if out.Header.Alg == "PS256" {
			holds = rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil) == nil
		}
	case ed25519.PublicKey:
		holds = ed25519.Verify(key, signed, signature)
	}
	if !holds {
		t.Errorf("the signature of %s doesn't hold", text)
	}
	return out
}

// tokens gives the world a credential that makes tokens with two claims, for requests to
// one path.
func (w *world) tokens(fields map[string]string) {
	w.signs(fields, abi.SignJWT, abi.SignStepRenew)
	w.caller.Credential.Type.Claims = []string{"sub", "sans"}
	w.grant.HTTP = []catalog.HTTPRule{{Host: "example.com", Methods: []string{"POST"}, PathPrefix: "/1.0/sign"}, {Host: "example.com", Methods: []string{"POST"}, PathPrefix: "/1.0/renew"}}
}

// TestTokensWithoutClaims takes none and null alike: that is how languages write none.
func TestTokensWithoutClaims(t *testing.T) {
	for _, claims := range []string{"", "null", " {} "} {
		w := newWorld(t)
		w.tokens(map[string]string{"issuer": "ops", "privateKey": edwardsKey})
		got, _ := w.sign(abi.SignRequest{Scheme: abi.SignJWT, Credential: egress.CredentialHandle, Method: "POST", URL: signPath, Claims: json.RawMessage(claims)})
		if got.Error != nil || got.Signature == "" {
			t.Errorf("%q: %+v", claims, got.Error)
		}
	}
}

// TestTokens makes tokens by keys in every form that they are kept in.
func TestTokens(t *testing.T) {
	p256, p384, p521, rsaKey := ecKey(elliptic.P256()), ecKey(elliptic.P384()), ecKey(elliptic.P521()), must(rsa.GenerateKey(rand.Reader, 2048))
	var edwards jose.JSONWebKey
	if err := edwards.UnmarshalJSON([]byte(edwardsKey)); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 500, time.UTC)
	for name, tt := range map[string]struct {
		key, passphrase, alg, kid string // an empty kid is any
		public                    any
	}{
		"PKCS#8, P-256":                 {pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(p256))), "", "ES256", "", p256.Public()},
		"SEC1, after its parameters":    {pemOf("EC PARAMETERS", []byte{6, 0}) + pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p384))), "", "ES384", "", p384.Public()},
		"SEC1, P-521":                   {pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(p521))), "", "ES512", "", p521.Public()},
		"PKCS#1":                        {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), "", "RS256", "", rsaKey.Public()},
		"PKCS#8, Ed25519, from Windows": {strings.ReplaceAll(pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edwards.Key))), "\n", "\r\n"), "", "EdDSA", edwardsPrint, edwards.Public().Key},
		"a JWK":                         {edwardsKey, "", "EdDSA", edwardsPrint, edwards.Public().Key},
		"a JWK with its name":           {string(must(json.Marshal(jose.JSONWebKey{Key: p256, KeyID: "team"}))), "", "ES256", "team", p256.Public()},
		"a JWK with its algorithm":      {string(must(json.Marshal(jose.JSONWebKey{Key: rsaKey, Algorithm: "PS256"}))), "", "PS256", "", rsaKey.Public()},
		"under a password":              {locked(p256, "team", "pass word", false), "pass word", "ES256", "team", p256.Public()},
		"under a password, as a file":   {locked(p256, "team", "pass word", true) + "\n", "pass word", "ES256", "team", p256.Public()},
	} {
		w := newWorld(t)
		fields := map[string]string{"issuer": "ops@example.com", "privateKey": tt.key}
		if tt.passphrase != "" {
			fields["passphrase"] = tt.passphrase
		}
		w.tokens(fields)
		w.options.Now = func() time.Time { return at }
		request := abi.SignRequest{Scheme: abi.SignJWT, Credential: egress.CredentialHandle, Method: "POST", URL: signPath, Claims: json.RawMessage(`{"sub":"a.example","sans":["a.example","b.example"]}`)}
		got, records := w.sign(request)
		if got.Error != nil {
			t.Errorf("%s: %v", name, got.Error)
			continue
		}
		k := read(t, got.Signature, tt.public)
		if k.Header.Alg != tt.alg || k.Header.Typ != "JWT" || k.Header.Kid == "" || tt.kid != "" && k.Header.Kid != tt.kid {
			t.Errorf("%s: the header is %+v", name, k.Header)
		}
		id, _ := k.Claims["jti"].(string)
		delete(k.Claims, "jti")
		want := `{"aud":"https://example.com/1.0/sign","exp":1772366700,"iat":1772366400,"iss":"ops@example.com","nbf":1772366400,"sans":["a.example","b.example"],"sub":"a.example"}`
		if said := string(must(json.Marshal(k.Claims))); said != want || len(id) < 32 {
			t.Errorf("%s: %s, %q; want %s", name, said, id, want)
		}
		if got.Headers["Authorization"] != "Bearer "+got.Signature || got.Timestamp != at.Unix() {
			t.Errorf("%s: %+v", name, got)
		}
		if len(records) != 1 || records[0].What != "sign jwt POST "+signPath || records[0].Outcome != "signed" {
			t.Errorf("%s: %+v", name, records)
		}
		showsNone(t, name, map[string]string{"privateKey": tt.key}, got, records)
		again, _ := w.sign(request)
		if other := read(t, again.Signature, tt.public).Claims["jti"]; other == id {
			t.Errorf("%s: two tokens are both %s", name, id)
		}
	}
}

// TestTokensAreNoOracle asks for tokens that would be worth something elsewhere, later or
// to say something else.
func TestTokensAreNoOracle(t *testing.T) {
	key := pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecKey(elliptic.P256()))))
	post := func(url, claims string) abi.SignRequest {
		return abi.SignRequest{Scheme: abi.SignJWT, Method: "POST", URL: url, Claims: json.RawMessage(claims)}
	}
	body := post(signPath, "")
	body.Body = "{}"
	certificate := post(signPath, "")
	certificate.Certificate = "x"
	claims := abi.SignRequest{Scheme: abi.SignSlackV0, Body: "x", Claims: json.RawMessage(`{}`)}
	id := post(signPath, "")
	id.ID = "a"
	for name, tt := range map[string]struct {
		in   abi.SignRequest
		says string
	}{
		"another host":       {post("https://evil.example/1.0/sign", ""), "may not send requests to evil.example"},
		"another path":       {post("https://example.com/1.0/admin", ""), "other methods, ports or paths"},
		"a path beside":      {post("https://example.com/1.0/signs", ""), "other methods, ports or paths"},
		"a step up":          {post("https://example.com/1.0/sign/../admin", ""), "other methods, ports or paths"},
		"another method":     {abi.SignRequest{Scheme: abi.SignJWT, URL: signPath, Method: "PUT"}, "other methods"},
		"one that reads":     {abi.SignRequest{Scheme: abi.SignJWT, URL: "https://example.com/1.0/ssh/revoke"}, "a token holds for any method"},
		"and a step up":      {abi.SignRequest{Scheme: abi.SignJWT, URL: "https://example.com/1.0/sign/../admin"}, "a token holds for any method"},
		"another port":       {post("https://example.com:8443/1.0/sign", ""), "port 8443"},
		"unencrypted":        {post("http://example.com/1.0/sign", ""), "unencrypted"},
		"no address":         {post("", ""), "must begin with https"},
		"a query":            {post(signPath+"?a=b", ""), "without a query"},
		"an empty query":     {post(signPath+"?", ""), "without a query"},
		"a fragment":         {post(signPath+"#team", ""), "fragment"},
		"another's issuer":   {post(signPath, `{"iss":"root"}`), `the claim "iss"`},
		"another audience":   {post(signPath, `{"aud":"https://evil.example"}`), `the claim "aud"`},
		"a longer life":      {post(signPath, `{"sub":"a","exp":4102444800}`), `the claim "exp"`},
		"an undeclared one":  {post(signPath, `{"step":{"ra":{}}}`), `the claim "step"`},
		"its case":           {post(signPath, `{"Sub":"a"}`), `the claim "Sub"`},
		"a huge certificate": {abi.SignRequest{Scheme: abi.SignStepRenew, Method: "POST", URL: "https://example.com/1.0/renew", Certificate: strings.Repeat("a", 70_000)}, "at most 65536 bytes"},
		"claims as a list":   {post(signPath, `["sub"]`), "must be an object"},
		"a long claim":       {post(signPath, `{"sub":"`+strings.Repeat("a", 9000)+`"}`), "at most 8192 bytes"},
		"a body":             {body, "signs no body"},
		"a certificate":      {certificate, "takes no certificate"},
		"an id":              {id, "has no id"},
		"claims of no token": {claims, "takes no claims"},
	} {
		w := newWorld(t)
		fields := map[string]string{"issuer": "ops", "privateKey": key, "secret": canary}
		w.tokens(fields)
		w.caller.Credential.Type.Sign = append(w.caller.Credential.Type.Sign, abi.SignSlackV0)
		w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: catalog.AnyHost, Methods: []string{"GET"}})
		tt.in.Credential = egress.CredentialHandle
		got, records := w.sign(tt.in)
		if got.Error == nil || got.Signature != "" || len(got.Headers) > 0 || !strings.Contains(got.Error.Message, tt.says) {
			t.Errorf("%s: %+v %v, want %q", name, got, got.Error, tt.says)
		}
		if len(records) != 1 || strings.Contains(records[0].Outcome, "signed") {
			t.Errorf("%s: the record %v", name, records)
		}
	}
}

// TestKeysThatMakeNoToken names the field and what to do about it, and never what it holds.
func TestKeysThatMakeNoToken(t *testing.T) {
	p256 := ecKey(elliptic.P256())
	sec1 := must(x509.MarshalECPrivateKey(p256))
	short := must(rsa.GenerateKey(rand.Reader, 1024))
	for name, tt := range map[string]struct {
		key, passphrase, says string
		field                 string
	}{
		"none":                 {"", "", "is empty", "privateKey"},
		"a word":               {canary, "", "neither PEM", "privateKey"},
		"half of PEM":          {pemOf("EC PRIVATE KEY", sec1)[:90], "", "can't be read", "privateKey"},
		"PEM in one line":      {strings.ReplaceAll(pemOf("EC PRIVATE KEY", sec1), "\n", " "), "", "line breaks", "privateKey"},
		"PEM of something":     {pemOf("EC PRIVATE KEY", []byte(canary)), "", "can't be read", "privateKey"},
		"a certificate":        {pemOf("CERTIFICATE", []byte(canary)), "", "holds a CERTIFICATE", "privateKey"},
		"a public key":         {pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(p256.Public()))), "", "holds a PUBLIC KEY", "privateKey"},
		"PEM under a password": {pemOf("ENCRYPTED PRIVATE KEY", []byte(canary)), "x", "openssl pkey", "privateKey"},
		"old PEM, likewise":    {"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nY2FuYXJ5\n-----END EC PRIVATE KEY-----\n", "x", "openssl pkey", "privateKey"},
		"a public JWK":         {string(must(json.Marshal(jose.JSONWebKey{Key: p256.Public(), KeyID: "a"}))), "", "public half", "privateKey"},
		"a JWK that is shared": {`{"kty":"oct","k":"` + base64.RawURLEncoding.EncodeToString([]byte(canary)) + `"}`, "", "must be of EC, RSA or Ed25519", "privateKey"},
		"JSON of no key":       {`{"a":"` + canary + `"}`, "", "no JWK", "privateKey"},
		"a short key":          {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(short)), "", "2048", "privateKey"},
		"a curve of no token":  {pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ecKey(elliptic.P224())))), "", "P-256", "privateKey"},
		"an algorithm of none": {string(must(json.Marshal(jose.JSONWebKey{Key: p256, Algorithm: "RS256"}))), "", `"RS256"`, "privateKey"},
		"no password":          {locked(p256, "a", "pass word", false), "", "put its password here", "passphrase"},
		"the wrong password":   {locked(p256, "a", "pass word", false), canary, "isn't the password", "passphrase"},
		"a lock that is none":  {"eyJhbGciOiJkaXIifQ.a.b.c.d", "x", "PBES2", "privateKey"},
	} {
		w := newWorld(t)
		fields := map[string]string{"issuer": "ops", "privateKey": tt.key, "passphrase": tt.passphrase}
		w.tokens(fields)
		got, records := w.sign(abi.SignRequest{Scheme: abi.SignJWT, Credential: egress.CredentialHandle, Method: "POST", URL: signPath})
		if got.Error == nil || got.Error.Code != abi.CodeDenied || got.Signature != "" || !strings.Contains(got.Error.Message, tt.says) || !strings.Contains(got.Error.Message, `"`+tt.field+`"`) {
			t.Errorf("%s: %+v %v, want %q", name, got, got.Error, tt.says)
		}
		shown := map[string]string{"a canary": canary, "the password": "pass word"}
		showsNone(t, name, shown, got, records)
	}
	w := newWorld(t)
	w.tokens(map[string]string{"issuer": "", "privateKey": edwardsKey})
	if got, _ := w.sign(abi.SignRequest{Scheme: abi.SignJWT, Credential: egress.CredentialHandle, Method: "POST", URL: signPath}); got.Error == nil || !strings.Contains(got.Error.Message, `"issuer"`) {
		t.Errorf("by nobody: %+v", got)
	}
}

func certificateOf(name string, key, by *ecdsa.PrivateKey) string {
	cert := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(-time.Hour)}
	return pemOf("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), by)))
}

// TestRenewalTokens makes the tokens that step-ca renews by, for the certificates of the
// key alone.
func TestRenewalTokens(t *testing.T) {
	own, root := ecKey(elliptic.P256()), ecKey(elliptic.P256())
	leaf, above := certificateOf("a.example", own, root), certificateOf("root", root, root)
	key := pemOf("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(own)))
	ask := func(certificate string, change func(*abi.SignRequest)) (abi.SignResponse, []egress.Record) {
		w := newWorld(t)
		w.tokens(map[string]string{"privateKey": key})
		w.options.Now = func() time.Time { return time.Unix(1772366400, 0) }
		in := abi.SignRequest{Scheme: abi.SignStepRenew, Credential: egress.CredentialHandle, Method: "POST", URL: "https://example.com/1.0/renew", Certificate: certificate}
		change(&in)
		return w.sign(in)
	}
	none := func(*abi.SignRequest) {}
	got, records := ask("bundle\n"+leaf+above, none)
	if got.Error != nil {
		t.Fatal(got.Error)
	}
	k := read(t, got.Signature, own.Public())
	delete(k.Claims, "jti")
	want := `{"aud":"https://example.com/1.0/renew","exp":1772366700,"iat":1772366400,"iss":"step-ca-client/1.0","nbf":1772366400,"sub":"a.example"}`
	if said := string(must(json.Marshal(k.Claims))); said != want {
		t.Errorf("it says %s, want %s", said, want)
	}
	if n := len(k.Header.X5cInsecure); n != 2 || pemOf("CERTIFICATE", k.Header.X5cInsecure[0]) != leaf {
		t.Errorf("%d certificates", n)
	}
	showsNone(t, "renewal", map[string]string{"privateKey": key}, got, records)
	for name, tt := range map[string]struct {
		certificate string
		change      func(*abi.SignRequest)
		says        string
	}{
		"another's certificate":     {certificateOf("a.example", root, root), none, `isn't of the key in the credential's field "privateKey"`},
		"the chain the wrong way":   {above + leaf, none, "first"},
		"none":                      {"", none, "give the certificate"},
		"what is none":              {pemOf("CERTIFICATE", []byte("x")), none, "can't be read"},
		"a key":                     {key, none, "give the certificate"},
		"more than chains have":     {strings.Repeat(leaf, 11), none, "at most 10"},
		"claims":                    {leaf, func(in *abi.SignRequest) { in.Claims = json.RawMessage(`{"sub":"root"}`) }, "takes no claims"},
		"a body":                    {leaf, func(in *abi.SignRequest) { in.Body = "x" }, "signs no body"},
		"a request of another path": {leaf, func(in *abi.SignRequest) { in.URL = "https://example.com/1.0/admin" }, "paths"},
	} {
		got, _ := ask(tt.certificate, tt.change)
		if got.Error == nil || got.Signature != "" || !strings.Contains(got.Error.Message, tt.says) {
			t.Errorf("%s: %+v %v, want %q", name, got, got.Error, tt.says)
		}
	}
}

// TestKeptTokensLackTheirSignature keeps what a call was told and sent, and finds no token
// in it that somebody would take.
func TestKeptTokensLackTheirSignature(t *testing.T) {
	w := newWorld(t)
	w.tokens(map[string]string{"issuer": "ops", "privateKey": edwardsKey})
	got, _ := w.sign(abi.SignRequest{Scheme: abi.SignJWT, Credential: egress.CredentialHandle, Method: "POST", URL: signPath})
	signature := got.Signature[strings.LastIndexByte(got.Signature, '.')+1:]
	h := &egress.Hush{}
	kept := []string{string(h.Answer(abi.HostSign, json.RawMessage(`{}`), must(json.Marshal(got))))}
	body := must(json.Marshal(map[string]string{"ott": got.Signature}))
	sent := must(json.Marshal(abi.HTTPRequest{Method: "POST", URL: signPath, Body: string(body)}))
	kept = append(kept, string(h.Request(abi.HostHTTP, egress.RedactRequest(abi.HostHTTP, sent))), h.Text("the token "+got.Signature+" was used"))
	for i, text := range kept {
		if strings.Contains(text, signature) || !strings.Contains(text, strings.TrimSuffix(got.Signature, signature)+egress.Redacted) {
			t.Errorf("%d: %s", i, text)
		}
	}
	again := must(json.Marshal(abi.SignRequest{Scheme: abi.SignJWT, URL: signPath, Claims: body, Certificate: got.Signature}))
	if out := string(h.Request(abi.HostSign, again)); strings.Contains(out, signature) || strings.Count(out, egress.Redacted) != 2 {
		t.Errorf("as a claim and a certificate: %s", out)
	}
	hmac := must(json.Marshal(abi.SignResponse{Signature: "v1,abc", Headers: map[string]string{"webhook-signature": "v1,abc"}}))
	if out := h.Answer(abi.HostSign, json.RawMessage(`{}`), hmac); !slices.Equal(out, hmac) {
		t.Errorf("what is no token: %s", out)
	}
}
