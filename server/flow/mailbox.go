package flow

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TypeMailbox is the trigger that mails in a mailbox fire.
const TypeMailbox = TriggerPrefix + "mailbox"

// inbox is the folder that every mailbox has.
const inbox = "INBOX"

// How a mail server is spoken to.
const (
	TLSImplicit = "implicit" // encrypted from the first byte
	TLSStart    = "startTLS" // encrypted by a command before the log-in
	TLSNone     = "none"     // not at all
)

// Which mails of a mailbox start runs.
const (
	SearchAll    = "all"    // those that come after the flow was published
	SearchUnseen = "unseen" // those that nobody read, whenever they came
)

// What becomes of a mail whose run is durable.
const (
	AfterNothing = "nothing"
	AfterSeen    = "seen"
	AfterFlag    = "flag"
	AfterMove    = "move"
)

// Bounds of the time between two looks at a mailbox.
const (
	minInterval = time.Second
	maxInterval = 24 * time.Hour
)

// Mailbox is what a trigger.mailbox watches.
type Mailbox struct {
	Host     string
	Port     int
	TLS      string
	Folder   string
	Interval time.Duration // between two looks, where the server doesn't tell of mails itself
	Search   string
	After    string
	MoveTo   string
}

// MailboxError says which parameter of a trigger.mailbox is wrong, and what mends it, by
// the labels that the fields have in a form.
type MailboxError struct{ Field, Message, Fix string }

// Error implements the error interface.
func (e *MailboxError) Error() string { return e.Message }

// ParseMailbox reads the parameters of a trigger.mailbox. The error is a
// [*MailboxError].
func ParseMailbox(with map[string]any) (*Mailbox, error) {
	m := &Mailbox{
		Host: strings.ToLower(textOr(with, "host", "")), TLS: textOr(with, "tls", TLSImplicit), Folder: textOr(with, "mailbox", inbox),
		Search: textOr(with, "search", SearchAll), After: textOr(with, "after", AfterNothing), MoveTo: textOr(with, "moveTo", ""), Interval: time.Minute,
	}
	if m.Host == "" || strings.ContainsAny(m.Host, "{} /@") {
		return nil, &MailboxError{"host", "no mail server is named", `fill in "Mail server", such as mail.example.com`}
	}
	port, given := with["port"].(int64)
	switch {
	case given && (port < 1 || port > 65535):
		return nil, &MailboxError{"port", fmt.Sprintf("the port must be 1 to 65535, not %d", port), `correct "Port", or empty it for the usual one`}
	case given:
		m.Port = int(port)
	default:
		m.Port = UsualPort(m.TLS)
	}
	if text := textOr(with, "interval", ""); text != "" {
		d, err := ParseDuration(text)
		if err != nil || d < minInterval || d > maxInterval {
			return nil, &MailboxError{"interval", fmt.Sprintf("%q is no duration of 1s to 1d", text), `correct "Look every", such as 2m`}
		}
		m.Interval = d
	}
	for _, text := range []struct{ field, value string }{{"mailbox", m.Folder}, {"moveTo", m.MoveTo}} {
		if strings.Contains(text.value, "{{") || strings.ContainsAny(text.value, "\r\n\x00") {
			return nil, &MailboxError{text.field, "the name of a folder is a text: it can't be computed", "write the name as the mail server has it"}
		}
	}
	switch {
	case m.After == AfterMove && m.MoveTo == "":
		return nil, &MailboxError{"moveTo", "mails are to be moved, and no folder is named", `fill in "Move to", or choose another in "Afterwards"`}
	case m.After == AfterMove && m.MoveTo == m.Folder:
		return nil, &MailboxError{"moveTo", "mails can't be moved to the folder that is watched: each would be a new one there", `name another folder in "Move to"`}
	case m.After != AfterMove && m.MoveTo != "":
		return nil, &MailboxError{"moveTo", "a folder is named to move mails to, and no mail is moved", `empty "Move to", or choose "move" in "Afterwards"`}
	}
	return m, nil
}

// UsualPort is the port of IMAP for a way of speaking to it.
func UsualPort(tls string) int {
	if tls == TLSImplicit {
		return 993
	}
	return 143
}

// Place names the mailbox that a position belongs to: another one is watched from
// its begin.
func (m *Mailbox) Place(alias string) string {
	return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) + "/" + m.Folder + " as " + alias + ", " + m.Search
}

// SameFolder says whether a place of an alias is the same folder on the same server,
// whichever mails are looked for there.
func (m *Mailbox) SameFolder(place, alias string) bool {
	return slices.ContainsFunc([]string{SearchAll, SearchUnseen}, func(search string) bool {
		other := *m
		other.Search = search
		if strings.EqualFold(m.Folder, inbox) { // by whatever case (RFC 9051, section 5.1)
			return strings.EqualFold(other.Place(alias), place)
		}
		return other.Place(alias) == place
	})
}

// Watch is a trigger.mailbox of a published flow, with what its position belongs to.
type Watch struct {
	Flow, Node, Place string
}
