package assets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/assets"
)

func TestFiles(t *testing.T) {
	list, err := assets.ReadAssets(strings.NewReader("\ufeffName,IP Address,criticality,Value,Currency,exposed,Tags\nsrv-1,10.0.0.7;10.0.0.8,4,\"50000\",eur,yes,web;DMZ\nsrv-2,,,,,,\n"))
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	one := list[0]
	if one.Kind != "host" || len(one.Identifiers) != 2 || *one.Criticality != 4 || *one.Value != 50000 || *one.Currency != "EUR" || !*one.Exposed || one.Tags[1] != "dmz" || list[1].Owner != nil {
		t.Errorf("%+v", one)
	}
	found, err := assets.ReadFindings(strings.NewReader("host,CVE ID,cvss,kev,first seen\nsrv-1,cve-2026-1234,9.8,yes,2026-01-31\n"))
	if err != nil || len(found) != 1 || found[0].CVE != "CVE-2026-1234" || found[0].Severity != "critical" || !*found[0].Exploited || found[0].First.Day() != 31 {
		t.Errorf("%+v, %v", found, err)
	}
	for name, c := range map[string]struct{ file, at string }{
		"nothing":          {"", "line/1"},
		"unknown columns":  {"a,b\n1,2\n", "line/1"},
		"a bad address":    {"name,ip\nsrv-1,10.0.0.1\nsrv-2,10.0.0.300\n", "line/3/identifiers/0"},
		"a bad number":     {"name,criticality\nsrv-1,much\n", "line/2/criticality"},
		"too few cells":    {"name,ip\nsrv-1\n", "file"},
		"a criticality":    {"name,criticality\nsrv-1,6\n", "line/2/criticality"},
		"no name":          {"name,owner\n,me\n", "line/2/name"},
		"a bad currency":   {"name,currency\nx,euros\n", "line/2/currency"},
		"a value of money": {"name,value\nx,-1\n", "line/2/value"},
	} {
		_, err := assets.ReadAssets(strings.NewReader(c.file))
		var wrong *assets.InvalidError
		if !errors.As(err, &wrong) || wrong.Problems[0].Field != c.at {
			t.Errorf("%s: %v, want it at %s", name, err, c.at)
		}
	}
}

func TestFormula(t *testing.T) {
	for _, c := range []struct {
		r    assets.Risk
		want float64
		p    string
	}{
		{assets.Risk{Severity: 9.8, Confidence: 1, Criticality: 5, Exposed: true, Exploited: true}, 100, "P1"},
		{assets.Risk{Severity: 5, Confidence: 0.4, Criticality: 2}, 19.25, "P5"},
		{assets.Risk{Severity: 7.5, Confidence: 1, Criticality: 3, Probability: 0.5}, 60, "P2"},
	} {
		if got, p := assets.Priority(&c.r); got != c.want || p != c.p {
			t.Errorf("%+v is %v %s, want %v %s", c.r, got, p, c.want, c.p)
		}
	}
	for value, want := range map[float64]int{0: 0, 1999: 0, 2000: 1, 20_000: 2, 200_000: 3, 2_000_000: 4} {
		if _, band := assets.Impact(value, 0.5); band != want {
			t.Errorf("%v is of band %d, want %d", value, band, want)
		}
	}
}
