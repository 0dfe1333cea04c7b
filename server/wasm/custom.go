package wasm

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// OwnPrefix begins the names of the custom sections that Drawbridge adds to a
// module and of the exports that Instrument adds.
const OwnPrefix = "drawbridge."

const maxOwnName = 256

// CustomSection is one custom section of a module. Data aliases the file.
type CustomSection struct {
	Name string
	Data []byte
}

// CustomSections answers the custom sections whose names begin with prefix, in
// the order of the file. It reads section headers alone, so that it is cheap,
// and says nothing of what stands within the other sections. Errors are *Error.
func CustomSections(file []byte, prefix string) ([]CustomSection, error) {
	sections, err := scan(file)
	if err != nil {
		return nil, err
	}
	var found []CustomSection
	for _, s := range sections {
		if s.ID == SectionCustom && strings.HasPrefix(s.Name, prefix) {
			found = append(found, CustomSection{s.Name, file[s.Body.Start:s.Body.End]})
		}
	}
	return found, nil
}

// StripOwn answers a copy of the module without its "drawbridge." sections, so
// that modules that differ in these alone share one compiled form. It reads
// section headers alone. Errors are *Error.
func StripOwn(file []byte) ([]byte, error) {
	sections, err := scan(file)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(file)), header[:]...)
	for _, s := range sections {
		if s.ID != SectionCustom || !strings.HasPrefix(s.Name, OwnPrefix) {
			out = append(out, file[s.All.Start:s.All.End]...)
		}
	}
	return out, nil
}

// AppendOwn answers a copy of the file with a custom section added at its end.
// The name must begin with "drawbridge." and have at most 256 bytes; the whole
// must stay within MaxFile.
func AppendOwn(file []byte, name string, data []byte) ([]byte, error) {
	if !strings.HasPrefix(name, OwnPrefix) || len(name) > maxOwnName {
		return nil, fmt.Errorf("section name %q must begin with %q and have at most %d bytes", name, OwnPrefix, maxOwnName)
	}
	if _, err := scan(file); err != nil {
		return nil, err
	}
	body := appendName(nil, name)
	body = append(body, data...)
	out := make([]byte, 0, len(file)+len(body)+6)
	out = append(out, file...)
	out = appendSection(out, SectionCustom, body)
	if len(out) > MaxFile {
		return nil, tooLarge(len(out))
	}
	return out, nil
}

func appendName(b []byte, name string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(name))), name...)
}

func appendSection(b []byte, id SectionID, body []byte) []byte {
	return append(binary.AppendUvarint(append(b, byte(id)), uint64(len(body))), body...)
}
