package flow

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// CompactJSON writes a plain value on one line with sorted keys.
func CompactJSON(v any) []byte { return AppendJSON(nil, v) }

// AppendJSON adds what [CompactJSON] writes to b.
func AppendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return AppendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case float64:
		return appendNumber(b, v)
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendJSON(b, v[i])
		}
		return append(b, ']')
	case map[string]any:
		return appendObject(b, v, AppendJSON)
	case map[string]string:
		return appendObject(b, v, AppendString)
	}
	return AppendJSON(b, foreign(v))
}

// fewKeys is how many keys are sorted without asking for memory.
const fewKeys = 16

func appendObject[V any](b []byte, object map[string]V, add func([]byte, V) []byte) []byte {
	var few [fewKeys]string
	keys := few[:0]
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, key), ':')
		b = add(b, object[key])
	}
	return append(b, '}')
}

// foreign gives the plain value of one of a type that documents don't hold, by way of
// JSON; null where it has none.
func foreign(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	root, _, fault := parseJSON(string(data))
	if fault != nil {
		return nil
	}
	return root.plain()
}

// appendNumber writes a float as ECMAScript does, so that the browser gives the same bytes.
func appendNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	if n, whole := Number(f).(int64); whole {
		return strconv.AppendInt(b, n, 10)
	}
	data, _ := json.Marshal(f)
	return append(b, data...)
}

const hexDigits = "0123456789abcdef"

// AppendString adds s as JSON.stringify writes it: only what must be escaped is.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		b = appendEscape(append(b, s[from:i]...), c)
		i++
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
