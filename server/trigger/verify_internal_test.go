package trigger

import (
	"net/http"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// The senders' own published examples.
const (
	standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardSum    = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	standardBody   = `{"test": 2432232314}`
	gitHubSum      = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	slackBody      = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	slackSum       = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

func TestVerify(t *testing.T) {
	standard := map[string]any{"verify": "standardWebhooks"}
	gitHub := map[string]any{"verify": "hmac"}
	slack := map[string]any{"verify": "hmac", "signature": map[string]any{
		"header": "x-slack-signature", "prefix": "v0=", "timestampHeader": "x-slack-request-timestamp", "signed": "v0:{timestamp}:{body}",
	}}
	for name, c := range map[string]struct {
		with   map[string]any
		secret map[string]string
		body   string
		header map[string]string
		late   time.Duration // when it comes, from the time that was signed
		ok     bool
		replay bool // whether it is told apart from one that comes again
	}{
		"standard":                           {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(standardSum), 0, true, true},
		"standard, at the end of its time":   {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(standardSum), 5 * time.Minute, true, true},
		"standard, too late":                 {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(standardSum), 5*time.Minute + time.Second, false, false},
		"standard, from the future":          {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(standardSum), -5*time.Minute - time.Second, false, false},
		"standard, one of several":           {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader("v1,AAAA v1a,zz " + standardSum), 0, true, true},
		"standard, by the former secret":     {standard, map[string]string{"secret": "whsec_bmV3IG9uZQ==", "former": standardSecret}, standardBody, standardHeader(standardSum), 0, true, true},
		"standard, another secret":           {standard, map[string]string{"secret": "whsec_bmV3IG9uZQ=="}, standardBody, standardHeader(standardSum), 0, false, false},
		"standard, another body":             {standard, map[string]string{"secret": standardSecret}, standardBody + " ", standardHeader(standardSum), 0, false, false},
		"standard, no version":               {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(standardSum[3:]), 0, false, false},
		"standard, no id":                    {standard, map[string]string{"secret": standardSecret}, standardBody, map[string]string{"Webhook-Timestamp": "1614265330", "Webhook-Signature": standardSum}, 0, false, false},
		"standard, no signature":             {standard, map[string]string{"secret": standardSecret}, standardBody, standardHeader(""), 0, false, false},
		"standard, a secret that is none":    {standard, map[string]string{"secret": "whsec_"}, standardBody, standardHeader(standardSum), 0, false, false},
		"github":                             {gitHub, map[string]string{"secret": "It's a Secret to Everybody"}, "Hello, World!", map[string]string{"X-Hub-Signature-256": gitHubSum}, 0, true, false},
		"github, without the prefix":         {gitHub, map[string]string{"secret": "It's a Secret to Everybody"}, "Hello, World!", map[string]string{"X-Hub-Signature-256": gitHubSum[7:]}, 0, false, false},
		"github, another algorithm":          {map[string]any{"verify": "hmac", "signature": map[string]any{"algorithm": "sha512"}}, map[string]string{"secret": "It's a Secret to Everybody"}, "Hello, World!", map[string]string{"X-Hub-Signature-256": gitHubSum}, 0, false, false},
		"slack":                              {slack, map[string]string{"secret": "8f742231b10e8888abcd99yyyzzz85a5"}, slackBody, slackHeader("1531420618"), 0, true, true},
		"slack, a time that wasn't signed":   {slack, map[string]string{"secret": "8f742231b10e8888abcd99yyyzzz85a5"}, slackBody, slackHeader("1531420619"), 0, false, false},
		"slack, no time":                     {slack, map[string]string{"secret": "8f742231b10e8888abcd99yyyzzz85a5"}, slackBody, slackHeader(""), 0, false, false},
		"slack, a time that is none":         {slack, map[string]string{"secret": "8f742231b10e8888abcd99yyyzzz85a5"}, slackBody, slackHeader("99999999999999999999"), 0, false, false},
		"basic":                              {map[string]any{"verify": "basic"}, map[string]string{"password": "open sesame"}, "", map[string]string{"Authorization": "Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, 0, true, false},
		"basic, another password":            {map[string]any{"verify": "basic"}, map[string]string{"password": "open barley"}, "", map[string]string{"Authorization": "Basic YWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, 0, false, false},
		"bearer":                             {map[string]any{"verify": "bearer"}, map[string]string{"token": "12345678"}, "", map[string]string{"Authorization": "bearer 12345678"}, 0, true, false},
		"bearer, as basic":                   {map[string]any{"verify": "bearer"}, map[string]string{"token": "12345678"}, "", map[string]string{"Authorization": "Basic 12345678"}, 0, false, false},
		"bearer, more of it":                 {map[string]any{"verify": "bearer"}, map[string]string{"token": "12345678"}, "", map[string]string{"Authorization": "Bearer 123456789"}, 0, false, false},
		"bearer, nothing":                    {map[string]any{"verify": "bearer"}, map[string]string{"token": "12345678"}, "", nil, 0, false, false},
		"bearer, of a credential without it": {map[string]any{"verify": "bearer"}, nil, "", map[string]string{"Authorization": "Bearer"}, 0, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			hook, err := flow.ParseHook(c.with)
			if err != nil {
				t.Fatal(err)
			}
			secret := vault.Opened{Values: map[string]vault.Secret{}}
			secret.Fields = map[string]string{"username": "aladdin"}
			for name, value := range c.secret {
				secret.Values[name] = vault.NewSecret(value)
			}
			header := http.Header{}
			signed := time.Unix(1614265330, 0)
			for name, value := range c.header {
				header.Set(name, value)
			}
			if header.Get("X-Slack-Signature") != "" {
				signed = time.Unix(1531420618, 0)
			}
			replay, ok := verify(hook, &secret, &Delivery{Header: header.Get, Body: []byte(c.body), At: signed.Add(c.late)})
			if ok != c.ok || (replay != "") != c.replay {
				t.Errorf("verified is %v with the name %q", ok, replay)
			}
		})
	}
}

func standardHeader(sum string) map[string]string {
	return map[string]string{"Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "Webhook-Timestamp": "1614265330", "Webhook-Signature": sum}
}

func slackHeader(stamp string) map[string]string {
	return map[string]string{"X-Slack-Signature": slackSum, "X-Slack-Request-Timestamp": stamp}
}

func TestRule(t *testing.T) {
	d := &flow.Document{ID: "f", Name: "flow", Vars: map[string]any{"low": int64(3)}}
	for name, c := range map[string]struct {
		key, body any
		signed    bool
		want      string
		fails     bool
	}{
		"a text":                 {"{{ trigger.body.id }}", map[string]any{"id": "a-1"}, true, "a-1", false},
		"a number":               {"{{ trigger.body.id }}", map[string]any{"id": int64(7)}, true, "7", false},
		"text and value":         {"{{ flow.name }}/{{ trigger.body.id }}", map[string]any{"id": int64(7)}, true, "flow/7", false},
		"falls back":             {"{{ trigger.body.?id.orValue('none') }}", map[string]any{}, true, "none", false},
		"missing":                {"{{ trigger.body.id }}", map[string]any{}, true, "", true},
		"empty":                  {"{{ trigger.body.id }}", map[string]any{"id": " "}, true, "", true},
		"null":                   {"{{ trigger.body.id }}", map[string]any{"id": nil}, true, "", true},
		"an object":              {"{{ trigger.body }}", map[string]any{}, true, "", true},
		"a header":               {"{{ trigger.headers['x-id'] }}", nil, false, "h", false},
		"a header nobody signed": {"{{ trigger.headers['x-id'] }}", nil, true, "", true},
		"without end":            {"{{ lists.range(100000).map(a, lists.range(100000).map(b, b)).size() }}", nil, false, "", true},
		"none":                   {nil, nil, true, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := newRule(d, &flow.Node{With: map[string]any{"key": c.key, "dropWhen": "{{ trigger.body.level < vars.low }}"}})
			if err != nil {
				t.Fatal(err)
			}
			event := Data("webhook", c.body, map[string]any{"x-id": "h"}, nil, time.Now())
			got, err := r.Key(t.Context(), event, c.signed)
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("the key is %q, %v", got, err)
			}
			if r.Drops(t.Context(), event) {
				t.Error("a rule that fails leaves the event out")
			}
		})
	}
	r, err := newRule(d, &flow.Node{With: map[string]any{"dropWhen": "{{ trigger.body.level < vars.low }}"}})
	if err != nil {
		t.Fatal(err)
	}
	for level, want := range map[int64]bool{2: true, 3: false} {
		if got := r.Drops(t.Context(), Data("webhook", map[string]any{"level": level}, nil, nil, time.Now())); got != want {
			t.Errorf("level %d is left out: %v", level, got)
		}
	}
}
