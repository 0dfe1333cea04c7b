package email

import (
	"encoding/base64"
	"testing"
)

func parseString(s string) ParseOutput { return Parse([]byte(s)) }

func hasProblem(o ParseOutput, code string) bool {
	for _, p := range o.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

func TestSenders(t *testing.T) {
	cases := []struct{ field, name, address string }{
		{`Ann <ann@a.example>`, "Ann", "ann@a.example"},
		{`ann@a.example`, "", "ann@a.example"},
		{`<ann@a.example>`, "", "ann@a.example"},
		{`"Pay, Pal" <a@b.example>`, "Pay, Pal", "a@b.example"},
		{`Pay, Pal <a@b.example>`, "Pay, Pal", "a@b.example"},
		{`Pay, Pal, <a@b.example>`, "Pay, Pal", "a@b.example"},
		{`Pay, Pal,(<a@b.example>)`, "Pay, Pal", "a@b.example"},
		{`"x@y.example" <z@w.example>`, "x@y.example", "z@w.example"},
		{`x@y.example <z@w.example>`, "x@y.example", "z@w.example"},
		{`x@y.example, Bank <z@w.example>`, "x@y.example, Bank", "z@w.example"},
		{`"Bank <x@y.example>" <z@w.example>`, "Bank <x@y.example>", "z@w.example"},
		{`Bank <x@y.example> <z@w.example>`, "Bank x@y.example", "z@w.example"},
		{`Ann (of (the) help desk) <a@b.example>`, "Ann", "a@b.example"},
		{`a@b.example (Ann Lee)`, "Ann Lee", "a@b.example"},
		{`Ann <a@b.example`, "Ann", "a@b.example"},
		{`Ann a@b.example`, "Ann", "a@b.example"},
		{`Ann a@b.example>`, "Ann", "a@b.example"},
		{`Ann`, "Ann", ""},
		{`Ann <>`, "Ann", ""},
		{`Ann < a@ b.example >`, "Ann", "a@b.example"},
		{`<a@b@c.example>`, "", "a@b@c.example"},
		{`"odd "quotes" here" <a@b.example>`, "odd quotes here", "a@b.example"},
		{`"never closed <a@b.example>`, "never closed", "a@b.example"},
		{`"=?UTF-8?B?WsO8cmljaA==?=" <a@b.example>`, "Zürich", "a@b.example"},
		{`=?UTF-8?Q?Z=C3=BCrich=2C_Bank?=<a@b.example>`, "Zürich, Bank", "a@b.example"},
		{`=?UTF-8?Q?Z=C3=BCrich, "Bank"?= <a@b.example>`, `Zürich, "Bank"`, "a@b.example"},
		{`=?UTF-8?B?PHhAeS5leGFtcGxlPg==?= <a@b.example>`, "<x@y.example>", "a@b.example"},
		{"Z\xfcrich <a@b.example>", "Zürich", "a@b.example"},
		{"Zürich <a@b.example>", "Zürich", "a@b.example"},
		{`"a b"@c.example`, "", `"a b"@c.example`},
		{`Ann <mailto:a@b.example>`, "Ann", "a@b.example"},
		{`'Ann' <a@b.example>`, "'Ann'", "a@b.example"},
		{`Group: Ann <a@b.example>;`, "Ann", "a@b.example"},
		{`A <a@b.example>, C <c@d.example>`, "A", "a@b.example"},
		{`a@b.example, c@d.example`, "", "a@b.example"},
		{`a b <"a b"@c.example>`, "a b", `"a b"@c.example`},
		{`Ops <<a@b.example>>`, "Ops", "a@b.example"},
		{`Ops <a(desk)@b.example>`, "Ops", "a@b.example"},
		{`Ops; Desk <a@b.example>`, "Ops; Desk", "a@b.example"},
		{`Ops <@r1.example,@r2.example:a@b.example>`, "Ops", "a@b.example"},
		{`"Lee, Ann" <a@b.example> , <c@d.example>`, "Lee, Ann", "a@b.example"},
		{`Ops <ops>`, "Ops", "ops"},
		{`=?utf-8?B?` + b64("Bank <a@b.example>") + `?=`, "Bank", "a@b.example"},
		{`=?utf-8?Q?Bank?= =?utf-8?Q?_<a@b.example>?=`, "Bank", "a@b.example"},
		{`=?utf-8?B?` + b64("a@b.example") + `?=`, "", "a@b.example"},
		{"\x1b$B%+%9%?%^!<%5!<%S%9\x1b(B <a@b.example>", "カスタマーサービス", "a@b.example"},
		{``, "", ""},
	}
	for _, c := range cases {
		got := parseString("Subject: x\nFrom: " + c.field + "\n\nx").From
		if got != (Address{c.name, c.address}) {
			t.Errorf("%s\n got %q <%s>\nwant %q <%s>", c.field, got.Name, got.Address, c.name, c.address)
		}
	}
}

func TestAddressLists(t *testing.T) {
	cases := []struct {
		field string
		want  []Address
	}{
		{`a@b.example, Ann <c@d.example>`, []Address{{"", "a@b.example"}, {"Ann", "c@d.example"}}},
		{`Lee, Ann <c@d.example>; "X, Y" <e@f.example>`, []Address{{"Lee, Ann", "c@d.example"}, {"X, Y", "e@f.example"}}},
		{`Undisclosed recipients:;`, []Address{}},
		{`Undisclosed recipients:`, []Address{}},
		{`Team: a@b.example, c@d.example;, e@f.example`, []Address{{"", "a@b.example"}, {"", "c@d.example"}, {"", "e@f.example"}}},
		{`a@b.example,,c@d.example,`, []Address{{"", "a@b.example"}, {"", "c@d.example"}}},
	}
	for _, c := range cases {
		got := parseString("Subject: x\nTo: " + c.field + "\n\nx").To
		if len(got) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.field, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got %v, want %v", c.field, got, c.want)
			}
		}
	}
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestSubjects(t *testing.T) {
	cases := []struct{ name, field, want string }{
		{"plain", "hello  world", "hello  world"},
		{"folded", "hello\r\n world", "hello world"},
		{"folded by tab", "hello\r\n\tworld", "hello world"},
		{"B", "=?utf-8?B?" + b64("grün") + "?=", "grün"},
		{"Q", "=?utf-8?q?gr=C3=BCn_ist?=", "grün ist"},
		{"language", "=?utf-8*en?q?gr=C3=BCn?=", "grün"},
		{"adjacent", "=?utf-8?q?gr=C3=BCn?= =?iso-8859-1?q?_gr=FCn?=", "grün grün"},
		{"adjacent on two lines", "=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"},
		{"text after a word", "=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},
		{"split character", "=?utf-8?B?Z3LD?= =?utf-8?B?vG4=?=", "grün"},
		{"split character, Q", "=?utf-8?Q?gr=C3?=\r\n =?utf-8?Q?=BCn?=", "grün"},
		{"over-padded", "=?utf-8?B?Z3LDvG4=====?=", "grün"},
		{"no padding", "=?utf-8?B?Z3LDvG4?=", "grün"},
		{"padding inside", "=?utf-8?B?YQ==YQ==?=", "aa"},
		{"blank inside B", "=?utf-8?B?Z3LD vG4=?=", "grün"},
		{"blanks inside Q", "=?utf-8?Q?gr=C3=BCn ist gut?=", "grün ist gut"},
		{"question mark inside", "=?utf-8?Q?wirklich?=C3=BC?=", "wirklich?ü"[:8] + "?ü"},
		{"ends with a question mark", "=?utf-8?Q?wirklich??=", "wirklich?"},
		{"glued", "Re:=?utf-8?Q?=C3=BC?=ber", "Re:über"},
		{"quoted", `"=?utf-8?Q?=C3=BCber?=" x`, `"über" x`},
		{"folded inside a word", "=?utf-8?B?Z3LD\r\n vG4=?=", "grün"},
		{"folded without indentation", "=?utf-8?Q?a?=\r\n=?utf-8?Q?b?=", "ab"},
		{"cut off in its end", "=?utf-8?Q?gr=C3=BCn?", "grün"},
		{"blanks around the charset", "=? utf-8 ?Q?gr=C3=BCn?=", "grün"},
		{"no charset", "=??Q?gr=C3=BCn?=", "grün"},
		{"not what it says", "=?utf-8?Q?Pr=FCfung f=FCr?=", "Prüfung für"},
		{"raw utf-8 cut off", "Счёт за\xd0", "Счёт за\ufffd"},
		{"raw utf-8 folded inside a character", "Счёт за\xd0\r\n \xb1ло", "Счёт забло"},
		{"utf-16 with its mark", "=?utf-16?B?" + b64("\xfe\xff\x00g\x00r\x00\xfc\x00n") + "?=", "grün"},
		{"iso-2022-kr", "=?iso-2022-kr?B?" + b64("\x1b$)C\x0e>H3g\x0f ok") + "?=", "안녕 ok"},
		{"cut off", "=?utf-8?B?Z3LDvG4", "grün"},
		{"not a word", "a =? b ?= c", "a =? b ?= c"},
		{"unknown charset", "=?x-martian?Q?abc?=", "abc"},
		{"iso-2022-jp", "=?iso-2022-jp?B?" + b64("\x1b$B%F%9%H\x1b(B") + "?=", "テスト"},
		{"raw iso-2022-jp", "\x1b$B%F%9%H\x1b(B", "テスト"},
		{"koi8-r", "=?koi8-r?B?" + b64("\xf0\xd2\xc9\xd7\xc5\xd4") + "?=", "Привет"},
		{"gb2312", "=?gb2312?B?" + b64("\xc4\xe3\xba\xc3") + "?=", "你好"},
		{"gb18030", "=?GB18030?B?" + b64("\xc4\xe3\xba\xc3") + "?=", "你好"},
		{"big5", "=?big5?B?" + b64("\xa7A\xa6n") + "?=", "你好"},
		{"euc-kr", "=?ks_c_5601-1987?B?" + b64("\xbe\xc8\xb3\xe7") + "?=", "안녕"},
		{"shift_jis", "=?shift_jis?B?" + b64("\x83e\x83X\x83g") + "?=", "テスト"},
		{"windows-1251", "=?cp1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"},
		{"utf-7", "=?utf-7?Q?gr+APw-n?=", "grün"},
		{"utf-16", "=?utf-16be?B?" + b64("\x00g\x00r\x00\xfc\x00n") + "?=", "grün"},
		{"raw windows-1252", "gr\xfcn \x80", "grün €"},
		{"raw utf-8", "grün", "grün"},
		{"control characters", "a\x00b\x07c", "abc"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := parseString("From: a@b.example\r\nSubject: " + c.field + "\r\nTo: x@y.example\r\n\r\nx").Subject; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRawHeaderUsesTheMailsCharset(t *testing.T) {
	got := parseString("Subject: \xf0\xd2\xc9\xd7\xc5\xd4\nFrom: \xf0\xd2 <a@b.example>\nContent-Type: text/plain; charset=koi8-r\n\n\xf0\xd2")
	if got.Subject != "Привет" || got.From.Name != "Пр" || got.Text != "Пр" {
		t.Errorf("subject %q, from %q, text %q", got.Subject, got.From.Name, got.Text)
	}
	nested := parseString("Subject: \xf0\xd2\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\n--b--\n")
	if nested.Subject != "Пр" {
		t.Errorf("the charset of the text part was not used: %q", nested.Subject)
	}
}

func TestHeaderShapes(t *testing.T) {
	cases := []struct{ name, mail, subject, text string }{
		{"CRLF", "Subject: s\r\n\r\nbody\r\n", "s", "body"},
		{"LF", "Subject: s\n\nbody\n", "s", "body"},
		{"CR", "Subject: s\rTo: a@b.example\r\rbody\r", "s", "body"},
		{"mixed", "Subject: s\r\nTo: a@b.example\n\r\nbody\r\nmore\n", "s", "body\nmore"},
		{"mbox line", "From a@b.example Mon Jan  1 00:00:00 2024\nSubject: s\n\nbody", "s", "body"},
		{"byte order mark", "\xef\xbb\xbfSubject: s\n\nbody", "s", "body"},
		{"empty lines first", "\r\n\r\nSubject: s\r\n\r\nbody", "s", "body"},
		{"header only", "Subject: s\n", "s", ""},
		{"header only, no line end", "Subject: s", "s", ""},
		{"empty body", "Subject: s\n\n", "s", ""},
		{"no header", "just a text\nof two lines\n", "", "just a text\nof two lines"},
		{"no header, an address first", "http://a.example/x\n", "", "http://a.example/x"},
		{"no empty line", "Subject: s\nTo: a@b.example\nThis is the body.\nAnd more.\n", "s", "This is the body.\nAnd more."},
		{"blank before the colon", "Subject : s\n\nbody", "s", "body"},
		{"line of blanks inside", "Subject: s\n   \nTo: a@b.example\n\nbody", "s", "body"},
		{"line of blanks at the end", "To: a@b.example\nSubject: s\n  \nbody", "s", "body"},
		{"two \\r", "Subject: s\r\r\n more\r\r\n\r\r\nbody\r\r\nx", "s more", "body\nx"},
		{"byte order mark after an mbox line", "From a@b.example Mon Jan  1 00:00:00 2024\n\xef\xbb\xbfSubject: s\n\nbody", "s", "body"},
		{"UTF-16", "\xff\xfeS\x00u\x00b\x00j\x00e\x00c\x00t\x00:\x00 \x00s\x00\n\x00\n\x00b\x00o\x00d\x00y\x00", "s", "body"},
		{"empty", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := parseString(c.mail)
			if got.Subject != c.subject || got.Text != c.text {
				t.Errorf("subject %q text %q, want %q %q", got.Subject, got.Text, c.subject, c.text)
			}
		})
	}
}

func TestDates(t *testing.T) {
	cases := map[string]string{
		"Mon, 3 Mar 2025 09:15:00 +0100":      "2025-03-03T09:15:00+01:00",
		"3 Mar 2025 09:15:00 GMT (Greenwich)": "2025-03-03T09:15:00Z",
		"Mon, 03 Mar 2025 09:15:00 -0000":     "2025-03-03T09:15:00Z",
		"Lun, 3 Mar 2025 09:15:00 +0100":      "2025-03-03T09:15:00+01:00",
		"Mon, 3 Mar 2025 9:15 +01:00":         "2025-03-03T09:15:00+01:00",
		"Mon Mar 3 09:15:00 2025":             "2025-03-03T09:15:00Z",
		"2025-03-03T09:15:00Z":                "2025-03-03T09:15:00Z",
		"yesterday":                           "",
	}
	for in, want := range cases {
		got := parseString("Subject: x\nDate: " + in + "\n\nx").Date
		if (got == nil) != (want == "") || got != nil && *got != want {
			t.Errorf("%q: got %v, want %q", in, got, want)
		}
	}
}

func TestTrace(t *testing.T) {
	got := parseString(`Received: from mail.evil.example (unknown [203.0.113.9]) by mx.company.example
	(Postfix, from userid 0) with ESMTPS id 4F; Mon, 3 Mar 2025 09:15:02 +0100
Received: from [IPv6:2001:db8::7] (helo=x) by mail.evil.example with LMTP; Mon, 3 Mar 2025 09:15:01 +0100
Received: by worker with SMTP id 1; Mon, 3 Mar 2025 09:15:00 +0100
Return-Path: <bounce@evil.example>
Received-SPF: Fail (mx: domain of evil.example does not designate) client-ip=203.0.113.9; envelope-from="bounce@evil.example";
Authentication-Results: mx.company.example 1;
	dkim=fail (bad; signature) header.d=evil.example header.s=s1;
	dkim=pass header.d=sender.example;
	dmarc=fail (p=REJECT) header.from=bank.example
ARC-Authentication-Results: i=1; relay.example; spf=pass smtp.mailfrom=x@relay.example; dmarc=pass header.from=bank.example
Message-ID: <abc@evil.example>
References: <1@a.example>
	<2@a.example>
In-Reply-To: <2@a.example> (yours)

x
`)
	a := got.Authentication
	if a.SPF != "fail" || a.DKIM != "pass" || a.DMARC != "fail" || len(a.Details) != 6 {
		t.Errorf("authentication %+v", a)
	}
	if d := a.Details[0]; d.Domain != "evil.example" || d.Server != "mx.company.example" || d.Detail != "header.d=evil.example header.s=s1 (bad; signature)" {
		t.Errorf("first detail %+v", d)
	}
	if d := a.Details[3]; d.Method != "spf" || d.Domain != "evil.example" || d.Header != "Received-SPF" {
		t.Errorf("received-spf %+v", d)
	}
	want := []Hop{{From: "mail.evil.example", By: "mx.company.example", With: "ESMTPS", IP: "203.0.113.9"}, {By: "mail.evil.example", With: "LMTP", From: "[IPv6:2001:db8::7]", IP: "2001:db8::7"}, {By: "worker", With: "SMTP"}}
	for i, h := range got.Received {
		if h.Date == nil {
			t.Errorf("hop %d has no date", i)
		}
		h.Date = nil
		if h != want[i] {
			t.Errorf("hop %d: got %+v, want %+v", i, h, want[i])
		}
	}
	if got.ReturnPath != "bounce@evil.example" || got.MessageID != "abc@evil.example" || got.InReplyTo != "2@a.example" ||
		len(got.References) != 2 || got.References[1] != "2@a.example" {
		t.Errorf("ids %q %q %q %v", got.ReturnPath, got.MessageID, got.InReplyTo, got.References)
	}
}
