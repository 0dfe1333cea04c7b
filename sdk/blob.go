package sdk

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var (
	textType = reflect.TypeFor[Text]()
	blobType = reflect.TypeFor[Blob]()
)

// content is a value that is either in the message or stored with the host.
type content struct {
	inline []byte
	ref    *abi.Blob
	host   Host
}

// IsZero says that nothing was given, or nothing but emptiness.
func (c content) IsZero() bool { return c.Size() == 0 }

// Size is the number of bytes.
func (c content) Size() int64 {
	if c.ref != nil {
		return c.ref.Size
	}
	return int64(len(c.inline))
}

// Open reads the value from its start. Close it.
func (c content) Open() (io.ReadCloser, error) {
	if c.ref == nil {
		return io.NopCloser(bytes.NewReader(c.inline)), nil
	}
	if c.host == nil {
		return nil, errors.New("sdk: this blob was not read from an input")
	}
	r, err := c.host.OpenBlob(c.ref.ID)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(r, 0, c.ref.Size), r}, nil
}

// OpenAt reads the value at any place, for formats whose table of contents stands at
// their end. Close it.
func (c content) OpenAt() (BlobReader, error) {
	switch {
	case c.ref == nil:
		return inlineReader{bytes.NewReader(c.inline)}, nil
	case c.host == nil:
		return nil, errors.New("sdk: this blob was not read from an input")
	}
	return c.host.OpenBlob(c.ref.ID)
}

// inlineReader reads a value that stands in the message.
type inlineReader struct{ *bytes.Reader }

// Close implements [io.Closer].
func (inlineReader) Close() error { return nil }

// Bytes reads the value whole, in one allocation. A value of more than limit
// bytes is refused as too_large. The caller may change the bytes.
func (c content) Bytes(limit int64) ([]byte, error) {
	if c.Size() > limit {
		return nil, TooLarge("the value has %d bytes, at most %d are allowed", c.Size(), limit)
	}
	if c.ref == nil {
		return c.inline, nil
	}
	r, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	out := make([]byte, c.ref.Size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, fmt.Errorf("read blob %s: %w", c.ref.ID, err)
	}
	return out, nil
}

// reference is the JSON form of a stored value.
type reference struct {
	Blob *abi.Blob `json:"$blob"`
}

// decodeRef reads {"$blob": …}; false means that raw is something else.
func (c *content) decodeRef(h Host, raw json.RawMessage) (bool, error) {
	c.host = h
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return false, nil
	}
	var ref reference
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&ref); err != nil || ref.Blob == nil || ref.Blob.ID == "" || ref.Blob.Size < 0 {
		return true, errors.New(`must be a string or {"$blob": {"id", "size"}}`)
	}
	c.ref = ref.Blob
	return true, nil
}

// Text is a field that holds text: a JSON string, or a reference to a blob where
// the value is large. Its bytes need not be UTF-8 when they come from a blob.
type Text struct{ content }

// TextOf makes an inline text, for outputs and tests.
func TextOf(s string) Text { return Text{content{inline: []byte(s)}} }

func (t *Text) decode(h Host, raw json.RawMessage) error {
	if isRef, err := t.decodeRef(h, raw); isRef {
		return err
	}
	s, err := unquote(trimmed(raw))
	if err != nil {
		return errors.New("must be a string or a blob")
	}
	t.inline = []byte(s)
	return nil
}

// MarshalJSON writes the string or the reference.
func (t Text) MarshalJSON() ([]byte, error) {
	if t.ref != nil {
		return marshal(reference{t.ref})
	}
	return marshal(string(t.inline))
}

// Blob is a field that holds bytes: base64 in a JSON string, or a reference to
// a blob where the value is large.
type Blob struct{ content }

// BlobOf makes an inline value, for outputs and tests.
func BlobOf(b []byte) Blob { return Blob{content{inline: b}} }

func (b *Blob) decode(h Host, raw json.RawMessage) error {
	if isRef, err := b.decodeRef(h, raw); isRef {
		return err
	}
	encoded, err := unquote(trimmed(raw))
	if err != nil {
		return errors.New("must be base64 in a string, or a blob")
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return errors.New("must be standard base64 with padding")
	}
	b.inline = decoded
	return nil
}

// MarshalJSON writes base64 or the reference.
func (b Blob) MarshalJSON() ([]byte, error) {
	if b.ref != nil {
		return marshal(reference{b.ref})
	}
	return marshal(base64.StdEncoding.EncodeToString(b.inline))
}
