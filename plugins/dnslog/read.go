package dnslog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
)

// header is what the lines with # say of a file of Zeek.
type header struct {
	separator, set, unset, empty string
	fields                       []string
}

// read takes one such line.
func (h *header) read(line string) error {
	key, value, _ := strings.Cut(line, " ")
	if key == "#separator" {
		text, err := strconv.Unquote(`"` + value + `"`)
		if err != nil || text == "" {
			return fmt.Errorf("%q is no separator", logfile.Clip(value))
		}
		h.separator = text
		return nil
	}
	key, value, _ = strings.Cut(line, h.separator)
	switch key {
	case "#set_separator":
		h.set = value
	case "#unset_field":
		h.unset = value
	case "#empty_field":
		h.empty = value
	case "#fields":
		h.fields = strings.Split(value, h.separator)
		for _, needed := range []string{"ts", "id.orig_h", "query"} {
			if !slices.Contains(h.fields, needed) {
				return fmt.Errorf("#fields has no %s: this is no dns.log", needed)
			}
		}
	}
	return nil
}

// filter is a [Filter] that was read.
type filter struct {
	names, below []string
	clients      logfile.Networks
	types, codes []string
	span         logfile.Span
}

func (f Filter) parse() (out filter, err error) {
	for i, name := range f.Names {
		switch below, star := strings.CutPrefix(name, "*."); {
		case name == "" || strings.Contains(below, "*"):
			return out, sdk.BadInput(fmt.Sprintf("/names/%d", i), "%q is no name, and no *. before one", name)
		case star:
			out.below = append(out.below, "."+plainName(below))
		default:
			out.names = append(out.names, plainName(name))
		}
	}
	for _, kind := range f.Types {
		out.types = append(out.types, strings.ToUpper(kind))
	}
	for _, code := range f.Codes {
		out.codes = append(out.codes, strings.ToUpper(code))
	}
	if out.clients, err = logfile.ParseNetworks("/clients", f.Clients); err != nil {
		return out, err
	}
	out.span, err = f.Parse()
	return out, err
}

func (f *filter) fit(r *record) bool {
	named := len(f.names)+len(f.below) == 0 || slices.Contains(f.names, r.name) ||
		slices.ContainsFunc(f.below, func(below string) bool { return strings.HasSuffix(r.name, below) })
	return named && f.clients.Fit(r.client) && (len(f.types) == 0 || slices.Contains(f.types, r.kind)) &&
		(len(f.codes) == 0 || slices.Contains(f.codes, r.code)) && f.span.Fit(r.at)
}

// walk reads a file of any of the formats, told by its first line, and hands on each
// query that fits.
func walk(in logfile.Input, by Filter, each func(*record) error) (format string, records int, faults logfile.Faults, err error) {
	f, err := by.parse()
	if err != nil {
		return "", 0, faults, err
	}
	lines, err := logfile.Open(in)
	if err != nil {
		return "", 0, faults, err
	}
	defer lines.Close() //nolint:errcheck // read only
	h := &header{separator: "\t", set: ",", unset: "-", empty: "(empty)"}
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return format, records, lines.Faults, nil
		}
		if err != nil {
			return format, records, faults, err
		}
		if format == "" {
			format = formatOf(line)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		r := &record{line: lines.Number}
		taken, err := r.read(format, h, line, f.span)
		if err != nil {
			if h.fields == nil && format == "zeek" {
				return format, records, faults, sdk.BadInput("/file", "line %d: %v", r.line, err)
			}
			if err := lines.Fault(r.line, err); err != nil {
				return format, records, lines.Faults, err
			}
			continue
		}
		if !taken {
			continue
		}
		records++
		if !f.fit(r) {
			continue
		}
		if err := each(r); err != nil {
			return format, records, lines.Faults, err
		}
	}
}

func formatOf(line []byte) string {
	switch line = bytes.TrimSpace(line); {
	case len(line) == 0:
		return ""
	case line[0] == '{':
		return "zeek-json"
	case line[0] == '#':
		return "zeek"
	}
	return "bind"
}

// read takes one line; false is one that is no query.
func (r *record) read(format string, h *header, line []byte, span logfile.Span) (bool, error) {
	switch {
	case format == "zeek-json":
		return true, r.zeekJSON(line, span)
	case format == "bind":
		return true, r.bind(string(line), span)
	case line[0] == '#':
		return false, h.read(string(line))
	case h.fields == nil:
		return false, errors.New("#fields has to stand before the first query: give the file with its header")
	}
	return true, h.row(r, string(line), span)
}

func read(_ *sdk.Context, in ReadInput) (out ReadOutput, err error) {
	out.Queries = []Query{}
	out.Format, out.Records, out.Faults, err = walk(in.Input, in.Filter, func(r *record) error {
		if out.Count++; len(out.Queries) < in.Limit {
			out.Queries = append(out.Queries, r.query())
		}
		return nil
	})
	out.Truncated = out.Count > len(out.Queries)
	return out, err
}
