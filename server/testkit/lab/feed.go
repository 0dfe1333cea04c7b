//go:build unix

package lab

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// Feed brings a mail into the abuse mailbox every so often, until the context ends: those
// of a folder (*.eml), where there is one, and the library's samples, each once.
func (l *Lab) Feed(ctx context.Context, folder string, every time.Duration) {
	mails := Mails(folder)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i, mail := range mails {
		l.Report(l.of, time.Now().Format("20060102150405")+"."+string(rune('a'+i%26)), mail)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Reported is a mail that a person of the company forwards: it is known to the sandbox,
// to those who share what they know, and lies in another mailbox as well.
const Reported = "From: Reporter <reporter@corp.example>\r\nTo: abuse@corp.example\r\nSubject: FW: is this real?\r\nMessage-ID: <r1@corp.example>\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: text/plain\r\n\r\nPlease look.\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n" +
	"From: PayPal Service <pay@evil.example>\r\nTo: reporter@corp.example\r\nSubject: Invoice\r\nMessage-ID: <x@evil.example>\r\n" +
	"Authentication-Results: mx.corp.example; spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=fail\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n" +
	"--inner\r\nContent-Type: text/html\r\n\r\n<p>Your account is limited. <a href=\"http://evil.example/login\">https://www.paypal.com/signin</a> or <a href=\"http://198.51.100.7/pay\">https://www.paypal.com</a></p>\r\n" +
	"--inner\r\nContent-Type: application/octet-stream; name=invoice.exe\r\nContent-Disposition: attachment; filename=invoice.exe\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n--inner--\r\n--outer--\r\n"

// Mails are what is fed: a mail that all of the lab knows of, the samples, and the mails
// of a folder.
func Mails(folder string) []string {
	list := []string{Reported}
	samples, err := flows.Samples("phishing-triage")
	if err != nil {
		return list
	}
	for _, s := range samples {
		if event, is := s.Input.(map[string]any); is {
			if raw, is := event["raw"].(string); is {
				list = append(list, raw)
			}
		}
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*.eml")) // a pattern of ours
	for _, name := range names {
		if content, err := os.ReadFile(name); folder != "" && err == nil {
			list = append(list, string(content))
		}
	}
	return list
}
