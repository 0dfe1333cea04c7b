package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Decode reads a flow file strictly and reports every problem with its place.
// The document is nil only when nothing of it could be read. Problems of the
// document's structure ([Validate]) are among those reported.
func Decode(data []byte) (*Document, Problems) {
	if len(data) > MaxBytes {
		return nil, Problems{{
			Code: "limit.size", Severity: SeverityError, Line: 1, Column: 1,
			Message: fmt.Sprintf("the file has %d bytes, at most %d are read", len(data), MaxBytes),
			Fix:     "split the flow, or keep large data outside it",
		}}
	}
	text := string(data)
	root, soft, fault := parseJSON(text)
	d := &decoder{doc: &Document{places: newPlaces(text, nil)}}
	for _, s := range soft {
		d.at(s)
	}
	if fault != nil {
		d.at(*fault)
		d.problems.Sort()
		return nil, d.problems
	}
	d.doc.places.index("", &root)
	if !d.readable(&root) {
		return nil, d.problems
	}
	d.document(&root)
	d.problems = append(d.problems, Validate(d.doc)...)
	d.problems.Sort()
	return d.doc, d.problems
}

type decoder struct {
	doc      *Document
	problems Problems
}

func (d *decoder) at(s syntaxError) {
	line, column := d.doc.places.lineColumn(s.offset)
	d.problems = append(d.problems, Problem{
		Code: s.code, Severity: SeverityError,
		Line: line, Column: column, Message: s.message, Fix: s.fix,
	})
}

func (d *decoder) report(code, pointer, message, fix string) {
	p := Problem{Code: code, Severity: SeverityError, Pointer: pointer, Message: message, Fix: fix}
	d.problems = append(d.problems, d.doc.Place(p, 0))
}

// readable says whether the root is an object of a format that this version
// reads, upgrading older ones in place.
func (d *decoder) readable(root *value) bool {
	if root.kind != kindObject {
		d.report("type.wrong", "", "a flow file is an object, not "+root.kind.String(), "")
		return false
	}
	format := root.member("format")
	if format == nil || format.kind != kindString {
		d.report("format.missing", "/format", `the key "format" is missing`, `add "format": "`+Format+`"`)
		return false
	}
	if problem := upgrade(root, format.text); problem != nil {
		d.report(problem.code, "/format", problem.message, problem.fix)
		return false
	}
	return true
}

// object checks an object's keys against those known and those needed, and
// hands each known one to its reader.
func (d *decoder) object(v *value, pointer string, needed []string, readers map[string]func(*value, string)) {
	if v.kind != kindObject {
		d.wrong(v, pointer, "an object")
		return
	}
	for i := range v.members {
		name := v.members[i].name
		at := Join(pointer, name)
		read, known := readers[name]
		if !known {
			line, column := d.doc.places.lineColumn(v.members[i].offset)
			d.problems = append(d.problems, Problem{
				Code: "key.unknown", Severity: SeverityError, Pointer: at, Line: line, Column: column,
				Message: "the key " + strconv.Quote(name) + " is unknown here", Fix: suggest(name, readers),
			})
			continue
		}
		read(&v.members[i].value, at)
	}
	for _, name := range needed {
		if v.member(name) == nil {
			d.report("key.missing", pointer, "the key "+strconv.Quote(name)+" is missing", "add it")
		}
	}
}

func suggest(name string, readers map[string]func(*value, string)) string {
	names := make([]string, 0, len(readers))
	for known := range readers {
		if strings.EqualFold(known, name) {
			return "write it as " + strconv.Quote(known)
		}
		names = append(names, known)
	}
	slices.Sort(names)
	return "known are " + strings.Join(names, ", ")
}

func (d *decoder) wrong(v *value, pointer, want string) {
	d.report("type.wrong", pointer, "this is "+v.kind.String()+" where "+want+" belongs", "")
}

func (d *decoder) str(into *string) func(*value, string) {
	return func(v *value, pointer string) {
		if v.kind != kindString {
			d.wrong(v, pointer, "a string")
			return
		}
		*into = v.text
	}
}

func (d *decoder) boolean(into *bool) func(*value, string) {
	return func(v *value, pointer string) {
		if v.kind != kindBool {
			d.wrong(v, pointer, "true or false")
			return
		}
		*into = v.truth
	}
}

func (d *decoder) strings(into *[]string) func(*value, string) {
	return func(v *value, pointer string) {
		*into = nil
		d.each(v, pointer, func(item *value, at string) {
			if item.kind != kindString {
				d.wrong(item, at, "a string")
				return
			}
			*into = append(*into, item.text)
		})
	}
}

func (d *decoder) each(v *value, pointer string, read func(*value, string)) {
	if v.kind != kindArray {
		d.wrong(v, pointer, "a list")
		return
	}
	for i := range v.items {
		read(&v.items[i], Join(pointer, strconv.Itoa(i)))
	}
}

func (d *decoder) stringMap(into *map[string]string) func(*value, string) {
	return func(v *value, pointer string) {
		if v.kind != kindObject {
			d.wrong(v, pointer, "an object")
			return
		}
		*into = make(map[string]string, len(v.members))
		for i := range v.members {
			var s string
			d.str(&s)(&v.members[i].value, Join(pointer, v.members[i].name))
			(*into)[v.members[i].name] = s
		}
	}
}

func (d *decoder) anyMap(into *map[string]any) func(*value, string) {
	return func(v *value, pointer string) {
		if v.kind != kindObject {
			d.wrong(v, pointer, "an object")
			return
		}
		*into, _ = v.plain().(map[string]any)
	}
}

func (d *decoder) plain(into *any) func(*value, string) {
	return func(v *value, _ string) { *into = v.plain() }
}

func (d *decoder) point(into *Point) func(*value, string) {
	return func(v *value, pointer string) {
		if v.kind != kindArray || len(v.items) != 2 || v.items[0].kind != kindNumber || v.items[1].kind != kindNumber {
			d.wrong(v, pointer, "a list of two numbers")
			return
		}
		for i := range into {
			into[i] = float(v.items[i].number)
		}
	}
}

func float(n any) float64 {
	if i, ok := n.(int64); ok {
		return float64(i)
	}
	f, _ := n.(float64)
	return f
}

func (d *decoder) size(into **Point) func(*value, string) {
	return func(v *value, pointer string) {
		var p Point
		d.point(&p)(v, pointer)
		*into = &p
	}
}
