package catalog_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

func TestValidateManifestNamesEveryFault(t *testing.T) {
	m := manifest("Bad-Id", "1.2")
	m.ABI = "drawbridge_v9"
	m.Capabilities.HTTP = []abi.HTTPCapability{{Host: "https://x/", Methods: []string{"FETCH"}}}
	m.Credentials = []abi.CredentialOf{{Type: "other.key", Apply: "magic", Fields: json.RawMessage(`{"type":"object"}`)}}
	a := &m.Actions[0]
	a.Effect, a.Timeout, a.MemoryPages, a.Inverse = "some", "-1s", 2000, "undo"
	a.Input = json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}}}`)
	a.Output = json.RawMessage(`{"$ref":"file:///etc/passwd"}`)
	a.Examples = []abi.Example{{Name: "wrong", Input: json.RawMessage(`{"n":"x"}`), Output: json.RawMessage(`{}`)}}
	err := catalog.ValidateManifest(m)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		`id: "Bad-Id"`, `version: "1.2"`, `abi: "drawbridge_v9"`, `host "https://x/"`, "FETCH", "reason is empty",
		"type must be", "magic", `effect "some"`, `timeout "-1s"`, "memoryPages 2000", `inverse "undo"`,
		"a schema may refer only to itself", "examples[0] wrong: input",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in:\n%v", want, err)
		}
	}
}

// TestPathsAreChecked holds which paths a connector may ask for: those that every server
// reads alike.
func TestPathsAreChecked(t *testing.T) {
	for prefix, right := range map[string]bool{
		"": true, "/v1": true, "/1.0/sign": true, "/api/v2/a-b_c~d": true,
		"/": false, "v1": false, "/v1/": false, "/v1//a": false, "/v1/../admin": false, "/v1/./a": false, "/v1?a=b": false, "/v1/%61": false, "/v1/*": false, "/a b": false,
	} {
		m := manifest("demo", "1.0.0")
		m.Capabilities.HTTP = []abi.HTTPCapability{{Host: "a.example", Methods: []string{"GET"}, PathPrefix: prefix, Reason: "to look"}}
		if err := catalog.ValidateManifest(m); (err == nil) != right || err != nil && !strings.Contains(err.Error(), "pathPrefix") {
			t.Errorf("%q: %v", prefix, err)
		}
	}
}

// TestSigningIsChecked holds what a type of credential must have to sign.
func TestSigningIsChecked(t *testing.T) {
	fields := func(names ...string) json.RawMessage {
		properties := map[string]any{}
		for _, n := range names {
			name, secret := strings.CutPrefix(n, "!")
			properties[name] = map[string]any{"type": "string", "writeOnly": secret}
		}
		raw, _ := json.Marshal(map[string]any{"type": "object", "properties": properties})
		return raw
	}
	for name, tt := range map[string]struct {
		credential abi.CredentialOf
		says       string // empty: it is right
	}{
		"webhooks":         {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignStandardWebhooks, abi.SignSlackV0}, Fields: fields("!secret")}, ""},
		"requests":         {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignEdgeGrid}, Fields: fields("clientToken", "accessToken", "!clientSecret")}, ""},
		"sent and signing": {abi.CredentialOf{Apply: "bearer", Sign: []string{abi.SignSlackV0}, Fields: fields("!token", "!secret")}, ""},
		"nothing":          {abi.CredentialOf{Apply: "none", Fields: fields("!secret")}, "name the schemes"},
		"anything":         {abi.CredentialOf{Apply: "none", Sign: []string{"hmac-sha256"}, Fields: fields("!secret")}, `sign "hmac-sha256" must be one of standard-webhooks, slack-v0,`},
		"twice":            {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignSlackV0, abi.SignSlackV0}, Fields: fields("!secret")}, "twice"},
		"no key":           {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignSlackV0}, Fields: fields("!token")}, `the field "secret"`},
		"a key that shows": {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignDuoV5}, Fields: fields("integrationKey", "secretKey")}, "with writeOnly"},
		"no id":            {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignThreatConnect}, Fields: fields("!secretKey")}, `the field "accessId"`},
		"a secret id":      {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignDuoV5}, Fields: fields("!integrationKey", "!secretKey")}, `sign "duo-v5" shows the field "integrationKey"`},
		"a secret token":   {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignEdgeGrid}, Fields: fields("clientToken", "!accessToken", "!clientSecret")}, `sign "akamai-edgegrid" shows the field "accessToken"`},

		"tokens":                  {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{"sub", "https://example.com/roles"}, Fields: fields("issuer", "!privateKey", "!passphrase")}, ""},
		"tokens without claims":   {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Fields: fields("issuer", "!privateKey")}, ""},
		"tokens of nobody":        {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Fields: fields("!privateKey")}, `the field "issuer"`},
		"tokens of who is secret": {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Fields: fields("!issuer", "!privateKey")}, `shows the field "issuer"`},
		"tokens by no key":        {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Fields: fields("issuer")}, `the field "privateKey"`},
		"a password that shows":   {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignStepRenew}, Fields: fields("!privateKey", "passphrase")}, `the field "passphrase", which is secret: declare it with writeOnly`},
		"renewals":                {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignStepRenew}, Fields: fields("!privateKey")}, ""},
		"another's issuer":        {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{"iss"}, Fields: fields("issuer", "!privateKey")}, `claim "iss" is made by the server`},
		"a longer life":           {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{"sub", "exp"}, Fields: fields("issuer", "!privateKey")}, `claim "exp" is made by the server`},
		"their names, otherwise":  {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{"AUD"}, Fields: fields("issuer", "!privateKey")}, `claim "AUD" is made by the server`},
		"a claim for the eye":     {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{`x"};--`}, Fields: fields("issuer", "!privateKey")}, "letters, digits"},
		"a key that is sent":      {abi.CredentialOf{Apply: "query", Name: "k", Value: "{privateKey}", Sign: []string{abi.SignJWT}, Fields: fields("issuer", "!privateKey")}, `can't hold the field "privateKey"`},
		"a claim without a name":  {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{""}, Fields: fields("issuer", "!privateKey")}, `claim ""`},
		"a claim twice":           {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignJWT}, Claims: []string{"sub", "sub"}, Fields: fields("issuer", "!privateKey")}, `claim "sub" stands twice`},
		"claims of no token":      {abi.CredentialOf{Apply: "none", Sign: []string{abi.SignStepRenew}, Claims: []string{"sub"}, Fields: fields("!privateKey")}, "claims are for credentials that sign by jwt"},
	} {
		m := manifest("demo", "1.0.0")
		tt.credential.Type = "demo.key"
		m.Credentials = []abi.CredentialOf{tt.credential}
		err := catalog.ValidateManifest(m)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

func TestDecodeManifestsIsStrict(t *testing.T) {
	for raw, want := range map[string]string{
		`{"id":"a","id":"b"}`: `key "id" stands twice`,
		`{"ident":"a"}`:       `unknown field "ident"`,
		`{} {}`:               "more after the end",
		`[]`:                  "must have 1 to",
		``:                    "EOF",
		strings.Repeat("[", 100) + strings.Repeat("]", 100): "nested deeper",
	} {
		if _, err := catalog.DecodeManifests([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", raw, err, want)
		}
	}
}

func TestSectionsSurviveAndStrip(t *testing.T) {
	other := append(bytes.Clone(empty), 0, 3, 1, 'x', 7)
	with, err := catalog.AppendSection(other, "drawbridge.manifest", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := catalog.CustomSections(with)
	if err != nil || len(own) != 1 || own[0].Name != "drawbridge.manifest" || string(own[0].Data) != "{}" {
		t.Errorf("sections %v, %v", own, err)
	}
	if got, err := catalog.Strip(with); err != nil || !bytes.Equal(got, other) {
		t.Errorf("stripped %x, %v, want %x", got, err, other)
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	for name, raw := range map[string][]byte{
		"empty":        {},
		"text":         []byte("hello, world"),
		"component":    {0, 'a', 's', 'm', 0x0d, 0, 1, 0},
		"no size":      append(bytes.Clone(empty), 0),
		"long size":    append(bytes.Clone(empty), 0, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"endless size": append(bytes.Clone(empty), 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
		"long name":    append(bytes.Clone(empty), 0, 2, 9, 'x'),
		"not utf8":     append(bytes.Clone(empty), 0, 2, 1, 0xff),
		"too large":    make([]byte, catalog.MaxFile+1),
	} {
		if _, err := catalog.CustomSections(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzReadManifests(f *testing.F) {
	raw, _ := json.Marshal(manifest("demo", "1.0.0"))
	good, _ := catalog.AppendSection(empty, abi.ManifestSection, raw)
	f.Add(good)
	f.Add(good[:len(good)-9])
	f.Add(empty)
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := catalog.ReadManifests(b)
		if err == nil && len(list) == 0 {
			t.Error("accepted a file without a connector")
		}
		if _, err := catalog.Strip(b); err != nil {
			return
		}
		if stripped, _ := catalog.Strip(b); len(stripped) > len(b) {
			t.Error("stripping made it longer")
		}
	})
}

// TestOptionsAreChecked holds what may list the values of a parameter.
func TestOptionsAreChecked(t *testing.T) {
	for options, says := range map[string]string{
		`{"action":"list","value":"id","label":"name","with":{"of":{"param":"{{ project }}"},"most":3}}`: "",
		`{"action":"list","with":{"of":"{{project}}"}}`:                                                  "",
		`{"action":"none"}`:                                      `actions[0] add: input.board: x-options: action "none" is no action of this connector`,
		`{"action":"add"}`:                                       `action "add" has the effect "write"`,
		`{"action":"list","with":{"other":1}}`:                   `action "list" has no parameter "other"`,
		`{"action":"list","with":{"of":"{{ unit }}"}}`:           `with.of: this action has no parameter "unit"`,
		`{"action":"list","with":{"of":"{{ steps.a.output }}"}}`: "is named alone",
		`{"action":"list","label":"name"}`:                       "name that of the value",
		`{"action":"list","sort":"name"}`:                        `"sort" is unknown`,
		`{"action":1}`:                                           "action is of the wrong type",
		`"list"`:                                                 "must be {",
	} {
		m := manifest("boards", "1.0.0")
		add, list := m.Actions[0], m.Actions[0]
		add.ID, add.Effect, add.Examples = "add", abi.EffectWrite, nil
		add.Input = json.RawMessage(`{"type":"object","properties":{"project":{"type":"string"},"board":{"type":"string","x-options":` + options + `}}}`)
		list.ID, list.Effect, list.Examples = "list", abi.EffectRead, nil
		list.Input = json.RawMessage(`{"type":"object","properties":{"of":{"type":"string"},"most":{"type":"integer"}},"additionalProperties":false}`)
		m.Actions = []abi.Action{add, list}
		switch err := catalog.ValidateManifest(m); {
		case says == "" && err != nil:
			t.Errorf("%s: %v", options, err)
		case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
			t.Errorf("%s: %v", options, err)
		}
	}
}
