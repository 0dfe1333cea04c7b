package cases

import (
	"context"
	"encoding/base64"
	"io"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// actAttach attaches what a step has: a text, bytes as base64, or a file that another step
// gives, which is kept already.
func (s *Service) actAttach(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, name, given := r.ref("case"), r.text("name"), r.file()
	if r.err != nil {
		return nil, r.err
	}
	var on Case
	var a Attachment
	var err error
	if given.kept != "" {
		on, a, err = s.AttachKept(ctx, c.By, ref, c.Key, name, given.kept)
	} else {
		on, a, err = s.Attach(ctx, c.By, ref, c.Key, Upload{Name: name, Size: given.size, Content: given.content})
	}
	if err != nil {
		return nil, err
	}
	view := ViewAttachment(&a)
	view["case"] = View(&on)
	return view, nil
}

func (s *Service) actAttachments(ctx context.Context, _ *Call, r *reader) (any, error) {
	ref := r.ref("case")
	if r.err != nil {
		return nil, r.err
	}
	c, err := s.Case(ctx, ref)
	if err != nil {
		return nil, err
	}
	list, err := s.viewAttachments(ctx, &c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"attachments": list, "count": int64(len(list))}, nil
}

func (s *Service) viewAttachments(ctx context.Context, c *Case) ([]any, error) {
	list, err := s.Attachments(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = ViewAttachment(&list[i])
	}
	return out, nil
}

// ViewAttachment is a file of a case as JSON for flows; its data goes to any action that
// takes a file, without being loaded.
func ViewAttachment(a *Attachment) map[string]any {
	data := map[string]any{"id": a.SHA256, "size": a.Size, "mediaType": a.Type}
	return map[string]any{"id": a.ID, "name": a.Name, "size": a.Size, "type": a.Type, "sha256": a.SHA256, "data": map[string]any{abi.BlobKey: data}}
}

// givenFile is what a step attaches: the id of what is kept, or its content.
type givenFile struct {
	kept    string
	content io.Reader
	size    int64 // -1 is not known yet
}

// file takes exactly one of text and data.
func (r *reader) file() givenFile {
	text, data := r.in["text"], r.in["data"]
	const fix = "give text, or data as another step gives a file, such as {{ steps.file.output.data }}"
	if text == nil && data == nil {
		r.fail("data", "there is nothing to attach", fix)
	}
	if text != nil && data != nil {
		r.fail("text", "a file has either a text or data", fix)
	}
	field, value := "data", data
	if data == nil {
		field, value = "text", text
	}
	switch v := value.(type) {
	case string:
		if field == "text" {
			return givenFile{content: strings.NewReader(v), size: int64(len(v))}
		}
		raw, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			r.fail(field, "this is no base64", fix)
		}
		return givenFile{content: strings.NewReader(string(raw)), size: int64(len(raw))}
	case map[string]any:
		if ref, ok := v[abi.BlobKey].(map[string]any); ok {
			if id, ok := ref["id"].(string); ok && id != "" {
				return givenFile{kept: id}
			}
		}
	}
	r.fail(field, "this is no file", fix)
	return givenFile{}
}
