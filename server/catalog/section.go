package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// MaxFile is the largest connector file that is read, in bytes.
const MaxFile = 16 << 20

// OwnPrefix begins the names of the custom sections that Drawbridge adds to a
// module. They are taken off before the code is compiled.
const OwnPrefix = "drawbridge."

const (
	headerSize      = 8
	customSection   = 0
	maxSectionCount = 4096
	maxSectionName  = 256
)

var wasmHeader = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// Section is one custom section of a module. Data aliases the file it was read
// from.
type Section struct {
	Name string
	Data []byte
}

// span is one section of a file: its id, the bounds with its header, and the
// bounds of its contents.
type span struct {
	id               byte
	start, body, end int
}

// CustomSections answers the custom sections of a module whose names begin with
// "drawbridge.", in the order of the file. It reads section headers alone: that
// a module is well formed within its sections is for the compiler to say.
func CustomSections(file []byte) ([]Section, error) {
	spans, err := scan(file)
	if err != nil {
		return nil, err
	}
	var own []Section
	for _, s := range spans {
		name, data, err := customName(file, s)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, OwnPrefix) {
			own = append(own, Section{Name: name, Data: data})
		}
	}
	return own, nil
}

// AppendSection answers a copy of the file with a custom section added at its
// end. The name must begin with "drawbridge.".
func AppendSection(file []byte, name string, data []byte) ([]byte, error) {
	if !strings.HasPrefix(name, OwnPrefix) || len(name) > maxSectionName {
		return nil, fmt.Errorf("section name %q must begin with %q and have at most %d bytes", name, OwnPrefix, maxSectionName)
	}
	if _, err := scan(file); err != nil {
		return nil, err
	}
	body := binary.AppendUvarint(nil, uint64(len(name)))
	body = append(body, name...)
	body = append(body, data...)
	out := make([]byte, 0, len(file)+len(body)+6)
	out = append(out, file...)
	out = append(out, customSection)
	out = binary.AppendUvarint(out, uint64(len(body)))
	out = append(out, body...)
	if len(out) > MaxFile {
		return nil, tooLarge(len(out))
	}
	return out, nil
}

// Strip answers the module without its "drawbridge." sections, so that modules
// that differ in these alone share one compiled form.
func Strip(file []byte) ([]byte, error) { return stripped(file, isOwn) }

func isOwn(name string) bool { return strings.HasPrefix(name, OwnPrefix) }

func isScript(name string) bool { return name == abi.ScriptSection || name == abi.ScriptMapSection }

// stripped answers the module without the custom sections that drop names.
func stripped(file []byte, drop func(name string) bool) ([]byte, error) {
	spans, err := scan(file)
	if err != nil {
		return nil, err
	}
	out := make([]byte, headerSize, len(file))
	copy(out, file)
	for _, s := range spans {
		name, _, err := customName(file, s)
		if err != nil {
			return nil, err
		}
		if s.id != customSection || !drop(name) {
			out = append(out, file[s.start:s.end]...)
		}
	}
	return out, nil
}

// compiledDigest answers the digest of what is compiled of a file: the file's
// own, or the engine's where the file carries a script.
func compiledDigest(file []byte, own string) (string, error) {
	sections, err := CustomSections(file)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(sections, func(s Section) bool { return s.Name == abi.ScriptSection }) {
		return own, nil
	}
	engine, err := Strip(file)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(engine)
	return hex.EncodeToString(sum[:]), nil
}

func tooLarge(size int) error {
	return fmt.Errorf("the file has %d bytes, the limit is %d: make the connector smaller or split it", size, MaxFile)
}

// scan finds the sections of a module. Its work is bounded by the size of the
// file and by maxSectionCount.
func scan(file []byte) ([]span, error) {
	if len(file) > MaxFile {
		return nil, tooLarge(len(file))
	}
	if len(file) < headerSize || !bytes.Equal(file[:headerSize], wasmHeader) {
		return nil, errors.New("not a WebAssembly module: the file does not begin with the header of version 1 (is it a component, or text?)")
	}
	var spans []span
	for at := headerSize; at < len(file); {
		size, n := uvarint32(file[at+1:])
		body := at + 1 + n
		if n == 0 || uint64(size) > uint64(len(file)-body) {
			return nil, fmt.Errorf("section at byte %d has a size beyond the end of the file: the file is cut off or damaged", at)
		}
		if len(spans) == maxSectionCount {
			return nil, fmt.Errorf("the module has more than %d sections", maxSectionCount)
		}
		spans = append(spans, span{id: file[at], start: at, body: body, end: body + int(size)})
		at = body + int(size)
	}
	return spans, nil
}

// customName answers the name and data of a custom section; the name of any
// other section is empty.
func customName(file []byte, s span) (string, []byte, error) {
	if s.id != customSection {
		return "", nil, nil
	}
	body := file[s.body:s.end]
	size, n := uvarint32(body)
	if n == 0 || uint64(size) > uint64(len(body)-n) {
		return "", nil, fmt.Errorf("custom section at byte %d has a name beyond its end: the file is damaged", s.start)
	}
	name := body[n : n+int(size)]
	if !utf8.Valid(name) {
		return "", nil, fmt.Errorf("custom section at byte %d has a name that is not UTF-8", s.start)
	}
	return string(name), body[n+int(size):], nil
}

// uvarint32 reads an unsigned LEB128 number of at most 32 bits and answers how
// many bytes it took, 0 when there is none.
func uvarint32(b []byte) (uint32, int) {
	v, n := binary.Uvarint(b[:min(len(b), 5)])
	if n <= 0 || v > 1<<32-1 {
		return 0, 0
	}
	return uint32(v), n
}
