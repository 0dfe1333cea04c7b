package egress_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/egress"
)

func inJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())
}

// told is a Hush that knows a token of an answer.
func told(t *testing.T, secret string) *egress.Hush {
	t.Helper()
	h := &egress.Hush{}
	answered(t, h, nil, `{"access_token": `+inJSON(secret)+`}`)
	return h
}

func kept(h *egress.Hush, request map[string]any) string {
	raw, _ := json.Marshal(request)
	return string(h.Request("http", egress.RedactRequest("http", raw)))
}

// TestHushOfSpecialCharacters: what JSON and HTML escape is known again.
func TestHushOfSpecialCharacters(t *testing.T) {
	for _, secret := range []string{"abc&def-0123456789", "abc<def>0123456789", `abc"def0123456789`} {
		for how, request := range map[string]map[string]any{
			"plain body":     {"method": "POST", "url": "https://x.example/t", "body": "session " + secret},
			"JSON body":      {"method": "POST", "url": "https://x.example/t", "body": `{"session":` + inJSON(secret) + `}`},
			"escaped body":   {"method": "POST", "url": "https://x.example/t", "body": `{"session":"\u002d` + strings.Trim(inJSON(secret), `"`) + `"}`},
			"body in base64": {"method": "POST", "url": "https://x.example/t", "bodyBase64": base64.StdEncoding.EncodeToString([]byte(`{"session":` + inJSON(secret) + `}`))},
			"header":         {"method": "GET", "url": "https://x.example/t", "headers": map[string]string{"x-session": secret}},
			"within base64":  {"method": "POST", "url": "https://x.example/t", "body": "login " + base64.StdEncoding.EncodeToString([]byte("user:"+secret))},
		} {
			h := told(t, secret)
			got := kept(h, request)
			if strings.Contains(got, "bodyBase64") {
				got = egress.MatchRequest("http", json.RawMessage(got))
			}
			if !strings.Contains(got, "•••") || strings.Contains(got, "456789") {
				t.Errorf("%s, %s: kept %s", secret, how, got)
			}
		}
	}
}

// TestHushPlaces is of where services put tokens.
func TestHushPlaces(t *testing.T) {
	const c = "canary-0123456789abcdef"
	for name, raw := range map[string]string{
		"token":             `{"status":200,"body":"{\"data\":{\"token\":\"` + c + `\"}}"}`,
		"session_token":     `{"status":200,"body":"{\"session_token\":\"` + c + `\"}"}`,
		"sessionToken":      `{"status":200,"body":"{\"sessionToken\":\"` + c + `\"}"}`,
		"session_id":        `{"status":200,"body":"{\"session_id\":\"` + c + `\"}"}`,
		"sessionId":         `{"status":200,"body":"{\"sessionId\":\"` + c + `\"}"}`,
		"location":          `{"status":302,"headers":{"location":["https://x/cb#access_token=` + c + `"]},"body":""}`,
		"final url":         `{"status":200,"url":"https://x/cb?access_token=` + c + `","body":"ok"}`,
		"address":           `{"status":200,"body":"https://x/cb?a=1&access_token=` + c + `"}`,
		"address in JSON":   `{"status":200,"body":"{\"next\":\"https://x/cb?access_token=` + c + `\"}"}`,
		"JSON in JSON":      `{"status":200,"body":"{\"d\":\"{\\\"access_token\\\":\\\"` + c + `\\\"}\"}"}`,
		"form with colon":   `{"status":200,"body":"access_token=` + c + `&scope=a:b"}`,
		"form with comma":   `{"status":200,"body":"access_token=` + c + `&scope=repo,gist"}`,
		"cookie comma":      `{"status":200,"headers":{"set-cookie":["sid=aa,` + c + `; Path=/"]},"body":"ok"}`,
		"cookie nameless":   `{"status":200,"headers":{"set-cookie":["` + c + `; Path=/"]},"body":"ok"}`,
		"header":            `{"status":200,"headers":{"x-amz-security-token":["` + c + `"]},"body":"ok"}`,
		"lines of JSON":     `{"status":200,"body":"{\"access_token\":\"` + c + `\"}\n{\"n\":1}"}`,
		"XML":               `{"status":200,"body":"<access_token>` + c + `</access_token>"}`,
		"in front of it":    `{"status":200,"body":"{\"echo\":\"it is ` + c + `\",\"access_token\":\"` + c + `\"}"}`,
		"coded elsewhere":   `{"status":200,"headers":{"x-other":"Y2FuYXJ5LTAxMjM0NTY3ODlhYmNkZWY="},"body":"{\"access_token\":\"` + c + `\"}"}`,
		"a token in quotes": `{"status":200,"headers":{"set-cookie":["sid=\"` + c + `\"; Path=/"]},"body":"ok"}`,
	} {
		h := &egress.Hush{}
		out := string(h.Answer("http", json.RawMessage(`{"url":"https://x.example/"}`), json.RawMessage(raw)))
		if strings.Contains(out, c) || strings.Contains(out, "Y2FuYXJ5") || !json.Valid([]byte(out)) {
			t.Errorf("%s: %s", name, out)
		}
		if n, _ := h.Remembered(); n != 1 && name != "cookie comma" {
			t.Errorf("%s: %d are remembered", name, n)
		}
	}
	page := `{"status":200,"body":"{\"token\":\"page-2\",\"nextToken\":\"` + c + `\"}"}`
	if out := (&egress.Hush{}).Answer("http", json.RawMessage(`{}`), json.RawMessage(page)); string(out) != page {
		t.Errorf("a page's token is gone: %s", out)
	}
}

// TestHushForgetsTheOldest: cookies come with each answer, and leave the tokens known.
func TestHushForgetsTheOldest(t *testing.T) {
	h := &egress.Hush{}
	answered(t, h, nil, `{"refresh_token": "canary-first-0123456789"}`)
	for i := range 300 {
		answered(t, h, map[string]string{"set-cookie": fmt.Sprintf("AWSALB=load-balancer-%05d; Path=/", i)}, "ok")
	}
	use := func(token string) string {
		return kept(h, map[string]any{"method": "POST", "url": "https://x.example/t", "body": "refresh_token=" + token})
	}
	if got := use("canary-first-0123456789"); strings.Contains(got, "canary") {
		t.Errorf("cookies crowded it out: %s", got)
	}
	for i := range 300 {
		token := fmt.Sprintf("canary-%010d", i)
		answered(t, h, nil, `{"refresh_token": "`+token+`"}`)
		if got := use(token); strings.Contains(got, "canary") || egress.MatchRequest("http", json.RawMessage(got)) != egress.MatchRequest("http", json.RawMessage(use("•••"))) {
			t.Fatalf("token %d: %s", i, got)
		}
	}
	if n, _ := h.Remembered(); n > 64 {
		t.Errorf("%d are remembered", n)
	}
}

// TestHushKeepsStructure: whoever answers chooses what is taken for a secret, and can't
// break with it what is kept of others.
func TestHushKeepsStructure(t *testing.T) {
	for _, hostile := range []string{
		`"body":"{\"`, `","status":200`, `secretly deleted","status":200}`, "https://bank.example/", "bank.example/accounts/1",
		"accounts/1234567890", "grant_type=refresh_token", "application/json", "1234567890123456", "u002d-0123456789ab",
		"authenticated_by", "DELETE", "bank.example",
	} {
		h := told(t, hostile)
		document := `{"id":1234567890123456,"authenticated_by":"\u002d-0123456789abc","n":1}`
		answer, _ := json.Marshal(map[string]any{"body": document, "headers": map[string]string{"content-type": "application/json"}, "status": 200})
		if out := h.Answer("http", json.RawMessage(`{}`), answer); string(out) != string(answer) {
			t.Errorf("%s: an answer is kept as %s", hostile, out)
		}
		request := map[string]any{
			"method": "DELETE", "url": "https://bank.example/accounts/1234567890/x?authenticated_by=1",
			"headers": map[string]string{"content-type": "application/json", "authenticated_by": "x"}, "body": "grant_type=refresh_token&authenticated_by=me",
		}
		raw, _ := json.Marshal(request)
		if got, want := kept(h, request), string(egress.RedactRequest("http", raw)); got != want {
			t.Errorf("%s: a request is kept as %s", hostile, got)
		}
		if got := h.Text("DELETE https://bank.example/accounts/1"); got != "DELETE https://bank.example/accounts/1" {
			t.Errorf("%s: it is called %s", hostile, got)
		}
	}
}

// TestHushInAddresses: a session may be in the path of what follows.
func TestHushInAddresses(t *testing.T) {
	const secret = "canary/0123456789+abc"
	ask := func(path string) map[string]any { return map[string]any{"url": "https://x.example/" + path} }
	for path, instead := range map[string]string{
		"session/canary%2F0123456789+abc/x": "session/•••/x", "a?sid=canary%2f0123456789%2babc&b=1": "a?sid=•••&b=1",
		"a?sid=canary%2F0123456789%2Babc#f": "a?sid=•••#f",
	} {
		h := told(t, secret)
		got := kept(h, ask(path))
		if strings.Contains(got, "canary") || egress.MatchRequest("http", json.RawMessage(got)) != egress.MatchRequest("http", json.RawMessage(kept(h, ask(instead)))) {
			t.Errorf("%s is kept as %s", path, got)
		}
		if text := h.Text("GET https://x.example/" + path); strings.Contains(text, "canary") {
			t.Error(text)
		}
	}
}

// TestHushRemembersLittle: an answer can't have a run remember much.
func TestHushRemembersLittle(t *testing.T) {
	h := told(t, strings.Repeat("a", 800_000))
	if n, size := h.Remembered(); n != 0 || size != 0 {
		t.Errorf("%d of %d bytes", n, size)
	}
	list := make([]string, 1000)
	for i := range list {
		list[i] = fmt.Sprintf(`{"access_token":"%04096d"}`, i)
	}
	answered(t, h, nil, "["+strings.Join(list, ",")+"]")
	if n, size := h.Remembered(); n == 0 || n > 64 || size > 64*4096 {
		t.Errorf("%d of %d bytes", n, size)
	}
}
