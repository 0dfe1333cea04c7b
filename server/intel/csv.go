package intel

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// csvColumns are the columns that are read, by all names that they go by.
var csvColumns = map[string]string{
	"value": "value", "indicator": "value", "ioc": "value", "observable": "value", "indicator_value": "value", "ioc_value": "value",
	"type": "type", "indicator_type": "type", "ioc_type": "type", "kind": "type",
	"score": "score", "confidence": "confidence", "verdict": "verdict", "source": "source", "feed": "source", "reporter": "source",
	"tags": "tags", "tag": "tags", "labels": "tags", "families": "families", "family": "families", "malware": "families", "actors": "actors", "actor": "actors", "threat_actor": "actors",
	"vulnerabilities": "vulnerabilities", "vulnerability": "vulnerabilities", "cve": "vulnerabilities", "tlp": "tlp", "description": "description", "comment": "description", "note": "description",
	"valid_until": "valid_until", "expires": "valid_until", "expiration": "valid_until", "first_seen": "first_seen", "last_seen": "last_seen", "reference": "reference", "url_reference": "reference",
}

// ColumnNames lists what a column can be named.
var ColumnNames = []string{"value", "type", "score", "confidence", "verdict", "source", "tags", "families", "actors", "vulnerabilities", "tlp", "description", "valid_until", "first_seen", "last_seen", "reference"}

func columnName(text string) string {
	return csvColumns[strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "_")]
}

// csvReader reads a file line by line.
type csvReader struct {
	gathering
	rows    *csv.Reader
	source  string
	columns []string
	lines   int
}

func readCSV(f *File, at time.Time) (*read, error) {
	if err := tooLarge(f); err != nil {
		return nil, err
	}
	data := bytes.TrimPrefix(f.Content, []byte("\uFEFF"))
	if !utf8.Valid(data) {
		return nil, &FieldError{"file", "this isn't UTF-8", "save the file as UTF-8"}
	}
	r := &csvReader{gathering: gathering{map[string]int{}, &read{}, at}, rows: csv.NewReader(bytes.NewReader(data)), source: f.Source}
	if r.source == "" {
		r.source = "CSV import"
	}
	r.rows.Comma, r.rows.Comment, r.rows.FieldsPerRecord, r.rows.TrimLeadingSpace, r.rows.LazyQuotes = delimiter(data), '#', -1, true, true
	if err := r.name(f.Columns); err != nil {
		return nil, err
	}
	for {
		row, err := r.rows.Read()
		if errors.Is(err, io.EOF) {
			return r.into, nil
		}
		if r.lines++; r.lines > MaxObjects {
			return nil, &FieldError{"file", fmt.Sprintf("a file has at most %d lines", MaxObjects), "import it in parts"}
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			r.refuse(wrong.Line, "", wrong.Err.Error(), "look at the quotes of this line")
			continue
		}
		if err != nil {
			return nil, err
		}
		r.line(row)
	}
}

// delimiter is the sign that the first line of values has most of.
func delimiter(data []byte) rune {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		best, most := ',', 0
		for _, sign := range []rune{',', ';', '\t'} {
			if n := bytes.Count(line, []byte(string(sign))); n > most {
				best, most = sign, n
			}
		}
		return best
	}
	return ','
}

// name takes the columns from what was given, else from the first line. A file whose
// first line names none has values in its first column.
func (r *csvReader) name(given []string) error {
	for _, text := range given {
		name := columnName(text)
		if name == "" && strings.TrimSpace(text) != "" {
			return &FieldError{"columns", fmt.Sprintf("%q is no column", text), "use " + strings.Join(ColumnNames, ", ") + ", or nothing to skip one"}
		}
		r.columns = append(r.columns, name)
	}
	first, err := r.rows.Read()
	if errors.Is(err, io.EOF) {
		return &FieldError{"file", "the file holds nothing", ""}
	}
	if err != nil {
		return &FieldError{"file", "this is no CSV file: " + err.Error(), ""}
	}
	header := make([]string, len(first))
	for n, text := range first {
		header[n] = columnName(text)
	}
	hasHeader := slices.Contains(header, "value")
	if len(given) == 0 {
		if r.columns = header; !hasHeader {
			if cases.TypeOf(first[0]) == cases.TypeOther && len(first) > 1 {
				return &FieldError{"file", "no column of the first line is named value", "name the columns, such as value,type,confidence,tags"}
			}
			r.columns = []string{"value"}
		}
	}
	if !slices.Contains(r.columns, "value") {
		return &FieldError{"columns", "no column is named value", "name the one that holds the indicators"}
	}
	if !hasHeader {
		r.lines++
		r.line(first)
	}
	return nil
}

func (r *csvReader) refuse(line int, column, message, fix string) {
	if column != "" {
		message = column + ": " + message
	}
	r.into.report.tell(Finding{fmt.Sprintf("line %d", line), "", OutcomeRefused, message, fix})
}

// line reads one line. It is refused whole where a column can't be read.
func (r *csvReader) line(row []string) {
	at, _ := r.rows.FieldPos(0)
	cells := map[string]string{}
	for n, name := range r.columns {
		if n < len(row) && name != "" {
			if text := strings.TrimSpace(row[n]); cells[name] == "" {
				cells[name] = unguarded(text)
			}
		}
	}
	if strings.Join(row, "") == "" {
		return
	}
	g, err := r.given(cells)
	if err == nil {
		err = r.add(g)
	}
	var wrong *FieldError
	if errors.As(err, &wrong) {
		r.refuse(at, wrong.Field, wrong.Message, wrong.Fix)
		return
	}
	r.into.report.tell(Finding{fmt.Sprintf("line %d", at), g.Type, OutcomeModelled, "", ""})
}

func (r *csvReader) given(cells map[string]string) (Given, error) {
	o, err := Normalise(strings.ToLower(cells["type"]), cells["value"])
	if err != nil {
		return Given{}, err
	}
	source := Source{Name: cells["source"], Verdict: strings.ToLower(cells["verdict"]), Confidence: usualConfidence, Reference: cells["reference"]}
	if source.Name == "" {
		source.Name = r.source
	}
	if source.Verdict == "" {
		source.Verdict = Malicious
	}
	for _, number := range []struct {
		column string
		most   float64
	}{{"score", MaxScore}, {"confidence", 100}} {
		text := cells[number.column]
		if text == "" {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if err != nil || !(n >= 0 && n <= number.most) {
			return Given{}, &FieldError{number.column, fmt.Sprintf("%q is no number from 0 to %d", text, int(number.most)), ""}
		}
		source.Confidence = int(math.Round(n * 100 / number.most)) // a score of 1000 is full confidence
	}
	g := Given{
		Observable: o, Source: &source, Tags: parts(cells["tags"]), Families: parts(cells["families"]), Actors: parts(cells["actors"]), Vulnerabilities: parts(cells["vulnerabilities"]),
		TLP: strings.TrimPrefix(strings.ToLower(cells["tlp"]), "tlp:"), Description: cells["description"],
	}
	for _, column := range []struct {
		name string
		into *time.Time
	}{{"valid_until", &g.ValidUntil}, {"first_seen", &source.FirstSeen}, {"last_seen", &source.LastSeen}} {
		if text := cells[column.name]; text != "" {
			if *column.into, err = readTime(text); err != nil {
				return Given{}, &FieldError{column.name, fmt.Sprintf("%q is no time", text), "write it as 2026-01-31 or 2026-01-31T09:00:00Z"}
			}
		}
	}
	return g, nil
}

func readTime(text string) (t time.Time, err error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04:05 MST"} {
		if t, err = time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return t, err
}

// parts are what stands in one cell with a sign between.
func parts(cell string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// risky begins what spreadsheets take for a formula.
const risky = "=+-@\t\r"

// guarded writes a cell so that no spreadsheet runs it; unguarded reads it.
func guarded(text string) string {
	if text != "" && strings.IndexByte(risky, text[0]) >= 0 {
		return "'" + text
	}
	return text
}

func unguarded(text string) string {
	if len(text) > 1 && text[0] == '\'' && strings.IndexByte(risky, text[1]) >= 0 {
		return text[1:]
	}
	return text
}
