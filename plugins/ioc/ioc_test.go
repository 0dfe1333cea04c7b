package ioc

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

func extract(text string, types ...string) ExtractOutput {
	x := newExtractor(ExtractInput{Limit: 5000, Types: types})
	x.text(text)
	return x.result()
}

func listed(o ExtractOutput) string {
	var out []string
	for _, i := range o.Indicators {
		out = append(out, i.Type+" "+i.Value)
	}
	return strings.Join(out, "; ")
}

func TestExtract(t *testing.T) {
	md5, sha1, sha256 := strings.Repeat("0a", 16), strings.Repeat("0a", 20), strings.Repeat("0a", 32)
	cases := []struct{ name, text, want string }{
		{"nothing", "Nothing to see, e.g. this... 3.5 or 12:30:45.", ""},
		{"domain", "go to Sub.Evil.COM.", "domain sub.evil.com"},
		{"no public suffix", "a.b file.localdomain foo.invalidtld evil.internal", ""},
		{"suffix alone", "co.uk github.io", ""},
		{"private suffix", "evil.github.io", "domain evil.github.io"},
		{"second level", "shop.evil.co.uk", "domain shop.evil.co.uk"},
		{"url", "http://evil.com/a?b=c#d", "url http://evil.com/a?b=c#d; domain evil.com"},
		{"url at a sentence's end", "(see https://evil.com/a(b)).", "url https://evil.com/a(b); domain evil.com"},
		{"url with user and port", "https://bank.com@Evil.com:8080/x", "url https://bank.com@evil.com:8080/x; domain evil.com"},
		{"url of an address", "http://203.0.113.5/x", "url http://203.0.113.5/x; ipv4 203.0.113.5"},
		{"url of an IPv6 address", "http://[2001:db8::1]:80/x", "url http://[2001:db8::1]:80/x; ipv6 2001:db8::1"},
		{"url of an address in one number", "http://3405803781/x", "url http://203.0.113.5/x; ipv4 203.0.113.5"},
		{"url of an address in other bases", "http://0xcb.0x71.5/ http://0313.0.0161.05/", "url http://203.113.0.5/; ipv4 203.113.0.5; url http://203.0.113.5/; ipv4 203.0.113.5"},
		{"url of no such address", "http://4294967296/ http://256.1.1.1/ http://1.2.3.4.5/", "url http://4294967296/; url http://256.1.1.1/; url http://1.2.3.4.5/"},
		{"urls in a row", "http://evil.com,http://evil.org/x; _https://evil.net/y_", "url http://evil.com; domain evil.com; url http://evil.org/x; domain evil.org; url https://evil.net/y; domain evil.net"},
		{"url before an ellipsis", "http://evil.com/x…", "url http://evil.com/x; domain evil.com"},
		{"url without suffix", "http://intranet/x", "url http://intranet/x"},
		{"path keeps its case", "HTTP://EVIL.com/Path", "url http://evil.com/Path; domain evil.com"},
		{"file in a url", "https://evil.com/readme.md", "url https://evil.com/readme.md; domain evil.com"},
		{"mail", "write to Joe.Doe+x@Mail.Evil.com", "email joe.doe+x@mail.evil.com; domain mail.evil.com"},
		{"mail in brackets", "<joe@evil.com>", "email joe@evil.com; domain evil.com"},
		{"local part that looks like a host", "first.last.com@evil.org", "email first.last.com@evil.org; domain evil.org"},
		{"hashes", md5 + " " + strings.ToUpper(sha1) + " " + sha256, "md5 " + md5 + "; sha1 " + sha1 + "; sha256 " + sha256},
		{"too long for a hash", sha256 + "00 " + md5 + "0", ""},
		{"cve", "cve-2024-3400 and CVE_2021-44228", "cve CVE-2024-3400; cve CVE-2021-44228"},
		{"IPv4", "8.8.8.8, 1.2.3.4:80 [9.9.9.9]", "ipv4 8.8.8.8; ipv4 1.2.3.4; ipv4 9.9.9.9"},
		{"no IPv4", "1.2.3.4.5 256.1.1.1 1.2.3 01.2.3.4 a1.2.3.4 1.2.3.4a", ""},
		{"IPv6", "2001:DB8::1, fe80::1 and ::ffff:1.2.3.4x", "ipv6 2001:db8::1; ipv6 fe80::1"},
		{"no IPv6", "12:30:45 std::vector a:b 00:1a:2b:3c:4d:5e", ""},
		{"file names", "run setup.py, main.rs and readme.md; open C:\\a\\evil.zip", ""},
		{"international", "http://bücher.de/ and пример.рф", "url http://xn--bcher-kva.de/; domain xn--bcher-kva.de; domain xn--e1afmkfd.xn--p1ai"},
		{"defanged url", "hxxps[:]//evil[.]com/a", "url https://evil.com/a; domain evil.com"},
		{
			"defanged in many ways", "evil[.]com evil2(.)com evil3{.}com evil4[dot]com evil5 (dot) com evil6\\.com evil7[.com evil8.]com",
			"domain evil.com; domain evil2.com; domain evil3.com; domain evil4.com; domain evil5.com; domain evil6.com; domain evil7.com; domain evil8.com",
		},
		{"defanged mail", "joe[at]evil[dot]com jim [@] evil2.com", "email joe@evil.com; domain evil.com; email jim@evil2.com; domain evil2.com"},
		{"defanged address", "8[.]8[.]8[.]8", "ipv4 8.8.8.8"},
		{"repeated", "evil.com EVIL.com evil[.]com", "domain evil.com"},
		{"brackets that mean nothing", "see [1]. Then (.) and array[.] x", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := listed(extract(c.text)); got != c.want {
				t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

// TestGivenLinksStayWhole takes a link to its end, where prose would end it before.
func TestGivenLinksStayWhole(t *testing.T) {
	for given, want := range map[string]string{
		"http://evil.com/a b.":                  "url http://evil.com/a b.; domain evil.com",
		"HTTPS://Evil.com/{{id}}?(x":            "url https://evil.com/{{id}}?(x; domain evil.com",
		"http://evil.com/[.]x":                  "url http://evil.com/[.]x; domain evil.com",
		" hxxps://evil[.]com/a, ":               "url https://evil.com/a; domain evil.com",
		"see http://evil.com/a, please":         "url http://evil.com/a; domain evil.com",
		"evil[.]com":                            "domain evil.com",
		"http://" + strings.Repeat("a", maxURL): "",
	} {
		x := newExtractor(ExtractInput{Limit: 10})
		x.given(given)
		if got := listed(x.result()); got != want {
			t.Errorf("%.60q: got %.80q, want %q", given, got, want)
		}
	}
}

func TestFoundPlacesAreTrue(t *testing.T) {
	text := "α hxxp://a[.]evil[.]com/x, then 8[.]8[.]8[.]8 and joe[at]evil[.]com; evil.com"
	for _, i := range extract(text).Indicators {
		if at := i.First.Offset; !strings.HasPrefix(text[at:], i.First.Written) {
			t.Errorf("%s: %q is not at %d", i.Value, i.First.Written, at)
		}
	}
	got := extract(text).Indicators
	if got[0].First.Written != "hxxp://a[.]evil[.]com/x" || got[2].First.Written != "8[.]8[.]8[.]8" || got[3].First.Written != "joe[at]evil[.]com" {
		t.Errorf("written %q %q %q", got[0].First.Written, got[2].First.Written, got[3].First.Written)
	}
	if last := got[len(got)-1]; last.Value != "evil.com" || last.Count != 2 {
		t.Errorf("last %+v", last)
	}
}

func TestNotes(t *testing.T) {
	cases := map[string]string{
		"10.1.2.3": "private", "127.0.0.1": "loopback", "169.254.1.1": "link-local", "100.64.0.1": "shared", "224.0.0.1": "multicast",
		"0.0.0.0": "reserved", "192.0.2.1": "documentation", "8.8.8.8": "", "fd00::1": "private", "fe80::1": "link-local", "2606:4700::1": "",
	}
	for ip, want := range cases {
		if got := extract("x " + ip + " y").Indicators; len(got) != 1 || got[0].Reserved != want {
			t.Errorf("%s: %+v, want %q", ip, got, want)
		}
	}
	if got := extract("version 1.2.3.4 of it").Indicators; len(got) != 1 || got[0].Note != "version" {
		t.Errorf("a version: %+v", got)
	}
	if got := extract("open update.zip now").Indicators; len(got) != 1 || got[0].Note != "file" {
		t.Errorf("a domain like a file: %+v", got)
	}
}

func TestOwnAndTypesAndLimit(t *testing.T) {
	x := newExtractor(ExtractInput{Limit: 2, Ignore: []string{"own.com", "*.corp.com", "8.8.8.8"}, Types: []string{"domain", "ipv4"}})
	x.text("own.com sub.own.com corp.com a.b.corp.com 8.8.8.8 http://c.com/ d.com e.com")
	got := x.result()
	if listed(got) != "domain sub.own.com; domain c.com" || !got.Truncated || got.Counts["domain"] != 2 {
		t.Errorf("%s truncated %v %v", listed(got), got.Truncated, got.Counts)
	}
}

func TestDefangAndRefang(t *testing.T) {
	for live, want := range map[string]string{
		"http://evil.com/a.html": "hxxp://evil[.]com/a.html", "ftp://evil.com": "fxp://evil[.]com",
		"joe@evil.com": "joe[@]evil[.]com", "8.8.8.8": "8[.]8[.]8[.]8", "plain words. And more": "plain words. And more",
		"http://[2001:db8::1]/x": "hxxp://[2001[:]db8[:][:]1]/x",
	} {
		got := Defang(live)
		if got != want {
			t.Errorf("Defang(%q) = %q, want %q", live, got, want)
		}
		if Refang(got) != live {
			t.Errorf("Refang(%q) = %q, want %q", got, Refang(got), live)
		}
		if Defang(got) != got {
			t.Errorf("Defang twice: %q became %q", got, Defang(got))
		}
	}
}

func TestHostileShapes(t *testing.T) {
	const n = 1 << 20
	for name, text := range map[string]string{
		"brackets": strings.Repeat("http://a.com/"+strings.Repeat(")", 8000)+" ", n/8000), "one url": "http://a.com/" + strings.Repeat(")", n),
		"schemes": strings.Repeat("http://", n/7), "dots": strings.Repeat("a.", n/2), "colons": strings.Repeat(":", n), "hex": strings.Repeat("a", n),
		"forms": strings.Repeat("a[.]", n/4), "at": strings.Repeat("a@", n/2), "numbers": strings.Repeat("1.", n/2), "mails": strings.Repeat("a@b.com", n/7),
		"names": strings.Repeat("a.com ", n/6), "urls": strings.Repeat("http://a.com/x ", n/15),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			extract(text)
			Defang(text)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%d KB took %s", len(text)>>10, took)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{"hxxps[:]//evil[.]com/a joe[at]evil[.]com", "http://[::1]/ 1.2.3.4 \xff 2001:db8::1", "a[.]\\.com CVE-2024-3400 (dot)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?")
		out := extract(text)
		for _, i := range out.Indicators {
			if !strings.HasPrefix(text[i.First.Offset:], strings.TrimSuffix(i.First.Written, "…")) || i.Value == "" {
				t.Fatalf("%q: %+v is not where it says", text, i)
			}
			if !slices.Contains([]string{"ipv4", "ipv6", "domain", "url", "email", "md5", "sha1", "sha256", "cve"}, i.Type) {
				t.Fatalf("type %q", i.Type)
			}
		}
		Defang(text)
	})
}
