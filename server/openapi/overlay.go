package openapi

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// overlay is a file that renames, hides and corrects. A nil one does nothing.
type overlay struct {
	file      string
	connector *node
	servers   *node
	// entries are by METHOD /path, by operationId, or by the id of the action.
	entries    *node
	only, hide *node
	document   *node
	used       map[*node]bool
}

// What an overlay may say, and of an operation, and of a parameter.
var (
	overlayKeys   = []string{"connector", "servers", "operations", "only", "hide", "document"}
	connectorKeys = []string{"id", "name", "version", "description"}
	operationKeys = []string{"id", "name", "description", "effect", "idempotent", "timeout", "hide", "paging", "parameters"}
	parameterKeys = []string{"hide", "required", "description", "schema"}
)

// readOverlay reads an overlay. Every fault of its form is told.
func readOverlay(o Options) (*overlay, error) {
	out := &overlay{file: o.OverlayFile, used: map[*node]bool{}}
	if o.Overlay == nil {
		return out, nil
	}
	n, err := read(o.OverlayFile, o.Overlay)
	if err != nil {
		return nil, err
	}
	var errs []error
	out.known(n, "the overlay", overlayKeys, &errs)
	out.connector, out.servers, out.entries = n.get("connector"), n.get("servers"), n.get("operations")
	out.only, out.hide, out.document = n.get("only"), n.get("hide"), n.get("document")
	out.known(out.connector, "connector", connectorKeys, &errs)
	for _, name := range out.entries.names() {
		out.checkOperation(name, out.entries.get(name), &errs)
	}
	for _, list := range []*node{out.only, out.hide, out.document, out.servers} {
		if list != nil && !list.isList() {
			errs = append(errs, out.fault(list, "it must be a list"))
		}
	}
	return out, errors.Join(errs...)
}

func (o *overlay) fault(n *node, format string, args ...any) error {
	return &Fault{o.file, placeOfNode(n), fmt.Sprintf(format, args...)}
}

// known refuses keys that mean nothing.
func (o *overlay) known(n *node, what string, keys []string, errs *[]error) {
	if n != nil && !n.isObject() {
		*errs = append(*errs, o.fault(n, "%s must be an object with some of %s", what, strings.Join(keys, ", ")))
	}
	for _, key := range n.names() {
		if !slices.Contains(keys, key) {
			*errs = append(*errs, o.fault(n.get(key), "%s has no field %q: there are %s", what, key, strings.Join(keys, ", ")))
		}
	}
}

func (o *overlay) checkOperation(name string, n *node, errs *[]error) {
	o.known(n, "the operation "+name, operationKeys, errs)
	if e := n.get("effect"); e != nil && !slices.Contains([]string{"none", "read", "write", "destructive"}, e.text()) {
		*errs = append(*errs, o.fault(e, "the effect %q must be none, read, write or destructive", e.text()))
	}
	if t := n.get("timeout"); t != nil {
		if d, err := time.ParseDuration(t.text()); err != nil || d <= 0 || d > time.Hour {
			*errs = append(*errs, o.fault(t, "the timeout %q must be a duration such as 20s, at most 1h", t.text()))
		}
	}
	for _, p := range n.get("parameters").names() {
		o.known(n.at("parameters", p), "the parameter "+p, parameterKeys, errs)
	}
}

func (o *overlay) selects() bool     { return o.only != nil || o.hide != nil }
func (o *overlay) setsServers() bool { return o.servers.isList() }

// correct changes the document: first what stands at places of it, then its servers.
func (o *overlay) correct(root *node) error {
	for _, c := range o.document.list() {
		if err := o.change(root, c); err != nil {
			return err
		}
	}
	if o.servers.isList() {
		list := &node{Place: o.servers.Place, kind: object, fields: map[string]*node{}}
		servers := &node{Place: o.servers.Place, kind: 1}
		for _, s := range o.servers.items {
			one := s
			if !s.isObject() {
				one = &node{Place: s.Place, kind: object, fields: map[string]*node{}}
				one.set("url", s)
			}
			servers.items = append(servers.items, one)
		}
		list.set("servers", servers)
		root.set("servers", servers)
	}
	return nil
}

// change sets or removes what stands at a pointer.
func (o *overlay) change(root, c *node) error {
	var errs []error
	o.known(c, "a correction", []string{"at", "set", "remove"}, &errs)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	pointer := strings.TrimPrefix(c.get("at").text(), "#")
	last := strings.LastIndexByte(pointer, '/')
	if last < 0 || c.get("set") == nil != c.get("remove").truth() {
		return o.fault(c, "a correction needs at, a pointer such as /info/title, and set, or remove: true")
	}
	r := &resolver{root}
	parent, err := r.find(&node{Place: c.get("at").Place, value: "#" + pointer[:last]})
	name := strings.ReplaceAll(strings.ReplaceAll(pointer[last+1:], "~1", "/"), "~0", "~")
	if err != nil || !parent.isObject() && r.step(parent, name) == nil {
		return o.fault(c.get("at"), "the document has nothing at %s", cmp.Or(pointer[:last], "/"))
	}
	if c.get("remove").truth() && r.step(parent, name) == nil {
		return o.fault(c.get("at"), "the document has nothing at %s to remove", pointer)
	}
	switch {
	case !parent.isObject():
		i := slices.Index(parent.items, r.step(parent, name))
		if c.get("set") != nil {
			parent.items[i] = c.get("set")
		} else {
			parent.items = slices.Delete(parent.items, i, i+1)
		}
	case c.get("set") != nil:
		parent.set(name, c.get("set"))
	default:
		parent.remove(name)
	}
	return nil
}

// of answers what an overlay says of an operation, and why it is left out, if it is.
func (o *overlay) of(where, operationID, action string) (entry *node, hidden string) {
	for _, name := range []string{where, operationID, action} {
		if e := o.entries.get(name); e != nil && name != "" {
			o.used[e] = true
			entry = e
			break
		}
	}
	if entry.get("hide").truth() {
		return entry, "the overlay hides it"
	}
	for _, pattern := range o.hide.list() {
		if matches(pattern.text(), where, operationID, action) {
			o.used[pattern] = true
			hidden = "the overlay hides it"
		}
	}
	taken := o.only == nil
	for _, pattern := range o.only.list() {
		if matches(pattern.text(), where, operationID, action) {
			o.used[pattern] = true
			taken = true
		}
	}
	if !taken {
		hidden = "the overlay takes others only"
	}
	return entry, hidden
}

// matches holds a pattern, in which * is any text, against the names of an operation,
// and against its path alone.
func matches(pattern string, where, operationID, action string) bool {
	parts := strings.Split(pattern, "*")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	re := regexp.MustCompile("^" + strings.Join(parts, ".*") + "$")
	_, path, _ := strings.Cut(where, " ")
	return slices.ContainsFunc([]string{where, path, operationID, action}, func(name string) bool { return name != "" && re.MatchString(name) })
}

// unused says which entries match nothing.
func (o *overlay) unused() error {
	var errs []error
	for _, name := range o.entries.names() {
		if n := o.entries.get(name); !o.used[n] {
			errs = append(errs, o.fault(n, "the document has no operation %q: name it METHOD /path, by its operationId or by its action's id", name))
		}
	}
	for _, pattern := range slices.Concat(o.only.list(), o.hide.list()) {
		if !o.used[pattern] {
			errs = append(errs, o.fault(pattern, "no operation of the document matches %q", pattern.text()))
		}
	}
	return errors.Join(errs...)
}

// overlayParameters changes fields of the input as an overlay says.
func (p *plan) overlayParameters(c *converter) error {
	all := p.over.get("parameters")
	for _, name := range all.names() {
		n := all.get(name)
		i := slices.IndexFunc(p.fields, func(f field) bool { return f.key == name })
		if i < 0 {
			var have []string
			for _, f := range p.fields {
				have = append(have, f.key)
			}
			return c.overlay.fault(n, "the operation %s has no parameter %q: it has %s", p.where, name, strings.Join(have, ", "))
		}
		f := &p.fields[i]
		if s := n.get("schema"); s != nil {
			f.schema, f.fixed = s, nil
		}
		if r := n.get("required"); r != nil {
			f.required = r.truth()
		}
		f.description = cmp.Or(n.get("description").text(), f.description)
		if n.get("hide").truth() {
			p.fields = slices.Delete(p.fields, i, i+1)
		}
	}
	return nil
}
