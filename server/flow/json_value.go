package flow

// value is one JSON value with its place in the text.
type value struct {
	offset  int
	kind    kind
	text    string  // string
	number  any     // int64 or float64
	truth   bool    // bool
	members []field // object
	items   []value // array
}

type kind byte

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

func (k kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

type field struct {
	name   string
	offset int
	value  value
}

func (v *value) member(name string) *value {
	for i := range v.members {
		if v.members[i].name == name {
			return &v.members[i].value
		}
	}
	return nil
}

// replace lets a later member of the same name stand for the earlier.
func (v *value) replace(by field) {
	for i := range v.members {
		if v.members[i].name == by.name {
			v.members[i] = by
		}
	}
}

// plain turns a value into Go's plain types, as [Document] describes them.
func (v *value) plain() any {
	switch v.kind {
	case kindBool:
		return v.truth
	case kindNumber:
		return v.number
	case kindString:
		return v.text
	case kindArray:
		list := make([]any, len(v.items))
		for i := range v.items {
			list[i] = v.items[i].plain()
		}
		return list
	case kindObject:
		object := make(map[string]any, len(v.members))
		for i := range v.members {
			object[v.members[i].name] = v.members[i].value.plain()
		}
		return object
	case kindNull:
	}
	return nil
}
