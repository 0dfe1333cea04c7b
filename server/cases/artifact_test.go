package cases_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"198.51.100[.]7":                     "ip 198.51.100.7 198[.]51[.]100[.]7",
		"::ffff:198.51.100.7":                "ip 198.51.100.7 198[.]51[.]100[.]7",
		"2001:DB8::1":                        "ip 2001:db8::1 2001[:]db8[:][:]1",
		"EVIL(dot)Example.":                  "domain evil.example evil[.]example",
		"hxxps[:]//Evil[.]example:443/A?b=C": "url https://evil.example/A?b=C hxxps://evil[.]example/A?b=C",
		"hXXp://evil.example":                "url http://evil.example/ hxxp://evil[.]example/",
		"Bad[at]Evil[.]example":              "email bad@evil.example bad[@]evil[.]example",
		"mailto:bad@evil.example":            "email bad@evil.example bad[@]evil[.]example",
		"cve-2026-12345":                     "cve CVE-2026-12345 CVE-2026-12345",
		"D41D8CD98F00B204E9800998ECF8427E":   "hash d41d8cd98f00b204e9800998ecf8427e d41d8cd98f00b204e9800998ecf8427e",
		"C:\\temp\\a.exe":                    "other C:\\temp\\a.exe C:\\temp\\a.exe",
		"javascript:alert(1)":                "other javascript:alert(1) javascript:alert(1)",
	} {
		a, err := cases.Normalise("", in)
		if got := a.Type + " " + a.Value + " " + a.Shown(); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", in, got, want, err)
		}
	}
	for in, kind := range map[string]string{"10.0.0.300": "ip", "no domain": "domain", "http://": "url", "x": "hash", "": "", "a": "sort of", strings.Repeat("x", 2049): "other", "a b": "email"} {
		var wrong *cases.FieldError
		if _, err := cases.Normalise(kind, in); !errors.As(err, &wrong) {
			t.Errorf("%q is taken as %s: %v", in, kind, err)
		}
	}
	if a, err := cases.Normalise("ipv4-addr", "198.51.100.7"); err != nil || a.Type != cases.TypeIP {
		t.Errorf("%+v, %v", a, err)
	}
}

// FuzzNormalise holds that what is normalised stays as it is, and that nothing shown can be clicked.
func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{"hxxps[:]//a.example/x", "bad[at]evil.example", "::1", "198.51.100.7", "cve-2026-1234", "a\x00b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := cases.Normalise("", in)
		if err != nil {
			return
		}
		again, err := cases.Normalise(a.Type, a.Value)
		if err != nil || again.Value != a.Value {
			t.Errorf("%q is %s %q, and then %q, %v", in, a.Type, a.Value, again.Value, err)
		}
		if a.Type == cases.TypeURL && (strings.HasPrefix(a.Shown(), "http") || strings.HasPrefix(a.Shown(), "ftp")) {
			t.Errorf("%q is shown as %q", in, a.Shown())
		}
	})
}
