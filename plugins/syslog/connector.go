// Package syslog writes into logs of other systems.
package syslog

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// timeout is that of the action; the guest's own is a bit shorter.
const (
	timeout = 15 * time.Second
	spare   = 2 * time.Second
)

// maxMessage is what many servers take by default.
const maxMessage = 64 << 10

// SendInput is the input of send.
type SendInput struct {
	Host       string                       `json:"host" example:"logs.example.com" doc:"A name or an address, which an admin granted to this connector with the port."`
	Port       int                          `json:"port" default:"6514" min:"1" max:"65535"`
	Encryption string                       `json:"encryption" enum:"implicit,none" default:"implicit" doc:"implicit is TLS (RFC 5425, port 6514); none is plain TCP, mostly at port 601 or 514."`
	Message    string                       `json:"message" doc:"At most 64 KiB; it may have several lines."`
	Severity   string                       `json:"severity" enum:"emergency,alert,critical,error,warning,notice,informational,debug" default:"informational"`
	Facility   string                       `json:"facility" enum:"kern,user,mail,daemon,auth,syslog,lpr,news,uucp,cron,authpriv,ftp,ntp,audit,alert,clock,local0,local1,local2,local3,local4,local5,local6,local7" default:"local0"`
	Hostname   string                       `json:"hostname" default:"drawbridge" doc:"Whom the message is from."`
	AppName    string                       `json:"appName" default:"drawbridge" title:"App name"`
	ProcID     string                       `json:"procId,omitempty" title:"Process ID" doc:"The id of the run where it is empty."`
	MsgID      string                       `json:"msgId,omitempty" title:"Message ID" doc:"What kind of message it is."`
	Data       map[string]map[string]string `json:"data,omitempty" title:"Structured data" example:"{\"case@32473\":{\"id\":\"17\"}}" doc:"Names with values, below a name of their own."`
	Time       *time.Time                   `json:"time,omitempty" doc:"Now, where it is empty."`
}

// SendOutput is the output of send.
type SendOutput struct {
	Bytes int    `json:"bytes" doc:"Of the message as it was sent."`
	Sent  string `json:"sent" doc:"As it was sent (RFC 5424)."`
}

var sendExamples = []sdk.Example{{
	Name:  "A server that isn't granted",
	Input: map[string]any{"host": "logs.example.com", "message": "Case 17 was closed.", "severity": "notice", "data": map[string]any{"case@32473": map[string]string{"id": "17"}}},
	Error: &abi.Error{Code: abi.CodeDenied},
}, {
	Name:  "A name with a blank",
	Input: map[string]any{"host": "logs.example.com", "message": "Hello", "appName": "two words"},
	Error: &abi.Error{Code: abi.CodeBadInput, Message: "/appName must be 1 to 48 characters of ASCII without blanks"},
}}

// Connector makes the syslog connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "syslog", Version: "1.0.0", Name: "Syslog", Icon: "file-text", Category: "Network",
		Description: "Writes messages into the logs of other systems, such as a SIEM.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
		Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "To send messages to the log servers that you name."}}},
	}, sdk.Act("send", sdk.ActionInfo{
		Name: "Send a message", Description: "Sends one message in the form of RFC 5424, over TLS or TCP. Servers of logs don't answer: that it was sent is all that is known.",
		Effect: abi.EffectWrite, Timeout: timeout, Examples: sendExamples,
	}, send))
}

var (
	severities = []string{"emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"}
	facilities = []string{
		"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock",
		"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
	}
)

// word checks one that stands between blanks; an empty one is written as -.
func word(at, text string, most int) (string, error) {
	if text == "" {
		return "-", nil
	}
	if len(text) > most || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > 0x7e }) {
		return "", sdk.BadInput(at, "must be 1 to %d characters of ASCII without blanks", most)
	}
	return text, nil
}

// name checks one of structured data.
func name(at, text string) error {
	if _, err := word(at, text, 32); err != nil || text == "" || strings.ContainsAny(text, `="]`) {
		return sdk.BadInput(at, "%q must be 1 to 32 characters of ASCII without blanks, =, ] and quotes", text)
	}
	return nil
}

// structured writes structured data, in the order of names.
func structured(data map[string]map[string]string) (string, error) {
	if len(data) == 0 {
		return "-", nil
	}
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)
	for _, id := range slices.Sorted(maps.Keys(data)) {
		if err := name("/data", id); err != nil {
			return "", err
		}
		b.WriteString("[" + id)
		for _, key := range slices.Sorted(maps.Keys(data[id])) {
			if err := name("/data", key); err != nil {
				return "", err
			}
			b.WriteString(" " + key + `="` + escape.Replace(strings.ToValidUTF8(data[id][key], "�")) + `"`)
		}
		b.WriteString("]")
	}
	return b.String(), nil
}

// format writes a message (RFC 5424, 6).
func format(c *sdk.Context, in SendInput) (string, error) {
	if in.ProcID == "" {
		in.ProcID = c.Run.ID
	}
	at := c.Now()
	if in.Time != nil {
		at = *in.Time
	}
	priority := slices.Index(facilities, in.Facility)*8 + slices.Index(severities, in.Severity)
	out := "<" + strconv.Itoa(priority) + ">1 " + at.UTC().Format("2006-01-02T15:04:05.000000Z")
	for _, w := range []struct {
		at, text string
		most     int
	}{{"/hostname", in.Hostname, 255}, {"/appName", in.AppName, 48}, {"/procId", in.ProcID, 128}, {"/msgId", in.MsgID, 32}} {
		text, err := word(w.at, w.text, w.most)
		if err != nil {
			return "", err
		}
		out += " " + text
	}
	data, err := structured(in.Data)
	if err != nil {
		return "", err
	}
	out += " " + data
	if in.Message != "" {
		out += " "
		if !ascii(in.Message) {
			out += "\ufeff" // says that it is UTF-8
		}
		out += strings.ToValidUTF8(in.Message, "�")
	}
	if len(out) > maxMessage {
		return "", sdk.TooLarge("the message has %d bytes, at most %d are sent", len(out), maxMessage)
	}
	return out, nil
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
}

func send(c *sdk.Context, in SendInput) (SendOutput, error) {
	text, err := format(c, in)
	if err != nil {
		return SendOutput{}, err
	}
	conn, err := c.DialTLS(in.Encryption, in.Host, in.Port, timeout/2)
	if err != nil {
		return SendOutput{}, err
	}
	_ = conn.SetDeadline(c.Now().Add(timeout - spare))
	// The length before it lets it hold line breaks (RFC 6587, 3.4.1).
	if _, err := io.WriteString(conn, fmt.Sprintf("%d %s", len(text), text)); err != nil {
		return SendOutput{}, err
	}
	return SendOutput{len(text), text}, conn.Close()
}
