package intel

import (
	"fmt"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// MaxPattern is the most bytes of a STIX pattern that is read.
const MaxPattern = 64 << 10

// PatternError says why a STIX pattern makes no indicators: it is kept as it is.
type PatternError struct {
	Offset  int // bytes from its begin
	Message string
}

// Error implements the error interface.
func (e *PatternError) Error() string {
	return fmt.Sprintf("at character %d: %s", e.Offset+1, e.Message)
}

// patternTypes are the properties of STIX objects that are indicators of a type.
var patternTypes = map[string]string{
	"domain-name:value": cases.TypeDomain, "ipv4-addr:value": cases.TypeIP, "ipv6-addr:value": cases.TypeIP, "url:value": cases.TypeURL, "email-addr:value": cases.TypeEmail,
	"file:name": cases.TypeFile, "windows-registry-key:key": cases.TypeRegistry, "process:command_line": cases.TypeProcess, "process:name": cases.TypeProcess,
	"user-account:user_id": cases.TypeUser, "user-account:account_login": cases.TypeUser, "email-message:subject": cases.TypeSubject, "email-message:message_id": cases.TypeMessage,
}

// ReadPattern reads a STIX pattern that says no more than that one of some values was seen:
// [a:b = 'c' OR a:b IN ('d', 'e')] OR [f:g = 'h']. The error of any other is a
// [*PatternError]. Values are normalised, and each is given once.
func ReadPattern(text string) ([]Observable, error) {
	if len(text) > MaxPattern {
		return nil, &PatternError{0, fmt.Sprintf("a pattern that is read has at most %d KiB", MaxPattern>>10)}
	}
	p := &patternReader{text: text, seen: map[Observable]bool{}}
	for {
		if err := p.observation(); err != nil {
			return nil, err
		}
		if p.space(); p.at == len(p.text) {
			return p.found, nil
		}
		if !p.word("OR") {
			return nil, p.fail("what is combined by more than OR is no single indicator")
		}
	}
}

// patternReader is at a place of a pattern.
type patternReader struct {
	text  string
	at    int
	found []Observable
	seen  map[Observable]bool
}

func (p *patternReader) fail(message string) error { return &PatternError{p.at, message} }

func (p *patternReader) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// sign takes a character, after space.
func (p *patternReader) sign(c byte) bool {
	if p.space(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// word takes a word, after space, that no letter follows.
func (p *patternReader) word(w string) bool {
	p.space()
	end := p.at + len(w)
	if end > len(p.text) || p.text[p.at:end] != w || end < len(p.text) && isWordByte(p.text[end]) {
		return false
	}
	p.at = end
	return true
}

func isWordByte(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *patternReader) observation() error {
	if !p.sign('[') {
		return p.fail("an observation in brackets is wanted here")
	}
	for {
		if err := p.comparison(); err != nil {
			return err
		}
		if p.sign(']') {
			return nil
		}
		if !p.word("OR") {
			return p.fail("what is combined by more than OR is no single indicator")
		}
	}
}

func (p *patternReader) comparison() error {
	p.space()
	begin := p.at
	path, err := p.path()
	if err != nil {
		return err
	}
	kind := patternTypes[path]
	if strings.HasPrefix(path, "file:hashes.") {
		kind = cases.TypeHash
	}
	if kind == "" {
		return &PatternError{begin, path + " is no type of indicators"}
	}
	switch {
	case p.sign('='):
		return p.value(kind)
	case p.word("IN"):
		if !p.sign('(') {
			return p.fail("a list in parentheses is wanted after IN")
		}
		for {
			if err := p.value(kind); err != nil {
				return err
			}
			if p.sign(')') {
				return nil
			}
			if !p.sign(',') {
				return p.fail("the list goes on with a comma, or ends with a parenthesis")
			}
		}
	}
	return p.fail("only = and IN name values")
}

// path reads an object path, and gives it without quotes around its parts.
func (p *patternReader) path() (string, error) {
	var b strings.Builder
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case isWordByte(c), c == ':', c == '.':
			b.WriteByte(c)
			p.at++
		case c == '\'':
			part, err := p.quoted()
			if err != nil {
				return "", err
			}
			b.WriteString(part)
		default:
			if b.Len() == 0 {
				return "", p.fail("an object path such as domain-name:value is wanted here")
			}
			return b.String(), nil
		}
	}
	return "", p.fail("the pattern ends before a comparison does")
}

func (p *patternReader) value(kind string) error {
	p.space()
	begin := p.at
	if p.at == len(p.text) || p.text[p.at] != '\'' {
		return p.fail("a value in single quotes is wanted here")
	}
	text, err := p.quoted()
	if err != nil {
		return err
	}
	o, err := Normalise(kind, text)
	if err != nil {
		return &PatternError{begin, err.Error()}
	}
	if !p.seen[o] {
		p.seen[o] = true
		p.found = append(p.found, o)
	}
	return nil
}

// quoted reads a text in single quotes, in which a backslash stands before quotes and
// backslashes.
func (p *patternReader) quoted() (string, error) {
	begin := p.at
	var b strings.Builder
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '\'':
			p.at++
			return b.String(), nil
		case c == '\\' && p.at+1 < len(p.text) && (p.text[p.at+1] == '\'' || p.text[p.at+1] == '\\'):
			p.at++
			b.WriteByte(p.text[p.at])
		default:
			b.WriteByte(c)
		}
	}
	return "", &PatternError{begin, "this quote is never closed"}
}

// PatternOf writes the STIX pattern of an indicator; "" where STIX has no property for its
// type.
func PatternOf(o Observable) string {
	path := ""
	switch o.Type {
	case cases.TypeHash:
		path = "file:hashes." + map[int]string{32: "MD5", 40: "'SHA-1'", 64: "'SHA-256'", 96: "'SHA-384'", 128: "'SHA-512'"}[len(o.Value)]
	case cases.TypeIP, TypeNetwork:
		if path = "ipv4-addr:value"; strings.Contains(o.Value, ":") {
			path = "ipv6-addr:value"
		}
	case cases.TypeProcess:
		path = "process:command_line"
	case cases.TypeUser:
		path = "user-account:user_id"
	case cases.TypeHost:
		path = "domain-name:value"
	default:
		for p, kind := range patternTypes {
			if kind == o.Type {
				path = p
			}
		}
	}
	if path == "" {
		return ""
	}
	return "[" + path + " = '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(o.Value) + "']"
}
