package flow

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode writes the canonical form: fixed key order for the document's own
// keys, sorted keys elsewhere, two-space indent, edges, positions and sizes on
// one line each, empty values left out, one final newline. Equal documents give
// equal bytes, and decoding the bytes gives an equal document.
func Encode(d *Document) []byte {
	w := &writer{}
	w.document(d)
	w.WriteByte('\n')
	return w.Bytes()
}

type writer struct {
	bytes.Buffer
	indent  int
	compact bool
}

// pair is one key of an object that is written in the order given.
type pair struct {
	key   string
	write func()
	skip  bool
}

func (w *writer) line() {
	if w.compact {
		return
	}
	w.WriteByte('\n')
	for range w.indent {
		w.WriteString("  ")
	}
}

func (w *writer) object(pairs ...pair) {
	w.members(pairs, w.line, w.line, w.line)
}

// inline writes an object on one line.
func (w *writer) inline(pairs ...pair) {
	nothing := func() {}
	w.members(pairs, nothing, func() { w.WriteByte(' ') }, nothing)
}

// members writes an object; open, next and end write the space after the
// opening brace, after a comma and before the closing brace.
func (w *writer) members(pairs []pair, open, next, end func()) {
	pairs = slices.DeleteFunc(pairs, func(p pair) bool { return p.skip })
	if len(pairs) == 0 {
		w.WriteString("{}")
		return
	}
	w.WriteByte('{')
	w.indent++
	open()
	for i, p := range pairs {
		if i > 0 {
			w.WriteByte(',')
			next()
		}
		w.string(p.key)
		w.WriteByte(':')
		if !w.compact {
			w.WriteByte(' ')
		}
		p.write()
	}
	w.indent--
	end()
	w.WriteByte('}')
}

func list[T any](w *writer, items []T, write func(T)) {
	if len(items) == 0 {
		w.WriteString("[]")
		return
	}
	w.WriteByte('[')
	w.indent++
	for i, item := range items {
		if i > 0 {
			w.WriteByte(',')
		}
		w.line()
		write(item)
	}
	w.indent--
	w.line()
	w.WriteByte(']')
}

func (w *writer) document(d *Document) {
	w.object(
		w.text("format", Format), w.text("id", d.ID),
		pair{key: "name", write: func() { w.string(d.Name) }}, w.text("description", d.Description),
		pair{"labels", func() { list(w, d.Labels, w.string) }, len(d.Labels) == 0},
		pair{"connectors", func() { w.any(d.Connectors) }, len(d.Connectors) == 0},
		pair{"credentials", func() { w.credentials(d.Credentials) }, len(d.Credentials) == 0},
		pair{"input", func() { w.any(d.Input) }, d.Input == nil},
		pair{"vars", func() { w.any(d.Vars) }, len(d.Vars) == 0},
		pair{"limits", func() { w.limits(d.Limits) }, d.Limits == nil},
		pair{key: "nodes", write: func() { list(w, d.Nodes, w.node) }},
		pair{key: "edges", write: func() { list(w, d.Edges, w.edge) }},
		pair{"output", func() { w.any(d.Output) }, d.Output == nil},
		pair{"notes", func() { list(w, d.Notes, w.note) }, len(d.Notes) == 0},
	)
}

func (w *writer) text(key, s string) pair {
	return pair{key, func() { w.string(s) }, s == ""}
}

func (w *writer) credentials(all map[string]Credential) {
	pairs := make([]pair, 0, len(all))
	for _, alias := range sortedKeys(all) {
		pairs = append(pairs, pair{key: alias, write: func() {
			w.inline(pair{key: "type", write: func() { w.string(all[alias].Type) }})
		}})
	}
	w.object(pairs...)
}

func (w *writer) limits(l *Limits) {
	w.object(
		pair{"concurrency", func() { w.any(int64(l.Concurrency)) }, l.Concurrency == 0},
		pair{"queue", func() { w.any(int64(l.Queue)) }, l.Queue == 0},
		w.text("timeout", l.Timeout), w.text("keep", l.Keep),
	)
}

func (w *writer) node(n Node) {
	w.object(
		pair{key: "id", write: func() { w.string(n.ID) }}, pair{key: "type", write: func() { w.string(n.Type) }},
		w.text("name", n.Name), w.text("parent", n.Parent),
		pair{key: "position", write: func() { w.point(n.Position) }}, w.size(n.Size),
		pair{"disabled", func() { w.any(true) }, !n.Disabled},
		w.text("join", n.Join), w.text("credential", n.Credential), w.text("site", n.Site),
		pair{"with", func() { w.any(n.With) }, len(n.With) == 0},
		pair{"retry", func() { w.retry(n.Retry) }, n.Retry == nil},
		w.text("timeout", n.Timeout), w.text("onError", n.OnError),
	)
}

func (w *writer) size(p *Point) pair {
	return pair{"size", func() { w.point(*p) }, p == nil}
}

func (w *writer) retry(r *Retry) {
	w.object(pair{key: "attempts", write: func() { w.any(int64(r.Attempts)) }}, w.text("backoff", r.Backoff),
		pair{"on", func() { list(w, r.On, w.string) }, len(r.On) == 0})
}

func (w *writer) edge(e Edge) {
	w.inline(pair{key: "from", write: func() { w.string(e.From) }}, pair{key: "to", write: func() { w.string(e.To) }})
}

func (w *writer) note(n Note) {
	w.object(pair{key: "id", write: func() { w.string(n.ID) }}, pair{key: "text", write: func() { w.string(n.Text) }},
		w.text("parent", n.Parent), pair{key: "position", write: func() { w.point(n.Position) }}, w.size(n.Size))
}

func (w *writer) point(p Point) {
	w.WriteByte('[')
	w.any(Number(p[0]))
	w.WriteString(", ")
	w.any(Number(p[1]))
	w.WriteByte(']')
}

func (w *writer) any(v any) {
	switch v := v.(type) {
	case nil:
		w.WriteString("null")
	case bool:
		w.WriteString(strconv.FormatBool(v))
	case string:
		w.string(v)
	case int64:
		w.WriteString(strconv.FormatInt(v, 10))
	case int:
		w.WriteString(strconv.Itoa(v))
	case float64:
		w.number(v)
	case []any:
		list(w, v, w.any)
	case map[string]any:
		pairs := make([]pair, 0, len(v))
		for _, key := range sortedKeys(v) {
			pairs = append(pairs, pair{key: key, write: func() { w.any(v[key]) }})
		}
		w.object(pairs...)
	case map[string]string:
		pairs := make([]pair, 0, len(v))
		for _, key := range sortedKeys(v) {
			pairs = append(pairs, pair{key: key, write: func() { w.string(v[key]) }})
		}
		w.object(pairs...)
	default:
		w.foreign(v)
	}
}

// foreign writes a value of a type that documents don't hold by way of JSON.
func (w *writer) foreign(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		w.WriteString("null")
		return
	}
	root, _, fault := parseJSON(string(data))
	if fault != nil {
		w.WriteString("null")
		return
	}
	w.any(root.plain())
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// number writes a float as ECMAScript does, so that the browser gives the same bytes.
func (w *writer) number(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		w.WriteString("null")
		return
	}
	if n, whole := Number(f).(int64); whole {
		w.WriteString(strconv.FormatInt(n, 10))
		return
	}
	data, _ := json.Marshal(f)
	w.Write(data)
}

const hexDigits = "0123456789abcdef"

// string writes s as JSON.stringify does: only what must be escaped is.
func (w *writer) string(s string) {
	w.WriteByte('"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				w.WriteString(s[from:i])
				w.WriteString("\ufffd")
				from = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		w.WriteString(s[from:i])
		w.escape(c)
		i++
		from = i
	}
	w.WriteString(s[from:])
	w.WriteByte('"')
}

func (w *writer) escape(c byte) {
	switch c {
	case '"', '\\':
		w.WriteByte('\\')
		w.WriteByte(c)
	case '\b':
		w.WriteString(`\b`)
	case '\f':
		w.WriteString(`\f`)
	case '\n':
		w.WriteString(`\n`)
	case '\r':
		w.WriteString(`\r`)
	case '\t':
		w.WriteString(`\t`)
	default:
		w.WriteString(`\u00`)
		w.WriteByte(hexDigits[c>>4])
		w.WriteByte(hexDigits[c&15])
	}
}

// CompactJSON writes a plain value on one line with sorted keys.
func CompactJSON(v any) []byte {
	w := &writer{compact: true}
	w.any(v)
	return w.Bytes()
}
