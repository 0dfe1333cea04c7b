package intel

import (
	"errors"
	"strings"
	"testing"
)

var patterns = map[string]string{
	"[domain-name:value = 'Evil.Example']":                                                                "domain evil.example",
	"[ipv4-addr:value = '198.51.100.0/24'] OR [ipv6-addr:value='2001:db8::1']":                            "network 198.51.100.0/24, ip 2001:db8::1",
	"[ url:value IN ('http://a.example/x', 'http://b.example') ]":                                         "url http://a.example/x, url http://b.example/",
	"[file:hashes.md5 = '001DD76872D80801692FF942308C64E6']":                                              "hash 001dd76872d80801692ff942308c64e6",
	"[file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709' OR file:name = 'it\\'s \\\\ bad']": `hash da39a3ee5e6b4b0d3255bfef95601890afd80709, file it's \ bad`,
	"[email-addr:value = 'a@evil.example' OR email-addr:value = 'A@evil.example']":                        "email a@evil.example",
}

var complexes = map[string]string{
	"": "at character 1", "[]": "at character 2", "[domain-name:value = 'a.example' AND ipv4-addr:value = '198.51.100.7']": "more than OR",
	"[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']": "more than OR", "[domain-name:value LIKE '%.example']": "only = and IN",
	"[x509-certificate:issuer = 'CN=X']": "no type of indicators", "[domain-name:value = 'no domain']": "no domain", "[domain-name:value = 'a.example": "never closed",
	"[domain-name:value IN ('a.example' 'b.example')]": "comma", "[domain-name:value ORx = 'a.example']": "only = and IN", "[file:size > 10]": "no type of indicators",
	"[NOT domain-name:value = 'a.example']": "no type of indicators", "([domain-name:value = 'a.example'])": "in brackets",
}

func shownValues(list []Observable) string {
	out := make([]string, len(list))
	for n, o := range list {
		out[n] = o.Type + " " + o.Value
	}
	return strings.Join(out, ", ")
}

func TestPatterns(t *testing.T) {
	for text, want := range patterns {
		if got, err := ReadPattern(text); err != nil || shownValues(got) != want {
			t.Errorf("%s is %q, %v; want %q", text, shownValues(got), err, want)
		}
	}
	for text, want := range complexes {
		var wrong *PatternError
		if got, err := ReadPattern(text); !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %v, %v; want %q", text, got, err, want)
		}
	}
}

// FuzzPattern holds that any text is read or refused at a place within it, and that what is
// read of a pattern that is written of it is the same.
func FuzzPattern(f *testing.F) {
	for text := range patterns {
		f.Add(text)
	}
	for text := range complexes {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := ReadPattern(text)
		var wrong *PatternError
		if err != nil && (!errors.As(err, &wrong) || wrong.Offset < 0 || wrong.Offset > len(text)) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, o := range found {
			written := PatternOf(o)
			again, err := ReadPattern(written)
			if err != nil || len(again) != 1 || again[0] != o {
				t.Fatalf("%+v is written as %s and read as %v, %v", o, written, again, err)
			}
		}
	})
}
