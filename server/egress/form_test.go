package egress_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// TestCredentialsInForms sees a key put into forms of both kinds, once and before what the
// guest wrote, into no other body, and out of what echoes it.
func TestCredentialsInForms(t *testing.T) {
	w := newWorld(t)
	w.caller.Credential = &egress.Credential{ID: "c", Type: abi.CredentialOf{Apply: "form", Name: "apikey", Value: "{token}"}, Hosts: []string{fmt.Sprintf("example.com:%d", w.port())}}
	var keys []string
	w.answer = func(out http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(raw)))
		_ = r.ParseMultipartForm(1 << 20)
		keys = r.PostForm["apikey"]
		if r.PostFormValue("a") != "b c" {
			http.Error(out, "the guest's own field is gone", http.StatusTeapot)
			return
		}
		_, _ = out.Write(raw)
	}
	multipart := "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb c\r\n--edge--\r\n"
	for name, tt := range map[string]struct{ kind, body, want string }{
		"urlencoded":          {"application/x-www-form-urlencoded", "a=b+c&apikey=mine", ""},
		"multipart":           {"multipart/form-data; boundary=edge", multipart, ""},
		"JSON":                {"application/json", "{}", "send one as"},
		"nothing":             {"", "", "send one as"},
		"another boundary":    {"multipart/form-data; boundary=other", multipart, "doesn't begin with the boundary"},
		"something before it": {"multipart/form-data; boundary=edge", "x" + multipart, "doesn't begin with the boundary"},
	} {
		keys = nil
		in := abi.HTTPRequest{Method: "POST", URL: w.url("/"), Credential: egress.CredentialHandle, Body: tt.body}
		if tt.kind != "" {
			in.Headers = abi.Headers{"content-type": {tt.kind}}
		}
		before := len(w.requests)
		got := w.do(in)
		switch {
		case tt.want != "":
			if got.Error == nil || !strings.Contains(got.Error.Message, tt.want) || len(w.requests) != before {
				t.Errorf("%s: %+v, %d requests", name, got.Error, len(w.requests)-before)
			}
		case got.Error != nil || got.Status != 200 || len(keys) == 0 || keys[0] != canary:
			t.Errorf("%s: %+v, status %d %q, keys %q", name, got.Error, got.Status, got.Body, keys)
		case strings.Contains(got.Body, canary):
			t.Errorf("%s: the echo shows the key: %q", name, got.Body)
		}
	}
	in := abi.HTTPRequest{Method: "POST", URL: w.url("/"), Credential: egress.CredentialHandle, Body: "a=b", Headers: abi.Headers{"Content-Type": {"application/json"}, "content-type": {"application/x-www-form-urlencoded"}}}
	if got := w.do(in); got.Error == nil {
		t.Error("a request of two types is sent")
	}
}
