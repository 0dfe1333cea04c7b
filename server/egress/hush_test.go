package egress_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// answered is an answer over HTTP as it is kept.
func answered(t *testing.T, h *egress.Hush, headers map[string]string, body string) (kept string, parsed map[string]any) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"status": 200, "headers": headers, "body": body})
	if err != nil {
		t.Fatal(err)
	}
	out := h.Answer("http", json.RawMessage(`{"url":"https://x.example/"}`), raw)
	if err := json.Unmarshal(out, &parsed); err != nil {
		t.Fatal(err)
	}
	if string(out) != string(raw) {
		kept = string(out)
	}
	return kept, parsed
}

// TestHushAnswers takes out what lets one in, and leaves all else byte for byte.
func TestHushAnswers(t *testing.T) {
	for name, c := range map[string]struct{ header, value, body, want, wantBody string }{
		"a cookie keeps its name":     {"set-cookie", "sid=canary-1; Path=/; HttpOnly", "ok", "sid=•••; Path=/; HttpOnly", "ok"},
		"an authorization":            {"authorization", "Bearer canary-1", "ok", "•••", "ok"},
		"one for a proxy":             {"proxy-authorization", "Basic canary-1", "ok", "•••", "ok"},
		"how to log in is kept":       {"www-authenticate", `Bearer realm="x"`, "ok", `Bearer realm="x"`, "ok"},
		"a page's token is kept":      {"x-next-page-token", "page-2", "ok", "page-2", "ok"},
		"tokens of an answer":         {"date", "x", `{"access_token" : "canary-1/+=", "expires_in":3599,  "token_type":"Bearer","refresh_token":"canary\u002d2"}`, "x", `{"access_token" : "•••", "expires_in":3599,  "token_type":"Bearer","refresh_token":"•••"}`},
		"of an answer within another": {"date", "x", `{"data": {"accessToken": "canary-1"}}`, "x", `{"data": {"accessToken": "•••"}}`},
		"claims are kept, unsigned":   {"date", "x", `{"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.Y2FuYXJ5"}`, "x", `{"id_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.•••"}`},
		"a form":                      {"content-type", "application/x-www-form-urlencoded", "access_token=canary-1&scope=a", "application/x-www-form-urlencoded", "access_token=•••&scope=a"},
		"an address in a list":        {"date", "x", `["https://x.example/?a=1&access_token=1","next"]`, "x", `["https://x.example/?a=1&access_token=1","next"]`},
		"what is only called so":      {"date", "x", `{"next_token": "n-2", "access_tokens": 3, "id_token": null}`, "x", `{"next_token": "n-2", "access_tokens": 3, "id_token": null}`},
	} {
		t.Run(name, func(t *testing.T) {
			kept, got := answered(t, &egress.Hush{}, map[string]string{c.header: c.value}, c.body)
			if strings.Contains(kept, "canary") || strings.Contains(kept, "Y2FuYXJ5") {
				t.Error(kept)
			}
			header := got["headers"].(map[string]any)[c.header]
			if list, several := header.([]any); several {
				header = list[0]
			}
			if header != c.want || got["body"] != c.wantBody {
				t.Errorf("%v\n%v", header, got["body"])
			}
		})
	}
}

// TestHushEchoes: what a guest was told is taken out of what it asks with it, as it
// would ask where it is told what stands for it.
func TestHushEchoes(t *testing.T) {
	const secret = "canary/with+chars=="
	for _, with := range []string{secret, "canary%2Fwith%2Bchars%3D%3D", "Y2FuYXJ5L3dpdGgrY2hhcnM9PQ=="} {
		h := &egress.Hush{}
		answered(t, h, nil, `{"refresh_token": "`+secret+`"}`)
		ask := func(token string) json.RawMessage {
			return egress.RedactRequest("http", []byte(`{"method":"POST","url":"https://x.example/t","body":"grant_type=refresh_token&refresh_token=`+token+`&x=1"}`))
		}
		kept := h.Request("http", ask(with))
		coded := egress.RedactRequest("http", []byte(`{"method":"POST","url":"https://x.example/t","bodyBase64":"`+base64.StdEncoding.EncodeToString([]byte("grant_type=refresh_token&refresh_token="+with+"&x=1"))+`"}`))
		if in64 := h.Request("http", coded); egress.MatchRequest("http", in64) != egress.MatchRequest("http", kept) {
			t.Errorf("in base64 it is %s", in64)
		}
		if strings.Contains(string(kept), with) {
			t.Errorf("%s: %s", with, kept)
		}
		instead := strings.NewReplacer(secret, "•••", "canary%2Fwith%2Bchars%3D%3D", "%E2%80%A2%E2%80%A2%E2%80%A2", "Y2FuYXJ5L3dpdGgrY2hhcnM9PQ==", "4oCi4oCi4oCi").Replace(with)
		if egress.MatchRequest("http", kept) != egress.MatchRequest("http", ask(instead)) {
			t.Errorf("%s is not what is asked on replay: %s", kept, ask(instead))
		}
	}
}

// TestHushKept is of what connectors keep for themselves.
func TestHushKept(t *testing.T) {
	h := &egress.Hush{}
	for request, c := range map[string][2]string{
		`{"key":"token"}`:  {`{"value":"canary-0123456789"}`, `{"value":"•••"}`},
		`{"key":"cursor"}`: {`{"value":"page-2"}`, `{"value":"page-2"}`},
		`{"key":"login"}`:  {`{"value":"{\"access_token\":\"canary-1\",\"exp\":1}"}`, `{"value":"{\"access_token\":\"•••\",\"exp\":1}"}`},
		`{"key":"none"}`:   {`{}`, `{}`},
	} {
		if got := string(h.Answer("kv_get", json.RawMessage(request), json.RawMessage(c[0]))); got != c[1] {
			t.Errorf("%s: %s", request, got)
		}
	}
	// On replay it keeps what stands for a token, which is another value under the same key.
	put := func(key, value string) string {
		return egress.MatchRequest("kv_put", egress.RedactRequest("kv_put", []byte(`{"key":"`+key+`","value":"`+value+`"}`)))
	}
	if put("token", "canary-1") != put("token", "•••") || put("token", "x") == put("cursor", "x") {
		t.Error("what is kept is not known again by its key")
	}
}

// TestHushValue does the same to what a flow made of it.
func TestHushValue(t *testing.T) {
	h := &egress.Hush{}
	v, err := flow.ParseValue([]byte(`{"headers": {"set-cookie": "sid=canary; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=canary; Path=/", "date": "x"}, "body": {"access_token": "canary-0123456789", "n": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(flow.CompactJSON(h.Value(v))); got != `{"body":{"access_token":"•••","n":1},"headers":{"date":"x","set-cookie":"sid=•••; Expires=Wed, 21 Oct 2026 07:28:00 GMT, b=•••; Path=/"}}` {
		t.Error(got)
	}
	longer, _ := answered(t, h, nil, `{"id_token": "canary-0123456789-more"}`)
	if strings.Contains(longer, "more") || h.Text("canary-0123456789-more") != "•••" {
		t.Errorf("of the longer secret the rest stays: %s", longer)
	}
	if got := h.Value([]any{"it is canary-0123456789", "canary-0123456789", int64(1)}); string(flow.CompactJSON(got)) != `["it is •••","•••",1]` {
		t.Error(got)
	}
}
