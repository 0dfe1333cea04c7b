package email

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var examples = []sdk.Example{{
	Name: "a mail whose link is not what it says",
	Input: map[string]any{"raw": "From: \"service@bank.example\" <alerts@cheap-host.example>\r\n" +
		"Reply-To: collect@mailbox.example\r\nTo: you@company.example\r\n" +
		"Subject: =?UTF-8?Q?Votre_compte_est_bloqu=C3=A9?=\r\nDate: Mon, 3 Mar 2025 09:15:00 +0100\r\n" +
		"Authentication-Results: mx.company.example; spf=fail smtp.mailfrom=cheap-host.example; dmarc=none\r\n" +
		"Content-Type: text/html; charset=utf-8\r\n\r\n" +
		"<p>Open <a href=\"http://cheap-host.example/login?a=1&amp;b=2\">https://bank.example</a> today.</p>\r\n"},
	Output: map[string]any{
		"subject": "Votre compte est bloqué",
		"from":    map[string]any{"name": "service@bank.example", "address": "alerts@cheap-host.example"},
		"replyTo": []any{map[string]any{"address": "collect@mailbox.example"}},
		"date":    "2025-03-03T09:15:00+01:00",
		"text":    "Open https://bank.example <http://cheap-host.example/login?a=1&b=2> today.",
		"links": []any{map[string]any{
			"text": "https://bank.example", "url": "http://cheap-host.example/login?a=1&b=2", "host": "cheap-host.example",
		}},
		"authentication": map[string]any{"spf": "fail", "dkim": "", "dmarc": "none"},
		"reported":       false, "reporter": nil, "wrapper": nil, "attachments": []any{},
	},
}, {
	Name: "a reported mail inside another",
	Input: map[string]any{"raw": "From: Ann Analyst <ann@company.example>\nTo: abuse@company.example\nSubject: FW: is this real?\n" +
		"Content-Type: multipart/mixed; boundary=outer\n\n--outer\nContent-Type: text/plain\n\nPlease look.\n" +
		"--outer\nContent-Type: message/rfc822\n\nFrom: Prize <win@prize.example>\nSubject: You won\n\nGo to http://prize.example/claim.\n--outer--\n"},
	Output: map[string]any{
		"subject": "You won", "from": map[string]any{"name": "Prize", "address": "win@prize.example"},
		"links":    []any{map[string]any{"text": "http://prize.example/claim", "url": "http://prize.example/claim", "source": "text"}},
		"reported": true, "reporter": map[string]any{"name": "Ann Analyst", "address": "ann@company.example"},
		"wrapper": map[string]any{
			"subject": "FW: is this real?", "text": "Please look.",
			"attachments": []any{map[string]any{"type": "message/rfc822", "magic": "message/rfc822"}},
		},
	},
}, {
	Name:   "the same in base64",
	Input:  map[string]any{"rawBase64": "U3ViamVjdDogaGkKCmhlbGxvCg=="},
	Output: map[string]any{"subject": "hi", "text": "hello", "from": map[string]any{"name": "", "address": ""}},
}, {
	Name:  "nothing given",
	Input: map[string]any{},
	Error: badExample("give the mail as raw or as rawBase64"),
}}

const mailWithFile = "From: invoices@example.net\r\nSubject: Invoice\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf; name=invoice.pdf\r\nContent-Disposition: attachment; filename=invoice.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAA==\r\n--b--\r\n"

var attachmentExamples = []sdk.Example{{
	Name:   "a program that is named like a document",
	Input:  map[string]any{"raw": mailWithFile, "sha256": "9f2981a7cc4d40a2a409dc895de64253acd819d7c0011c8e80b86fe899464e31"},
	Output: map[string]any{"name": "invoice.pdf", "size": 4, "type": "application/pdf", "magic": "application/x-dosexec"},
}, {
	Name:  "no such attachment",
	Input: map[string]any{"raw": mailWithFile, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"},
	Error: badExample("/sha256 the mail has no attachment with this SHA-256"),
}, {
	Name:  "not a hash",
	Input: map[string]any{"raw": mailWithFile, "sha256": "invoice.pdf"},
	Error: badExample("/sha256 must be the SHA-256 of an attachment: 64 hexadecimal digits"),
}}

func badExample(message string) *abi.Error {
	return &abi.Error{Code: abi.CodeBadInput, Message: message}
}
