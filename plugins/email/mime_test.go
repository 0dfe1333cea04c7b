package email

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSloppyMIME reads a page through the mistakes that senders make around it.
func TestSloppyMIME(t *testing.T) {
	const page = `<p><a href="http://a.example/?x=1&amp;y=2">x</a>`
	two := func(b string) string {
		return "--" + b + "\nContent-Type: text/plain\n\nplain\n--" + b + "\nContent-Type: text/html\n\n" + page + "\n--" + b + "--\n"
	}
	encoded := b64("<html>" + page)
	cases := []struct{ name, header, body string }{
		{"comment first", "Content-Type: (x) multipart/alternative; boundary=abc", two("abc")},
		{"comments between", `Content-Type: multipart/alternative (x); (boundary=z) boundary="abc" (y)`, two("abc")},
		{"comment after a boundary without quotes", "Content-Type: multipart/alternative; boundary=abc (x)", two("abc")},
		{"brackets in the boundary", "Content-Type: multipart/alternative; boundary=a(b)c", two("a(b)c")},
		{"blanks around the slash", "Content-Type: multipart / alternative; boundary=abc", two("abc")},
		{"comma", "Content-Type: multipart/alternative, boundary=abc", two("abc")},
		{"forgotten semicolon", "Content-Type: multipart/alternative; charset=utf-8 boundary=abc", two("abc")},
		{"encoded word as boundary", `Content-Type: multipart/alternative; boundary="=?utf-8?Q?a?="`, two("=?utf-8?Q?a?=")},
		{"raw bytes in the boundary", "Content-Type: multipart/alternative; boundary=\"a\xfcb\"", two("a\xfcb")},
		{"boundary of RFC 2231", "Content-Type: multipart/alternative; boundary*0*=us-ascii''a%62; boundary*1=c", two("abc")},
		{"quoted-printable around parts", "Content-Type: multipart/alternative; boundary=\"=_a\"\nContent-Transfer-Encoding: quoted-printable", strings.ReplaceAll(two("=_a"), "=", "=3D")},
		{"quoted-printable around parts, not their boundary", "Content-Type: multipart/alternative; boundary=abc\nContent-Transfer-Encoding: quoted-printable", strings.ReplaceAll(strings.ReplaceAll(two("abc"), "text/html", "text/html; charset=utf-8"), "=", "=3D")},
		{"short boundary, another named", "Content-Type: multipart/alternative; boundary=abc", two("b")},
		{"type lost", "MIME-Version: 1.0", "A message in several parts.\n\n" + two("abcde")},
		{"type lost but not its boundary", "Content-Type: ; boundary=abc", two("abc")},
		{"encoding after a comment", "Content-Type: text/html\nContent-Transfer-Encoding: (x) base64", encoded},
		{"encoding with a blank", "Content-Type: text/html\nContent-Transfer-Encoding: base 64", encoded},
		{"encoded, no type", "Content-Transfer-Encoding: base64", encoded},
		{"encoded in a digest, no type", "Content-Type: multipart/digest; boundary=abc", "--abc\nContent-Transfer-Encoding: base64\n\n" + encoded + "\n--abc--\n"},
		{"base64 that is none", "Content-Type: text/html\nContent-Transfer-Encoding: base64", page},
		{"misspelt base64", "Content-Type: text/html\nContent-Transfer-Encoding: bas64", encoded},
		{"misspelt quoted-printable", "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printible", strings.ReplaceAll(page, "=", "=3D")},
		{"misspelt type", "Content-Type: text-html", page},
		{"half a type", "Content-Type: html", page},
		{"text/htm", "Content-Type: text/htm", page},
		{"XHTML", "Content-Type: application/xhtml+xml", page},
		{"no type, a paragraph first", "X-Y: z", page},
		{"page with a name", "Content-Type: text/html; name=page.html", page},
		{"page with a name, inline", "Content-Type: text/html\nContent-Disposition: inline; filename=page.html", page},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parseString("Subject: s\n" + c.header + "\n\n" + c.body)
			if len(got.Links) != 1 || got.Links[0].URL != "http://a.example/?x=1&y=2" || got.Links[0].Text != "x" {
				t.Errorf("links %v, text %q, problems %v", got.Links, got.Text, got.Problems)
			}
			if named := strings.Contains(c.header, "name="); len(got.Attachments) > 0 != named {
				t.Errorf("attachments %v", got.Attachments)
			}
		})
	}
}

// wrapMail puts a mail into another, as reporters' mail programs do.
func wrapMail(i int, mail string) string {
	return fmt.Sprintf("From: a%d@b.example\nSubject: fw\nContent-Type: multipart/mixed; boundary=b%dx\n\n--b%dx\nContent-Type: message/rfc822\n\n%s\n--b%dx--\n", i, i, i, mail, i)
}

func TestDeeplyWrappedMail(t *testing.T) {
	mail := inner
	for i := range 40 {
		mail = wrapMail(i, mail)
	}
	got := parseString(mail)
	if got.Subject != "You won" || len(got.Links) != 1 || got.Reporter == nil || got.Reporter.Address != "a39@b.example" {
		t.Errorf("subject %q, links %v, reporter %v, problems %v", got.Subject, got.Links, got.Reporter, got.Problems)
	}
	if len(got.Wrapper.Attachments) != 1 || got.Wrapper.Attachments[0].SHA256 == "" {
		t.Errorf("wrapper %+v", got.Wrapper.Attachments)
	}
}

// TestDepthTimesSize bounds the work on what is large and deep at once.
func TestDepthTimesSize(t *testing.T) {
	mail := "Subject: in\n\n" + strings.Repeat("--x y\n", 8<<20/6)
	for i := range 90 {
		mail = wrapMail(i, mail)
	}
	began := time.Now()
	got := parseString(mail)
	if took := time.Since(began); took > 5*time.Second || !hasProblem(got, "nested_too_deep") {
		t.Errorf("took %s, problems %v", took, got.Problems)
	}
}
