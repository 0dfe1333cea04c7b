package egress_test

import (
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/egress"
)

func TestRedactRequest(t *testing.T) {
	for name, c := range map[string]struct{ function, request, want string }{
		"headers and parameters": {
			"http", `{"url":"https://a:b@x.example/p?api_key=s3cret&q=1","headers":{"Authorization":"Bearer s3cret","Accept":"text/plain"},"credential":"credential"}`,
			`{"method":"","url":"https://x.example/p?api_key=•••\u0026q=1","headers":{"Accept":"text/plain","Authorization":"•••"},"credential":"credential"}`,
		},
		"what a connector keeps": {"kv_put", `{"key":"t","value":"s3cret"}`, `{"key":"t","value":"••• sha256:`},
		"not JSON":               {"http", `{"url":`, `"not JSON"`},
		"a stream":               {"net_read", `{"handle":1}`, `{"handle":1}`},
	} {
		got := string(egress.RedactRequest(c.function, []byte(c.request)))
		if !strings.HasPrefix(strings.ReplaceAll(got, `["•••"]`, `"•••"`), c.want) && !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s", name, got)
		}
		if again := string(egress.RedactRequest(c.function, []byte(c.request))); again != got {
			t.Errorf("%s: the same request gives %s, then %s", name, got, again)
		}
	}
}

func TestMatchRequest(t *testing.T) {
	match := func(request string) string {
		return egress.MatchRequest("http", egress.RedactRequest("http", []byte(request)))
	}
	a := match(`{"url":"https://x.example/","headers":{"X-Client":"1"},"timeout":"1s"}`)
	if b := match(`{"method":"get","url":"https://x.example/","headers":{"X-Client":"2"}}`); a != b {
		t.Errorf("%s is not %s", a, b)
	}
	for _, other := range []string{`{"url":"https://x.example/b"}`, `{"method":"POST","url":"https://x.example/"}`, `{"url":"https://x.example/","body":"1"}`} {
		if match(other) == a {
			t.Errorf("%s is taken for the other", other)
		}
	}
	large := strings.Repeat("x", 100<<10)
	if r := egress.RedactRequest("http", []byte(`{"method":"POST","url":"https://x.example/","body":"`+large+`"}`)); len(r) > 1000 {
		t.Errorf("a large body takes %d bytes", len(r))
	}
}

func TestRedactAnswer(t *testing.T) {
	answer := []byte(`{"status":200,"headers":{"set-cookie":["a=s3cret","b=s3cret2"],"date":"x"},"url":"https://x.example/?token=s3cret3","body":"1"}`)
	got := string(egress.RedactAnswer("http", answer))
	if strings.Contains(got, "s3cret") || !strings.Contains(got, `"body":"1"`) {
		t.Error(got)
	}
	if list := strings.Join(egress.SecretsOf("http", answer), "|"); list != "s3cret3|a=s3cret, b=s3cret2|a=s3cret|b=s3cret2" {
		t.Error(list)
	}
	if got := string(egress.RedactAnswer("kv_get", []byte(`{"value":"s3cret"}`))); strings.Contains(got, "s3cret") {
		t.Error(got)
	}
}
