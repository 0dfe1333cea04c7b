package vault

import "testing"

func TestHosts(t *testing.T) {
	for text, want := range map[string]string{
		"api.example.com": "api.example.com", " API.Example.com ": "api.example.com", "api.example.com:0443": "api.example.com:443",
		"https://api.example.com": "api.example.com", "http://api.example.com:8080": "http://api.example.com:8080", "10.0.0.8": "10.0.0.8",
		"10.0.0.8:8443": "10.0.0.8:8443", "2001:DB8::1": "2001:db8::1", "[2001:db8::1]:443": "[2001:db8::1]:443",
		"": "", "*": "", "*.example.com": "", "127.1": "", "2130706433": "", "0x7f000001": "", "a.example:0": "", "a.example:70000": "",
		"a.example/path": "", "user@a.example": "", "http://http://a.example": "", "http://https://a.example": "", "fe80::1%eth0": "", "a_b.example": "",
	} {
		if got, ok := cleanHost(text); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, ok, want)
		}
	}
}
