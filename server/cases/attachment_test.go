package cases

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNamesOfFiles(t *testing.T) {
	for given, want := range map[string]string{
		"report.pdf":                     "report.pdf",
		"../../etc/passwd":               "passwd",
		`C:\Users\a\evil.exe`:            "evil.exe",
		"a/b\\c.txt":                     "c.txt",
		"invoice\u202efdp.exe":           "invoicefdp.exe",
		"\u2066zero\u200bwidth\u2069.js": "zerowidth.js",
		"line\r\nSet-Cookie: a=b.txt":    "line Set-Cookie: a=b.txt",
		"nul\x00byte\x1b[31m.txt":        "nulbyte[31m.txt",
		"  . hidden .. ":                 "hidden",
		"\xff\xfebad.txt":                "_bad.txt",
		"Ünïcode 報告.docx":                "Ünïcode 報告.docx",
	} {
		if got, err := FileName(given); got != want || err != nil {
			t.Errorf("%q is called %q, %v; want %q", given, got, err, want)
		}
	}
	for _, given := range []string{"", "   ", "..", "/", "a/", "\u202e", "...", "\\"} {
		var field *FieldError
		if got, err := FileName(given); !errors.As(err, &field) || field.Field != "name" || field.Fix == "" {
			if given != "a/" || got != "a" { // a folder's name is one
				t.Errorf("%q is called %q, %v", given, got, err)
			}
		}
	}
	long, err := FileName(strings.Repeat("ä", 300) + ".tar.gz")
	if err != nil || utf8.RuneCountInString(long) != MaxFileName || !strings.HasSuffix(long, "ä.gz") {
		t.Errorf("a long name is %q, %v", long, err)
	}
	if long, err = FileName("a." + strings.Repeat("b", 300)); err != nil || utf8.RuneCountInString(long) != MaxFileName {
		t.Errorf("a long ending is %q, %v", long, err)
	}
}

func TestTypesOfFiles(t *testing.T) {
	for want, head := range map[string]string{
		"application/pdf":         "%PDF-1.7\n",
		"application/zip":         "PK\x03\x04\x14\x00",
		"text/html":               "<!DOCTYPE html><script>alert(1)</script>",
		"application/x-sharedlib": "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00",
		"message/rfc822":          "received: from mx.example.com\r\nSubject: hello\r\n\r\nhello",
		"text/plain":              "hello",
		"application/x-empty":     "",
		"application/vnd.microsoft.portable-executable": "MZ\x90\x00\x03\x00",
	} {
		if got := FileType([]byte(head)); got != want {
			t.Errorf("%q is %s, want %s", head, got, want)
		}
	}
}

func TestSizesInWords(t *testing.T) {
	for n, want := range map[int64]string{100 << 20: "100 MiB", 2 << 30: "2 GiB", 4 << 10: "4 KiB", 1500: "1500 bytes", 500_000_000: "500000000 bytes"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
