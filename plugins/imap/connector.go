// Package imap searches mailboxes, fetches mails, and moves and marks them.
package imap

import (
	"encoding/json"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// timeout is that of the actions; the guest's own is a bit shorter.
const (
	timeout = 60 * time.Second
	spare   = 2 * time.Second
)

// Server is the mailbox.
type Server struct {
	Host       string `json:"host" example:"imap.example.com" doc:"As the credential or an admin's grant names it, with the port."`
	Port       int    `json:"port" default:"993" min:"1" max:"65535"`
	Encryption string `json:"encryption" enum:"implicit,starttls,none" default:"implicit" doc:"implicit encrypts from the first byte (port 993), starttls begins in plain text (port 143); none takes an admin's grant."`
	Folder     string `json:"folder" default:"INBOX"`
}

// SearchInput is the input of search. What is given must all hold.
type SearchInput struct {
	Server
	From      string `json:"from,omitempty" doc:"Part of the sender."`
	To        string `json:"to,omitempty" doc:"Part of a recipient."`
	Subject   string `json:"subject,omitempty" doc:"Part of the subject."`
	Text      string `json:"text,omitempty" doc:"Part of the header or the body."`
	MessageID string `json:"messageId,omitempty" title:"Message ID" doc:"Of the one mail; with or without its angle brackets."`
	Since     string `json:"since,omitempty" format:"date" example:"2026-03-02" doc:"That came on this day or later, by the server's calendar."`
	Before    string `json:"before,omitempty" format:"date" example:"2026-03-09" doc:"That came before this day."`
	Unseen    bool   `json:"unseen" default:"false" title:"Only unread"`
	Flagged   bool   `json:"flagged" default:"false" title:"Only flagged"`
	Limit     int    `json:"limit" default:"50" min:"1" max:"500" doc:"At most so many mails, the newest."`
}

// SearchOutput is the output of search.
type SearchOutput struct {
	Mails    []Mail `json:"mails" doc:"The newest first."`
	Count    int    `json:"count" doc:"How many there are in all."`
	Validity int    `json:"validity" doc:"The numbers of mails hold as long as this is the same."`
}

// Mail is one mail of a folder, without its body.
type Mail struct {
	UID       int      `json:"uid" title:"UID" doc:"Its number in the folder."`
	MessageID string   `json:"messageId"`
	Subject   string   `json:"subject"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Date      string   `json:"date" doc:"As the sender wrote it."`
	Received  string   `json:"received" doc:"When it came into the folder."`
	Size      int      `json:"size"`
	Flags     []string `json:"flags" doc:"Such as \\Seen and \\Flagged, and keywords."`
}

// FetchInput is the input of fetch.
type FetchInput struct {
	Server
	UID      int `json:"uid" title:"UID" min:"1" max:"4294967295"`
	Validity int `json:"validity,omitempty" doc:"Of the search that found it; another fails instead of giving another mail."`
}

// FetchOutput is the output of fetch.
type FetchOutput struct {
	Raw  sdk.Blob `json:"raw" media:"message/rfc822" doc:"The mail as it came, for email.parse. At most 25 MiB."`
	Size int      `json:"size"`
}

// MoveInput is the input of move.
type MoveInput struct {
	Server
	UIDs     []int  `json:"uids" title:"UIDs" doc:"At most 1,000."`
	Validity int    `json:"validity,omitempty" doc:"Of the search that found them; another fails instead of moving other mails."`
	To       string `json:"to" example:"Quarantine" doc:"The folder that they are moved to, which must be there."`
}

// MoveOutput is the output of move. Its fields folder, to and uids are the input of a
// move back, once folder and to have changed places.
type MoveOutput struct {
	Moved    int    `json:"moved" doc:"How many there were."`
	To       string `json:"to" doc:"Where they are now."`
	UIDs     []int  `json:"uids" title:"UIDs" doc:"Their numbers there; empty where the server doesn't tell."`
	Validity int    `json:"validity" doc:"Of those numbers; 0 where the server doesn't tell."`
}

// FlagInput is the input of flag and unflag.
type FlagInput struct {
	Server
	UIDs     []int    `json:"uids" title:"UIDs" doc:"At most 1,000."`
	Validity int      `json:"validity,omitempty" doc:"Of the search that found them; another fails instead of marking other mails."`
	Flags    []string `json:"flags" example:"[\"seen\",\"$Phishing\"]" doc:"seen, answered, flagged, deleted, draft, or keywords of your own."`
}

// FlagOutput is the output of flag and unflag.
type FlagOutput struct {
	Mails []Flags `json:"mails" doc:"Those that there are."`
}

// Flags are those of one mail.
type Flags struct {
	UID   int      `json:"uid" title:"UID"`
	Flags []string `json:"flags"`
}

// FoldersOutput is the output of folders.
type FoldersOutput struct {
	Folders []string `json:"folders"`
}

const loginFields = `{"type":"object","required":["username","password"],"additionalProperties":false,"properties":{"username":{"type":"string","title":"User","minLength":1},"password":{"type":"string","title":"Password","minLength":1,"writeOnly":true}}}`

var credential = abi.CredentialOf{Type: "imap.login", Apply: "login", Fields: json.RawMessage(loginFields), Login: []string{abi.LoginIMAPPlain}}

// Connector makes the imap connector.
func Connector() *sdk.Connector {
	action := func(name, description string, effect abi.Effect, inverse string, examples []sdk.Example) sdk.ActionInfo {
		return sdk.ActionInfo{Name: name, Description: description, Effect: effect, Idempotent: effect == abi.EffectRead || inverse != "move", Inverse: inverse, Timeout: timeout, MemoryPages: 512, Examples: examples}
	}
	return sdk.NewConnector(
		sdk.Info{
			ID: "imap", Version: "1.0.0", Name: "IMAP", Icon: "inbox", Category: "Mail",
			Description: "Searches mailboxes, fetches mails for reading, and moves and marks them.",
			Publisher:   "Drawbridge", License: "Apache-2.0",
			Credentials:  []abi.CredentialOf{credential},
			Capabilities: abi.Capabilities{Net: []abi.NetCapability{{Host: "*", TLS: true, Reason: "To open the mailbox that the credential names."}}},
		},
		sdk.Act("search", action("Search a folder", "Lists mails of a folder, the newest first.", abi.EffectRead, "", searchExamples), search),
		sdk.Act("fetch", action("Fetch a mail", "Gives a mail as it came, without marking it as read.", abi.EffectRead, "", fetchExamples), fetch),
		sdk.Act("folders", action("List folders", "Lists the folders of a mailbox.", abi.EffectRead, "", folderExamples), folders),
		sdk.Act("move", action("Move mails", "Moves mails to another folder of the mailbox.", abi.EffectWrite, "move", moveExamples), move),
		sdk.Act("flag", action("Mark mails", "Sets flags of mails.", abi.EffectWrite, "unflag", flagExamples), flag),
		sdk.Act("unflag", action("Unmark mails", "Takes flags off mails.", abi.EffectWrite, "flag", flagExamples), unflag),
	)
}
