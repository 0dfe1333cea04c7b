package email

import (
	"bytes"
	"io"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// AttachmentInput is the input of attachment: a mail, and which of its attachments.
type AttachmentInput struct {
	ParseInput
	SHA256 string `json:"sha256" title:"SHA-256" doc:"Of the attachment, as the step Parse a mail gives it."`
}

// AttachmentOutput is one attachment with its bytes.
type AttachmentOutput struct {
	Attachment
	Data sdk.Blob `json:"data" doc:"For actions that take a file. Whoever sent the mail made it: don't open it."`
}

func attachment(ctx *sdk.Context, in AttachmentInput) (AttachmentOutput, error) {
	raw, err := in.bytes()
	if err != nil {
		return AttachmentOutput{}, err
	}
	want := strings.ToLower(strings.TrimSpace(in.SHA256))
	if len(want) != 64 {
		return AttachmentOutput{}, sdk.BadInput("/sha256", "must be the SHA-256 of an attachment: 64 hexadecimal digits")
	}
	r := &reader{problems: []Problem{}, wanted: want}
	r.read(raw, 0, 0)
	if r.found == nil {
		return AttachmentOutput{}, sdk.BadInput("/sha256", "the mail has no attachment with this SHA-256")
	}
	out := AttachmentOutput{Attachment: *r.found}
	out.Data, err = ctx.StoreBlob("application/octet-stream", func(w io.Writer) error {
		_, err := w.Write(r.bytes)
		return err
	})
	return out, err
}

// keep remembers the attachment that is asked for. Its bytes are copied: a mail among
// them is read in place.
func (r *reader) keep(a *Attachment, b []byte) {
	if r.found == nil && a.SHA256 == r.wanted {
		r.found, r.bytes = a, bytes.Clone(b)
	}
}
