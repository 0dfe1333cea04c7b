package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

const (
	// spillAt is the size from which a string of a field with contentMediaType
	// travels as a blob.
	spillAt = 64 << 10
	// maxLoaded is the most that blobs given to plain fields are loaded to.
	maxLoaded = 4 << 20
)

var blobMark = []byte(`"` + abi.BlobKey + `"`)

// prepare moves large strings of an input to blobs where the action's schema
// takes blobs, and loads blobs into the fields that don't. It answers the input
// and the ids of the blobs in it.
func (s *Sandbox) prepare(ctx context.Context, a *catalog.Action, input []byte) ([]byte, []string, error) {
	if len(input) <= spillAt && !bytes.Contains(input, blobMark) {
		if len(input) == 0 {
			return []byte("{}"), nil, nil
		}
		if input[0] != '{' || !json.Valid(input) {
			return nil, nil, badInput("", "must be a JSON object")
		}
		return input, nil, nil
	}
	m := &mover{ctx: ctx, blobs: s.opts.Blobs}
	var v any
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, nil, badInput("", "must be a JSON object: %v", err)
	}
	if _, isObject := v.(map[string]any); !isObject || d.More() {
		return nil, nil, badInput("", "must be one JSON object")
	}
	if err := json.Unmarshal(a.Input, &m.schema); err != nil {
		return nil, nil, err
	}
	v, err := m.walk("", v, []any{m.schema}, 0)
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err = e.Encode(v)
	return bytes.TrimSpace(out.Bytes()), m.ids, err
}

func badInput(at, format string, args ...any) error {
	return &abi.Error{Code: abi.CodeBadInput, Message: "input" + at + ": " + fmt.Sprintf(format, args...)}
}

// mover walks one input along its schema.
type mover struct {
	ctx    context.Context
	blobs  egress.Blobs
	schema any // the root, for references
	ids    []string
	loaded int64
}

// walk answers the value with its strings and blobs moved; the schemas are
// those that describe it.
func (m *mover) walk(at string, v any, schemas []any, depth int) (any, error) {
	if depth > 64 {
		return nil, badInput(at, "is nested deeper than 64 levels")
	}
	schemas = m.expand(schemas, 0)
	var err error
	switch v := v.(type) {
	case string:
		if len(v) > spillAt && takesBlob(schemas) {
			return m.spill(at, v, schemas)
		}
	case []any:
		for i := range v {
			if v[i], err = m.walk(fmt.Sprintf("%s/%d", at, i), v[i], children(schemas, "items", ""), depth+1); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		if ref, ok := v[abi.BlobKey]; ok && len(v) == 1 {
			return m.reference(at, v, ref, schemas)
		}
		for k := range v {
			if v[k], err = m.walk(at+"/"+k, v[k], children(schemas, "properties", k), depth+1); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// spill stores a string as a blob: of its bytes, or of the bytes that its
// base64 stands for.
func (m *mover) spill(at, text string, schemas []any) (any, error) {
	var r io.Reader = strings.NewReader(text)
	if isBase64(schemas) {
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	w, err := m.blobs.Create(m.ctx)
	if err != nil {
		return nil, fmt.Errorf("store a large input: %w", err)
	}
	defer w.Abort() //nolint:errcheck // does nothing after Commit
	if _, err := io.Copy(w, r); err != nil {
		return nil, badInput(at, "can't be stored, it must be standard base64 with padding if its schema says so: %v", err)
	}
	b, err := w.Commit()
	if err != nil {
		return nil, fmt.Errorf("store a large input: %w", err)
	}
	m.ids = append(m.ids, b.ID)
	return map[string]any{abi.BlobKey: b}, nil
}

// reference passes a blob on where the schema takes one, else loads it.
func (m *mover) reference(at string, v map[string]any, ref any, schemas []any) (any, error) {
	fields, _ := ref.(map[string]any)
	id, _ := fields["id"].(string)
	if id == "" {
		return nil, badInput(at, `%s must be {"id", "size"}`, abi.BlobKey)
	}
	if takesBlob(schemas) {
		m.ids = append(m.ids, id)
		return v, nil
	}
	r, err := m.blobs.Open(m.ctx, id)
	if err != nil {
		return nil, badInput(at, "its blob %s can't be read: %v", id, err)
	}
	defer r.Close() //nolint:errcheck // only read from
	if m.loaded += r.Size(); m.loaded > maxLoaded {
		return nil, &abi.Error{Code: abi.CodeTooLarge, Message: fmt.Sprintf("input%s: is a stored value of %d bytes, and this field takes at most %d in the call: use an action that takes it as a blob, or a part of it", at, r.Size(), maxLoaded)}
	}
	raw, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		return nil, fmt.Errorf("read blob %s: %w", id, err)
	}
	if isBase64(schemas) {
		return base64.StdEncoding.EncodeToString(raw), nil
	}
	if !utf8.Valid(raw) {
		return nil, badInput(at, "is a stored value that is not UTF-8 text, and this field takes text alone")
	}
	return string(raw), nil
}
