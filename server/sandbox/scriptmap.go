package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// scriptName is what a script is called in the engine's stacks.
const scriptName = "connector.js"

// sdkSource begins the names of the SDK's own files, whose places tell an author
// nothing.
const sdkSource = "drawbridge:"

// sourceMap tells places in a script as places in the author's files.
type sourceMap struct {
	sources  []string
	segments []segment // by line and column
}

// segment says where the text from a line and column on is from, all from 0.
type segment struct {
	line, column               int
	source, srcLine, srcColumn int
}

// maxSegments bounds what a map may cost; a script of 4 MiB has a tenth of it.
const maxSegments = 4 << 20

// readSourceMap reads a map of version 3; none is an empty one. Files that a
// connector's author makes by hand come here too.
func readSourceMap(raw []byte) (*sourceMap, error) {
	if len(raw) == 0 {
		return &sourceMap{}, nil
	}
	var file struct {
		Version  int      `json:"version"`
		Sources  []string `json:"sources"`
		Mappings string   `json:"mappings"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Version != 3 {
		return nil, fmt.Errorf("its version is %d, it must be 3", file.Version)
	}
	m := &sourceMap{sources: file.Sources}
	at := segment{}
	for line, text := range strings.Split(file.Mappings, ";") {
		at.line, at.column = line, 0
		for part := range strings.SplitSeq(text, ",") {
			known, err := at.advance(part)
			if err != nil {
				return nil, err
			}
			if !known {
				continue
			}
			if at.source < 0 || at.source >= len(m.sources) || len(m.segments) == maxSegments {
				return nil, errors.New("it names a file that isn't there, or has too many parts")
			}
			m.segments = append(m.segments, at)
		}
	}
	return m, nil
}

// advance reads one part of the mappings, in which all numbers are differences.
// known is false where it says that nothing is known.
func (s *segment) advance(part string) (known bool, err error) {
	fields := [...]*int{&s.column, &s.source, &s.srcLine, &s.srcColumn}
	n := 0
	for ; part != ""; n++ {
		var v int
		if v, part, err = vlq(part); err != nil {
			return false, err
		}
		if n < len(fields) {
			*fields[n] += v
		}
	}
	return n >= len(fields), nil
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// vlq reads one number: five bits a digit, the lowest first, the sign in bit 0.
func vlq(text string) (value int, rest string, err error) {
	for i := 0; i < len(text) && i < 7; i++ {
		digit := strings.IndexByte(base64Digits, text[i])
		if digit < 0 {
			break
		}
		value |= (digit & 31) << (5 * i)
		if digit&32 != 0 {
			continue
		}
		if value&1 != 0 {
			return -(value >> 1), text[i+1:], nil
		}
		return value >> 1, text[i+1:], nil
	}
	return 0, "", errors.New("its mappings are malformed")
}

// place answers the author's place of a line and column, both from 1.
func (m *sourceMap) place(line, column int) (string, bool) {
	line, column = line-1, column-1
	n := sort.Search(len(m.segments), func(i int) bool {
		s := m.segments[i]
		return s.line > line || s.line == line && s.column > column
	})
	if n == 0 || m.segments[n-1].line != line {
		return "", false
	}
	s := m.segments[n-1]
	return fmt.Sprintf("%s:%d:%d", m.sources[s.source], s.srcLine+1, s.srcColumn+1), true
}

// frame is a line of the engine's stacks: the function, then the place.
var frame = regexp.MustCompile(`^\s*at (.*?)\s*\(?` + regexp.QuoteMeta(scriptName) + `:(\d+)(?::(\d+))?\)?$`)

// locate tells a stack in places of the author's, and leaves out what isn't theirs.
func (m *sourceMap) locate(stack string) string {
	var out []string
	for line := range strings.Lines(stack) {
		part := frame.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if part == nil {
			continue
		}
		row, _ := strconv.Atoi(part[2])
		column, err := strconv.Atoi(part[3])
		if err != nil {
			column = 1
		}
		place := fmt.Sprintf("%s:%d:%d", scriptName, row, column)
		if len(m.sources) > 0 {
			known := false
			if place, known = m.place(row, column); !known || strings.HasPrefix(place, sdkSource) {
				continue
			}
		}
		if part[1] == "" || part[1] == "<anonymous>" || part[1] == "<eval>" {
			out = append(out, "    at "+place)
			continue
		}
		out = append(out, fmt.Sprintf("    at %s (%s)", part[1], place))
	}
	return strings.Join(out, "\n")
}
