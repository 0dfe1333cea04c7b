package ioc

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fileSuffixes are public suffixes that are endings of files far more often than
// of hosts in prose. A bare name.zip is reported with a note, because such domains
// are registered to deceive; a known programmer's ending is not reported at all.
var (
	fileSuffixes = map[string]bool{"zip": true, "mov": true, "app": true, "rip": true, "cab": true, "ink": true, "foo": true}
	codeSuffixes = map[string]bool{
		"py": true, "sh": true, "md": true, "rs": true, "pl": true, "ps": true, "so": true, "cc": true, "ml": true, "mm": true,
		"as": true, "am": true, "java": true, "ai": false, "mk": true, "vb": true,
	}
)

// findNames finds domains and mail addresses outside URLs.
func findNames(text string, urls []match) []match {
	var out []match
	next := 0
	for _, at := range nameRuns(text) {
		for next < len(urls) && urls[next].end <= at[0] {
			next++
		}
		if covered(urls[next:], at[0]) {
			continue
		}
		out = append(out, readName(text, at[0], at[1])...)
	}
	return out
}

// nameRuns finds words with dots between them: names of hosts and much else.
func nameRuns(text string) [][2]int {
	var out [][2]int
	start, dotted := -1, false
	for i, r := range text {
		switch {
		case isNameRune(r) && (start >= 0 || r != '-'):
			if start < 0 {
				start = i
			}
			continue
		case isDot(r) && start >= 0 && startsLabel(text[i+utf8.RuneLen(r):]):
			dotted = true
			continue
		}
		if dotted {
			out = append(out, [2]int{start, i})
		}
		start, dotted = -1, false
	}
	if dotted {
		out = append(out, [2]int{start, len(text)})
	}
	return out
}

func isNameRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '-' || isWord(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// isDot also takes the full stops of East Asian writing, as browsers do.
func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

func startsLabel(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return size > 0 && r != '-' && isNameRune(r)
}

// localPart answers what stands before an @ and may be a mailbox.
func localPart(text string) string {
	end := len(text)
	for start := end; start > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:start])
		if end-start+size > 64 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
			return text[start:]
		}
		start -= size
		if start == 0 {
			return text
		}
	}
	return ""
}

func covered(urls []match, at int) bool {
	for _, u := range urls {
		if u.start > at {
			return false
		}
		if u.kind == "url" && at < u.end {
			return true
		}
	}
	return false
}

func readName(text string, start, end int) []match {
	host, ok := normalHost(strings.TrimRight(text[start:end], "-_"))
	if !ok {
		return nil
	}
	if _, ok := registered(host); !ok {
		return nil
	}
	m := match{kind: "domain", start: start, end: end, value: host, host: host}
	if start > 0 && text[start-1] == '@' {
		return mailAddress(text, m)
	}
	if end < len(text) && text[end] == '@' { // first.last@: not a host
		return nil
	}
	return m.asHost(text)
}

// asHost decides whether a bare name in prose is a host or the name of a file.
func (m match) asHost(text string) []match {
	suffix := m.value[strings.LastIndexByte(m.value, '.')+1:]
	labels := strings.Count(m.value, ".") + 1
	before := byte(' ')
	if m.start > 0 {
		before = text[m.start-1]
	}
	isPath := before == '/' || before == '\\' || before == '%' || before == '='
	switch {
	case strings.Contains(m.value, "_") && (fileSuffixes[suffix] || codeSuffixes[suffix]):
		return nil
	case codeSuffixes[suffix] && labels == 2 && !strings.HasPrefix(m.value, "www."):
		if isPath || looksLikeFile(m.value) {
			return nil
		}
		m.note = "file"
	case fileSuffixes[suffix] && labels == 2:
		if isPath {
			return nil
		}
		m.note = "file"
	}
	return []match{m}
}

// fileWords are the names that files with a programmer's ending usually have.
var fileWords = map[string]bool{
	"readme": true, "changelog": true, "license": true, "contributing": true, "main": true, "setup": true, "install": true,
	"index": true, "test": true, "run": true, "build": true, "script": true, "config": true, "deploy": true, "init": true,
	"start": true, "makefile": true, "lib": true, "update": true, "utils": true, "notes": true, "todo": true,
}

func looksLikeFile(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return fileWords[stem]
}

func mailAddress(text string, m match) []match {
	local := localPart(text[:m.start-1])
	local = strings.TrimLeft(local, ".'/=`|{}")
	if local == "" {
		return []match{m}
	}
	start := m.start - 1 - len(local)
	mail := match{kind: "email", start: start, end: m.end, value: strings.ToLower(local) + "@" + m.value, host: m.value}
	return []match{mail, m}
}
