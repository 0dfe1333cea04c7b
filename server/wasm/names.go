package wasm

import "unicode/utf8"

// maxFunctionName is how much of a function's name is kept, in bytes.
const maxFunctionName = 512

// functionName is one entry of the name section.
type functionName struct {
	index uint32
	name  []byte // aliases the file
}

// functionNames answers the names of functions in the name section, ascending
// by index. A section that is damaged yields nothing, because names are a help
// and no part of the program. wazero allocates by the section's own counts, so
// that it must never see the section as it stands in the file.
func (m *Module) functionNames() []functionName {
	for _, s := range m.Sections {
		if s.ID != SectionCustom || s.Name != "name" {
			continue
		}
		r := &reader{file: m.File, at: s.Body.Start, end: s.Body.End}
		for r.left() > 0 {
			id := r.byte("a part")
			body := r.bytes("a part")
			if r.err != nil {
				return nil
			}
			if id == 1 {
				return m.readNames(&reader{file: m.File, at: r.at - len(body), end: r.at})
			}
		}
	}
	return nil
}

func (m *Module) readNames(r *reader) []functionName {
	n := r.count("names", 2, maxFunctions+maxImports)
	names := make([]functionName, 0, n)
	next := uint32(0)
	for range n {
		f := functionName{r.u32("a function"), r.bytes("a name")}
		if r.err != nil || f.index < next || int(f.index) >= m.FunctionCount() || !utf8.Valid(f.name) {
			return nil
		}
		next = f.index + 1
		f.name = clip(f.name)
		names = append(names, f)
	}
	return names
}

// clip shortens a name to maxFunctionName bytes and whole characters.
func clip(name []byte) []byte {
	if len(name) <= maxFunctionName {
		return name
	}
	name = name[:maxFunctionName]
	for !utf8.Valid(name) {
		name = name[:len(name)-1]
	}
	return name
}
