package flow

import "strings"

// plainDocument reads data into plain Go types without keeping places, which is what
// webhooks and journals are read by. Of duplicate keys the last counts.
func (r *reader) plainDocument() (root any, err *syntaxError) {
	defer r.caught(&err)
	r.begin()
	root = r.plain()
	r.finish()
	return root, nil
}

func (r *reader) plain() any {
	switch c := r.peek(); {
	case c == '"':
		return r.str()
	case c == '{':
		r.enter()
		object := r.plainObject()
		r.depth--
		return object
	case c == '[':
		r.enter()
		list := r.plainList()
		r.depth--
		return list
	case c == '-' || c >= '0' && c <= '9':
		return r.num()
	}
	for _, l := range literals {
		if strings.HasPrefix(r.text[r.at:], l.word) {
			r.at += len(l.word)
			return l.plain
		}
	}
	r.syntax("a value is missing or misspelt here")
	return nil
}

func (r *reader) plainObject() map[string]any {
	object := map[string]any{}
	r.space()
	if r.peek() == '}' {
		r.at++
		return object
	}
	for {
		r.space()
		name := r.key()
		object[name] = r.plain()
		if r.closes('}') {
			return object
		}
	}
}

func (r *reader) plainList() []any {
	list := []any{}
	r.space()
	if r.peek() == ']' {
		r.at++
		return list
	}
	for {
		r.space()
		list = append(list, r.plain())
		if r.closes(']') {
			return list
		}
	}
}
