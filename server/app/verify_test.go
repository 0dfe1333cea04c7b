package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const verifiedID = "0197a6c2-7d1e-7c3a-9a60-5f0f4f6f0c41"

// signed is a delivery as its sender signs it.
func signed(hook, secret, body string, at time.Time) call {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return call{"POST", hook, "", []byte(body), map[string]string{"X-Time": stamp, "X-Signature": "sha256=" + hex.EncodeToString(mac.Sum(nil))}}
}

// keep keeps a credential as an admin and binds the flow's alias to it.
func (h *house) keep(flow, alias, typ, host string, fields map[string]any) (id string) {
	h.t.Helper()
	id = h.do(call{"POST", "/credentials", auth.Admin, map[string]any{"name": alias + " of " + flow, "type": typ, "hosts": []string{host}, "fields": fields}, nil}).want(201)["id"].(string)
	h.do(call{"PUT", "/flows/" + flow + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{alias: id}}, nil}).want(200)
	return id
}

// runs counts the runs of all flows.
func (h *house) runs() int {
	h.t.Helper()
	return len(h.do(call{"GET", "/runs?limit=200", auth.Viewer, nil, nil}).want(200)["items"].([]any))
}

// TestVerifiedWebhook goes through the life of a hook that believes only who signs.
func TestVerifiedWebhook(t *testing.T) {
	h := open(t, t.TempDir())
	const secret, body = "eight or more bytes", `{"n": 1, "alert": {"id": "a-1"}}`
	h.do(call{"POST", "/flows", auth.Author, file(t, "verified"), nil}).want(201)
	unbound := h.do(call{"POST", "/flows/" + verifiedID + "/publish", auth.Author, nil, nil}).want(422)
	if fault := unbound["problems"].([]any)[0].(map[string]any); fault["code"] != "credential.unbound" || fault["node"] != "hook" {
		t.Errorf("%v", fault)
	}
	credential := h.keep(verifiedID, "edr", "trigger.signing", "edr.example.com", map[string]any{"secret": secret})
	hook := h.do(call{"POST", "/flows/" + verifiedID + "/publish", auth.Author, nil, nil}).want(200)["hooks"].(map[string]any)["hook"].(string)
	now := time.Now()

	// The address starts runs: those who may only look don't see it.
	for role, seen := range map[auth.Role]bool{auth.Viewer: false, auth.Responder: false, auth.Author: true} {
		told := string(h.do(call{"GET", "/flows/" + verifiedID, role, nil, nil}).body) +
			string(h.do(call{"GET", "/flows/" + verifiedID + "/triggers", role, nil, nil}).body)
		if strings.Contains(told, hook) != seen {
			t.Errorf("%s is told the address: %v", role, !seen)
		}
	}

	unknown := h.do(signed("/hooks/"+strings.Repeat("0", 32), secret, body, now))
	unknown.want(404)
	unknown.header.Del("Date")
	refused := func(why string, c call) {
		t.Helper()
		r := h.do(c)
		r.header.Del("Date")
		if r.status != 404 || string(r.body) != string(unknown.body) || fmt.Sprint(r.header) != fmt.Sprint(unknown.header) {
			t.Errorf("%s: answered %d %s, unlike an unknown address", why, r.status, r.body)
		}
	}
	refused("unsigned", call{"POST", hook, "", []byte(body), nil})
	refused("unsigned, and no JSON", call{"POST", hook, "", []byte(`{`), nil})
	refused("unsigned, of another media type", call{"POST", hook, "", []byte(`a=b`), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}})
	refused("unsigned, with a key that is too long", call{"POST", hook, "", []byte(body), map[string]string{"Idempotency-Key": strings.Repeat("k", 300)}})
	refused("signed by another", signed(hook, "some other secret", body, now))
	refused("signed too long ago", signed(hook, secret, body, now.Add(-6*time.Minute)))
	refused("signed in the future", signed(hook, secret, body, now.Add(6*time.Minute)))
	tampered := signed(hook, secret, body, now)
	tampered.body = []byte(strings.Replace(body, "1", "2", 1))
	refused("tampered with", tampered)

	first := h.do(signed(hook, secret, body, now))
	if got := first.want(200); got["n"] != 1.0 {
		t.Errorf("the sender is answered %v", got)
	}
	again := h.do(signed(hook, secret, `{"n": 2, "alert": {"id": "a-1"}}`, now.Add(time.Second)))
	if got := again.want(200); got["n"] != 1.0 || again.header.Get("X-Drawbridge-Run") != first.header.Get("X-Drawbridge-Run") {
		t.Errorf("the same alert again is answered %v", got)
	}
	replayed := signed(hook, secret, body, now)
	replayed.header["Idempotency-Key"] = "another one"
	if got := h.do(replayed); got.header.Get("X-Drawbridge-Run") != first.header.Get("X-Drawbridge-Run") {
		t.Error("a replay with another Idempotency-Key starts another run")
	}
	if p := h.do(signed(hook, secret, `{"n": 3}`, now)).want(400)["problems"].([]any)[0].(map[string]any); p["code"] != "webhook.key" {
		t.Errorf("an alert without its id: %v", p)
	}
	if got := h.do(signed(hook, secret, `{"n": 4, "test": true, "alert": {"id": "a-4"}}`, now)).want(202); got["dropped"] != true {
		t.Errorf("a test alert is answered %v", got)
	}
	if got := h.runs(); got != 1 {
		t.Errorf("%d runs, want 1", got)
	}

	// The verifier is taken away, comes back, and has another secret.
	h.do(call{"PUT", "/flows/" + verifiedID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{}}, nil}).want(200)
	refused("without a verifier", signed(hook, secret, body, now))
	h.do(call{"PUT", "/flows/" + verifiedID + "/credentials", auth.Admin, map[string]any{"bindings": map[string]any{"edr": credential}}, nil}).want(200)
	h.do(signed(hook, secret, body, now)).want(200)
	h.do(call{"PUT", "/credentials/" + credential, auth.Admin, map[string]any{"name": "new", "type": "trigger.signing", "hosts": []string{"edr.example.com"}, "fields": map[string]any{"secret": "a new one, as long", "former": secret}}, nil}).want(200)
	h.do(signed(hook, secret, body, now)).want(200)
	h.do(signed(hook, "a new one, as long", body, now)).want(200)
	if got := h.runs(); got != 1 {
		t.Errorf("%d runs, want 1", got)
	}
}
