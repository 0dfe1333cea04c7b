package egress_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

const (
	slackBody = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	duoFuzz   = "%E4%9A%9A%E2%A1%BB%E3%97%90%E8%BB%B3%E6%9C%A7%E5%80%AA%E0%A0%90%ED%82%91%C3%88%EC%85%B0=%E0%BD%85%E1%A9%B6%E3%90%9A%E6%95%8C%EC%88%BF%E9%AC%89%EA%AF%A2%E8%8D%83%E1%AC%A7%E6%83%90&%EC%8B%85%E2%B0%9D%E2%98%A0%E3%98%97%E9%9A%B3F%E8%98%85%E2%83%A8%EA%B0%A1%E5%A4%B4=%EF%AE%A9%E4%86%AA%EB%B6%83%E8%90%8B%E2%98%95%E3%B9%AE%E6%94%AD%EA%A2%B5%ED%95%ABU&%E7%91%B0%E9%8C%94%E9%80%9C%E9%BA%AE%E4%83%98%E4%88%81%E8%8B%98%E8%B1%B0%E1%B4%B1%EA%81%82=%E1%9F%99%E0%AE%A8%E9%8D%98%EA%AB%9F%EA%90%AA%E4%A2%BE%EF%AE%96%E6%BF%A9%EB%9F%BF%E3%8B%B3&%E7%91%89%E7%B9%8B%EC%B3%BB%E5%A7%BF%EF%B9%9F%E8%8E%B7%EA%B7%8C%E9%80%8C%EC%BF%91%E7%A0%93=%E8%B6%B7%E5%80%A2%E9%8B%93%E4%8B%AF%E2%81%BD%E8%9C%B0%EA%B3%BE%E5%98%97%E0%A5%86%E4%B8%B0"
	duoKey    = "gtdfxv9YgVBYcF6dl2Eq17KUQJN2PLM2ODVTkvoT"
	akamai    = "akaa-baseurl-xxxxxxxxxxx-xxxxxxxxxxxxx.luna.akamaiapis.net"
)

// known are signatures that others published, each with where; those of duo-v5 and
// threatconnect were computed by another program from the published templates, of
// which it came to what is published for Duo's version 4.
var known = []struct {
	name    string
	fields  map[string]string
	at      int64 // Unix seconds
	request abi.SignRequest
	want    string
	headers map[string]string // some of them
}{
	{
		"standard-webhooks, of its reference libraries",
		map[string]string{"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		1614265330,
		abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", Body: `{"test": 2432232314}`},
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
		map[string]string{"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	},
	{
		"slack-v0, of Slack's documentation",
		map[string]string{"secret": "8f742231b10e8888abcd99yyyzzz85a5"},
		1531420618,
		abi.SignRequest{Scheme: abi.SignSlackV0, Body: slackBody},
		"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
		map[string]string{"X-Slack-Request-Timestamp": "1531420618"},
	},
	{
		"duo-v2, of Duo's documentation",
		map[string]string{"integrationKey": "DIWJ8X6AEYOR5OMC6TQ1", "secretKey": "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"},
		1345570158,
		abi.SignRequest{Scheme: abi.SignDuoV2, Method: "POST", URL: "https://api-xxxxxxxx.duosecurity.com/accounts/v1/account/list", Body: "username=root&realname=First+Last"},
		"2d97d6166319781b5a3a07af39d366f491234edc",
		map[string]string{"Date": "Tue, 21 Aug 2012 17:29:18 -0000", "Authorization": "Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw=="},
	},
	{
		"duo-v2, of duo_client_python",
		map[string]string{"integrationKey": "test_ikey", "secretKey": duoKey},
		1354900680,
		abi.SignRequest{Scheme: abi.SignDuoV2, Method: "POST", URL: "https://foo.bar52.com/Foo/BaR2/qux", Body: duoFuzz},
		"f01811cbbf9561623ab45b893096267fd46a5178", nil,
	},
	{
		"duo-v5, with a body",
		map[string]string{"integrationKey": "test_ikey", "secretKey": duoKey},
		1354900680,
		abi.SignRequest{Scheme: abi.SignDuoV5, Method: "POST", URL: "https://foo.bar52.com/Foo/BaR2/qux", Body: `{"alpha":["a","b","c","d"],"data":"abc123","info":{"another":2,"test":1}}`},
		"b3b2a12b96534e9bfc1e4b12972d22c0678cdc6b24f2b431f9d9ba9b7b5f7c6d7ab710bf2b2bf68cf4327aa293eef13da934aaecfff6f837cb92cadc13347b80", nil,
	},
	{
		"duo-v5, with parameters",
		map[string]string{"integrationKey": "test_ikey", "secretKey": duoKey},
		1354900680,
		abi.SignRequest{Scheme: abi.SignDuoV5, URL: "https://foo.bar52.com/Foo/BaR2/qux?b=2&b=1+~*&a=%c3%a9/"},
		"da35f064b4f2a0847d9c6d2fbbce146b9ec6c8b19973430708897cf095d9674d0410452b3543fb0ac094ec9c7e155b4889470a5cc97513d2a9050ccdeeb59bbb", nil,
	},
	{
		"threatconnect",
		map[string]string{"accessId": "12345678901234567890", "secretKey": "top-secret-key"},
		1513703787,
		abi.SignRequest{Scheme: abi.SignThreatConnect, URL: "https://app.threatconnect.com/api/v2/owners?owner=Example%20Org"},
		"G9qrHXu3GmdVuvo/ZSfgKmgMgBKQQ1dletbckIY2FFQ=",
		map[string]string{"Timestamp": "1513703787", "Authorization": "TC 12345678901234567890:G9qrHXu3GmdVuvo/ZSfgKmgMgBKQQ1dletbckIY2FFQ="},
	},
}

// TestKnownSignatures signs through the broker what others have signed.
func TestKnownSignatures(t *testing.T) {
	for _, k := range known {
		w := newWorld(t)
		w.signs(k.fields, k.request.Scheme)
		w.options.Now = func() time.Time { return time.Unix(k.at, 0) }
		k.request.Credential = egress.CredentialHandle
		got, records := w.sign(k.request)
		if got.Error != nil || got.Signature != k.want || got.Timestamp != k.at {
			t.Errorf("%s: %+v %v, want %s", k.name, got, got.Error, k.want)
		}
		for name, value := range k.headers {
			if got.Headers[name] != value {
				t.Errorf("%s: %s is %q, want %q", k.name, name, got.Headers[name], value)
			}
		}
		if len(records) != 1 || records[0].Function != abi.HostSign || records[0].Outcome != "signed" || !strings.HasPrefix(records[0].What, "sign "+k.request.Scheme) || strings.Contains(records[0].What, "owner=") {
			t.Errorf("%s: %+v", k.name, records)
		}
	}
}

// TestKnownEdgeGrid signs Akamai's own test cases, with their nonce.
func TestKnownEdgeGrid(t *testing.T) {
	fields := map[string]string{"clientToken": "akab-client-token-xxx-xxxxxxxxxxxxxxxx", "accessToken": "akab-access-token-xxx-xxxxxxxxxxxxxxxx", "clientSecret": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx="}
	at := time.Date(2014, 3, 21, 19, 34, 21, 0, time.UTC)
	for _, k := range []struct{ method, path, body, want string }{
		{"GET", "/", "", "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="},
		{"GET", "", "", "tL+y4hxyHxgWVD30X3pWnGKHcPzmrIF+LThiAOhMxYU="},
		{"GET", "/testapi/v1/t1?p1=1&p2=2", "", "hKDH1UlnQySSHjvIcZpDMbQHihTQ0XyVAKZaApabdeA="},
		{"POST", "/testapi/v1/t3", "datadatadatadatadatadatadatadata", "hXm4iCxtpN22m4cbZb4lVLW5rhX8Ca82vCFqXzSTPe4="},
		{"POST", "/testapi/v1/t6", "", "1gEDxeQGD5GovIkJJGcBaKnZ+VaPtrc4qBUHixjsPCQ="},
		{"PUT", "/testapi/v1/t6", "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP", "GNBWEYSEWOLtu+7dD52da2C39aX/Jchpon3K/AmBqBU="},
		{"GET", "/testapi/v1/configs/111;222;333?from=12345&limit=200000", "", "pmQF7Is2+O4r/mMojPR4yeF58BrempNNoBX5/DT0Fxs="},
	} {
		got, err := egress.SignRequest(abi.SignEdgeGrid, fields, k.method, "https://"+akamai+k.path, k.body, at, "nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
		want := "EG1-HMAC-SHA256 client_token=akab-client-token-xxx-xxxxxxxxxxxxxxxx;access_token=akab-access-token-xxx-xxxxxxxxxxxxxxxx;timestamp=20140321T19:34:21+0000;nonce=nonce-xx-xxxx-xxxx-xxxx-xxxxxxxxxxxx;signature=" + k.want
		if err != nil || got.Headers["Authorization"] != want {
			t.Errorf("%s %s: %v, %v", k.method, k.path, got, err)
		}
	}
}

// signs gives the world a credential that signs, for every host of the tests.
func (w *world) signs(fields map[string]string, schemes ...string) {
	hosts := []string{"example.com", "foo.bar52.com", "app.threatconnect.com", "api-xxxxxxxx.duosecurity.com", akamai}
	w.options.Vault = signer(fields)
	w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Type: "demo.key", Apply: "none", Sign: schemes}, Hosts: hosts}
	w.grant.HTTP = nil
	for _, h := range hosts {
		w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: h, Methods: []string{"GET", "POST", "PUT"}})
	}
}

// signer is a vault with one credential, whose keys are secret.
type signer map[string]string

// keys are the fields that the schemes take their keys from.
var keys = []string{"secret", "secretKey", "clientSecret", "privateKey", "passphrase"}

func (s signer) Open(context.Context, string) (vault.Opened, error) {
	o := vault.Opened{Credential: vault.Credential{Name: "Key", Hosts: []string{"example.com", "foo.bar52.com", "app.threatconnect.com", "api-xxxxxxxx.duosecurity.com", akamai}}, Values: map[string]vault.Secret{}}
	o.Fields = map[string]string{}
	for name, value := range s {
		if slices.Contains(keys, name) {
			o.Values[name] = vault.NewSecret(value)
		} else {
			o.Fields[name] = value
		}
	}
	return o, nil
}

func (w *world) sign(in abi.SignRequest) (abi.SignResponse, []egress.Record) {
	w.t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	s := egress.New(w.options).Begin(w.caller)
	defer s.Close()
	answer, err := s.Do(w.t.Context(), abi.HostSign, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	var out abi.SignResponse
	if err := json.Unmarshal(answer, &out); err != nil {
		w.t.Fatal(err)
	}
	return out, s.Records()
}

// TestSigningIsNoOracle asks for signatures that would be worth something elsewhere.
func TestSigningIsNoOracle(t *testing.T) {
	secrets := map[string]string{"secret": base64.StdEncoding.EncodeToString([]byte(canary)), "secretKey": canary, "integrationKey": canary + "-ikey", "accessId": canary + "-id"}
	for name, tt := range map[string]struct {
		in   abi.SignRequest
		says string
	}{
		"a scheme that isn't declared":    {abi.SignRequest{Scheme: abi.SignSlackV0, Body: "x"}, "its manifest doesn't ask for it"},
		"a scheme that isn't there":       {abi.SignRequest{Scheme: "hmac-sha256", Body: "x"}, "its manifest doesn't ask for it"},
		"no scheme":                       {abi.SignRequest{Body: "x"}, "its manifest doesn't ask for it"},
		"another host":                    {abi.SignRequest{Scheme: abi.SignDuoV2, URL: "https://evil.example/"}, "may not send requests to evil.example"},
		"a granted host of no credential": {abi.SignRequest{Scheme: abi.SignDuoV2, URL: "https://granted.example/"}, "may not be sent to granted.example"},
		"another method":                  {abi.SignRequest{Scheme: abi.SignThreatConnect, Method: "DELETE", URL: "https://example.com/"}, "other methods"},
		"another port":                    {abi.SignRequest{Scheme: abi.SignThreatConnect, URL: "https://example.com:8443/"}, "port 8443 of example.com: its grant is for port 443"},
		"unencrypted":                     {abi.SignRequest{Scheme: abi.SignThreatConnect, URL: "http://example.com/"}, "unencrypted"},
		"a method of no standard":         {abi.SignRequest{Scheme: abi.SignThreatConnect, Method: "GET:1", URL: "https://example.com/"}, "is none of"},
		"a spelling of the host":          {abi.SignRequest{Scheme: abi.SignThreatConnect, URL: "https://EXAMPLE.com/"}, "exactly"},
		"a user":                          {abi.SignRequest{Scheme: abi.SignThreatConnect, URL: "https://u@example.com/"}, "credential"},
		"no address":                      {abi.SignRequest{Scheme: abi.SignThreatConnect, Body: "x"}, "must begin with https"},
		"a request as a message":          {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "a", URL: "https://example.com/"}, "no method and no address"},
		"a message as a request":          {abi.SignRequest{Scheme: abi.SignDuoV5, ID: "a", URL: "https://example.com/"}, "no id"},
		"an id with a dot":                {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "a.1", Body: "x"}, "the id of a message"},
		"an id of another scheme":         {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "v0:1:", Body: "x"}, "the id of a message"},
		"an id of many lines":             {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "a\n", Body: "x"}, "the id of a message"},
		"no id":                           {abi.SignRequest{Scheme: abi.SignStandardWebhooks, Body: "x"}, "the id of a message"},
		"two bodies":                      {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "a", Body: "x", BodyBase64: "eA=="}, "more than one body"},
		"a blob of another run":           {abi.SignRequest{Scheme: abi.SignStandardWebhooks, ID: "a", BodyBlob: "abc"}, "not in the input"},
		"a body that isn't signed":        {abi.SignRequest{Scheme: abi.SignDuoV2, URL: "https://example.com/", Body: "x"}, "no body with GET"},
		"a query that isn't signed":       {abi.SignRequest{Scheme: abi.SignDuoV2, Method: "POST", URL: "https://example.com/?a=b"}, "no query"},
		"a form that is none":             {abi.SignRequest{Scheme: abi.SignDuoV2, Method: "POST", URL: "https://example.com/", Body: "a=%zz"}, "form of a query"},
	} {
		w := newWorld(t)
		w.signs(secrets, abi.SignStandardWebhooks, abi.SignDuoV2, abi.SignDuoV5, abi.SignThreatConnect)
		w.grant.HTTP = append(w.grant.HTTP, catalog.HTTPRule{Host: "granted.example"})
		tt.in.Credential = egress.CredentialHandle
		got, records := w.sign(tt.in)
		if got.Error == nil || got.Signature != "" || len(got.Headers) > 0 || !strings.Contains(got.Error.Message, tt.says) {
			t.Errorf("%s: %+v %v, want %q", name, got, got.Error, tt.says)
		}
		if len(records) != 1 || strings.Contains(records[0].Outcome, "signed") {
			t.Errorf("%s: the record %v", name, records)
		}
		showsNone(t, name, secrets, got, records)
	}
	w := newWorld(t)
	w.signs(map[string]string{"secret": "no base64!"}, abi.SignStandardWebhooks)
	if got, _ := w.sign(abi.SignRequest{Scheme: abi.SignStandardWebhooks, Credential: egress.CredentialHandle, ID: "a"}); got.Error == nil || !strings.Contains(got.Error.Message, "base64") || strings.Contains(got.Error.Message, "no base64!") {
		t.Errorf("a secret that is none: %+v", got.Error)
	}
	if got, _ := w.sign(abi.SignRequest{Scheme: abi.SignStandardWebhooks, Credential: "another", ID: "a"}); got.Error == nil {
		t.Errorf("another handle: %+v", got)
	}
	// A credential that signs is put into no request, and says where one may go.
	w.grant.HTTP = []catalog.HTTPRule{{Host: catalog.AnyHost}}
	w.options.Vault = open{fmt.Sprintf("example.com:%d", w.port())}
	if got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle}); got.Status != 200 || strings.Contains(fmt.Sprint(w.last().Header, w.last().URL), "no base64!") || len(w.last().Header) != 2 {
		t.Errorf("sent: %+v %v, %v", got, got.Error, w.last().Header)
	}
	const request = `{"scheme":"slack-v0","credential":"credential","body":"x"}`
	w.caller.Credential = nil
	s := egress.New(w.options).Begin(w.caller)
	if _, err := s.Do(t.Context(), abi.HostSign, []byte(request)); egress.Errno(err) != abi.ErrnoDenied || len(s.Records()) != 1 {
		t.Errorf("no credential: %v", err)
	}
	_ = s.Close()
	w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Type: "demo.key", Apply: "bearer"}}
	got, records := w.sign(abi.SignRequest{Scheme: abi.SignSlackV0, Credential: egress.CredentialHandle, Body: "x"})
	if got.Error == nil || got.Error.Code != abi.CodeDenied || got.Signature != "" || !strings.Contains(got.Error.Message, "demo.key: its manifest doesn't ask for it") || len(records) != 1 {
		t.Errorf("a credential that signs nothing: %+v %v", got, got.Error)
	}
}

// showsNone sees that an answer and its records hold no value of a credential, neither
// as it is nor in what headers make of it.
func showsNone(t *testing.T, name string, secrets map[string]string, got abi.SignResponse, records []egress.Record) {
	t.Helper()
	text := fmt.Sprint(got, got.Error, records)
	for _, word := range strings.Fields(text) {
		if plain, err := base64.StdEncoding.DecodeString(strings.Trim(word, "{}[]")); err == nil {
			text += string(plain)
		}
	}
	for field, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s: %s is shown in %s", name, field, text)
		}
	}
}

// allSecret is a vault with one credential, all of whose fields are secret, as they
// are where another connector declares the type in another way.
type allSecret map[string]string

func (a allSecret) Open(ctx context.Context, id string) (vault.Opened, error) {
	o, err := signer(a).Open(ctx, id)
	for name, value := range o.Fields {
		o.Values[name] = vault.NewSecret(value)
	}
	o.Fields = nil
	return o, err
}

// TestSigningShowsNoSecret asks each scheme that shows fields of the credential to
// show secret ones.
func TestSigningShowsNoSecret(t *testing.T) {
	for scheme, fields := range map[string][]string{
		abi.SignDuoV2: {"integrationKey"}, abi.SignDuoV5: {"integrationKey"}, abi.SignThreatConnect: {"accessId"}, abi.SignEdgeGrid: {"clientToken", "accessToken"}, abi.SignJWT: {"issuer"},
	} {
		secrets := map[string]string{"secretKey": canary + "-key", "clientSecret": canary + "-secret", "privateKey": canary + "-private"}
		for _, f := range fields {
			secrets[f] = canary + "-" + f
		}
		w := newWorld(t)
		w.signs(secrets, scheme)
		w.options.Vault = allSecret(secrets)
		got, records := w.sign(abi.SignRequest{Scheme: scheme, Credential: egress.CredentialHandle, URL: "https://example.com/"})
		if got.Error == nil || got.Error.Code != abi.CodeDenied || !strings.Contains(got.Error.Message, fields[0]) || !strings.Contains(got.Error.Message, "secret") {
			t.Errorf("%s: %+v %v", scheme, got, got.Error)
		}
		showsNone(t, scheme, secrets, got, records)
	}
}

// open is a vault of one credential that may go to one host.
type open struct{ host string }

func (o open) Open(context.Context, string) (vault.Opened, error) {
	return vault.Opened{Credential: vault.Credential{Name: "Key", Hosts: []string{o.host}}, Values: map[string]vault.Secret{"secret": vault.NewSecret("no base64!")}}, nil
}

// TestNoMessageIsThatOfAnotherScheme holds the beginnings of what is signed apart, so
// that one key may serve several schemes.
func TestNoMessageIsThatOfAnotherScheme(t *testing.T) {
	w := newWorld(t)
	w.answer = func(http.ResponseWriter, *http.Request) {}
	key := base64.StdEncoding.EncodeToString([]byte(canary))
	seen := map[string]string{}
	w.signs(map[string]string{"secret": key}, abi.SignStandardWebhooks, abi.SignSlackV0)
	at := "1700000000"
	for _, in := range []abi.SignRequest{
		{Scheme: abi.SignStandardWebhooks, ID: "v0", Body: at + ":x"},
		{Scheme: abi.SignSlackV0, Body: "x"},
		{Scheme: abi.SignStandardWebhooks, ID: "v0", Body: ":" + at + ":x"},
		{Scheme: abi.SignSlackV0, Body: "." + at + ".x"},
	} {
		in.Credential = egress.CredentialHandle
		got, _ := w.sign(in)
		if got.Error != nil || seen[got.Signature] != "" {
			t.Errorf("%+v: %v, as %s", in, got.Error, seen[got.Signature])
		}
		seen[got.Signature] = in.Scheme
	}
}
