package email

import (
	"bytes"
	"strings"
)

// The decoders below write over their input: a decoded body is never longer
// than the encoded one, and a mail of 25 MB is to be read in 64 MiB of memory.

// decodeTransfer undoes a Content-Transfer-Encoding.
func decodeTransfer(name string, body []byte, note func(code, message string)) []byte {
	name = strings.ToLower(string(dropComments([]byte(name))))
	name, _, _ = strings.Cut(name, ";")
	name = strings.Trim(name, " \t\"'.,:")
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(name) {
	case "base64", "b64", "base64encoded", "basis64":
		if isPlain(body) {
			note("bad_base64", "the part says base64 and is plain text")
			return body
		}
		return decodeBase64(body, true)
	case "quotedprintable", "quoteprintable", "qp", "quoted":
		return decodeQuoted(body)
	case "xuuencode", "uuencode", "xuue", "uue":
		if files, _ := cutUUFiles(body); len(files) > 0 {
			return files[0].content
		}
		note("bad_uuencode", "the part says uuencode and is not")
		return body
	case "", "7bit", "8bit", "binary", "7bits", "8bits", "7", "8":
		return body
	}
	switch {
	case strings.Contains(name, "quot") && bytes.Contains(body, []byte("=")):
		note("unknown_encoding", "the transfer encoding "+clip(name, 60)+" is not known; the part is taken for quoted-printable")
		return decodeQuoted(body)
	case strings.Contains(name, "64") && !isPlain(body):
		note("unknown_encoding", "the transfer encoding "+clip(name, 60)+" is not known; the part is taken for base64")
		return decodeBase64(body, true)
	}
	note("unknown_encoding", "the transfer encoding "+clip(name, 60)+" is not known; the part is taken as it is")
	return body
}

// isPlain says that a body which should be base64 begins with words or a tag.
func isPlain(body []byte) bool {
	line, _ := cutLine(bytes.TrimLeft(body[:min(len(body), 2048)], " \t\r\n\xef\xbb\xbf"))
	return bytes.HasPrefix(line, []byte("<")) || isProse(line) && !bytes.HasPrefix(line, []byte("--"))
}

var base64Value = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = int8(i)
	}
	return t
}()

// decodeBase64 decodes in place. It skips characters that are not base64, does
// without padding and goes on after padding in the middle. With lines set it
// stops at text that follows the last group, such as a mailing list's footer.
func decodeBase64(b []byte, lines bool) []byte {
	w, bits, n := 0, uint32(0), 0
	ended := false // a padded group or a short line: text may follow
	for at := 0; at < len(b); {
		end := bytes.IndexByte(b[at:], '\n')
		if end < 0 || !lines {
			end = len(b) - at - 1
		}
		line := b[at : at+end+1]
		if lines && n == 0 && ended && isProse(line) {
			break
		}
		at += end + 1
		length := len(line)
		for _, c := range line {
			if c == '=' {
				w, bits, n = flushGroup(b, w, bits, n)
				ended = true
				continue
			}
			v := base64Value[c]
			if v < 0 {
				continue
			}
			bits, n = bits<<6|uint32(v), n+1
			if n == 4 {
				b[w], b[w+1], b[w+2] = byte(bits>>16), byte(bits>>8), byte(bits)
				w, bits, n = w+3, 0, 0
			}
		}
		ended = ended || length < 60
	}
	w, _, _ = flushGroup(b, w, bits, n)
	return b[:w]
}

func flushGroup(b []byte, w int, bits uint32, n int) (int, uint32, int) {
	switch n {
	case 2:
		b[w] = byte(bits >> 4)
		w++
	case 3:
		b[w], b[w+1] = byte(bits>>10), byte(bits>>2)
		w += 2
	}
	return w, 0, 0
}

// isProse says whether a line reads as words and not as base64 with litter in it.
func isProse(line []byte) bool {
	line = bytes.TrimSpace(line)
	if bytes.HasPrefix(line, []byte("--")) || bytes.HasPrefix(line, []byte("__")) {
		return true
	}
	words, all := 0, 0
	for word := range bytes.FieldsSeq(line) {
		all++
		if rest := bytes.TrimRight(word[1:], ".,:;!?)"); len(word) > 1 && len(bytes.Trim(rest, "abcdefghijklmnopqrstuvwxyz")) == 0 {
			words++
		}
	}
	return all > 1 && 2*words > all
}

// decodeQuoted decodes quoted-printable in place and leaves alone what is not.
func decodeQuoted(b []byte) []byte {
	w := 0
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			b[w] = b[i]
			w++
			continue
		}
		if i+2 < len(b) && isHex(b[i+1]) && isHex(b[i+2]) {
			b[w] = unhex(b[i+1])<<4 | unhex(b[i+2])
			w++
			i += 2
			continue
		}
		if skip, ok := softBreak(b[i+1:]); ok {
			i += skip
			continue
		}
		b[w] = '='
		w++
	}
	return b[:w]
}

// softBreak measures the blanks and the line end after an = at the end of a line.
func softBreak(b []byte) (int, bool) {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
		i++
	}
	switch {
	case i == len(b):
		return i, true
	case b[i] == '\n':
		return i + 1, true
	case bytes.HasPrefix(b[i:], []byte("\r\n")):
		return i + 2, true
	case bytes.HasPrefix(b[i:], []byte("\r\r\n")):
		return i + 3, true
	case b[i] == '\r':
		return i + 1, true
	}
	return 0, false
}

// uuFile is a file inside a text, between "begin 644 name" and "end".
type uuFile struct {
	name    string
	content []byte
}

// maxUUText bounds the text that is searched, because what is left is a copy.
const maxUUText = 8 << 20

// cutUUFiles takes uuencoded files out of a text; rest is the text without them.
func cutUUFiles(b []byte) (files []uuFile, rest []byte) {
	if len(b) > maxUUText || !bytes.Contains(b, []byte("begin ")) {
		return nil, b
	}
	for line, next := cutLine(b); ; line, next = cutLine(next) {
		name, isBegin := uuBegin(line)
		if isBegin {
			if content, after, ok := decodeUU(next); ok {
				files = append(files, uuFile{name, content})
				next = after
				isBegin = true
			} else {
				isBegin = false
			}
		}
		if !isBegin {
			rest = append(append(rest, line...), '\n')
		}
		if len(next) == 0 || len(files) == maxParts {
			return files, append(rest, next...)
		}
	}
}

func uuBegin(line []byte) (name string, ok bool) {
	fields := bytes.SplitN(bytes.TrimRight(line, " \t"), []byte(" "), 3)
	if len(fields) != 3 || string(fields[0]) != "begin" || len(fields[1]) < 3 || len(fields[1]) > 4 ||
		len(bytes.Trim(fields[1], "01234567")) > 0 {
		return "", false
	}
	return string(fields[2]), true
}

func decodeUU(b []byte) (content, rest []byte, ok bool) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		if string(bytes.TrimSpace(line)) == "end" {
			return content, b, len(content) > 0
		}
		if len(line) == 0 {
			continue
		}
		n := int(line[0]-' ') & 63
		if line[0] < ' ' || line[0] > '`' || len(line)-1 < n*4/3 {
			return nil, nil, false
		}
		content = append(content, decodeUULine(line[1:], n)...)
	}
	return content, nil, len(content) > 0
}

func decodeUULine(line []byte, n int) []byte {
	out := make([]byte, 0, n+2)
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 0; len(out) < n; i += 4 {
		v := uint32(at(i))<<18 | uint32(at(i+1))<<12 | uint32(at(i+2))<<6 | uint32(at(i+3))
		out = append(out, byte(v>>16), byte(v>>8), byte(v))
	}
	return out[:n]
}
