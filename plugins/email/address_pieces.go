package email

import "bytes"

// piece is the text of one mailbox, cut into what stands where.
type piece struct {
	name     []byte // outside brackets and comments
	angle    []byte // inside < >
	comment  []byte
	hasAngle bool
	end      byte // the separator after it
}

// cutPieces splits a field at commas and semicolons outside quotes, comments and
// brackets, and drops the names of groups.
func cutPieces(value []byte) []piece {
	var out []piece
	var p piece
	end := func() {
		if p.hasAngle || len(bytes.TrimSpace(p.name)) > 0 || len(p.comment) > 0 {
			out = append(out, p)
		}
		p = piece{}
	}
	for i := 0; i < len(value); {
		n := 1
		switch c := value[i]; {
		case c == '=' && i+1 < len(value) && value[i+1] == '?':
			n = wordLength(value[i:])
			p.name = append(p.name, value[i:i+n]...)
		case c == '"':
			n = quotedLength(value[i:])
			p.name = append(p.name, value[i:i+n]...)
		case c == '(' && commentLength(value[i:]) > 0:
			n = commentLength(value[i:])
			p.comment = append(p.comment, value[i+1:i+n-1]...)
			p.name = append(p.name, ' ')
		case c == '<':
			n = angleLength(value[i:])
			if inner := bytes.Trim(value[i:i+n], "<> \t"); !p.hasAngle || addressIn(inner) != "" {
				if p.hasAngle {
					p.name = append(append(p.name, p.angle...), ' ')
				}
				p.angle, p.hasAngle = inner, true
			}
		case c == ',' || c == ';':
			p.end = c
			end()
		case c == ':' && !p.hasAngle && bytes.IndexByte(value[i:], ';') > 0 && !bytes.ContainsAny(p.name, "@\""):
			p = piece{} // the name of a group
		case c == '>' && p.hasAngle: // of several
		default:
			p.name = append(p.name, c)
		}
		i += n
	}
	end()
	return out
}

// wordLength keeps an encoded word whole, because its text may hold any character.
func wordLength(b []byte) int {
	if _, rest, ok := cutWord(b); ok {
		return len(b) - len(rest)
	}
	return 1
}

// maxToken822 bounds a quoted string and a comment, so that many which never
// close don't take time squared.
const maxToken822 = 4096

func quotedLength(b []byte) int {
	for i := 1; i < min(len(b), maxToken822); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 1 // it never closes: an ordinary character
}

// commentLength measures a comment with those inside it; 0 where it never closes.
func commentLength(b []byte) int {
	depth := 0
	for i := 0; i < min(len(b), maxToken822); i++ {
		switch b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// angleLength measures <address>. One that never closes ends at the next comma.
func angleLength(b []byte) int {
	if end := bytes.IndexByte(b, '>'); end >= 0 {
		if again := bytes.IndexByte(b[1:], '<'); again < 0 || again+1 > end {
			return end + 1
		}
		return bytes.IndexByte(b[1:], '<') + 1
	}
	if end := bytes.IndexAny(b, ",;"); end >= 0 {
		return end
	}
	return len(b)
}
