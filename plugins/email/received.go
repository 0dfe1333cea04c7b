package email

import (
	"net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// maxHops bounds the chain that is kept.
const maxHops = 100

// received reads the chain of Received fields.
func (m *message) received() []Hop {
	out := []Hop{}
	for _, value := range m.header.all("Received") {
		if len(out) == maxHops {
			m.note("many_hops", "only the first 100 Received fields were read")
			break
		}
		out = append(out, readHop(oneLine(guess(value, m.hints()))))
	}
	return out
}

func readHop(value string) Hop {
	text := value
	hop := Hop{}
	if at := strings.LastIndexByte(value, ';'); at >= 0 {
		text, hop.Date = value[:at], readDate(value[at+1:])
	}
	clauses, fromText := hopClauses(text)
	hop.From, hop.By, hop.With = clauses["from"], clauses["by"], clauses["with"]
	hop.IP = firstIP(fromText)
	return hop
}

// hopClauses reads "from X (…) by Y with Z"; fromText is all of the from clause.
func hopClauses(text string) (clauses map[string]string, fromText string) {
	clauses = map[string]string{}
	plain, _ := stripComments(text)
	key := ""
	for _, word := range strings.Fields(plain) {
		switch lower := strings.ToLower(word); lower {
		case "from", "by", "with", "via", "id", "for":
			key = lower
			continue
		}
		if key != "" && clauses[key] == "" {
			clauses[key] = strings.Trim(word, ";,")
		}
	}
	if strings.HasPrefix(strings.ToLower(text), "from ") {
		fromText = text
		if by := byClause.FindStringIndex(text); by != nil {
			fromText = text[:by[0]]
		}
	}
	return clauses, fromText
}

var (
	byClause  = regexp.MustCompile(`(?i)\sby\s`)
	ipLiteral = regexp.MustCompile(`(?i)(?:IPv6:)?([0-9a-f]*:[0-9a-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})`)
)

// firstIP prefers an address in square brackets, which the receiving server
// wrote, to one in the name that the sender gave of itself.
func firstIP(text string) string {
	for _, from := range []int{strings.IndexByte(text, '['), 0} {
		if from < 0 {
			continue
		}
		for _, found := range ipLiteral.FindAllStringSubmatch(text[from:], 8) {
			if ip, err := netip.ParseAddr(strings.TrimRight(found[1], ".:")); err == nil {
				return ip.Unmap().String()
			}
		}
	}
	return ""
}

var dateLayouts = []string{
	"Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04 -0700", "2 Jan 2006 15:04 -0700", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05",
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 2006 -0700", "Mon, 2 Jan 06 15:04:05 -0700",
	"Mon, 02-Jan-2006 15:04:05 MST", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
	"Mon, January 2, 2006 15:04:05 -0700", "Jan 2 2006 15:04:05 -0700", "2/1/2006 15:04:05", "Mon, 2 Jan 2006 3:04:05 PM -0700",
}

var looseZone = regexp.MustCompile(`([+-]\d{2}):(\d{2})$`)

// readDate reads the many forms of a date; nil where it is none.
func readDate(s string) *string {
	text, _ := stripComments(s)
	text = strings.TrimSpace(oneLine(text))
	if text == "" || len(text) > 100 {
		return nil
	}
	if t, err := mail.ParseDate(text); err == nil {
		return formatDate(t)
	}
	text = looseZone.ReplaceAllString(text, "$1$2")
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return formatDate(t)
		}
		// A name of a day in another language or form is no matter.
		if _, rest, ok := strings.Cut(text, ", "); ok {
			if t, err := time.Parse(strings.TrimPrefix(layout, "Mon, "), rest); err == nil {
				return formatDate(t)
			}
		}
	}
	return nil
}

func formatDate(t time.Time) *string {
	if t.Year() < 0 || t.Year() > 9999 {
		return nil
	}
	out := t.Format(time.RFC3339)
	return &out
}
