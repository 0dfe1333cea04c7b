// Package smtp sends mails through a mail server.
package smtp

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Time of the actions; the guest's own is a bit shorter, so that it can say what went on.
const (
	sendTimeout  = 60 * time.Second
	checkTimeout = 20 * time.Second
	spare        = 2 * time.Second
)

// Server is where mails are handed in.
type Server struct {
	Host       string `json:"host" example:"mail.example.com" doc:"As the credential or an admin's grant names it, with the port."`
	Port       int    `json:"port" default:"587" min:"1" max:"65535"`
	Encryption string `json:"encryption" enum:"starttls,implicit,none" default:"starttls" doc:"starttls begins in plain text (port 587 or 25), implicit encrypts from the first byte (port 465); none takes an admin's grant."`
}

// SendInput is the input of send.
type SendInput struct {
	Server
	From         string            `json:"from" example:"SOC <soc@example.com>" doc:"The sender, with or without a name."`
	To           []string          `json:"to,omitempty" doc:"Addresses, with or without names."`
	Cc           []string          `json:"cc,omitempty" title:"Cc"`
	Bcc          []string          `json:"bcc,omitempty" title:"Bcc" doc:"They get the mail and stand nowhere in it."`
	ReplyTo      []string          `json:"replyTo,omitempty" title:"Reply to"`
	Subject      string            `json:"subject"`
	Text         sdk.Text          `json:"text,omitempty" media:"text/plain" doc:"The mail as plain text; at most 4 MiB."`
	HTML         sdk.Text          `json:"html,omitempty" title:"HTML" media:"text/html" doc:"The mail as HTML, beside the plain text or alone; at most 4 MiB."`
	Attachments  []Attachment      `json:"attachments,omitempty" doc:"At most 50, of 50 MiB in all."`
	Headers      map[string]string `json:"headers,omitempty" doc:"More header fields, such as In-Reply-To, References, Auto-Submitted or X-Case."`
	Partial      bool              `json:"partial" default:"false" title:"Send also to some" doc:"Send the mail to those whom the server takes; otherwise one who is refused stops it for all."`
	EnvelopeFrom string            `json:"envelopeFrom,omitempty" title:"Bounces to" doc:"The address that failures are sent to; that of from where it is empty."`
}

// Attachment is one file.
type Attachment struct {
	Name      string   `json:"name" example:"report.pdf"`
	Type      string   `json:"type,omitempty" example:"application/pdf" doc:"Its media type; found by the name where it is empty."`
	Content   sdk.Blob `json:"content" doc:"Bytes in base64, or a blob."`
	ContentID string   `json:"contentId,omitempty" title:"Content ID" example:"logo" doc:"For pictures within the HTML, which names them as cid:logo."`
}

// SendOutput is the output of send.
type SendOutput struct {
	MessageID string    `json:"messageId" doc:"The same for every attempt of a step."`
	Accepted  []string  `json:"accepted" doc:"Who the server took it for."`
	Refused   []Refused `json:"refused" doc:"Who it refused, where partial is set."`
	Size      int       `json:"size" doc:"Of the mail in bytes, as it was sent."`
	Answer    string    `json:"answer" doc:"What the server said last, often with the number that it has in its queue."`
}

// Refused is a recipient whom the server didn't take.
type Refused struct {
	Address   string `json:"address"`
	Code      int    `json:"code" example:"550"`
	Answer    string `json:"answer"`
	Temporary bool   `json:"temporary" doc:"It may be taken later (4xx)."`
}

// CheckOutput is the output of check.
type CheckOutput struct {
	Greeting   string   `json:"greeting"`
	Extensions []string `json:"extensions" doc:"What the server offers once the line is encrypted."`
	MaxSize    int      `json:"maxSize" doc:"Of a mail in bytes; 0 where it doesn't say."`
	Encrypted  bool     `json:"encrypted"`
	LoggedIn   bool     `json:"loggedIn" doc:"With the step's credential."`
}

const loginFields = `{"type":"object","required":["username","password"],"additionalProperties":false,"properties":{"username":{"type":"string","title":"User","minLength":1},"password":{"type":"string","title":"Password","minLength":1,"writeOnly":true}}}`

// credential is what the server is logged in with; the host does it.
var credential = abi.CredentialOf{Type: "smtp.login", Apply: "login", Fields: json.RawMessage(loginFields), Login: []string{abi.LoginSMTPPlain, abi.LoginSMTPLogin}}

// Connector makes the smtp connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "smtp", Version: "1.0.0", Name: "SMTP", Icon: "send", Category: "Mail",
		Description: "Sends mails through a mail server: text, HTML and attachments.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Credentials:  []abi.CredentialOf{credential},
		Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "To hand mails in at the mail server that the credential names."}}},
	}, sdk.Act("send", sdk.ActionInfo{
		Name: "Send a mail", Description: "Hands a mail in at a mail server. After an interruption a person is asked whether it was sent.",
		Effect: abi.EffectWrite, Timeout: sendTimeout, MemoryPages: 512, Examples: sendExamples,
	}, send), sdk.Act("check", sdk.ActionInfo{
		Name: "Check a mail server", Description: "Connects, encrypts and logs in, and sends nothing.",
		Effect: abi.EffectRead, Idempotent: true, Timeout: checkTimeout, Examples: checkExamples,
	}, check))
}
