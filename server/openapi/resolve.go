package openapi

import (
	"net/url"
	"strconv"
	"strings"
)

// resolver follows references within one document.
type resolver struct{ root *node }

// danglingError says why a reference leads nowhere.
type danglingError struct {
	Place
	message string
}

func (e *danglingError) Error() string { return e.message }

// follow answers what a value refers to, or the value where it is no reference. What
// stands beside a reference stays over what it leads to, as OpenAPI 3.1 has it.
func (r *resolver) follow(n *node) (*node, error) {
	for range maxRefs {
		ref := n.get("$ref")
		if ref == nil {
			return n, nil
		}
		target, err := r.find(ref)
		if err != nil {
			return nil, err
		}
		over := &node{kind: object, fields: map[string]*node{}}
		for _, key := range []string{"description", "summary"} {
			if v := n.get(key); v != nil && target.get("$ref") == nil {
				over.set(key, v)
			}
		}
		n = target.with(over)
	}
	return nil, &danglingError{n.Place, "the reference " + n.get("$ref").text() + " leads in a circle"}
}

// find answers what a reference names.
func (r *resolver) find(ref *node) (*node, error) {
	text := ref.text()
	bad := func(why string) (*node, error) {
		return nil, &danglingError{ref.Place, "the reference " + strconv.Quote(text) + " " + why}
	}
	pointer, local := strings.CutPrefix(text, "#")
	if !local {
		if text != "" && !strings.ContainsAny(text, "/.:#") { // a bare name, as some write
			pointer = "/components/schemas/" + text
		} else {
			return bad("leads out of the document: put what it names into the document")
		}
	}
	if pointer == "" {
		return r.root, nil
	}
	if !strings.HasPrefix(pointer, "/") {
		return bad("is no pointer such as #/components/schemas/NAME")
	}
	n := r.root
	for _, part := range strings.Split(pointer[1:], "/") {
		if n = r.step(n, part); n == nil {
			return bad("leads to nothing: there is no " + strconv.Quote(part))
		}
	}
	return n, nil
}

func (r *resolver) step(n *node, part string) *node {
	plain, err := url.PathUnescape(part)
	if err != nil {
		plain = part
	}
	for _, name := range []string{plain, part} {
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		if next := n.get(name); next != nil {
			return next
		}
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(n.list()) {
			return n.items[i]
		}
	}
	return nil
}
