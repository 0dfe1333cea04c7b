package imap

import (
	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// refused are an example of a server that isn't granted, with more of the input.
func refused(more map[string]any, others ...sdk.Example) []sdk.Example {
	more["host"] = "imap.example.com"
	return append([]sdk.Example{{Name: "A mailbox that isn't granted", Input: more, Error: &abi.Error{Code: abi.CodeDenied}}}, others...)
}

var (
	searchExamples = refused(map[string]any{"from": "billing@example.net", "since": "2026-03-02", "unseen": true}, sdk.Example{
		Name:  "A day that is none",
		Input: map[string]any{"host": "imap.example.com", "since": "yesterday"},
		Error: &abi.Error{Code: abi.CodeBadInput, Message: "/since must be a day such as 2026-03-02"},
	})
	fetchExamples  = refused(map[string]any{"uid": 17})
	folderExamples = refused(map[string]any{})
	moveExamples   = refused(map[string]any{"uids": []int{17}, "to": "Quarantine"}, sdk.Example{
		Name:  "To where they are",
		Input: map[string]any{"host": "imap.example.com", "uids": []int{17}, "to": "INBOX"},
		Error: &abi.Error{Code: abi.CodeBadInput, Message: "/to must be another folder"},
	})
	flagExamples = refused(map[string]any{"uids": []int{17}, "flags": []string{"seen", "$Phishing"}})
)
