//go:build unix

package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/drawbridge-soar/drawbridge/flows"
)

// Feed brings a mail into the abuse mailbox every so often, until the context ends: those
// of a folder (*.eml) as they come to lie there, and the library's samples in turn.
func (l *Lab) Feed(ctx context.Context, folder string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for f, i := NewFeeder(folder), 0; ; i++ {
		l.Report(l.of, time.Now().Format("20060102150405")+"."+string(rune('a'+i%26)), f.Next())
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

// Feeder tells what mail is reported next.
type Feeder struct {
	folder  string
	taken   map[string]bool // the folder's files
	samples []string
	turn    int
}

// NewFeeder begins with a mail that all of the lab knows of.
func NewFeeder(folder string) *Feeder {
	f := &Feeder{folder: folder, taken: map[string]bool{}, samples: []string{Reported}}
	samples, _ := flows.Samples("phishing-triage") // they are part of the program
	for _, s := range samples {
		if event, is := s.Input.(map[string]any); is {
			if raw, is := event["raw"].(string); is {
				f.samples = append(f.samples, raw)
			}
		}
	}
	return f
}

var messageID = regexp.MustCompile(`(?im)^Message-ID:[ \t]*<`)

// Next is a file of the folder that wasn't taken yet, or else the next sample. After the
// last sample they come anew, as other mails of the same content.
func (f *Feeder) Next() string {
	names, _ := filepath.Glob(filepath.Join(f.folder, "*.eml")) // a pattern of ours
	for _, name := range names {
		if f.folder == "" || f.taken[name] {
			continue
		}
		f.taken[name] = true
		if content, err := os.ReadFile(name); err == nil {
			return string(content)
		}
	}
	mail, round := f.samples[f.turn%len(f.samples)], f.turn/len(f.samples)
	f.turn++
	if at := messageID.FindStringIndex(mail); round > 0 && at != nil {
		return mail[:at[1]] + fmt.Sprintf("again-%d.", round) + mail[at[1]:]
	}
	return mail
}
