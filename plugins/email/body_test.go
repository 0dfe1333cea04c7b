package email

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func TestCharsetsOfBodies(t *testing.T) {
	utf16le := func(s string, mark string) string {
		out := []byte(mark)
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return string(out)
	}
	cases := []struct{ name, typ, body, want string }{
		{"utf-8", "text/plain; charset=utf-8", "grün", "grün"},
		{"none, utf-8", "text/plain", "grün", "grün"},
		{"none, 8 bits", "text/plain", "gr\xfcn", "grün"},
		{"us-ascii with 8 bits", "text/plain; charset=us-ascii", "gr\xfcn", "grün"},
		{"unknown", "text/plain; charset=x-martian", "gr\xfcn", "grün"},
		{"iso-8859-1", `text/plain; charset="iso-8859-1"`, "gr\xfcn", "grün"},
		{"koi8-r", "text/plain; charset=KOI8-R", "\xf0\xd2\xc9", "При"},
		{"windows-1250", "text/plain; charset=windows-1250", "\x9e\xed", "ží"},
		{"gb18030", "text/plain; charset=gb18030", "\xc4\xe3\xba\xc3", "你好"},
		{"iso-2022-jp", "text/plain; charset=iso-2022-jp", "\x1b$B%F%9%H\x1b(B", "テスト"},
		{"iso-2022-jp, not said", "text/plain", "\x1b$B%F%9%H\x1b(B", "テスト"},
		{"utf-7", "text/plain; charset=utf-7", "gr+APw-n +- 1", "grün + 1"},
		{"iso-2022-kr", "text/plain; charset=iso-2022-kr", "\x1b$)C\x0e>H3g\x0f ok", "안녕 ok"},
		{"iso-2022-jp, says utf-8", "text/plain; charset=utf-8", "\x1b$B%F%9%H\x1b(B", "テスト"},
		{"utf-16le of Cyrillic, no mark", "text/plain; charset=utf-16le", "\x1f\x04@\x048\x04", "При"},
		{"utf-32", "text/plain; charset=utf-32", "g\x00\x00\x00r\x00\x00\x00\xfc\x00\x00\x00n\x00\x00\x00", "grün"},
		{"utf-32 by its mark", "text/plain", "\x00\x00\xfe\xff\x00\x00\x00g\x00\x00\x00\xfc", "gü"},
		{"hz", "text/plain; charset=hz-gb-2312", "~{Dc:C~}", "你好"},
		{"meta", "text/html", "<meta charset=windows-1251><p>\xcf\xf0", "Пр"},
		{"meta, old form", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=big5"><p>` + "\xa7A\xa6n", "你好"},
		{"header before meta", "text/html; charset=windows-1251", "<meta charset=koi8-r><p>\xcf\xf0", "Пр"},
		{"meta against us-ascii", "text/html; charset=us-ascii", "<meta charset=windows-1251><p>\xcf\xf0", "Пр"},
		{"utf-8 that is not, with meta", "text/html; charset=utf-8", "<meta charset=windows-1251><p>\xcf\xf0", "Пр"},
		{"utf-8 that is not", "text/plain; charset=utf-8", "gr\xfcn", "grün"},
		{"meta says utf-16", "text/html", "<meta charset=utf-16><p>grün", "grün"},
		{"header says utf-16, is not", "text/html; charset=utf-16", "<p>gruen", "gruen"},
		{"utf-8 mark", "text/plain; charset=iso-8859-1", "\xef\xbb\xbfgrün", "grün"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := parseString("Subject: s\nContent-Type: " + c.typ + "\n\n" + c.body).Text; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for _, mark := range []string{"\xff\xfe", ""} {
		for _, typ := range []string{"text/html", "text/html; charset=utf-16", "text/html; charset=utf-16le", "text/html; charset=utf-8"} {
			html := utf16le(`<html><p>grün <a href="http://a.example/?x=1&amp;y=2">ja</a></p></html>`, mark)
			got := parseString("Subject: s\nContent-Type: " + typ + "\nContent-Transfer-Encoding: base64\n\n" + b64(html))
			if got.Text != "grün ja <http://a.example/?x=1&y=2>" || len(got.Links) != 1 {
				t.Errorf("UTF-16, mark %q, %s: %q", mark, typ, got.Text)
			}
		}
	}
}

func TestTransferEncodings(t *testing.T) {
	long := strings.Repeat("The quick brown fox. ", 20)
	wrapped := b64(long)
	wrapped = wrapped[:76] + "\r\n" + wrapped[76:152] + "\r\n" + wrapped[152:]
	cases := []struct{ name, encoding, body, want string }{
		{"base64", "base64", wrapped, long},
		{"base64 in capitals", "BASE64", wrapped, long},
		{"base64 with litter", "base64", "!" + strings.ReplaceAll(wrapped, "\r\n", " \r\n*\r\n"), long},
		{"base64 without padding", "base64", "aGVsbG8", "hello"},
		{"base64 of two padded pieces", "base64", "aGVsbG8=\r\nIHdvcmxk\r\n", "hello world"},
		{"base64 of two padded pieces on a line", "base64", "aGVsbG8=IHdvcmxk", "hello world"},
		{"base64 with blanks and short lines", "base64", "aG Vs\r\nbG8 =\r\nIF dP\r\nUk xE\r\n", "hello WORLD"},
		{"base64 and a footer", "base64", "aGVsbG8=\r\n\r\n-- \r\nThis is a list of people.\r\n", "hello"},
		{"base64 without padding and a footer", "base64", "aGVsbG8h\r\nSent by a list of people\r\n", "hello!"},
		{"one letter too many", "base64", "aGVsbG8hX", "hello!"},
		{"quoted-printable", "quoted-printable", "gr=C3=BCn=\r\n ist=20gut", "grün ist gut"},
		{"quoted-printable, lower case", "Quoted-Printable", "gr=c3=bcn", "grün"},
		{"quoted-printable, broken", "quoted-printable", "a=ZZb = c=\nd=3", "a=ZZb = cd=3"},
		{"quoted-printable, blanks before the break", "quoted-printable", "a=  \r\nb", "ab"},
		{"quoted-printable, final =", "quoted-printable", "ab=", "ab"},
		{"unknown", "x-zip", "as it is", "as it is"},
		{"wrong name", "8-bit", "as it is", "as it is"},
		{"comment", "base64 (really)", "aGVsbG8=", "hello"},
		{"quotes", `"base64"`, "aGVsbG8=", "hello"},
		{"uuencode", "x-uuencode", "begin 644 a.txt\n%:&5L;&\\\n`\nend\n", "hello"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parseString("Subject: s\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: " + c.encoding + "\n\n" + c.body)
			if got.Text != strings.TrimSpace(c.want) {
				t.Errorf("got %q, want %q", got.Text, c.want)
			}
		})
	}
}

func TestUUFilesInText(t *testing.T) {
	got := parseString("Subject: s\n\nlook:\nbegin 644 a b.txt\n%:&5L;&\\\n`\nend\nbegin at the start\nbye\n")
	if len(got.Attachments) != 1 || got.Attachments[0].Name != "a b.txt" || got.Attachments[0].Size != 5 ||
		got.Attachments[0].MD5 != "5d41402abc4b2a76b9719d911017c592" || got.Text != "look:\nbegin at the start\nbye" {
		t.Errorf("attachments %+v, text %q", got.Attachments, got.Text)
	}
}

func multipart(kind, boundary, body string) string {
	return "Subject: s\nContent-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\n\n" + body
}

func TestMultipart(t *testing.T) {
	cases := []struct{ name, mail, text, html, problem string }{
		{"alternative", multipart("alternative", "b", "pre\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--\nepi"), "plain", "<p>rich", ""},
		{"CRLF", strings.ReplaceAll(multipart("alternative", "b", "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--\n"), "\n", "\r\n"), "plain", "<p>rich", ""},
		{"blanks after the boundary", multipart("alternative", "b", "--b \t\n\nplain\n--b  \nContent-Type: text/html\n\n<p>rich\n--b-- \n"), "plain", "<p>rich", ""},
		{"inner begins with outer", multipart("mixed", "b", "--b\nContent-Type: multipart/alternative; boundary=b1\n\n--b1\n\nplain\n--b1\nContent-Type: text/html\n\n<p>rich\n--b1--\n--b--\n"), "plain", "<p>rich", ""},
		{"outer begins with inner", multipart("mixed", "bb", "--bb\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--\n--bb--\n"), "plain", "<p>rich", ""},
		{"not closed", multipart("alternative", "b", "--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich"), "plain", "<p>rich", "unclosed_boundary"},
		{"inner not closed", multipart("mixed", "b", "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--"), "plain", "<p>rich", "unclosed_boundary"},
		{"wrong boundary", multipart("alternative", "zzz", "--bbbb\nContent-Type: text/plain\n\nplain\n--bbbb\nContent-Type: text/html\n\n<p>rich\n--bbbb--\n"), "plain", "<p>rich", "wrong_boundary"},
		{"no boundary given", "Subject: s\nContent-Type: multipart/alternative\n\n--bbbb\nContent-Type: text/plain\n\nplain\n--bbbb\nContent-Type: text/html\n\n<p>rich\n--bbbb--\n", "plain", "<p>rich", "wrong_boundary"},
		{"none in the body", multipart("alternative", "zzz", "just text"), "just text", "", "no_boundary"},
		{"none in the body, HTML", multipart("alternative", "zzz", "<html><p>rich"), "rich", "<html><p>rich", "no_boundary"},
		{"digest with HTML", multipart("digest", "b", "--b\nContent-Type: text/html; charset=utf-8\n\n<p>rich\n--b--\n"), "rich", "<p>rich", ""},
		{"digest with bare HTML", multipart("digest", "b", "--b\n\n<html><p>rich\n--b--\n"), "rich", "<html><p>rich", ""},
		{"no type but HTML", "Subject: s\n\n<!DOCTYPE html><p>rich", "rich", "<!DOCTYPE html><p>rich", ""},
		{"odd type", "Subject: s\nContent-Type: text\n\nplain", "plain", "", "bad_type"},
		{"no semicolon", "Subject: s\nContent-Type: text/html charset=windows-1251\n\n<p>\xcf\xf0", "Пр", "<p>Пр", ""},
		{"base64 around parts", "Subject: s\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n" + b64("--b\n\nplain\n--b\nContent-Type: text/html\n\n<p>rich\n--b--\n"), "plain", "<p>rich", ""},
		{"boundary line inside a line", multipart("mixed", "b", "--b\n\nsee --b here\n--bc\nx\n--b--\n"), "see --b here\n--bc\nx", "", ""},
		{"parts after the end", multipart("mixed", "b", "--b\n\nplain\n--b--\n--b\n\nmore\n--b--\n"), "plain", "", "parts_after_end"},
		{"part without empty line", multipart("mixed", "b", "--b\nplain\n--b--\n"), "plain", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parseString(c.mail)
			if got.Text != c.text || got.HTML != c.html || len(got.Attachments) != 0 {
				t.Errorf("text %q, html %q, %d attachments; want %q, %q", got.Text, got.HTML, len(got.Attachments), c.text, c.html)
			}
			if c.problem != "" && !hasProblem(got, c.problem) {
				t.Errorf("problems %v, want %s", got.Problems, c.problem)
			}
		})
	}
}

func TestAttachmentNames(t *testing.T) {
	cases := []struct{ name, header, want string }{
		{"filename", `Content-Disposition: attachment; filename="a b.pdf"`, "a b.pdf"},
		{"no quotes", `Content-Disposition: attachment; filename=a b.pdf`, "a b.pdf"},
		{"quotes that don't close", `Content-Disposition: attachment; filename="a.pdf`, "a.pdf"},
		{"semicolon inside", `Content-Disposition: attachment; filename="a;b.pdf"; size=3`, "a;b.pdf"},
		{"name only", `Content-Type: application/pdf; name=a.pdf`, "a.pdf"},
		{"encoded word", `Content-Disposition: attachment; filename="=?utf-8?Q?gr=C3=BCn.pdf?="`, "grün.pdf"},
		{"split word", `Content-Disposition: attachment; filename="=?utf-8?B?Z3LD?= =?utf-8?B?vG4=?=.pdf"`, "grün.pdf"},
		{"RFC 2231", `Content-Disposition: attachment; filename*=utf-8'de'gr%C3%BCn.pdf`, "grün.pdf"},
		{"RFC 2231, latin", `Content-Disposition: attachment; filename*=iso-8859-1''gr%FCn.pdf`, "grün.pdf"},
		{"continued", `Content-Disposition: attachment; filename*1="b.pdf"; filename*0="a"`, "ab.pdf"},
		{"continued and encoded", `Content-Disposition: attachment; filename*0*=utf-8''gr%C3; filename*1*=%BC; filename*2="n.pdf"`, "grün.pdf"},
		{"both", `Content-Disposition: attachment; filename="gruen.pdf"; filename*=utf-8''gr%C3%BCn.pdf`, "grün.pdf"},
		{"raw bytes", "Content-Disposition: attachment; filename=\"gr\xfcn.pdf\"", "grün.pdf"},
		{"backslash", `Content-Disposition: attachment; filename="C:\temp\a.pdf"`, `C:\temp\a.pdf`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parseString(multipart("mixed", "b", "--b\n\ntext\n--b\n"+c.header+"\n\n%PDF-1.4\n--b--\n"))
			if len(got.Attachments) != 1 || got.Attachments[0].Name != c.want || got.Attachments[0].Magic != "application/pdf" {
				t.Errorf("got %+v, want %q", got.Attachments, c.want)
			}
		})
	}
}

func TestAttachments(t *testing.T) {
	got := parseString(multipart("mixed", "b", "--b\nContent-Type: text/html\n\n<img src=cid:x>\n"+
		"--b\nContent-Type: image/png\nContent-ID: <x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"+
		"--b\nContent-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nnotes\n"+
		"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=invoice\u202efdp.exe\nContent-Transfer-Encoding: base64\n\nTVqQAAM=\n--b--\n"))
	if len(got.Attachments) != 3 {
		t.Fatalf("attachments %+v", got.Attachments)
	}
	if a := got.Attachments[0]; !a.Inline || a.ContentID != "x" || a.Magic != "image/png" {
		t.Errorf("picture %+v", a)
	}
	if a := got.Attachments[1]; a.Inline || a.Name != "notes.txt" || a.Size != 5 || a.Magic != "text/plain" || len(a.SHA256) != 64 || len(a.SHA1) != 40 {
		t.Errorf("notes %+v", a)
	}
	if a := got.Attachments[2]; a.Type != "application/pdf" || a.Magic != "application/x-dosexec" || !hasProblem(got, "reversed_name") {
		t.Errorf("program %+v %v", a, got.Problems)
	}
}

const inner = "From: Prize <win@prize.example>\nSubject: You won\nDate: Mon, 3 Mar 2025 09:15:00 +0100\n\nGo to http://prize.example/claim.\n"

func TestReportedMails(t *testing.T) {
	wrap := func(header, body string) string {
		return "From: Ann <ann@company.example>\n" + multipart("mixed", "b", "--b\n\nlook\n--b\n"+header+"\n\n"+body+"\n--b--\n")
	}
	cases := map[string]string{
		"message/rfc822":                 wrap("Content-Type: message/rfc822", inner),
		"in base64":                      wrap("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64", b64(inner)),
		"in quoted-printable":            wrap("Content-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable", strings.ReplaceAll(inner, "won", "w=6Fn")),
		"as a file":                      wrap("Content-Type: application/octet-stream; name=mail.EML\nContent-Transfer-Encoding: base64", b64(inner)),
		"as a file with \\r\\r\\n":       wrap("Content-Type: application/octet-stream; name=mail.eml\nContent-Transfer-Encoding: base64", b64(strings.ReplaceAll(inner, "\n", "\r\r\n"))),
		"as a text file":                 wrap("Content-Type: text/plain; name=mail.eml\nContent-Disposition: attachment", inner),
		"as the whole":                   "From: Ann <ann@company.example>\nSubject: s\nContent-Type: message/rfc822\n\n" + inner,
		"in a digest":                    "From: Ann <ann@company.example>\n" + multipart("digest", "b", "--b\n\n"+inner+"\n--b--\n"),
		"in a digest, its boundary lost": "From: Ann <ann@company.example>\nSubject: s\nContent-Type: multipart/digest\n\n--abc\n\n" + inner + "\n--abc--\n",
		"in a sloppy digest":             "From: Ann <ann@company.example>\n" + multipart("digest", "b", "--b\n"+inner+"\n--b--\n"),
		"twice":                          wrap("Content-Type: message/rfc822", "From: Bob <bob@company.example>\nSubject: FW\nContent-Type: message/rfc822\n\n"+inner),
		"same boundary, not closed":      "From: Ann <ann@company.example>\n" + multipart("mixed", "b", "--b\nContent-Type: message/rfc822\n\n"+inner),
	}
	for name, mail := range cases {
		t.Run(name, func(t *testing.T) {
			got := parseString(mail)
			if got.Subject != "You won" || got.From.Address != "win@prize.example" || len(got.Links) != 1 || !got.Reported {
				t.Fatalf("the reported mail was not found: %q %v %v", got.Subject, got.From, got.Links)
			}
			if got.Reporter == nil || *got.Reporter != (Address{"Ann", "ann@company.example"}) || got.Wrapper == nil || got.Wrapper.Subject != "s" {
				t.Errorf("reporter %v, wrapper %v", got.Reporter, got.Wrapper)
			}
			if len(got.Wrapper.Attachments) != 1 || len(got.Attachments) != 0 {
				t.Errorf("attachments of the wrapper %v, of the mail %v", got.Wrapper.Attachments, got.Attachments)
			}
		})
	}
	plain := parseString(wrap("Content-Type: application/octet-stream; name=mail.eml", "this is no mail"))
	if plain.Reported || plain.Reporter != nil || len(plain.Attachments) != 1 {
		t.Errorf("a file that only says it is a mail was taken for one")
	}
}

func TestReportedMailKeepsItsAttachments(t *testing.T) {
	mail := "From: Evil <e@evil.example>\n" + multipart("mixed", "in", "--in\n\nopen it\n--in\nContent-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\nUEsDBAAA\n--in--\n")
	got := parseString("From: Ann <ann@company.example>\n" + multipart("mixed", "out", "--out\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+b64(mail)+"\n--out--\n"))
	if got.From.Address != "e@evil.example" || len(got.Attachments) != 1 || got.Attachments[0].Name != "a.zip" ||
		got.Attachments[0].Magic != "application/zip" || got.Text != "open it" {
		t.Errorf("%+v", got.Mail)
	}
	if a := got.Wrapper.Attachments[0]; a.Size != len(mail) {
		t.Errorf("the wrapped mail has %d bytes, want %d", a.Size, len(mail))
	}
}

func TestEndlessNesting(t *testing.T) {
	var messages, parts strings.Builder
	for i := range 5000 {
		messages.WriteString("Subject: s\nContent-Type: message/rfc822\n\n")
		fmt.Fprintf(&parts, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	for name, mail := range map[string]string{"mails": messages.String(), "parts": "Subject: s\n" + parts.String(), "many": multipart("mixed", "b", strings.Repeat("--b\n\nx\n", 5000))} {
		got := parseString(mail)
		if !hasProblem(got, "nested_too_deep") && !hasProblem(got, "many_parts") {
			t.Errorf("%s: problems %v", name, got.Problems)
		}
	}
}

func TestFlowedText(t *testing.T) {
	got := parseString("Subject: s\nContent-Type: text/plain; format=flowed; delsp=yes\n\nsee http://a.example/one/ \ntwo/three now\n\n> quoted \n> text\n-- \nAnn\n")
	if got.Text != "see http://a.example/one/two/three now\n\n> quotedtext\n-- \nAnn" || len(got.Links) != 1 || got.Links[0].URL != "http://a.example/one/two/three" {
		t.Errorf("text %q links %v", got.Text, got.Links)
	}
}

// TestHostileShapes feeds what would take time squared in a careless reader.
func TestHostileShapes(t *testing.T) {
	const n = 1 << 20
	cases := map[string]string{
		"comments":          "From: " + strings.Repeat("(", n) + "\n\nx",
		"quotes":            "From: " + strings.Repeat(`"\`, n/2) + "\n\nx",
		"brackets":          "From: " + strings.Repeat("<", n) + "\n\nx",
		"commas":            "To: " + strings.Repeat("a,", n/2) + "\n\nx",
		"words":             "Subject: " + strings.Repeat("=?a?q?", n/6) + "\n\nx",
		"words in fields":   strings.Repeat("Subject: "+strings.Repeat("=?a?b?x ", 7000)+"\n", 16) + "\nx",
		"fields":            strings.Repeat("A: b\n", n/5) + "\nx",
		"folds":             "Subject: x\n" + strings.Repeat(" x\n", n/3) + "\nx",
		"line ends":         "Subject: x\n" + strings.Repeat("a\r", n) + "\nx",
		"broken lines":      "Subject: x\n" + strings.Repeat("a\n", n/2) + "To: x\n\nx",
		"closing brackets":  "Subject: x\n\nhttp://a.example/" + strings.Repeat(")", n),
		"closings in words": "Subject: x\n\n" + strings.Repeat("http://a.example/"+strings.Repeat(")", 8000)+" ", n/8000),
		"schemes":           "Subject: x\n\n" + strings.Repeat("http://", n/7),
		"empty base64":      "Subject: x\nContent-Transfer-Encoding: base64\n\nYQ==\n" + strings.Repeat("\n", n),
		"links":             "Subject: x\nContent-Type: text/html\n\n" + strings.Repeat("<a href=http://a.example>", n/25),
		"breaks in a link":  "Subject: x\nContent-Type: text/html\n\n<a href=http://a.example>" + strings.Repeat("<br>", n/4),
		"open tags":         "Subject: x\nContent-Type: text/html\n\n" + strings.Repeat("<", n),
		"attributes":        "Subject: x\nContent-Type: text/html\n\n<a " + strings.Repeat("b=c ", n/4) + ">",
		"parameters":        "Subject: x\nContent-Type: text/plain" + strings.Repeat(";a*0=b", 10000) + "\n\nx",
		"delimiters":        multipart("mixed", "-", strings.Repeat("-", n)),
		"blank delimiters":  multipart("mixed", "b", strings.Repeat("--b"+strings.Repeat(" ", 2000)+"x\n", n/2000)),
		"received":          strings.Repeat("Received: "+strings.Repeat("from (", 100)+"\n", 1000) + "\nx",
		"begin":             "Subject: x\n\n" + strings.Repeat("begin 644 a\n#0V%T\n", n/18),
		"utf-7":             "Subject: x\nContent-Type: text/plain; charset=utf-7\n\n" + strings.Repeat("+", n),
	}
	for name, mail := range cases {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			Parse([]byte(mail))
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("%d KB took %s", len(mail)>>10, took)
			}
		})
	}
}
