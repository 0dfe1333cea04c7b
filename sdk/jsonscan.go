package sdk

import "errors"

// encoding/json scans each byte by way of a function pointer and reads every
// value twice, which inside WebAssembly costs four to five times what it does
// outside. This is what the SDK needs of JSON (RFC 8259), in one pass and by plans
// of the types that are made once.

// maxNesting is how deep values may be nested.
const maxNesting = 128

var errJSON = errors.New("is not JSON")

func space(data []byte, at int) int {
	for at < len(data) {
		switch data[at] {
		case ' ', '\t', '\n', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// trimmed is data without the blanks around it.
func trimmed(data []byte) []byte {
	at := space(data, 0)
	end := len(data)
	for end > at {
		switch data[end-1] {
		case ' ', '\t', '\n', '\r':
			end--
			continue
		}
		break
	}
	return data[at:end]
}

// skip answers where the value at a place ends.
func skip(data []byte, at, depth int) (int, error) {
	if at >= len(data) || depth > maxNesting {
		return at, errJSON
	}
	switch c := data[at]; c {
	case '"':
		return skipString(data, at)
	case '{':
		return skipObject(data, at, depth)
	case '[':
		return skipList(data, at, depth)
	case 't':
		return word(data, at, "true")
	case 'f':
		return word(data, at, "false")
	case 'n':
		return word(data, at, "null")
	default:
		return skipNumber(data, at)
	}
}

func word(data []byte, at int, text string) (int, error) {
	if len(data)-at < len(text) || string(data[at:at+len(text)]) != text {
		return at, errJSON
	}
	return at + len(text), nil
}

func digits(data []byte, at int) int {
	for at < len(data) && data[at] >= '0' && data[at] <= '9' {
		at++
	}
	return at
}

func skipNumber(data []byte, at int) (int, error) {
	if at < len(data) && data[at] == '-' {
		at++
	}
	begin := at
	if at = digits(data, at); at == begin || data[begin] == '0' && at > begin+1 {
		return at, errJSON
	}
	if at < len(data) && data[at] == '.' {
		begin = at + 1
		if at = digits(data, begin); at == begin {
			return at, errJSON
		}
	}
	if at < len(data) && (data[at] == 'e' || data[at] == 'E') {
		if at++; at < len(data) && (data[at] == '+' || data[at] == '-') {
			at++
		}
		begin = at
		if at = digits(data, at); at == begin {
			return at, errJSON
		}
	}
	return at, nil
}

func skipObject(data []byte, at, depth int) (int, error) {
	at = space(data, at+1)
	if at < len(data) && data[at] == '}' {
		return at + 1, nil
	}
	for {
		if at >= len(data) || data[at] != '"' {
			return at, errJSON
		}
		var err error
		if at, err = skipString(data, at); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) || data[at] != ':' {
			return at, errJSON
		}
		if at, err = skip(data, space(data, at+1), depth+1); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) {
			return at, errJSON
		}
		if data[at] == '}' {
			return at + 1, nil
		}
		if data[at] != ',' {
			return at, errJSON
		}
		at = space(data, at+1)
	}
}

func skipList(data []byte, at, depth int) (int, error) {
	at = space(data, at+1)
	if at < len(data) && data[at] == ']' {
		return at + 1, nil
	}
	for {
		var err error
		if at, err = skip(data, at, depth+1); err != nil {
			return at, err
		}
		if at = space(data, at); at >= len(data) {
			return at, errJSON
		}
		if data[at] == ']' {
			return at + 1, nil
		}
		if data[at] != ',' {
			return at, errJSON
		}
		at = space(data, at+1)
	}
}

// whole says whether data is one JSON value.
func whole(data []byte) bool {
	end, err := skip(data, space(data, 0), 0)
	return err == nil && space(data, end) == len(data)
}
