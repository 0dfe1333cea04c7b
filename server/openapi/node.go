package openapi

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// kind is what a node is.
type kind int

const (
	scalar kind = iota
	list
	object
)

// node is one value of a document with its place. A nil node is an absent value,
// and every method takes one.
type node struct {
	Place
	kind   kind
	value  any // of a scalar: string, bool, json.Number or nil
	items  []*node
	keys   []string // of an object, in the document's order
	fields map[string]*node
}

func (n *node) isObject() bool { return n != nil && n.kind == object }
func (n *node) isList() bool   { return n != nil && n.kind == list }

// get answers a field of an object, else nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	return n.fields[key]
}

// at answers a field some levels down.
func (n *node) at(path ...string) *node {
	for _, key := range path {
		n = n.get(key)
	}
	return n
}

// text answers a string, or the text of a number or truth: version: 1.0 is a
// number in YAML, and meant as a text.
func (n *node) text() string {
	if n == nil || n.kind != scalar {
		return ""
	}
	switch v := n.value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// truth answers a boolean, also one that was written as a text.
func (n *node) truth() bool { return n.text() == "true" }

// isString says whether it is a text, and no number that looks like one.
func (n *node) isString() bool {
	if n == nil {
		return false
	}
	_, ok := n.value.(string)
	return ok
}

// number answers a number in its shortest form, also one that was written as a
// text.
func (n *node) number() (json.Number, bool) {
	text := n.text()
	if text == "" || strings.ContainsAny(text, "xXoO_") {
		return "", false
	}
	if _, ok := new(big.Float).SetString(text); !ok || !json.Valid([]byte(text)) {
		return "", false
	}
	return json.Number(text), true
}

// list answers the items of a list, else none.
func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// names answers the keys of an object in their order.
func (n *node) names() []string {
	if n == nil {
		return nil
	}
	return n.keys
}

// set puts a field into an object, last where it is new.
func (n *node) set(key string, value *node) {
	if n.fields[key] == nil {
		n.keys = append(n.keys, key)
	}
	n.fields[key] = value
}

// remove takes a field out of an object.
func (n *node) remove(key string) {
	delete(n.fields, key)
	n.keys = slices.DeleteFunc(n.keys, func(k string) bool { return k == key })
}

// with answers an object with the fields of another over its own.
func (n *node) with(over *node) *node {
	if !n.isObject() || len(over.names()) == 0 {
		return n
	}
	out := &node{Place: n.Place, kind: object, keys: slices.Clone(n.keys), fields: maps.Clone(n.fields)}
	for _, key := range over.keys {
		out.set(key, over.fields[key])
	}
	return out
}
