package ldap

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

func itoa(n int) string { return strconv.Itoa(n) }

// pageSize is how many entries are asked for at once; Active Directory gives no more.
const pageSize = 1000

// maxFilter bounds a filter, and how deep it may be nested.
const (
	maxFilter = 8 << 10
	maxNested = 50
)

// query is one search.
type query struct {
	base       string
	scope      int
	filter     *ber.Packet
	attributes []string
	limit      int
}

var scopes = map[string]int{"base": ldap.ScopeBaseObject, "one": ldap.ScopeSingleLevel, "subtree": ldap.ScopeWholeSubtree}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// filterOf reads a filter after its values were put in, each escaped.
func filterOf(text string, values map[string]string) (*ber.Packet, error) {
	missing := ""
	filled := placeholder.ReplaceAllStringFunc(text, func(p string) string {
		value, ok := values[p[1:len(p)-1]]
		if !ok {
			missing = p
		}
		return ldap.EscapeFilter(value)
	})
	if missing != "" {
		return nil, sdk.BadInput("/filter", "names %s, which isn't among the values", missing)
	}
	if len(filled) > maxFilter || strings.Count(filled, "(") > 10*maxNested || nesting(filled) > maxNested {
		return nil, sdk.BadInput("/filter", "is too long or nested too deep")
	}
	filter, err := ldap.CompileFilter(filled)
	if err != nil {
		return nil, sdk.BadInput("/filter", "isn't right: %v; it is written such as (&(objectClass=person)(uid=jdoe))", err)
	}
	return filter, nil
}

func nesting(filter string) int {
	depth, most := 0, 0
	for _, c := range filter {
		switch c {
		case '(':
			depth++
			most = max(most, depth)
		case ')':
			depth--
		}
	}
	return most
}

func (q *query) packet(size int) *ber.Packet {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchRequest, nil, "")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, q.base, ""))
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(q.scope), ""))
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(ldap.NeverDerefAliases), ""))
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(size), ""))
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, int64(searchTimeout.Seconds()), ""))
	p.AppendChild(ber.NewBoolean(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, false, ""))
	p.AppendChild(q.filter)
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for _, a := range q.attributes {
		list.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, a, ""))
	}
	p.AppendChild(list)
	return p
}

// search asks page by page until the limit, or the end.
func (s *session) search(q query) (SearchOutput, error) {
	out := SearchOutput{Entries: []Entry{}, Referrals: []string{}}
	paging := ldap.NewControlPaging(uint32(min(pageSize, q.limit)))
	for {
		id, err := s.ask(q.packet(0), paging)
		if err != nil {
			return out, err
		}
		done, err := s.page(id, q.limit, &out)
		if err != nil {
			return out, err
		}
		out.Count = len(out.Entries)
		cookie := cookieOf(done)
		switch r := resultOf(done); {
		case r.code == ldap.LDAPResultSizeLimitExceeded:
			out.Truncated = true
			return out, nil
		case r.code == ldap.LDAPResultReferral:
			return out, sdk.Fail("referral", "%s isn't the directory of %q: it names another (%s); choose that host, or another base", s.place, q.base, r)
		case r.code != 0:
			return out, s.failed("the search below "+strconv.Quote(q.base), r)
		case out.Truncated:
			return out, nil
		case len(cookie) == 0:
			return out, nil
		case len(out.Entries) >= q.limit:
			out.Truncated = true
			return out, nil
		}
		paging.SetCookie(cookie)
	}
}

// page reads the answers to one question, to their end.
func (s *session) page(id int64, limit int, out *SearchOutput) (*ber.Packet, error) {
	for {
		message, err := s.receive(id, ldap.ApplicationSearchResultEntry, ldap.ApplicationSearchResultReference, ldap.ApplicationSearchResultDone)
		if err != nil {
			return nil, err
		}
		op := message.Children[1]
		switch op.Tag {
		case ldap.ApplicationSearchResultDone:
			return message, nil
		case ldap.ApplicationSearchResultReference:
			for _, r := range op.Children {
				if url, ok := r.Value.(string); ok && len(out.Referrals) < 20 {
					out.Referrals = append(out.Referrals, url)
				}
			}
		default:
			if len(out.Entries) == limit {
				out.Truncated = true // the server doesn't page: what else it sends is read and left
				continue
			}
			entry, ok := entryOf(op)
			if !ok {
				return nil, sdk.Fail("bad_answer", "%s sends an entry that can't be read", s.place)
			}
			out.Entries = append(out.Entries, entry)
		}
	}
}

// cookieOf is where the next page begins; nil at the end.
func cookieOf(done *ber.Packet) []byte {
	if len(done.Children) < 3 {
		return nil
	}
	for _, c := range done.Children[2].Children {
		control, err := ldap.DecodeControl(c)
		if paging, ok := control.(*ldap.ControlPaging); err == nil && ok {
			return paging.Cookie
		}
	}
	return nil
}

func entryOf(op *ber.Packet) (Entry, bool) {
	if len(op.Children) != 2 {
		return Entry{}, false
	}
	dn, ok := op.Children[0].Value.(string)
	entry := Entry{DN: dn, Attributes: map[string][]string{}}
	for _, a := range op.Children[1].Children {
		if len(a.Children) != 2 {
			return entry, false
		}
		name, isText := a.Children[0].Value.(string)
		ok = ok && isText
		for _, v := range a.Children[1].Children {
			entry.Attributes[name] = append(entry.Attributes[name], valueOf(name, v.ByteValue))
		}
	}
	return entry, ok
}

// valueOf writes a value as people know it.
func valueOf(name string, raw []byte) string {
	switch {
	case strings.EqualFold(name, "objectGUID") && len(raw) == 16:
		return guid(raw)
	case strings.EqualFold(name, "objectSid") && len(raw) >= 8 && len(raw) == 8+4*int(raw[1]):
		return sid(raw)
	case !utf8.Valid(raw):
		return base64.StdEncoding.EncodeToString(raw)
	}
	return string(raw)
}

// guid is a GUID, whose first three parts lie the other way round.
func guid(b []byte) string {
	h := hex.EncodeToString([]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]})
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// sid is a security identifier: revision, authority, and the numbers below it.
func sid(b []byte) string {
	authority := uint64(binary.BigEndian.Uint16(b[2:4]))<<32 | uint64(binary.BigEndian.Uint32(b[4:8]))
	text := "S-" + itoa(int(b[0])) + "-" + strconv.FormatUint(authority, 10)
	for rest := b[8:]; len(rest) >= 4; rest = rest[4:] {
		text += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(rest)), 10)
	}
	return text
}

func find(c *sdk.Context, in SearchInput) (SearchOutput, error) {
	filter, err := filterOf(in.Filter, in.Values)
	if err != nil {
		return SearchOutput{}, err
	}
	s, err := open(c, in.Server, searchTimeout)
	if err != nil {
		return SearchOutput{}, err
	}
	defer s.close()
	return s.search(query{in.Base, scopes[in.Scope], filter, in.Attributes, in.Limit})
}
