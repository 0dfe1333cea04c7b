package email

import (
	"strings"
	"testing"
)

func htmlLinks(html string) []Link {
	return parseString("Subject: s\nContent-Type: text/html; charset=utf-8\n\n" + html).Links
}

func TestHTMLLinks(t *testing.T) {
	cases := []struct{ name, html, want string }{
		{"plain", `<a href="http://a.example/">x</a>`, "x http://a.example/"},
		{"entities", `<a href="http://a.example/?x=1&amp;y=2&copy=3&#38;z">x</a>`, "x http://a.example/?x=1&y=2&copy=3&z"},
		{"no quotes", `<a href=http://a.example/x?y=1>x</a>`, "x http://a.example/x?y=1"},
		{"single quotes", `<A HREF='HTTP://a.example/'>x</A>`, "x HTTP://a.example/"},
		{"line breaks and tabs inside", "<a href=\" http://a.exa\nmple/\r\n\tx\">x</a>", "x http://a.example/x"},
		{"blanks around =", `<a href = "http://a.example/" >x</a>`, "x http://a.example/"},
		{"quote that doesn't close", "<a href=\"http://a.example/>x</a><a href=\"http://b.example/\">y</a>", "y http://a.example/>x</a><a href="}, // as browsers read it
		{"backslashes", `<a href="http:\\a.example\x">x</a>`, `x http://a.example\x`},
		{"one slash", `<a href="https:/a.example/">x</a>`, "x https://a.example/"},
		{"second href", `<a href="http://a.example/" href="http://b.example/">x</a>`, "x http://a.example/"},
		{"area", `<area href="http://a.example/">`, " http://a.example/"},
		{"form", `<form action="http://a.example/post"><button formaction="http://b.example/">x</button></form>`, " http://a.example/post; http://b.example/"},
		{"text in pieces", "<a href=http://a.example/><b>Log</b> <i>in</i>\n <div>now</div></a>", "Log in now http://a.example/"},
		{"picture", `<a href=http://a.example/><img alt=x src=y></a>`, " http://a.example/"},
		{"not closed", `<a href=http://a.example/>one <a href=http://b.example/>two`, "one http://a.example/;two http://b.example/"},
		{"comment", `<!-- <a href="http://a.example/">x</a> http://c.example/ --><a href="http://b.example/">y</a>`, "y http://b.example/"},
		{"conditional comment", `<!--[if mso]><a href="http://a.example/">x</a><![endif]--><![if !mso]><a href="http://b.example/">y</a><![endif]>`, "y http://b.example/"},
		{"script and style", `<script>var a='<a href="http://a.example/">x</a>'</script><style>a{b:url(http://c.example/)}</style><title>http://d.example/</title>`, ""},
		{"noscript", `<noscript><a href="http://a.example/">x</a></noscript>`, "x http://a.example/"},
		{"not web", `<a href="mailto:a@b.example">x</a><a href="tel:1">x</a><a href="cid:1">x</a><a href="javascript:alert(1)">x</a><a href="#top">x</a><a href="">x</a><a>x</a><a name=y>x</a>`, ""},
		{"templates", `<a href="{{link}}">x</a><a href="%%unsubscribe%%">x</a><a href="[url]">x</a><a href="http://{{host}}/">x</a><a href="https://[link]/">x</a><a href="http://%%x%%/">x</a><a href="*|UNSUB|*">x</a><a href="${url}">x</a><a href="http://">x</a><a href="https:///">x</a>`, ""},
		{"template in the path", `<a href="http://a.example/{{id}}">x</a>`, "x http://a.example/{{id}}"},
		{"relative", `<a href="/x">x</a><a href="x.html">x</a>`, ""},
		{"relative with base", `<base href="http://a.example/d/e.html"><a href="/x">x</a><a href="y.html?z">y</a><a href="?q">z</a><a href="{{t}}">t</a>`, "x http://a.example/x;y http://a.example/d/y.html?z;z http://a.example/d/e.html?q"},
		{"no scheme", `<a href="//a.example/x">x</a>`, "x https://a.example/x"},
		{"international", `<a href="http://bücher.example/ä">x</a>`, "x http://bücher.example/ä"},
		{"no scheme, escapes", `<a href="//a.example/x%20y">x</a>`, "x https://a.example/x%20y"},
		{"no scheme, a template", `<a href="//{{host}}/x">x</a><a href="//%%host%%/x">x</a>`, ""},
		{"base, escapes and dots", `<base href="http://a.example/d/e/"><a href="y%20z">x</a><a href="../../../y">y</a><a href="./z">z</a>`, "x http://a.example/d/e/y%20z;y http://a.example/y;z http://a.example/d/e/z"},
		{"no slashes", `<a href="http:a.example/x">x</a><a href="http:x">y</a>`, "x http://a.example/x"},
		{"no-break space around", "<a href=\"\u00a0http://a.example/\u200b\">x</a>", "x http://a.example/"},
		{"host with signs", `<a href="http://a.example&amp;x=1">x</a><a href="http://a.example,com/">y</a>`, "x http://a.example&x=1;y http://a.example,com/"},
		{"frame and refresh", `<meta name=x content="0;url=http://c.example/"><meta http-equiv=Refresh content="0; URL='http://a.example/'"><iframe src="http://b.example/"><a href="http://d.example/">x</a></iframe>`, " http://a.example/; http://b.example/"},
		{"user in front", `<a href="https://bank.example@evil.example:8080/">x</a>`, "x https://bank.example@evil.example:8080/"},
		{"ftp", `<a href="ftp://a.example/f">x</a>`, "x ftp://a.example/f"},
		{"address", `<a href="http://[2001:db8::1]/">x</a><a href="http://3232235777/">y</a>`, "x http://[2001:db8::1]/;y http://3232235777/"},
		{"bare in the text", `<p>see http://a.example/x, or <a href="http://b.example/">http://c.example/</a>.</p>`, "http://a.example/x http://a.example/x;http://c.example/ http://b.example/"},
		{"bare and linked", `<p>http://a.example/ <a href="http://a.example/">x</a></p>`, "x http://a.example/"},
		{"repeated", strings.Repeat(`<a href="http://a.example/">x</a>`, 3) + `<a href="http://a.example/">y</a>`, "x http://a.example/;y http://a.example/"},
		{"hidden", `<div style="display:none"><a href="http://a.example/">x</a></div>`, "x http://a.example/"},
		{"spaces inside", `<a href="http://a.example/a b">x</a>`, "x http://a.example/a b"},
		{"unfinished tag at the end", `<a href="http://a.example/">x</a><a href="http://b.exam`, "x http://a.example/"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, l := range htmlLinks(c.html) {
				got = append(got, l.Text+" "+l.URL)
			}
			if strings.Join(got, ";") != c.want {
				t.Errorf("got  %q\nwant %q", strings.Join(got, ";"), c.want)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	cases := map[string]string{
		"http://BÜCHER.example./x":          "xn--bcher-kva.example",
		"http://user:pw@A.example:80?x":     "a.example",
		`http://a.example\@b.example/`:      "a.example",
		"http://%65vil.example/":            "evil.example",
		"http://[2001:db8::1]:80/":          "2001:db8::1",
		"https://xn--bcher-kva.example#x@y": "xn--bcher-kva.example",
		"http://a_b.example":                "a_b.example",
	}
	for url, want := range cases {
		link, ok := cleanHref(url, "")
		if !ok || link.Host != want {
			t.Errorf("%s: got %q %v, want %q", url, link.Host, ok, want)
		}
	}
}

func TestPlainLinks(t *testing.T) {
	cases := map[string]string{
		"see http://a.example/x.":                           "http://a.example/x",
		"(http://a.example/x(1)) and http://b.example/?":    "http://a.example/x(1) http://b.example/",
		"<http://a.example/x\ny/z> end":                     "http://a.example/xy/z",
		"<URL:http://a.example/x>":                          "http://a.example/x",
		"\"https://a.example/x\"":                           "https://a.example/x",
		"[text](https://a.example/x) **http://b.example/**": "https://a.example/x http://b.example/",
		"www.a.example xhttp://b.example http://":           "",
		"http://a.example/。你好":                              "http://a.example/",
		"x[http://a.example/x]now (http://b.example/)y":     "http://a.example/x http://b.example/",
		"_http://a.example/x_":                              "http://a.example/x",
		"http://a.example/x… http://b.example/—":            "http://a.example/x http://b.example/",
		"http://a.example,http://b.example/x,":              "http://a.example http://b.example/x",
		"http://a.example;and http://u:p!@b.example/":       "http://a.example http://u:p!@b.example/",
		"HTTPS://A.example/X":                               "HTTPS://A.example/X",
		"hxxp://a.example/":                                 "",
		"http://a.example/?u=http://b.example/":             "http://a.example/?u=http://b.example/",
	}
	for text, want := range cases {
		var got []string
		for _, l := range parseString("Subject: s\nContent-Type: text/plain; charset=utf-8\n\n" + text).Links {
			got = append(got, l.URL)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestBothAlternativesGiveLinks(t *testing.T) {
	got := parseString(multipart("alternative", "b", "--b\n\nhttp://a.example/ http://b.example/\n--b\nContent-Type: text/html\n\n<a href=http://a.example/>x</a>\n--b--\n")).Links
	if len(got) != 2 || got[0].Source != "html" || got[0].Text != "x" || got[1].URL != "http://b.example/" || got[1].Source != "text" {
		t.Errorf("links %v", got)
	}
}

// TestAlternative gives what the HTML says beside the plain text: a forger writes
// the one for filters and the other for readers.
func TestAlternative(t *testing.T) {
	for html, want := range map[string]string{"<p>write to help@evil.example": "write to help@evil.example", "<p>the  same": ""} {
		got := parseString(multipart("alternative", "b", "--b\n\nthe same\n--b\nContent-Type: text/html\n\n"+html+"\n--b--\n"))
		if got.Text != "the same" || got.Alternative != want {
			t.Errorf("text %q, alternative %q, want %q", got.Text, got.Alternative, want)
		}
	}
}

func TestHTMLToText(t *testing.T) {
	cases := map[string]string{
		"<p>one</p><p>two<br>three</p>":                                   "one\n\ntwo\nthree",
		"<ul><li>a</li><li>b <b>c</b></li></ul>":                          "- a\n- b c",
		"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>": "a b\nc",
		"a&nbsp;&lt;b&gt; &eacute;":                                       "a <b> é",
		"<style>x{}</style><script>y()</script>z":                         "z",
		"<pre>a\n  b</pre>":                                               "a\n  b",
		"word<b>part</b> rest":                                            "wordpart rest",
		"<a href=http://a.example/>http://a.example/</a> x":               "http://a.example/ x",
	}
	for html, want := range cases {
		if got := parseString("Subject: s\nContent-Type: text/html\n\n" + html).Text; got != want {
			t.Errorf("%s: got %q, want %q", html, got, want)
		}
	}
}

func TestCaps(t *testing.T) {
	html := strings.Repeat("<p>some words <a href=http://a.example/>x</a></p>\n", 80_000)
	got := parseString("Subject: s\nContent-Type: text/html\n\n" + html)
	if !got.HTMLTruncated || !got.TextTruncated || len(got.HTML) > maxText || len(got.Text) > maxText {
		t.Errorf("html %d %v, text %d %v", len(got.HTML), got.HTMLTruncated, len(got.Text), got.TextTruncated)
	}
	var many strings.Builder
	for i := range 5000 {
		many.WriteString("http://a.example/" + strings.Repeat("x", i%50) + string(rune('a'+i%26)) + b64(string(rune(i)))[:3] + "\n")
	}
	got = parseString("Subject: s\n\n" + many.String())
	if len(got.Links) != maxLinks || !hasProblem(got, "many_links") {
		t.Errorf("%d links, problems %v", len(got.Links), got.Problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a <b@c.example>\nSubject: =?utf-8?Q?x?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<a href=http://a.example/>x</a>\n--b--\n"))
	f.Add([]byte(multipart("digest", "b", "--b\n\n"+inner+"\n--b--\n")))
	f.Add([]byte("Subject: s\nContent-Transfer-Encoding: base64\n\naGVsbG8=IHdvcmxk\n"))
	f.Add([]byte("From: \"a, (b\" <<c@d>, =?x?B?=\nContent-Type: text/html; charset=utf-16; name*0*=a'b'%ff\n\n\xff\xfe<\x00a\x00"))
	f.Add([]byte("Subject: \xf0\xd2\xc9\xd7\xc5\xd4\nFrom: \x1b$B%F%9\x1b(B <a@b>\r\r\nContent-Type: (x) multipart / digest, boundary=b(c) charset=iso-2022-kr\n\n--b\n\n\x1b$)C\x0e>H3g\n"))
	f.Add([]byte("From: =?utf-8?B?YSA8YkBjPg==?=\nContent-Type: text/html; charset=utf-32\n\n\xff\xfe\x00\x00<\x00\x00\x00"))
	f.Add([]byte("Subject: s\n\nbegin 644 a\n%:&5L;&\\\n`\nend\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		size := len(raw)
		got := Parse(raw)
		if len(got.Text) > maxText || len(got.HTML) > 3*maxText || len(got.Links) > maxLinks || got.MessageSize > size+1 && !got.Reported {
			t.Fatalf("out of bounds: text %d, html %d, links %d", len(got.Text), len(got.HTML), len(got.Links))
		}
		for _, l := range got.Links {
			if l.Host == "" || !strings.Contains(l.URL, "://") {
				t.Fatalf("a link without a host: %+v", l)
			}
		}
	})
}
