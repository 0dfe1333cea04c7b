package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/testkit/contract"
)

// issued is what sign and renew answer.
type issued struct {
	Chain, Serial string
	NotBefore     time.Time
	NotAfter      time.Time
}

// ca runs actions of stepca against one stand-in.
type ca struct {
	t     *testing.T
	bench *contract.Bench
	world *contract.World
}

func openCA(t *testing.T) *ca {
	t.Helper()
	return &ca{t, open(t), contract.NewWorld(t)}
}

func (c *ca) run(action string, input map[string]any, credential *app.GivenCredential) abi.Answer {
	c.t.Helper()
	if credential == nil {
		credential = credentialsOf("stepca", action)[0]
	}
	return c.bench.Run(c.t, c.world, contract.Call{Connector: "stepca", Action: action, Input: input, Credential: credential})
}

// issue runs an action that gives a certificate, and believes it as others would.
func (c *ca) issue(action string, input map[string]any) (issued, *x509.Certificate) {
	c.t.Helper()
	got := c.run(action, input, nil)
	var out issued
	if got.Error != nil || json.Unmarshal(got.Output, &out) != nil {
		c.t.Fatalf("%s: %s %v", action, got.Output, got.Error)
	}
	block, rest := pem.Decode([]byte(out.Chain))
	if block == nil {
		c.t.Fatalf("%s: %s", action, out.Chain)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		c.t.Fatal(err)
	}
	between := x509.NewCertPool()
	between.AppendCertsFromPEM(rest)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: contract.StepRoots(), Intermediates: between}); err != nil {
		c.t.Errorf("%s: %v", action, err)
	}
	if out.Serial != leaf.SerialNumber.String() || !out.NotBefore.Equal(leaf.NotBefore) || !out.NotAfter.Equal(leaf.NotAfter) {
		c.t.Errorf("%s: %+v is told of %s, %s to %s", action, out, leaf.SerialNumber, leaf.NotBefore, leaf.NotAfter)
	}
	return out, leaf
}

// request is that of the connector's example.
func (c *ca) request() map[string]any {
	c.t.Helper()
	con, err := c.bench.Catalog.Connector("stepca", "")
	if err != nil || con.Action("sign") == nil {
		c.t.Fatalf("it signs no requests (%v)", err)
	}
	var input map[string]any
	if err := json.Unmarshal(con.Action("sign").Examples[0].Input, &input); err != nil {
		c.t.Fatal(err)
	}
	return input
}

// TestStepcaCertificatesAreFollowed signs a request, renews a certificate, and revokes
// both, by which they aren't renewed any more.
func TestStepcaCertificatesAreFollowed(t *testing.T) {
	c := openCA(t)
	signed, leaf := c.issue("sign", c.request())
	if leaf.Subject.CommonName != "web2.corp.example" || strings.Join(leaf.DNSNames, " ") != "web2.corp.example www.corp.example" || signed.NotAfter.Sub(signed.NotBefore) != 8*time.Hour {
		t.Errorf("signed %v of %v, %s to %s", leaf.Subject, leaf.DNSNames, leaf.NotBefore, leaf.NotAfter)
	}
	first, old := c.issue("renew", map[string]any{"certificate": contract.StepChain()})
	second, again := c.issue("renew", map[string]any{"certificate": first.Chain}) // a token of its own, by the same key
	if again.Subject.CommonName != contract.StepHost || first.Serial == second.Serial || first.Serial == signed.Serial || string(old.RawSubjectPublicKeyInfo) != string(again.RawSubjectPublicKeyInfo) {
		t.Errorf("renewed %s as %s and %s", again.Subject, first.Serial, second.Serial)
	}
	for i, changed := range []string{"true", "false"} {
		got := c.run("revoke", map[string]any{"serial": second.Serial, "reason": "superseded"}, nil)
		if want := `{"serial":"` + second.Serial + `","changed":` + changed + `}`; got.Error != nil || string(got.Output) != want {
			t.Errorf("revoked for the %d. time: %s %v, want %s", i+1, got.Output, got.Error, want)
		}
	}
	if got := c.run("renew", map[string]any{"certificate": second.Chain}, nil); codeOf(got.Error) != abi.CodeDenied {
		t.Errorf("what was revoked is renewed: %s %v", got.Output, got.Error)
	}
	for _, asked := range c.world.Asked() {
		if !strings.HasPrefix(asked, "POST https://ca.corp.example:9000/1.0/") {
			t.Errorf("it asked %s", asked)
		}
	}
}

// TestStepcaIsRefused asks by wrong keys and names, and for what isn't allowed.
func TestStepcaIsRefused(t *testing.T) {
	c := openCA(t)
	provisioner, certificate, place := credentialsOf("stepca", "revoke")[0], credentialsOf("stepca", "renew")[0], credentialsOf("stepca", "health")[0]
	with := func(base *app.GivenCredential, pairs ...string) *app.GivenCredential {
		out := *base
		out.Fields = map[string]string{}
		for name, value := range base.Fields {
			out.Fields[name] = value
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			out.Fields[pairs[i]] = pairs[i+1]
		}
		return &out
	}
	serial := map[string]any{"serial": "4096"}
	leaf := map[string]any{"certificate": contract.StepChain()}
	alone, _, _ := strings.Cut(contract.StepChain(), "-----END")
	hour := time.Now().Truncate(time.Second).Add(-time.Hour)
	for name, tt := range map[string]struct {
		action     string
		input      map[string]any
		credential *app.GivenCredential
		code, says string
	}{
		"another's key":                 {"revoke", serial, with(provisioner, "privateKey", certificate.Fields["privateKey"]), abi.CodeDenied, "lacked necessary authorization"},
		"another's name":                {"revoke", serial, with(provisioner, "issuer", "team-1@corp.example"), abi.CodeDenied, "lacked necessary authorization"},
		"a place alone":                 {"revoke", serial, place, abi.CodeDenied, "its manifest doesn't ask for it"},
		"a certificate's key":           {"sign", c.request(), certificate, abi.CodeDenied, "its manifest doesn't ask for it"},
		"a provisioner's key":           {"renew", leaf, provisioner, abi.CodeDenied, "its manifest doesn't ask for it"},
		"a certificate of another key":  {"renew", leaf, with(certificate, "privateKey", provisioner.Fields["privateKey"], "passphrase", provisioner.Fields["passphrase"]), abi.CodeDenied, `isn't of the key in the credential's field "privateKey"`},
		"a certificate without a chain": {"renew", map[string]any{"certificate": alone + "-----END CERTIFICATE-----\n"}, certificate, abi.CodeDenied, "error validating renew token"},
		"a certificate that ran out":    {"renew", map[string]any{"certificate": contract.StepIssue(5000, contract.StepHost, hour.Add(-time.Hour), hour)}, certificate, abi.CodeDenied, "certificate expired on"},
		"a time that is past":           {"sign", override(c.request(), "notAfter", "2020-01-01T00:00:00Z"), provisioner, "rejected", "notAfter cannot be in the past"},
		"too long":                      {"sign", override(c.request(), "notAfter", "720h"), provisioner, "forbidden", "more than the authorized maximum"},
		"a request that was changed":    {"sign", override(c.request(), "csr", strings.Replace(c.request()["csr"].(string), "gW7RcQaJ", "gW7RcQaK", 1)), provisioner, "rejected", "could not be completed"},
		"a number of colons":            {"revoke", map[string]any{"serial": "10:00"}, provisioner, abi.CodeBadInput, ""},
		"a reason of nobody":            {"revoke", map[string]any{"serial": "1", "reason": "removeFromCRL"}, provisioner, abi.CodeBadInput, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.run(tt.action, tt.input, tt.credential)
			if codeOf(got.Error) != tt.code || !strings.Contains(got.Error.Message, tt.says) {
				t.Errorf("%s %v, want %s: %s", got.Output, got.Error, tt.code, tt.says)
			}
			for _, secret := range []string{"correct horse", strings.Split(certificate.Fields["privateKey"], "\n")[1]} {
				if got.Error != nil && strings.Contains(got.Error.Message, secret) {
					t.Errorf("a secret is told: %v", got.Error)
				}
			}
		})
	}
}

func override(input map[string]any, name string, value any) map[string]any {
	input[name] = value
	return input
}
