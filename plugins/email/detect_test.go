package email

import (
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

func encode(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	b, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return b
}

// TestUndeclaredText reads subjects and bodies that no field gives a charset.
func TestUndeclaredText(t *testing.T) {
	cases := []struct {
		name string
		is   encoding.Encoding
		text string
	}{
		{"windows-1251", charmap.Windows1251, "Ваш счет заблокирован"},
		{"windows-1251, a word", charmap.Windows1251, "Привет"},
		{"windows-1251, capitals", charmap.Windows1251, "СРОЧНО ПОДТВЕРДИТЕ ДАННЫЕ"},
		{"windows-1251, with Latin", charmap.Windows1251, "Re: оплата по PayPal №12"},
		{"windows-1251, Ukrainian", charmap.Windows1251, "Підтвердіть ваші дані"},
		{"koi8-r", charmap.KOI8R, "Ваш счёт заблокирован"},
		{"koi8-r, a word", charmap.KOI8R, "Привет"},
		{"iso-8859-5", charmap.ISO8859_5, "Подтвердите пароль немедленно"},
		{"shift_jis", japanese.ShiftJIS, "お支払い方法を更新してください"},
		{"shift_jis, katakana", japanese.ShiftJIS, "カスタマーサービス"},
		{"euc-jp", japanese.EUCJP, "お支払い方法を更新してください"},
		{"gb18030", simplifiedchinese.GB18030, "您的账户已被冻结，请立即验证"},
		{"gb18030, with Latin", simplifiedchinese.GB18030, "您的PayPal账户"},
		{"big5", traditionalchinese.Big5, "您的帳戶已被凍結，請立即驗證"},
		{"euc-kr", korean.EUCKR, "귀하의 계정이 정지되었습니다"},
		{"windows-1253", charmap.Windows1253, "Ο λογαριασμός σας έχει κλειδωθεί"},
		{"windows-874", charmap.Windows874, "บัญชีของคุณถูกระงับ"},
	}
	// What was right stays right: western text is never taken for another.
	for _, western := range []string{
		"Votre compte a été bloqué – vérifiez l’accès", "Ihr Konto wurde gesperrt: bitte bestätigen", "Größe", "Ü", "é",
		"Atenção: sua conta será cancelada", "NOTIFICAÇÃO DE COBRANÇA JUDICIAL", "Señor, ¡última notificación! ¿Aún no?",
		"Åse sendte dig en påmindelse på 20 €", "ÉTÉ À NOËL", "Þú ert að missa aðgang", "naïve façade – 100 £", "Ärger", "\u00a0hello\u00a0",
		"© 2024 Company™ – all rights reserved®", "Ações e condições à vista", "Hyvää päivää, äiti", "crème brûlée", "50 µg ± 2 °C",
	} {
		cases = append(cases, struct {
			name string
			is   encoding.Encoding
			text string
		}{western, charmap.Windows1252, western})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			raw := encode(t, c.is, c.text)
			for _, typ := range []string{"text/plain", "text/plain; charset=utf-8", "text/plain; charset=x-martian"} {
				got := parseString("Subject: x" + raw + "x\nFrom: \"" + raw + "\" <a@b.example>\nContent-Type: " + typ + "\n\n" + raw + "\n")
				if name := oneLine(c.text); got.From.Name != name || oneLine(got.Text) != name {
					t.Errorf("%s: from %q, text %q, want %q", typ, got.From.Name, got.Text, c.text)
				}
			}
		})
	}
}

// TestDeclaredElsewhere reads raw bytes by the charset that another field names,
// also where the statistics alone would not tell it.
func TestDeclaredElsewhere(t *testing.T) {
	const want = "Váš účet"
	raw := encode(t, charmap.Windows1250, want)
	word := "=?windows-1250?Q?p=F8=EDloha?="
	cases := map[string]string{
		"the body":             "Subject: " + raw + "\nContent-Type: text/plain; charset=windows-1250\n\nx",
		"a second part":        "Subject: " + raw + "\n" + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=us-ascii\n\nx\n--b\nContent-Type: text/plain; charset=cp1250\n\nx\n--b--\n",
		"after Latin 1":        "Subject: " + raw + "\n" + "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=iso-8859-1\n\nx\n--b\nContent-Type: text/plain; charset=cp1250\n\nx\n--b--\n",
		"a meta tag":           "Subject: " + raw + "\nContent-Type: text/html\n\n<meta charset=windows-1250><p>x",
		"another field's word": "Subject: " + raw + "\nFrom: " + word + " <a@b.example>\n\nx",
		"a word before it":     "From: a@b.example\nX-Y: " + word + "\nSubject: " + raw + "\n\nx",
		"a word that lies":     "X-Y: " + word + "\nSubject: =?utf-8?B?" + b64(raw) + "?=\n\nx",
		"a word without one":   "X-Y: " + word + "\nSubject: =?us-ascii?B?" + b64(raw) + "?=\n\nx",
	}
	for name, mail := range cases {
		if got := parseString(mail).Subject; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	body := parseString("Subject: " + word + "\n\n" + raw)
	if body.Text != want {
		t.Errorf("the body was not read by the subject's charset: %q", body.Text)
	}
	both := parseString("Subject: gr\xc3\xbcn \xd0\x9f\nContent-Type: text/plain; charset=windows-1251\n\n\xcf\xf0")
	if both.Subject != "grün П" || both.Text != "Пр" {
		t.Errorf("a raw UTF-8 subject beside a windows-1251 body: %q, %q", both.Subject, both.Text)
	}
}

func TestCharsetNames(t *testing.T) {
	cases := []struct {
		names []string
		is    encoding.Encoding
		text  string
	}{
		{[]string{"cp1252", "ansi", "win-1252", "windows1252", "latin-1", "ISO-8859_1", "iso-8859-1-windows-1252"}, charmap.Windows1252, "grün"},
		{[]string{"utf8", "UTF_8", "utf-8-sig", "3Dutf-8", "x-unicode-2-0-utf-8", "cp65001"}, encoding.Nop, "grün Пр"},
		{[]string{"win-1251", "windows1251", "cp1251", "microsoft-cp1251", "x-cp1251"}, charmap.Windows1251, "Подтвердите"},
		{[]string{"koi8r", "koi8", "cp20866"}, charmap.KOI8R, "Подтвердите"},
		{[]string{"x-sjis", "ms_kanji", "windows-932", "cp932", "shift-jis"}, japanese.ShiftJIS, "お支払い"},
		{[]string{"eucjp", "x-eucjp", "cp51932"}, japanese.EUCJP, "お支払い"},
		{[]string{"iso2022-jp", "cp50220", "iso-2022-jp-2004"}, japanese.ISO2022JP, "お支払い"},
		{[]string{"ks_c_5601", "ksc5601", "euckr", "cp949", "uhc", "ms949"}, korean.EUCKR, "계정이"},
		{[]string{"cn-gb", "euc-cn", "gb-18030", "cp936", "windows-936"}, simplifiedchinese.GBK, "账户"},
		{[]string{"cn-big5", "big-5", "cp950", "windows-950"}, traditionalchinese.Big5, "帳戶"},
		{[]string{"tis-620", "tis620", "windows-874", "cp874"}, charmap.Windows874, "บัญชี"},
		{[]string{"iso-8859-8-i", "iso8859-8-e", "logical"}, charmap.ISO8859_8, "החשבון"},
		{[]string{"macroman", "x-mac-roman"}, charmap.Macintosh, "grün"},
	}
	for _, c := range cases {
		for _, name := range c.names {
			got := parseString("Subject: =?" + name + "?B?" + b64(encode(t, c.is, c.text)) + "?=\nContent-Type: text/plain; charset=\"" + name + "\"\n\n" + encode(t, c.is, c.text))
			if got.Subject != c.text || got.Text != c.text || hasProblem(got, "unknown_charset") {
				t.Errorf("%s: subject %q, text %q, want %q", name, got.Subject, got.Text, c.text)
			}
		}
	}
}
