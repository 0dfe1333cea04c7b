package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// read reads JSON or YAML with places. JSON is read as JSON, because YAML's readers
// take neither its tabs nor its surrogates.
func read(file string, data []byte) (*node, error) {
	fault := func(p Place, format string, args ...any) error {
		return &Fault{File: file, Place: p, Message: fmt.Sprintf(format, args...)}
	}
	if len(data) > MaxDocument {
		return nil, fault(Place{}, "the document has %d bytes, at most %d are read", len(data), MaxDocument)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := invalidUTF8(data); at >= 0 {
		return nil, fault(placeOf(data, at), "the document is not UTF-8 here: save it in that encoding")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fault(Place{}, "the document is empty")
	}
	r := &reader{file: file, data: data}
	if start := bytes.TrimLeft(data, " \t\r\n"); start[0] == '{' || start[0] == '[' {
		n, err := r.json()
		if err == nil {
			return n, nil
		}
		var bound *boundError
		if errors.As(err, &bound) {
			return nil, fault(bound.Place, "%s", bound.message)
		}
		if n, yamlErr := (&reader{file: file, data: data}).yaml(); yamlErr == nil && n.isObject() {
			return n, nil // YAML in its flow style
		}
		return nil, fault(r.jsonPlace(err), "the document is not JSON: %s", r.jsonReason(err))
	}
	n, err := r.yaml()
	var bound *boundError
	if errors.As(err, &bound) {
		return nil, fault(bound.Place, "%s", bound.message)
	}
	if err != nil {
		place, reason := yamlReason(err)
		return nil, fault(place, "the document is neither JSON nor YAML: %s", reason)
	}
	return n, nil
}

// reader reads one document.
type reader struct {
	file  string
	data  []byte
	count int
	// lines are where each line begins.
	lines []int
	d     *json.Decoder
}

// boundError says that a document is larger than is read.
type boundError struct {
	Place
	message string
}

func (e *boundError) Error() string { return e.message }

// enter counts a value.
func (r *reader) enter(p Place, depth int) error {
	if r.count++; r.count > maxNodes {
		return &boundError{p, fmt.Sprintf("the document has more than %d values, those counted again that aliases stand for", maxNodes)}
	}
	if depth > maxNesting {
		return &boundError{p, fmt.Sprintf("the document nests deeper than %d levels here", maxNesting)}
	}
	return nil
}

func (r *reader) place(offset int) Place {
	if r.lines == nil {
		r.lines = []int{0}
		for i, c := range r.data {
			if c == '\n' {
				r.lines = append(r.lines, i+1)
			}
		}
	}
	line, found := slices.BinarySearch(r.lines, offset)
	if !found {
		line--
	}
	return Place{line + 1, offset - r.lines[line] + 1}
}

func placeOf(data []byte, offset int) Place { return (&reader{data: data}).place(offset) }

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	at := 0
	for at < len(data) {
		c, size := utf8.DecodeRune(data[at:])
		if c == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

func (r *reader) json() (*node, error) {
	r.d = json.NewDecoder(bytes.NewReader(r.data))
	r.d.UseNumber()
	n, err := r.jsonValue(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after its end")
	}
	return n, nil
}

// next is where the value begins that the decoder reads next.
func (r *reader) next() Place {
	at := int(r.d.InputOffset())
	for at < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[at]) >= 0 {
		at++
	}
	return r.place(at)
}

func (r *reader) jsonValue(depth int) (*node, error) {
	n := &node{Place: r.next()}
	if err := r.enter(n.Place, depth); err != nil {
		return nil, err
	}
	token, err := r.d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		n.kind, n.fields = object, map[string]*node{}
		for r.d.More() {
			key, err := r.d.Token()
			if err != nil {
				return nil, err
			}
			value, err := r.jsonValue(depth + 1)
			if err != nil {
				return nil, err
			}
			n.set(key.(string), value)
		}
		_, err = r.d.Token()
	case json.Delim('['):
		n.kind = list
		for r.d.More() {
			value, err := r.jsonValue(depth + 1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, value)
		}
		_, err = r.d.Token()
	default:
		n.value = token
	}
	return n, err
}

func (r *reader) jsonPlace(err error) Place {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		at := min(int(syntax.Offset)-1, len(r.data)-1)
		for at < len(r.data)-1 && bytes.IndexByte([]byte(" \t\r\n"), r.data[at]) >= 0 {
			at++ // the decoder counts differently between values
		}
		return r.place(at)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return r.place(len(r.data))
	}
	return r.place(int(r.d.InputOffset()))
}

func (r *reader) jsonReason(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "it ends in the middle, as a file does that was cut off: get it again"
	}
	return err.Error()
}

func (r *reader) yaml() (*node, error) {
	d := yaml.NewDecoder(bytes.NewReader(r.data))
	var y yaml.Node
	if err := d.Decode(&y); err != nil {
		return nil, err
	}
	if len(y.Content) != 1 {
		return nil, errors.New("there is no value in it")
	}
	return r.yamlValue(y.Content[0], 0)
}

func (r *reader) yamlValue(y *yaml.Node, depth int) (*node, error) {
	n := &node{Place: Place{y.Line, y.Column}}
	if err := r.enter(n.Place, depth); err != nil {
		return nil, err
	}
	switch y.Kind {
	case yaml.AliasNode:
		return r.yamlValue(y.Alias, depth+1)
	case yaml.MappingNode:
		n.kind, n.fields = object, map[string]*node{}
		return n, r.yamlFields(n, y, depth)
	case yaml.SequenceNode:
		n.kind = list
		for _, item := range y.Content {
			value, err := r.yamlValue(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, value)
		}
	default:
		n.value = yamlScalar(y)
	}
	return n, nil
}

// yamlFields reads an object, with what its merge keys bring.
func (r *reader) yamlFields(n *node, y *yaml.Node, depth int) error {
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		value, err := r.yamlValue(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		if key.Tag != "!!merge" {
			n.set(key.Value, value)
			continue
		}
		sources := []*node{value}
		if value.isList() {
			sources = value.items
		}
		for _, source := range sources {
			for _, name := range source.names() {
				if n.get(name) == nil {
					n.set(name, source.get(name))
				}
			}
		}
	}
	return nil
}

// yamlScalar reads a scalar as JSON would have it. Dates and the like are texts.
func yamlScalar(y *yaml.Node) any {
	switch y.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if y.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if json.Valid([]byte(y.Value)) {
			return json.Number(y.Value)
		}
		var f float64
		if y.Decode(&f) == nil {
			if raw, err := json.Marshal(f); err == nil {
				return json.Number(raw)
			}
		}
	}
	return y.Value
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

func yamlReason(err error) (Place, string) {
	parts := yamlLine.FindStringSubmatch(err.Error())
	if parts == nil {
		return Place{}, err.Error()
	}
	line, _ := strconv.Atoi(parts[1])
	if line == 0 {
		return Place{}, parts[2]
	}
	return Place{line, 1}, parts[2]
}
