package http

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

// TestExamples runs them against a service that knows one host.
func TestExamples(t *testing.T) {
	h := sdktest.NewHost()
	h.HTTP = func(r abi.HTTPRequest) abi.HTTPResponse {
		answer := abi.HTTPResponse{Status: 200, Headers: abi.Headers{"content-type": {"application/json"}}, Body: `{"state":"ok"}`, URL: r.URL}
		switch {
		case !strings.HasPrefix(r.URL, "https://api.example.com/"):
			return abi.HTTPResponse{Error: &abi.Error{Code: abi.CodeDenied}}
		case r.Method == "POST":
			answer.Status, answer.Body = 201, `{"id":"T-17"}`
		case r.Method == "DELETE":
			answer.Status, answer.Body, answer.Headers = 204, "", nil
		case r.Method != "GET":
			answer.Body = `{"id":"T-17"}`
		}
		return answer
	}
	sdktest.Examples(t, Connector(), sdktest.WithHost(h))
}

// TestRequests holds what is sent and what becomes of the answer.
func TestRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		action, input string
		answer        abi.HTTPResponse
		sent          abi.HTTPRequest
		want          string
		code          string
	}{
		"json": {
			"request", `{"url":"https://a.example/x","body":{"a":1}}`,
			abi.HTTPResponse{Status: 201, Headers: abi.Headers{"content-type": {"application/json; charset=utf-8"}}, Body: `{"id":7}`, URL: "https://a.example/x"},
			abi.HTTPRequest{Method: "POST", URL: "https://a.example/x", BodyBase64: "eyJhIjoxfQ==", Headers: abi.Headers{"Content-Type": {"application/json"}}},
			`{"status":201,"headers":{"content-type":"application/json; charset=utf-8"},"body":{"id":7},"url":"https://a.example/x"}`, "",
		},
		"text": {
			"request", `{"method":"PUT","url":"https://a.example/x","query":{"q":"é"},"headers":{"content-type":"text/csv"},"body":"a,b"}`,
			abi.HTTPResponse{Status: 200, Body: `{"not":"declared"}`},
			abi.HTTPRequest{Method: "PUT", URL: "https://a.example/x?q=%C3%A9", BodyBase64: "YSxi", Headers: abi.Headers{"content-type": {"text/csv"}}},
			`{"status":200,"headers":{},"body":"{\"not\":\"declared\"}","url":""}`, "",
		},
		"error":   {"get", `{"url":"https://a.example/x"}`, abi.HTTPResponse{Status: 404, Body: "no"}, abi.HTTPRequest{Method: "GET", URL: "https://a.example/x"}, "", "http_404"},
		"kept":    {"get", `{"url":"https://a.example/x","fail":false}`, abi.HTTPResponse{Status: 404, Body: "no"}, abi.HTTPRequest{Method: "GET", URL: "https://a.example/x"}, `{"status":404,"headers":{},"body":"no","url":""}`, ""},
		"limited": {"get", `{"url":"https://a.example/x"}`, abi.HTTPResponse{Status: 429}, abi.HTTPRequest{Method: "GET", URL: "https://a.example/x"}, "", abi.CodeRateLimited},
		"refused": {"get", `{"url":"https://a.example/x"}`, abi.HTTPResponse{Error: &abi.Error{Code: abi.CodeDenied}}, abi.HTTPRequest{Method: "GET", URL: "https://a.example/x"}, "", abi.CodeDenied},
	} {
		t.Run(name, func(t *testing.T) {
			h := sdktest.NewHost()
			var sent abi.HTTPRequest
			h.HTTP = func(r abi.HTTPRequest) abi.HTTPResponse {
				sent = r
				return tt.answer
			}
			got := sdktest.Run(t, Connector(), tt.action, json.RawMessage(tt.input), sdktest.WithHost(h))
			if tt.code != "" && (got.Error == nil || got.Error.Code != tt.code) || tt.code == "" && (got.Error != nil || string(got.Output) != tt.want) {
				t.Errorf("%s, %v", got.Output, got.Error)
			}
			if sent.Method != tt.sent.Method || sent.URL != tt.sent.URL || sent.BodyBase64 != tt.sent.BodyBase64 {
				t.Errorf("sent %+v", sent)
			}
			for name, values := range tt.sent.Headers {
				if got := http.Header(sent.Headers)[name]; len(got) != 1 || got[0] != values[0] {
					t.Errorf("header %s: %v", name, got)
				}
			}
		})
	}
}
