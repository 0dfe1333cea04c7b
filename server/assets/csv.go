package assets

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Columns of a file, by the names that exports give them, in lower case and without space,
// dash or underline.
var (
	assetColumns = map[string]string{
		"name": "name", "asset": "name", "kind": "kind", "type": "kind", "owner": "owner", "criticality": "criticality", "value": "value", "currency": "currency", "exposed": "exposed", "tags": "tags", "source": "source",
		"hostname": Hostname, "hostnames": Hostname, "fqdn": Hostname, "dns": Hostname, "ip": IP, "ips": IP, "ipaddress": IP, "mac": MAC, "macaddress": MAC, "mail": Mail, "email": Mail, "cloudid": Cloud, "cloud": Cloud, "arn": Cloud,
	}
	findingColumns = map[string]string{
		"asset": "asset", "host": "asset", "hostname": "asset", "ip": "asset", "ipaddress": "asset", "cve": "cve", "cveid": "cve", "title": "title", "name": "title", "plugin": "title", "severity": "severity", "risk": "severity", "cvss": "cvss",
		"cvssscore": "cvss", "epss": "epss", "exploited": "exploited", "kev": "exploited", "knownexploited": "exploited", "firstseen": "first", "first": "first", "lastseen": "last", "last": "last", "state": "state", "status": "state", "source": "source", "scanner": "source",
	}
)

// ReadAssets reads a CSV file of assets, one a line: the first line names the columns, which
// are those of an asset and one for each type of identifier. Several identifiers or tags
// stand in one cell with a semicolon or space between. What can't be taken is an
// [*InvalidError] that names lines.
func ReadAssets(file io.Reader) ([]Change, error) {
	list := []Change{}
	err := readLines(file, assetColumns, func(at string, cells map[string]string, p *problems) {
		c := Change{Name: cells["name"], Kind: cells["kind"], Source: cells["source"], Owner: given(cells, "owner"), Currency: given(cells, "currency"), Value: number(at, "value", cells, p), Exposed: truth(at, "exposed", cells, p)}
		if n := number(at, "criticality", cells, p); n != nil {
			whole := int(*n)
			c.Criticality = &whole
		}
		if tags := given(cells, "tags"); tags != nil {
			c.Tags = several(*tags)
		}
		for _, kind := range Identifiers {
			for _, value := range several(cells[kind]) {
				c.Identifiers = append(c.Identifiers, Identifier{kind, value})
			}
		}
		if c.Name == "" && len(c.Identifiers) > 0 {
			c.Name = c.Identifiers[0].Value
		}
		c.check(at, p)
		list = append(list, c)
	})
	return list, err
}

// ReadFindings reads a CSV file of findings in the same way.
func ReadFindings(file io.Reader) ([]Report, error) {
	list := []Report{}
	err := readLines(file, findingColumns, func(at string, cells map[string]string, p *problems) {
		r := Report{
			Asset: cells["asset"], CVE: cells["cve"], Title: cells["title"], Severity: cells["severity"], State: cells["state"], Source: cells["source"], CVSS: number(at, "cvss", cells, p), EPSS: number(at, "epss", cells, p),
			Exploited: truth(at, "exploited", cells, p), First: date(at, "first", cells, p), Last: date(at, "last", cells, p),
		}
		r.check(at, p)
		list = append(list, r)
	})
	return list, err
}

func readLines(file io.Reader, columns map[string]string, take func(at string, cells map[string]string, p *problems)) error {
	r := csv.NewReader(file)
	r.TrimLeadingSpace, r.ReuseRecord = true, true
	head, err := r.Read()
	if err != nil {
		return &InvalidError{[]cases.FieldError{{Field: "line/1", Message: "the file has no line that names its columns: " + err.Error(), Fix: "begin it with names such as " + names(columns)}}}
	}
	fields, known := make([]string, len(head)), false
	for i, name := range head {
		name = strings.NewReplacer(" ", "", "-", "", "_", "", "\ufeff", "").Replace(strings.ToLower(name))
		if fields[i] = columns[name]; slices.Contains(fields[:i], fields[i]) {
			fields[i] = "" // the first that says so counts
		}
		known = known || fields[i] != ""
	}
	if !known {
		return &InvalidError{[]cases.FieldError{{Field: "line/1", Message: "none of its columns is known", Fix: "name them " + names(columns)}}}
	}
	var p problems
	for n := 0; ; n++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			p.add("file", err.Error(), "quote cells that have commas or quotes in them")
			break
		}
		if n >= MaxBatch {
			p.add("file", fmt.Sprintf("a file has at most %d lines", MaxBatch), "import it in parts")
			break
		}
		cells := make(map[string]string, len(fields))
		for i, field := range fields {
			if field != "" {
				cells[field] = strings.TrimSpace(record[i])
			}
		}
		take(fmt.Sprintf("line/%d/", line), cells, &p)
	}
	if len(p) > 0 {
		return &InvalidError{p}
	}
	return nil
}

func names(columns map[string]string) string {
	var list []string
	for _, field := range columns {
		if !slices.Contains(list, field) {
			list = append(list, field)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func given(cells map[string]string, field string) *string {
	if text := cells[field]; text != "" {
		return &text
	}
	return nil
}

func several(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == ' ' || r == '\n' })
}

func number(at, field string, cells map[string]string, p *problems) *float64 {
	text := given(cells, field)
	if text == nil {
		return nil
	}
	n, err := strconv.ParseFloat(*text, 64)
	if err != nil {
		p.add(at+field, fmt.Sprintf("%q is no number", *text), "write it as 1234.5")
	}
	return &n
}

func truth(at, field string, cells map[string]string, p *problems) *bool {
	text := given(cells, field)
	if text == nil {
		return nil
	}
	yes := slices.Contains([]string{"true", "yes", "y", "1", "x"}, strings.ToLower(*text))
	if !yes && !slices.Contains([]string{"false", "no", "n", "0", "-"}, strings.ToLower(*text)) {
		p.add(at+field, fmt.Sprintf("%q is neither yes nor no", *text), "write yes or no")
	}
	return &yes
}

func date(at, field string, cells map[string]string, p *problems) time.Time {
	text := given(cells, field)
	if text == nil {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, *text); err == nil {
			return t
		}
	}
	p.add(at+field, fmt.Sprintf("%q is no time", *text), "write it as 2026-01-31, or 2026-01-31T09:00:00Z")
	return time.Time{}
}
