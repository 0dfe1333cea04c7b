// Package email reads mails: what an analyst needs of a reported message, from
// the sender's real address to the hashes of what is attached.
package email

import (
	"runtime"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// maxMail is the largest mail that is read, as most servers accept it.
const maxMail = 25 << 20

// ParseInput is the input of parse: one of the two fields.
type ParseInput struct {
	Raw       sdk.Text `json:"raw,omitempty" title:"Mail" media:"message/rfc822" doc:"The mail as it came, with its header. At most 25 MiB."`
	RawBase64 sdk.Text `json:"rawBase64,omitempty" title:"Mail, base64" media:"text/plain" doc:"The same in base64, for mails that are not UTF-8. Line breaks and missing padding don't matter."`
}

// ParseOutput is the output of parse. Its own fields describe the innermost
// reported mail, or the mail itself where it reports none.
type ParseOutput struct {
	Mail
	Reported bool      `json:"reported" doc:"The input wraps another mail (message/rfc822), which the fields describe."`
	Reporter *Address  `json:"reporter" doc:"The sender of the wrapper; null where there is none."`
	Wrapper  *Mail     `json:"wrapper" doc:"The outermost mail, where it wraps another; else null."`
	Problems []Problem `json:"problems" doc:"What was odd about the mail; nothing of it stopped the reading."`
}

// Connector makes the email connector.
func Connector() *sdk.Connector {
	return sdk.NewConnector(sdk.Info{
		ID: "email", Version: "1.0.0", Name: "Email", Icon: "mail-open", Category: "Mail",
		Description: "Reads mails: senders, text, links, attachments with hashes, authentication and the way they took.",
		Publisher:   "Drawbridge", License: "Apache-2.0",
	}, sdk.Act("parse", sdk.ActionInfo{
		Name: "Parse a mail",
		Description: "Reads a mail in the form it was sent. Where it wraps a reported mail as an attachment, the result " +
			"describes that one, and reporter and wrapper the outer one. Broken mails give as much as can be read.",
		Effect: abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: examples,
	}, parse), sdk.Act("attachment", sdk.ActionInfo{
		Name:        "Take out an attachment",
		Description: "Gives the bytes of one attachment of a mail, also of a mail that it wraps, for a sandbox or an archive to look at.",
		Effect:      abi.EffectNone, Idempotent: true, Timeout: 20 * time.Second, MemoryPages: abi.MaxPages, Examples: attachmentExamples,
	}, attachment))
}

func parse(_ *sdk.Context, in ParseInput) (ParseOutput, error) {
	raw, err := in.bytes()
	if err != nil {
		return ParseOutput{}, err
	}
	size := len(raw)
	out := Parse(raw)
	if size > collectAbove {
		// The mail's bytes are litter now, and the answer is yet to be written: in the
		// sandbox both don't fit beside each other.
		runtime.GC()
	}
	return out, nil
}

// collectAbove is the size of a mail after which memory is collected at once.
const collectAbove = 8 << 20

func (in ParseInput) bytes() ([]byte, error) {
	switch {
	case !in.RawBase64.IsZero():
		// Three bytes in four characters, with a line end every 60 or more.
		const limit = maxMail / 3 * 4 * 62 / 60
		if in.RawBase64.Size() > limit {
			return nil, tooLarge(in.RawBase64.Size() / 4 * 3)
		}
		encoded, err := in.RawBase64.Bytes(limit)
		if err != nil {
			return nil, err
		}
		raw := decodeBase64(plainAlphabet(encoded), false)
		if len(raw) == 0 {
			return nil, sdk.BadInput("/rawBase64", "holds no base64")
		}
		return raw, nil
	case !in.Raw.IsZero():
		if in.Raw.Size() > maxMail {
			return nil, tooLarge(in.Raw.Size())
		}
		return in.Raw.Bytes(maxMail)
	}
	return nil, sdk.BadInput("", "give the mail as raw or as rawBase64")
}

func tooLarge(size int64) error {
	return sdk.TooLarge("the mail has %d MiB, at most %d MiB are read", size>>20, maxMail>>20)
}

// plainAlphabet changes the URL-safe alphabet into the usual one, in place.
func plainAlphabet(b []byte) []byte {
	safe := false
	for _, c := range b {
		if c == '+' || c == '/' {
			return b
		}
		safe = safe || c == '-' || c == '_'
	}
	if safe {
		for i, c := range b {
			switch c {
			case '-':
				b[i] = '+'
			case '_':
				b[i] = '/'
			}
		}
	}
	return b
}

// Parse reads a mail and never fails. It overwrites raw, because decoding in
// place is what lets a mail of 25 MB fit into the sandbox's memory.
func Parse(raw []byte) ParseOutput {
	r := &reader{problems: []Problem{}}
	outer := r.read(raw, 0, 0)
	inner := outer
	for len(inner.embedded) > 0 {
		if len(inner.embedded) > 1 {
			r.note("several_mails", "a mail wraps more than one mail; the first is described")
		}
		inner = inner.embedded[0]
	}
	out := ParseOutput{Mail: inner.mail()}
	if inner != outer {
		wrapper := outer.mail()
		reporter := wrapper.From
		out.Reported, out.Wrapper, out.Reporter = true, &wrapper, &reporter
	}
	out.Problems = r.problems
	return out
}
