package dnslog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
)

// record is a query before it is written.
type record struct {
	line           int
	at             time.Time
	client         netip.Addr
	port           int
	server         string
	name, kind     string
	protocol, code string
	answers        []string
}

// set reads one field of Zeek's dns.log. Source: Zeek's manual, base/protocols/dns/main.zeek,
// DNS::Info.
func (r *record) set(name, text string, span logfile.Span) (err error) {
	switch name {
	case "ts":
		r.at, err = span.Time(text)
	case "id.orig_h":
		if r.client, err = netip.ParseAddr(text); err != nil {
			err = fmt.Errorf("%q is no address", logfile.Clip(text))
		}
	case "id.orig_p":
		r.port, err = portOf(text)
	case "id.resp_h":
		r.server = text
	case "proto":
		r.protocol = text
	case "query":
		r.name = plainName(text)
	case "qtype_name":
		r.kind = strings.ToUpper(text)
	case "rcode_name":
		r.code = strings.ToUpper(text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func portOf(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no port", logfile.Clip(text))
	}
	return int(n), nil
}

func plainName(name string) string {
	if name = strings.ToLower(name); len(name) > 1 {
		name = strings.TrimSuffix(name, ".")
	}
	return name
}

func (r *record) complete() error {
	switch {
	case r.at.IsZero():
		return errors.New("has no time")
	case !r.client.IsValid():
		return errors.New("has no client")
	}
	return nil
}

// zeekRow reads a line of Zeek's text, whose columns the header names.
func (h *header) row(r *record, line string, span logfile.Span) error {
	for i, name := range h.fields {
		value, rest, more := strings.Cut(line, h.separator)
		if !more && i+1 < len(h.fields) {
			return fmt.Errorf("has %d fields, and #fields names %d", i+1, len(h.fields))
		}
		line = rest
		switch {
		case value == h.unset:
		case name == "answers":
			if value != h.empty {
				r.answers = strings.Split(value, h.set)
			}
		default:
			if err := r.set(name, value, span); err != nil {
				return err
			}
		}
	}
	if line != "" {
		return fmt.Errorf("has more fields than the %d of #fields", len(h.fields))
	}
	return r.complete()
}

// zeekJSON reads a line of Zeek's JSON, with dots or underscores in its names.
func (r *record) zeekJSON(line []byte, span logfile.Span) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return fmt.Errorf("is no JSON object: %w", err)
	}
	for name, raw := range fields {
		if name == "answers" {
			if err := json.Unmarshal(raw, &r.answers); err != nil {
				return errors.New("answers: is no list of texts")
			}
			continue
		}
		text := string(raw)
		switch {
		case text == "null", raw[0] == '{', raw[0] == '[':
			continue
		case raw[0] == '"':
			if err := json.Unmarshal(raw, &text); err != nil {
				return err
			}
		}
		if rest, ok := strings.CutPrefix(name, "id_"); ok {
			name = "id." + rest
		}
		if err := r.set(name, text, span); err != nil {
			return err
		}
	}
	return r.complete()
}

// bind reads a line of BIND's category queries, such as
//
//	02-Jan-2025 12:00:00.123 queries: info: client @0x7f01 192.0.2.7#50123 (a.example): view in: query: a.example IN A +E(0)K (192.0.2.53)
//
// Source: BIND 9 Administrator Reference Manual, the query log; lib/ns/query.c, log_query.
func (r *record) bind(line string, span logfile.Span) (err error) {
	head, rest, found := strings.Cut(line, "client ")
	body, ask, asked := cutLast(rest, ": query: ")
	if !found || !asked {
		return errors.New("is no query of BIND: «client …: query: …» is expected")
	}
	head = strings.TrimSpace(head)
	words := strings.Fields(head)
	switch {
	case len(words) == 0:
		return errors.New("has no time: set print-time yes in BIND's channel")
	case strings.Contains(words[0], "T"):
		r.at, err = span.Time(words[0])
	case len(words) > 1:
		r.at, err = span.Time(words[0] + " " + words[1])
	default:
		err = fmt.Errorf("%q is no time", logfile.Clip(head))
	}
	if err != nil {
		return err
	}
	if strings.HasPrefix(body, "@") {
		_, body, _ = strings.Cut(body, " ")
	}
	place, _, _ := strings.Cut(body, " ")
	address, port, ok := strings.Cut(strings.TrimSuffix(place, ":"), "#")
	if !ok {
		return fmt.Errorf("%q is no client such as 192.0.2.7#50123", logfile.Clip(place))
	}
	if err := r.set("id.orig_h", address, span); err != nil {
		return err
	}
	if r.port, err = portOf(port); err != nil {
		return err
	}
	return r.bindQuery(strings.Fields(ask))
}

// bindQuery reads name, class, type, flags and the server.
func (r *record) bindQuery(words []string) error {
	if len(words) < 3 {
		return errors.New("has no name, class and type behind «query:»")
	}
	r.name, r.kind, r.protocol = plainName(words[0]), strings.ToUpper(words[2]), "udp"
	if len(words) > 3 && strings.Contains(words[3], "T") {
		r.protocol = "tcp"
	}
	if len(words) > 4 {
		r.server = strings.Trim(words[4], "()")
	}
	return nil
}

// cutLast cuts at the last place where sep stands: what is before it may hold a name
// that somebody chose.
func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

func (r *record) query() Query {
	q := Query{
		Line: r.line, Time: logfile.Written(r.at), Client: r.client.String(), Port: r.port, Server: r.server, Name: r.name,
		Type: r.kind, Protocol: r.protocol, Code: r.code, Answers: r.answers,
	}
	if q.Answers == nil {
		q.Answers = []string{}
	}
	return q
}
