package netflow

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/plugins/logfile"
	"github.com/drawbridge-soar/drawbridge/sdk"
)

// mostObject bounds one record in JSON.
const mostObject = 64 << 10

// filter is a [Filter] that was read.
type filter struct {
	ips, sources, destinations logfile.Networks
	ports, protocols           []int
	span                       logfile.Span
}

func (f Filter) parse() (out filter, err error) {
	for _, list := range []struct {
		at   string
		in   []string
		into *logfile.Networks
	}{{"/ips", f.IPs, &out.ips}, {"/sources", f.Sources, &out.sources}, {"/destinations", f.Destinations, &out.destinations}} {
		if *list.into, err = logfile.ParseNetworks(list.at, list.in); err != nil {
			return out, err
		}
	}
	for i, text := range f.Protocols {
		n, err := protocolNumber(text)
		if err != nil {
			return out, sdk.BadInput(fmt.Sprintf("/protocols/%d", i), "%v: give a name such as TCP, or a number to 255", err)
		}
		out.protocols = append(out.protocols, n)
	}
	out.ports = f.Ports
	out.span, err = f.Parse()
	return out, err
}

func (f *filter) fit(r *record) bool {
	return (f.ips.Fit(r.source) || f.ips.Fit(r.destination)) && f.sources.Fit(r.source) && f.destinations.Fit(r.destination) &&
		(len(f.ports) == 0 || slices.Contains(f.ports, r.sourcePort) || slices.Contains(f.ports, r.destPort)) &&
		(len(f.protocols) == 0 || slices.Contains(f.protocols, r.protocol)) && f.span.Fit(r.start)
}

// walk reads a file of either format, and hands on each record that fits.
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
	w := &walker{lines: lines, filter: &f, each: each}
	var line []byte
	for line, err = lines.Next(); err == nil && len(bytes.TrimSpace(line)) == 0; line, err = lines.Next() {
	}
	switch {
	case errors.Is(err, io.EOF):
		return "csv", 0, lines.Faults, nil
	case err != nil:
		return "", 0, faults, err
	}
	if first := bytes.TrimSpace(line)[0]; first == '{' || first == '[' {
		format, err = "json", w.json(line)
	} else {
		format, err = "csv", w.csv(string(line))
	}
	return format, w.records, lines.Faults, err
}

type walker struct {
	lines   *logfile.Lines
	filter  *filter
	each    func(*record) error
	records int
}

// take hands a record on, or tells what is wrong with it.
func (w *walker) take(r *record, problem error) error {
	if problem != nil {
		return w.lines.Fault(r.line, problem)
	}
	w.records++
	if !w.filter.fit(r) {
		return nil
	}
	return w.each(r)
}

// csv reads nfdump's CSV: a line with the names of columns, records, and in its old form
// a summary after them.
func (w *walker) csv(header string) error {
	names := strings.Split(header, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	if !slices.ContainsFunc(names, func(n string) bool { return n == "sa" || n == "srcAddr" }) || !slices.ContainsFunc(names, func(n string) bool { return n == "da" || n == "dstAddr" }) {
		return sdk.BadInput("/file", "line %d: %q are no columns of nfdump (sa and da, or srcAddr and dstAddr, are needed): write the file with nfdump -o csv or -o json", w.lines.Number, logfile.Clip(header))
	}
	for {
		line, err := w.lines.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(line) == 0, bytes.Equal(line, []byte("No matched flows")):
			continue
		case bytes.HasPrefix(line, []byte("Summary")):
			return nil
		}
		r := &record{line: w.lines.Number}
		if err := w.take(r, w.row(r, names, string(line))); err != nil {
			return err
		}
	}
}

func (w *walker) row(r *record, names []string, line string) error {
	for i, name := range names {
		value, rest, more := strings.Cut(line, ",")
		if !more && i+1 < len(names) {
			return fmt.Errorf("has %d columns, and the header %d", i+1, len(names))
		}
		if err := r.set(name, strings.TrimSpace(value), w.filter.span); err != nil {
			return err
		}
		line = rest
	}
	if line != "" {
		return fmt.Errorf("has more columns than the header's %d", len(names))
	}
	return r.complete()
}

// json reads objects, in a list or one after the other, over as many lines as they take.
// They are cut out by their braces, so that the file is never whole in memory.
func (w *walker) json(line []byte) error {
	var object []byte
	var err error
	depth, began := 0, 0
	inText, escaped := false, false
	for ; err == nil; line, err = w.lines.Next() {
		from := 0
		for i, c := range line {
			switch {
			case escaped:
				escaped = false
			case inText:
				escaped, inText = c == '\\', c != '"'
			case depth > 0 && c == '"':
				inText = true
			case c == '{':
				if depth++; depth == 1 {
					from, began, object = i, w.lines.Number, object[:0]
				}
			case c == '}' && depth > 0:
				if depth--; depth == 0 {
					r := &record{line: began}
					object = append(object, line[from:i+1]...)
					if err := w.take(r, r.setJSON(object, w.filter.span)); err != nil {
						return err
					}
				}
			case depth == 0 && !strings.ContainsRune("[], \t", rune(c)):
				return sdk.BadInput("/file", "line %d: %q stands where a record should", w.lines.Number, logfile.Clip(string(line[i:])))
			}
		}
		if depth > 0 {
			if object = append(object, line[from:]...); len(object) > mostObject {
				return sdk.BadInput("/file", "line %d: a record of more than %d bytes begins here", began, mostObject)
			}
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case depth > 0:
		return w.lines.Fault(began, errors.New("a record begins here and doesn't end"))
	}
	return nil
}

func read(_ *sdk.Context, in ReadInput) (out ReadOutput, err error) {
	out.Flows = []Flow{}
	out.Format, out.Records, out.Faults, err = walk(in.Input, in.Filter, func(r *record) error {
		if out.Count++; len(out.Flows) < in.Limit {
			out.Flows = append(out.Flows, r.flow())
		}
		return nil
	})
	out.Truncated = out.Count > len(out.Flows)
	return out, err
}
