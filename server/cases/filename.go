package cases

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// FileName makes a name that is safe to show and to save under of what somebody calls a
// file: no folders, nothing that can't be seen, nothing that turns the writing direction,
// no more characters than [MaxFileName] with its ending kept. The error is a [*FieldError].
func FileName(s string) (string, error) {
	s = path.Base(strings.ReplaceAll(strings.ToValidUTF8(s, "_"), `\`, "/"))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
			return -1
		}
		return r
	}, s)
	s = strings.Trim(strings.Join(strings.Fields(s), " "), ". ")
	if s == "" || s == "/" {
		return "", &FieldError{"name", "a file needs a name", "name it as it is to be saved, such as report.pdf"}
	}
	if over := utf8.RuneCountInString(s) - MaxFileName; over > 0 {
		ending := path.Ext(s)
		if utf8.RuneCountInString(ending) > 20 {
			ending = ""
		}
		stem := []rune(strings.TrimSuffix(s, ending))
		s = strings.TrimRight(string(stem[:len(stem)-over]), ". ") + ending
	}
	return s, nil
}

// mailFields begin the first line of a mail as it is sent.
var mailFields = []string{"Received:", "Return-Path:", "Delivered-To:", "From:", "Date:", "Subject:", "To:", "Message-ID:", "MIME-Version:", "X-Original-To:", "DKIM-Signature:", "ARC-"}

// FileType is the media type that the first bytes of a file tell, without parameters.
func FileType(head []byte) string {
	if len(head) == 0 {
		return "application/x-empty"
	}
	kind, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if kind == "text/plain" {
		for _, field := range mailFields {
			if len(head) > len(field) && strings.EqualFold(string(head[:len(field)]), field) {
				return "message/rfc822"
			}
		}
	}
	return kind
}
