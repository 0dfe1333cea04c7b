package wasm

import (
	"bytes"
	"fmt"
)

var header = [headerSize]byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// order is the place of each section in a file; custom sections may stand
// anywhere (spec 5.5.2).
var order = [...]int{
	SectionType: 1, SectionImport: 2, SectionFunction: 3, SectionTable: 4, SectionMemory: 5, SectionGlobal: 6,
	SectionExport: 7, SectionStart: 8, SectionElement: 9, SectionDataCount: 10, SectionCode: 11, SectionData: 12,
}

// Parse decodes a module. The answer aliases code, which must not change. Every
// count is checked against the bytes that remain before anything is allocated.
// Bodies of functions are found and not read: Check and Instrument walk them.
// Errors are *Error.
func Parse(code []byte) (*Module, error) {
	sections, err := scan(code)
	if err != nil {
		return nil, err
	}
	m := &Module{File: code, Sections: sections, Start: -1, DataCount: -1}
	last := 0
	for i := range sections {
		s := &sections[i]
		if s.ID == SectionCustom {
			continue
		}
		if order[s.ID] <= last {
			return nil, &Error{s.ID.String(), s.All.Start, "it stands twice or out of order: the file is damaged"}
		}
		last = order[s.ID]
		r := &reader{file: code, at: s.Body.Start, end: s.Body.End, section: s.ID.String()}
		m.decode(s.ID, r)
		if r.err == nil && r.at != r.end {
			r.failAt(r.at, "%d bytes follow its contents: the file is damaged", r.left())
		}
		if r.err != nil {
			return nil, r.err
		}
	}
	if err := m.agree(); err != nil {
		return nil, err
	}
	return m, nil
}

// agree checks what one section says of another.
func (m *Module) agree() error {
	end := len(m.File)
	if len(m.Code) != len(m.Functions) {
		return &Error{"code", end, fmt.Sprintf("%d functions are declared and %d have code: the file is damaged", len(m.Functions), len(m.Code))}
	}
	if m.DataCount >= 0 && m.DataCount != len(m.Data) {
		return &Error{"data count", end, fmt.Sprintf("it announces %d data segments and there are %d: the file is damaged", m.DataCount, len(m.Data))}
	}
	for i, t := range m.Functions {
		if int(t) >= len(m.Types) {
			return &Error{"function", end, fmt.Sprintf("function %d has the type %d, there are %d types: the file is damaged", m.imported[KindFunction]+i, t, len(m.Types))}
		}
	}
	counts := [4]int{m.FunctionCount(), m.imported[KindTable] + len(m.Tables), m.imported[KindMemory] + len(m.Memories), m.GlobalCount()}
	seen := make(map[string]struct{}, len(m.Exports))
	for _, e := range m.Exports {
		if int(e.Index) >= counts[e.Kind] {
			return &Error{"export", e.Offset, fmt.Sprintf("%q exports the %s %d, there are %d: the file is damaged", e.Name, e.Kind, e.Index, counts[e.Kind])}
		}
		if _, twice := seen[e.Name]; twice {
			return &Error{"export", e.Offset, fmt.Sprintf("the name %q is exported twice", e.Name)}
		}
		seen[e.Name] = struct{}{}
	}
	if m.Start >= m.FunctionCount() {
		return &Error{"start", end, fmt.Sprintf("it names the function %d, there are %d: the file is damaged", m.Start, m.FunctionCount())}
	}
	return nil
}

// scan finds the sections of a file and the names of the custom ones.
func scan(file []byte) ([]Section, error) {
	if len(file) > MaxFile {
		return nil, tooLarge(len(file))
	}
	if len(file) < headerSize || !bytes.Equal(file[:headerSize], header[:]) {
		return nil, &Error{Message: "the file does not begin with the header of version 1 (is it a component, or text?): build it as a core module"}
	}
	var sections []Section
	r := &reader{file: file, at: headerSize, end: len(file)}
	for r.left() > 0 {
		start := r.at
		id := SectionID(r.byte("a section"))
		if int(id) >= len(sectionNames) {
			r.failAt(start, "section %d is unknown%s", id, sectionHint(id))
			return nil, r.err
		}
		size := r.u32("the size of the section")
		if uint64(size) > uint64(r.left()) {
			r.failAt(start, "the %s section has %d bytes, the file ends after %d: it is cut off or damaged", id, size, r.left())
		}
		if len(sections) == maxSections {
			r.failAt(start, "it has more than %d sections", maxSections)
		}
		if r.err != nil {
			return nil, r.err
		}
		s := Section{ID: id, All: Range{start, r.at + int(size)}, Body: Range{r.at, r.at + int(size)}}
		if id == SectionCustom {
			c := &reader{file: file, at: r.at, end: s.All.End, section: "custom"}
			s.Name = c.name("its name", maxName)
			s.Body.Start = c.at
			if c.err != nil {
				return nil, c.err
			}
		}
		sections = append(sections, s)
		r.at = s.All.End
	}
	return sections, nil
}

func tooLarge(size int) error {
	return &Error{Offset: MaxFile, Message: fmt.Sprintf("the file has %d bytes, the limit is %d: make the connector smaller or split it", size, MaxFile)}
}

func sectionHint(id SectionID) string {
	if id == 13 {
		return " here (tags): build without exception handling"
	}
	return ": the file is damaged or made for a newer version"
}

// decode reads one section other than a custom one.
func (m *Module) decode(id SectionID, r *reader) {
	switch id {
	case SectionCustom: // read by whom it is for
	case SectionType:
		m.decodeTypes(r)
	case SectionImport:
		m.decodeImports(r)
	case SectionFunction:
		m.decodeFunctions(r)
	case SectionTable:
		m.decodeTables(r)
	case SectionMemory:
		m.decodeMemories(r)
	case SectionGlobal:
		m.decodeGlobals(r)
	case SectionExport:
		m.decodeExports(r)
	case SectionStart:
		m.Start = int(r.u32("the function"))
	case SectionElement:
		m.decodeElements(r)
	case SectionCode:
		m.decodeCode(r)
	case SectionData:
		m.decodeData(r)
	case SectionDataCount:
		m.DataCount = int(r.u32("the number of data segments"))
	}
}
