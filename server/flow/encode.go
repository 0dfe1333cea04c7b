package flow

import (
	"bytes"
	"slices"
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
	indent int
}

// pair is one key of an object that is written in the order given.
type pair struct {
	key   string
	write func()
	skip  bool
}

func (w *writer) line() {
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
		w.WriteString(": ")
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
		pair{"minutesSaved", func() { w.any(int64(d.MinutesSaved)) }, d.MinutesSaved == 0},
		pair{key: "nodes", write: func() { list(w, d.Nodes, w.node) }},
		pair{key: "edges", write: func() { list(w, d.Edges, w.edge) }},
		pair{"output", func() { w.any(d.Output) }, d.Output == nil},
		pair{"notes", func() { list(w, d.Notes, w.note) }, len(d.Notes) == 0},
		pair{"groups", func() { list(w, d.Groups, w.group) }, len(d.Groups) == 0},
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
		pair{"collapsed", func() { w.any(true) }, !n.Collapsed},
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

func (w *writer) group(g Group) {
	w.object(pair{key: "id", write: func() { w.string(g.ID) }}, pair{key: "name", write: func() { w.string(g.Name) }},
		pair{key: "nodes", write: func() { list(w, g.Nodes, w.string) }}, w.text("color", g.Color))
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
	case nil, bool, string, int64, int, float64:
		w.Write(AppendJSON(w.AvailableBuffer(), v))
	default:
		w.any(foreign(v))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// string writes s as JSON.stringify does: only what must be escaped is.
func (w *writer) string(s string) {
	w.Write(AppendString(w.AvailableBuffer(), s))
}
