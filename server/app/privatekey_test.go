package app_test

import (
	"crypto/ed25519"
	"encoding/pem"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// TestAPrivateKeyIsReadWhenItIsSaved saves log-ins by SSH: a key that could log in
// nowhere is refused at once, by its field, and nothing of it is repeated.
func TestAPrivateKeyIsReadWhenItIsSaved(t *testing.T) {
	h := open(t, t.TempDir())
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(block *pem.Block, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(block))
	}
	plain := text(ssh.MarshalPrivateKey(key, ""))
	locked := text(ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("open sesame")))
	fields := func(more map[string]any) map[string]any {
		all := map[string]any{"username": "runner", "hostKeys": "SHA256:" + strings.Repeat("A", 43)}
		for name, value := range more {
			all[name] = value
		}
		return map[string]any{"name": "Jump host", "type": "ssh.key", "hosts": []string{"jump.example.com:22"}, "fields": all}
	}
	refused := func(c call, field, says string) {
		t.Helper()
		r := h.do(c)
		p := r.want(422)["problems"].([]any)[0].(map[string]any)
		if p["pointer"] != "/fields/"+field || !strings.Contains(p["message"].(string), says) {
			t.Errorf("the refusal is %v", p)
		}
		if strings.Contains(string(r.body), plain[40:60]) || strings.Contains(string(r.body), "another phrase") {
			t.Error("the refusal repeats a secret")
		}
	}
	for name, c := range map[string]struct {
		fields      map[string]any
		field, says string
	}{
		"no key":           {map[string]any{"privateKey": "hunter2"}, "privateKey", "can't be read"},
		"half a key":       {map[string]any{"privateKey": plain[:len(plain)/2]}, "privateKey", "can't be read"},
		"no passphrase":    {map[string]any{"privateKey": locked}, "passphrase", "takes a passphrase"},
		"empty passphrase": {map[string]any{"privateKey": locked, "passphrase": ""}, "passphrase", "takes a passphrase"},
		"wrong passphrase": {map[string]any{"privateKey": locked, "passphrase": "another phrase"}, "passphrase", "doesn't open"},
	} {
		t.Run(name, func(*testing.T) {
			refused(call{"POST", "/credentials", "admin", fields(c.fields), nil}, c.field, c.says)
		})
	}
	made := h.do(call{"POST", "/credentials", "admin", fields(map[string]any{"privateKey": strings.ReplaceAll(locked, "\n", "\r\n"), "passphrase": "open sesame"}), nil}).want(201)
	// Of a change, the secrets that stay are read with those that are given.
	path := "/credentials/" + made["id"].(string)
	h.do(call{"PUT", path, "admin", fields(nil), nil}).want(200)
	refused(call{"PUT", path, "admin", fields(map[string]any{"passphrase": "another phrase"}), nil}, "passphrase", "doesn't open")
	h.do(call{"PUT", path, "admin", fields(map[string]any{"privateKey": plain}), nil}).want(200)
}

// TestATokenKeyIsReadWhenItIsSaved does the same with a key that tokens are signed by.
func TestATokenKeyIsReadWhenItIsSaved(t *testing.T) {
	h := open(t, t.TempDir())
	give := func(key, passphrase string) *reply {
		return h.do(call{"POST", "/credentials", "admin", map[string]any{
			"name": "Certificate authority", "type": "stepca.provisioner", "hosts": []string{"ca.example.com:9000"},
			"fields": map[string]any{"url": "https://ca.example.com:9000", "issuer": "automation", "privateKey": key, "passphrase": passphrase},
		}, nil})
	}
	for key, says := range map[string]string{"hunter2": "neither PEM", `{"kty":"oct","k":"aHVudGVyMg"}`: "must be of EC, RSA or Ed25519"} {
		p := give(key, "").want(422)["problems"].([]any)[0].(map[string]any)
		if p["pointer"] != "/fields/privateKey" || !strings.Contains(p["message"].(string), says) {
			t.Errorf("the refusal is %v", p)
		}
	}
	give(`{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "").want(201)
}
