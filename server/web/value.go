package web

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// Document is a flow file's JSON as it is.
type Document json.RawMessage

// MarshalJSON implements [json.Marshaler].
func (d Document) MarshalJSON() ([]byte, error) {
	if len(d) == 0 {
		return []byte("null"), nil
	}
	return d, nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (d *Document) UnmarshalJSON(data []byte) error {
	*d = bytes.Clone(data)
	return nil
}

// Schema implements [huma.SchemaProvider]: an object, whose own schema is at /schema/flow.v1.json.
func (Document) Schema(r huma.Registry) *huma.Schema {
	const name = "FlowFile"
	if r.Map()[name] == nil {
		r.Map()[name] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "A flow file; see /schema/flow.v1.json"}
	}
	return &huma.Schema{Ref: "#/components/schemas/" + name}
}

// Value is any JSON. Integers stay what they are.
type Value struct{ V any }

// MarshalJSON implements [json.Marshaler].
func (v Value) MarshalJSON() ([]byte, error) { return flow.CompactJSON(v.V), nil }

// UnmarshalJSON implements [json.Unmarshaler].
func (v *Value) UnmarshalJSON(data []byte) error {
	var err error
	v.V, err = flow.ParseValue(data)
	return err
}

// Schema implements [huma.SchemaProvider]: anything.
func (Value) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// etag is how a revision stands in a header.
func etag(revision int64) string { return strconv.Quote(strconv.FormatInt(revision, 10)) }

// ifMatch reads a revision from a header.
func ifMatch(header string) (int64, error) {
	if header == "" {
		return 0, problem(428, `send If-Match with the revision that your change was made from, such as If-Match: "3"`)
	}
	return revisionIn(header)
}

// ifMatchGiven reads a revision from a header that may be left out, which means
// whatever others did meanwhile.
func ifMatchGiven(header string, without int64) (int64, error) {
	if header == "" {
		return without, nil
	}
	return revisionIn(header)
}

func revisionIn(header string) (int64, error) {
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(header, "W/"), `"`), 10, 64)
	if err != nil || n < 0 { // below are the marks of any revision
		return 0, problem(400, "If-Match is a revision in quotes, such as \"3\"")
	}
	return n, nil
}
