package dns

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/idna"

	"github.com/drawbridge-soar/drawbridge/sdk"
)

// maxTalk bounds what a name server may send in one call: a message has at most 64 KiB.
const maxTalk = 4 << 20

// session is one connection to a name server.
type session struct {
	place string
	conn  *sdk.Conn
	id    uint16
}

func open(c *sdk.Context, at Server) (*session, error) {
	conn, err := c.DialTLS(at.Encryption, at.Server, at.Port, timeout/2)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(c.Now().Add(timeout - spare))
	conn.SetLimit(maxTalk)
	conn.SetTimeout(patience)
	var id [2]byte
	if err := c.Random(id[:]); err != nil {
		return nil, err
	}
	return &session{conn.RemoteAddr().String(), conn, binary.BigEndian.Uint16(id[:])}, nil
}

// nameOf reads a name as people write it. Labels of other languages are written in
// ASCII, others may be any, such as _dmarc.
func nameOf(at, text string) (dnsmessage.Name, error) {
	labels := strings.Split(strings.TrimSuffix(strings.TrimSpace(text), "."), ".")
	for i, label := range labels {
		if strings.ContainsFunc(label, func(r rune) bool { return r > 0x7e }) {
			ascii, err := idna.Lookup.ToASCII(label)
			if err != nil {
				return dnsmessage.Name{}, sdk.BadInput(at, "%.100q can't be a name: %v", text, err)
			}
			labels[i] = ascii
		}
		if label == "" && len(labels) > 1 || len(labels[i]) > 63 || strings.ContainsFunc(labels[i], func(r rune) bool { return r <= ' ' || r == '\\' }) {
			return dnsmessage.Name{}, sdk.BadInput(at, "%.100q is no name: it has parts of 1 to 63 characters with single dots between them", text)
		}
	}
	full := strings.Join(labels, ".") + "."
	if full == "." && strings.TrimSpace(text) != "." {
		return dnsmessage.Name{}, sdk.BadInput(at, "is empty: give a name, or . for the root")
	}
	name, err := dnsmessage.NewName(full)
	if err != nil || len(full) > 255 {
		return dnsmessage.Name{}, sdk.BadInput(at, "%.100q is longer than names may be", text)
	}
	return name, nil
}

// answer is what a name server says to one question.
type answer struct {
	header  dnsmessage.Header
	records []Record
}

// ask sends a question and reads its answer. What doesn't answer it is refused.
func (s *session) ask(name dnsmessage.Name, typ dnsmessage.Type, recursion bool) (answer, error) {
	s.id++
	question := dnsmessage.Question{Name: name, Type: typ, Class: dnsmessage.ClassINET}
	b := dnsmessage.NewBuilder(make([]byte, 2, 512), dnsmessage.Header{ID: s.id, RecursionDesired: recursion, AuthenticData: true})
	if err := errors.Join(b.StartQuestions(), b.Question(question)); err != nil {
		return answer{}, err
	}
	message, err := b.Finish()
	if err != nil {
		return answer{}, err
	}
	binary.BigEndian.PutUint16(message, uint16(len(message)-2))
	if _, err := s.conn.Write(message); err != nil {
		return answer{}, s.conn.Lost(err)
	}
	var size [2]byte
	if _, err := io.ReadFull(s.conn, size[:]); err != nil {
		return answer{}, s.conn.Lost(err)
	}
	raw := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(s.conn, raw); err != nil {
		return answer{}, s.conn.Lost(err)
	}
	return s.read(raw, question)
}

func (s *session) read(raw []byte, question dnsmessage.Question) (answer, error) {
	bad := func(why string) (answer, error) {
		return answer{}, sdk.Fail("bad_answer", "%s doesn't answer as a name server does: %s; look at the port and the encryption", s.place, why)
	}
	var p dnsmessage.Parser
	header, err := p.Start(raw)
	if err != nil {
		return bad(err.Error())
	}
	if header.ID != s.id || !header.Response {
		return bad("it answers what wasn't asked")
	}
	switch header.RCode {
	case dnsmessage.RCodeSuccess, dnsmessage.RCodeNameError:
	case dnsmessage.RCodeServerFailure:
		return answer{}, sdk.Unavailable("%s can't find out about %s: it says SERVFAIL", s.place, question.Name)
	case dnsmessage.RCodeRefused:
		return answer{}, sdk.Denied("%s refuses to say anything about %s to this server", s.place, question.Name)
	default:
		return answer{}, sdk.Fail("dns_error", "%s answers with an error about %s: %s", s.place, question.Name, header.RCode)
	}
	asked, err := p.AllQuestions()
	if err != nil || len(asked) != 1 || asked[0].Type != question.Type || !strings.EqualFold(asked[0].Name.String(), question.Name.String()) {
		return bad("it answers another question")
	}
	out := answer{header: header, records: []Record{}}
	for {
		h, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			return out, nil
		}
		if err != nil {
			return bad(err.Error())
		}
		record, err := recordOf(&p, h)
		if err != nil {
			return bad(err.Error())
		}
		out.records = append(out.records, record)
	}
}

func lookup(c *sdk.Context, in LookupInput) (LookupOutput, error) {
	name, err := nameOf("/name", in.Name)
	if err != nil {
		return LookupOutput{}, err
	}
	if len(in.Types) == 0 {
		return LookupOutput{}, sdk.BadInput("/types", "is empty: choose one or more")
	}
	s, err := open(c, in.Server)
	if err != nil {
		return LookupOutput{}, err
	}
	defer s.conn.Close() //nolint:errcheck // nothing was left to be said
	out := LookupOutput{Name: strings.TrimSuffix(name.String(), "."), Status: "no_data", Records: []Record{}, Values: []string{}, Authoritative: true, Authenticated: true}
	if out.Name == "" {
		out.Name = "."
	}
	for _, typ := range in.Types {
		a, err := s.ask(name, types[typ], in.Recursion)
		if err != nil {
			return LookupOutput{}, err
		}
		out.Authoritative, out.Authenticated = out.Authoritative && a.header.Authoritative, out.Authenticated && a.header.AuthenticData
		if a.header.RCode == dnsmessage.RCodeNameError {
			out.Status = "not_found"
		}
		out.add(a.records, typ)
	}
	return out, nil
}

// add takes the records of one answer, each once.
func (out *LookupOutput) add(records []Record, typ string) {
	for _, r := range records {
		if r.Type == typ {
			out.Status = "found"
			if !slices.Contains(out.Values, r.Value) {
				out.Values = append(out.Values, r.Value)
			}
		}
		if !slices.ContainsFunc(out.Records, func(o Record) bool { return o.Name == r.Name && o.Type == r.Type && o.Value == r.Value }) {
			out.Records = append(out.Records, r)
		}
	}
}

func reverse(c *sdk.Context, in ReverseInput) (ReverseOutput, error) {
	addr, err := netip.ParseAddr(strings.TrimSpace(in.Address))
	if err != nil || addr.Zone() != "" {
		return ReverseOutput{}, sdk.BadInput("/address", "%q is no address of IPv4 or IPv6", in.Address)
	}
	addr = addr.Unmap()
	name, err := nameOf("/address", reverseName(addr))
	if err != nil {
		return ReverseOutput{}, err
	}
	s, err := open(c, in.Server)
	if err != nil {
		return ReverseOutput{}, err
	}
	defer s.conn.Close() //nolint:errcheck // nothing was left to be said
	a, err := s.ask(name, dnsmessage.TypePTR, true)
	if err != nil {
		return ReverseOutput{}, err
	}
	out := ReverseOutput{Status: "no_data", Names: []string{}, Confirmed: []string{}}
	if a.header.RCode == dnsmessage.RCodeNameError {
		out.Status = "not_found"
	}
	for _, r := range a.records {
		if r.Type == "PTR" {
			out.Status, out.Names = "found", append(out.Names, r.Target)
		}
	}
	if !in.Confirm {
		return out, nil
	}
	for _, n := range out.Names {
		leads, err := s.leads(n, addr)
		if err != nil {
			return ReverseOutput{}, err
		}
		if leads {
			out.Confirmed = append(out.Confirmed, n)
		}
	}
	return out, nil
}

// leads says whether a name has an address.
func (s *session) leads(text string, addr netip.Addr) (bool, error) {
	name, err := dnsmessage.NewName(text + ".")
	if err != nil {
		return false, nil
	}
	typ := dnsmessage.TypeA
	if addr.Is6() {
		typ = dnsmessage.TypeAAAA
	}
	a, err := s.ask(name, typ, true)
	return slices.ContainsFunc(a.records, func(r Record) bool { return r.Value == addr.String() }), err
}

// reverseName is where the names of an address stand (RFC 1035, 3.5; RFC 3596, 2.5).
func reverseName(addr netip.Addr) string {
	const digits = "0123456789abcdef"
	var parts []string
	for _, b := range addr.AsSlice() {
		if addr.Is4() {
			parts = append(parts, itoa(int(b)))
		} else {
			parts = append(parts, digits[b>>4:b>>4+1], digits[b&15:b&15+1])
		}
	}
	slices.Reverse(parts)
	if addr.Is4() {
		return strings.Join(parts, ".") + ".in-addr.arpa"
	}
	return strings.Join(parts, ".") + ".ip6.arpa"
}
