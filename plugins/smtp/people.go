package smtp

import (
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// maxAddress is the longest address that servers have to take (RFC 5321, 4.5.3.1).
const maxAddress = 254

// people are who a mail is from and to.
type people struct {
	from          *mail.Address
	to, cc, reply []*mail.Address
	envelope      string
	recipients    []string
}

func readPeople(in SendInput) (*people, error) {
	p := &people{}
	var err error
	if p.from, err = address("/from", in.From); err != nil {
		return nil, err
	}
	p.envelope = p.from.Address
	if in.EnvelopeFrom != "" {
		e, err := address("/envelopeFrom", in.EnvelopeFrom)
		if err != nil {
			return nil, err
		}
		p.envelope = e.Address
	}
	var bcc []*mail.Address
	for _, list := range []struct {
		at   string
		from []string
		into *[]*mail.Address
	}{{"/to", in.To, &p.to}, {"/cc", in.Cc, &p.cc}, {"/bcc", in.Bcc, &bcc}, {"/replyTo", in.ReplyTo, &p.reply}} {
		for i, text := range list.from {
			a, err := address(fmt.Sprintf("%s/%d", list.at, i), text)
			if err != nil {
				return nil, err
			}
			*list.into = append(*list.into, a)
		}
	}
	seen := map[string]bool{}
	for _, group := range [][]*mail.Address{p.to, p.cc, bcc} {
		for _, a := range group {
			if !seen[a.Address] {
				seen[a.Address] = true
				p.recipients = append(p.recipients, a.Address)
			}
		}
	}
	switch {
	case len(p.recipients) == 0:
		return nil, sdk.BadInput("/to", "names nobody: give an address in to, cc or bcc")
	case len(p.recipients) > maxRecipients:
		return nil, sdk.BadInput("/to", "the mail has %d recipients, at most %d are sent to at once", len(p.recipients), maxRecipients)
	}
	return p, nil
}

// address reads one address. What comes out holds nothing that could end a line or a
// command; an international domain is written in ASCII.
func address(at, text string) (*mail.Address, error) {
	if lineBreak(text) {
		return nil, sdk.BadInput(at, "holds a line break: give one address")
	}
	a, err := mail.ParseAddress(strings.TrimSpace(text))
	if err != nil {
		return nil, sdk.BadInput(at, "%.100q is no address such as name@example.com or Name <name@example.com>", text)
	}
	split := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:split], a.Address[split+1:]
	if domain, err = idna.Lookup.ToASCII(domain); err != nil {
		return nil, sdk.BadInput(at, "%.100q has no right domain", text)
	}
	for _, r := range local {
		switch {
		case r > 0x7e:
			return nil, sdk.BadInput(at, "%.100q has a character before the @ that isn't ASCII, which few mail servers take", text)
		case r <= ' ' || strings.ContainsRune(`<>()[],;:\"`, r):
			return nil, sdk.BadInput(at, "%.100q needs quotes before the @, which isn't sent", text)
		}
	}
	if a.Address = local + "@" + domain; len(a.Address) > maxAddress {
		return nil, sdk.BadInput(at, "is longer than %d characters", maxAddress)
	}
	return a, nil
}

// list writes a field of addresses.
func (m *message) list(name string, of []*mail.Address) {
	if len(of) == 0 {
		return
	}
	texts := make([]string, len(of))
	for i, a := range of {
		texts[i] = a.String()
	}
	m.field(name, strings.Join(texts, ", "))
}
