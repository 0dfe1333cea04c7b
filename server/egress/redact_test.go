package egress_test

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/vault"
)

// holding keeps one secret under every name.
type holding struct {
	w     *world
	value string
}

// Open implements [egress.Vault].
func (h holding) Open(context.Context, string) (vault.Opened, error) {
	c, secret := h.w.caller.Credential, vault.NewSecret(h.value)
	return vault.Opened{
		Credential: vault.Credential{Name: "Scanner", Hosts: c.Hosts, Fields: c.Fields},
		Values:     map[string]vault.Secret{"token": secret, "password": secret, "value": secret},
	}, nil
}

func (w *world) holds(apply, value string) {
	w.options.Vault = holding{w, value}
	w.caller.Credential = &egress.Credential{
		ID: "c", Type: abi.CredentialOf{Apply: apply, Name: "X-Key"}, Hosts: []string{fmt.Sprintf("example.com:%d", w.port())},
		Fields: map[string]string{"username": "u"},
	}
}

// everyChar writes each character of a text in one form.
func everyChar(format, text string) string {
	var b strings.Builder
	for _, r := range text {
		_, _ = fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

// TestEchoesAreFoundInEveryForm echoes a secret as servers write texts.
func TestEchoesAreFoundInEveryForm(t *testing.T) {
	const secret = `k"e&y</>é'%25 x+😀`
	w := newWorld(t)
	quoted, _ := json.Marshal(secret)
	forms := map[string]string{
		"JSON": string(quoted), "JSON with slashes": strings.ReplaceAll(string(quoted), "/", `\/`), "JSON in ASCII": `k\u0022e\u0026y\u003c\/\u003E\u00e9'%25 x+\ud83d\uDE00`,
		"HTML": html.EscapeString(secret), "HTML by names": `k&quot;e&amp;y&lt;/&gt;&eacute;&apos;%25 x+😀`, "numbers": everyChar("&#%d;", secret), "hex numbers": everyChar("&#x%X;", secret),
		"percent": strings.ToLower(everyChar("%%%X", secret[:7])) + secret[7:],
	}
	values := map[string]string{"bearer": "Bearer " + secret, "basic": "Basic " + base64.StdEncoding.EncodeToString([]byte("u:"+secret)), "header": secret}
	for apply, whole := range values {
		w.holds(apply, secret)
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			coded := e.EncodeToString([]byte(whole))
			forms["base64 of "+apply], forms["base64 in JSON of "+apply] = coded, strings.ReplaceAll(coded, "/", `\/`)
			for name, form := range forms {
				if strings.HasPrefix(name, "base64") && !strings.HasSuffix(name, apply) {
					continue
				}
				w.answer = func(out http.ResponseWriter, _ *http.Request) {
					out.Header().Set("X-Echo", form)
					_, _ = fmt.Fprint(out, "before ", form, " after")
				}
				got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle})
				body := strings.ReplaceAll(got.Body, `"`, "")
				if body != "before ••• after" || strings.Trim(got.Headers["x-echo"][0], `"`) != "•••" {
					t.Errorf("%s, %s: %q %q", apply, name, got.Body, got.Headers["x-echo"])
				}
			}
		}
	}
	const harmless = `{"a":"\u0041\/","b":"&amp;%20","c":"\ud83d","k":"k\"e&y"} & \`
	w.answer = func(out http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(out, harmless) }
	if got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle}); got.Body != harmless {
		t.Errorf("what holds no secret became %s", got.Body)
	}
}

// TestShortSecretsAreFoundWhole leaves them in texts, where they stand by chance,
// and takes them out where they are all that was sent.
func TestShortSecretsAreFoundWhole(t *testing.T) {
	w := newWorld(t)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("X-Echo", r.Header.Get("X-Key")+r.Header.Get("Authorization"))
		_, _ = fmt.Fprintf(out, `{"key":%q,"word":"abcd"}`, r.Header.Get("X-Key")+r.Header.Get("Authorization"))
	}
	for _, apply := range []string{"bearer", "basic", "header"} {
		w.holds(apply, "abc")
		got := w.do(abi.HTTPRequest{URL: w.url("/"), Credential: egress.CredentialHandle})
		if got.Body != `{"key":"•••","word":"abcd"}` || got.Headers["x-echo"][0] != "•••" {
			t.Errorf("%s: %+v", apply, got)
		}
	}
}

// TestEchoesComeWholeAndReadable refuses what would hide an echo from the redactor.
func TestEchoesComeWholeAndReadable(t *testing.T) {
	w := newWorld(t)
	w.holds("bearer", canary)
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/part":
			out.Header().Set("Content-Range", "bytes 0-11/24")
			out.WriteHeader(http.StatusPartialContent)
			_, _ = fmt.Fprint(out, canary[:12])
		case "/br", "/twice":
			out.Header().Set("Content-Encoding", map[string]string{"/br": "br", "/twice": "gzip, gzip"}[r.URL.Path])
			_, _ = fmt.Fprint(out, "packed")
		case "/name":
			out.Header().Set("X-"+hex.EncodeToString([]byte(canary)), "1")
		case "/gzip":
			if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				t.Error("the server isn't asked to pack")
			}
			out.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(out)
			_, _ = fmt.Fprint(z, canary)
			_ = z.Close()
		}
	}
	for _, header := range []string{"Accept-Encoding", "accept-encoding", "Range", "If-Range"} {
		in := abi.HTTPRequest{URL: w.url("/"), Headers: abi.Headers{header: {"gzip"}}, Credential: egress.CredentialHandle}
		before := len(w.requests)
		if got := w.do(in); got.Error == nil || got.Error.Code != abi.CodeBadInput || !strings.Contains(got.Error.Message, header) || len(w.requests) > before {
			t.Errorf("%s: %+v", header, got)
		}
		if in.Credential = ""; w.do(in).Error != nil {
			t.Errorf("%s without a credential is refused", header)
		}
	}
	for _, path := range []string{"/part", "/br", "/twice"} {
		in := abi.HTTPRequest{URL: w.url(path), Credential: egress.CredentialHandle}
		if got := w.do(in); got.Error == nil || got.Error.Code != abi.CodeDenied {
			t.Errorf("%s: %+v", path, got)
		}
		in.Credential = ""
		if got := w.do(in); got.Error != nil {
			t.Errorf("%s without a credential: %+v", path, got.Error)
		}
	}
	if got := w.do(abi.HTTPRequest{URL: w.url("/gzip"), Credential: egress.CredentialHandle}); got.Error != nil || got.Body != "•••" {
		t.Errorf("packed for the server: %+v", got)
	}
	if got := w.do(abi.HTTPRequest{URL: w.url("/name"), Credential: egress.CredentialHandle}); got.Error != nil || !slices.Equal(got.Headers["•••"], []string{"1"}) {
		t.Errorf("an echo as the name of a header: %+v", got)
	}
	if got := w.do(abi.HTTPRequest{Method: "HEAD", URL: w.url("/br"), Credential: egress.CredentialHandle}); got.Error != nil || !slices.Equal(got.Headers["content-encoding"], []string{"br"}) {
		t.Errorf("nothing that is packed: %+v", got)
	}
}

// TestEchoesWithinBase64 finds a secret in the base64 of a longer text, however many
// bytes stand before and after it; of its own digits none may be left.
func TestEchoesWithinBase64(t *testing.T) {
	redact := egress.NewRedactor([]string{"k7$Qz+/9 é-w"}, nil)
	for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		for before := range 7 {
			for after := range 4 {
				text := strings.Repeat("b", before) + "k7$Qz+/9 é-w" + strings.Repeat("a", after)
				got := redact(e.EncodeToString([]byte(text)))
				if kept := strings.ReplaceAll(got, "•••", ""); got == kept || len(kept) > (before+after)*4/3+6 {
					t.Errorf("%d before, %d after: %s", before, after, got)
				}
			}
		}
	}
	if text := base64.StdEncoding.EncodeToString([]byte("nothing of it at all")); redact(text) != text {
		t.Errorf("%s became %s", text, redact(text))
	}
	short := egress.NewRedactor([]string{"abcd"}, nil)
	if text := base64.StdEncoding.EncodeToString([]byte("xabcdx")); short(text) != text {
		t.Errorf("what is short may stand there by chance: %s", short(text))
	}
}

// BenchmarkRedact looks through as much as an answer may have.
func BenchmarkRedact(b *testing.B) {
	r := egress.NewRedactor([]string{`\\` + canary}, []string{"Bearer " + canary})
	for name, text := range map[string]string{"JSON": `{"name":"a \"quoted\" text","n":123},`, "backslashes": strings.Repeat(`\`, 64), "entities": "&amp;&lt;x&#39;"} {
		text = strings.Repeat(text, (8<<20)/len(text))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_ = r(text)
			}
		})
	}
}
