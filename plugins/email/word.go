package email

import (
	"bytes"
	"strings"
)

// segment is a stretch of a header value: an encoded word's bytes in its
// charset, or raw bytes where charset is empty.
type segment struct {
	charset string
	bytes   []byte
}

// decodeWords reads a header value with its encoded words (RFC 2047). It takes
// what senders really write: words inside quotes or glued to other text, wrong
// padding, blanks inside, a character split over two words, raw bytes between.
func (m *message) decodeWords(value []byte) string {
	if !bytes.Contains(value, []byte("=?")) {
		return guess(value, m.hints())
	}
	var out strings.Builder
	for _, s := range joinWords(splitWords(value)) {
		if s.charset == "" {
			out.WriteString(guess(s.bytes, m.hints()))
			continue
		}
		text, known := decodeAs(s.charset, s.bytes, m.hints())
		if !known {
			m.note("unknown_charset", "the charset "+clip(cleanCharset(s.charset), 60)+" of an encoded word is not known; the text is a guess")
		}
		out.WriteString(text)
	}
	return out.String()
}

func splitWords(value []byte) []segment {
	var out []segment
	from := 0
	for at := 0; at < len(value); {
		start := bytes.Index(value[at:], []byte("=?"))
		if start < 0 {
			break
		}
		start += at
		word, rest, ok := cutWord(value[start:])
		if !ok {
			at = start + 2
			continue
		}
		if start > from {
			out = append(out, segment{bytes: value[from:start]})
		}
		out = append(out, word)
		at = len(value) - len(rest)
		from = at
	}
	return append(out, segment{bytes: value[from:]})
}

// joinWords drops white space between two words, and joins the bytes of
// neighbours of one charset before they are decoded, because senders cut in the
// middle of a character.
func joinWords(in []segment) []segment {
	var out []segment
	for i, s := range in {
		last := len(out) - 1
		isGap := s.charset == "" && len(bytes.TrimSpace(s.bytes)) == 0 && last >= 0 && i+1 < len(in) && in[i+1].charset != ""
		switch {
		case isGap:
		case s.charset != "" && last >= 0 && strings.EqualFold(out[last].charset, s.charset):
			out[last].bytes = append(out[last].bytes, s.bytes...)
		default:
			out = append(out, s)
		}
	}
	return out
}

// maxWord bounds the text of one encoded word; the standard says 75.
const maxWord = 4096

// cutWord reads =?charset?encoding?text?= at the start of b. The end may be
// missing where the value ends.
func cutWord(b []byte) (word segment, rest []byte, ok bool) {
	parts := bytes.SplitN(b[2:], []byte("?"), 3)
	if len(parts) != 3 || len(parts[1]) != 1 {
		return segment{}, nil, false
	}
	name := bytes.TrimSpace(parts[0])
	if len(name) > 60 || bytes.ContainsAny(name, " \t=<>") {
		return segment{}, nil, false
	}
	charset, kind, text := string(name), parts[1][0]|0x20, parts[2]
	if charset == "" {
		charset = "unknown"
	}
	isCut := len(text) > maxWord // bounded, so that many broken words don't take time squared
	text = text[:min(len(text), maxWord)]
	if kind != 'b' && kind != 'q' {
		return segment{}, nil, false
	}
	end := wordEnd(text, kind)
	rest = []byte{}
	if end < 0 {
		if isCut || len(bytes.TrimSpace(text)) == 0 || bytes.ContainsAny(text, " \t") {
			return segment{}, nil, false
		}
		end = len(bytes.TrimSuffix(text, []byte("?")))
	} else {
		rest = parts[2][end+2:]
	}
	payload := bytes.Clone(text[:end])
	if kind == 'b' {
		return segment{charset, decodeBase64(payload, false)}, rest, true
	}
	return segment{charset, decodeQ(payload)}, rest, true
}

// wordEnd finds the ?= that ends a word, past a bare ? before an =XX of the text.
func wordEnd(text []byte, kind byte) int {
	end := bytes.Index(text, []byte("?="))
	for kind == 'q' && end >= 0 && end+4 <= len(text) && isHex(text[end+2]) && isHex(text[end+3]) {
		next := bytes.Index(text[end+2:], []byte("?="))
		if next < 0 || bytes.ContainsAny(text[end:end+2+next], " \t") {
			break
		}
		end += 2 + next
	}
	return end
}

// decodeQ decodes the Q encoding in place.
func decodeQ(b []byte) []byte {
	w := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '_':
			c = ' '
		case c == '=' && i+2 < len(b) && isHex(b[i+1]) && isHex(b[i+2]):
			c = unhex(b[i+1])<<4 | unhex(b[i+2])
			i += 2
		case c == '=' && i+3 < len(b) && b[i+1] == ' ' && isHex(b[i+2]) && isHex(b[i+3]): // folded inside a pair
			c = unhex(b[i+2])<<4 | unhex(b[i+3])
			i += 3
		}
		b[w] = c
		w++
	}
	return b[:w]
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
