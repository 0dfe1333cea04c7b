package intel

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

func findings(r *read) string {
	var b strings.Builder
	for _, f := range r.report.Findings {
		fmt.Fprintf(&b, "%s %s %s\n", f.Place, f.Outcome, f.Message)
	}
	return b.String()
}

func TestReadSTIX(t *testing.T) {
	data, err := os.ReadFile("testdata/bundle.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := readSTIX(&File{Content: data}, noon)
	if err != nil {
		t.Fatal(err)
	}
	said := findings(r)
	for _, want := range []string{
		"0000000001 modelled", "0000000002 modelled", "0000000003 modelled", "0000000004 modelled", "0000000005 kept what it names, threat-actor--", "0000000006 modelled",
		"0000000007 kept its pattern is kept as it is, at character", "0000000008 kept patterns of the type \"yara\"", "0000000009 kept nothing here", "000000000a modelled",
		"objects[10] refused its id is none of STIX", "objects[11] refused this is no object",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
	if len(r.given) != 4 || len(r.objects) != 10 || len(r.sightings) != 3 {
		t.Fatalf("%d given, %d objects, %d sightings", len(r.given), len(r.objects), len(r.sightings))
	}
	first := r.given[0]
	if first.Value != "c2.evil.example" || first.Source.Name != "Example CERT" || first.Source.Confidence != 80 || first.TLP != "red" || len(first.Families) != 1 || first.Families[0] != "Ripplebot" {
		t.Errorf("%+v, %+v", first, first.Source)
	}
	if network := r.given[2]; network.Type != TypeNetwork || r.sightings[2].Indicator != network.ID() || r.sightings[2].Count != 3 || r.sightings[2].Source != "Example CERT" {
		t.Errorf("%+v, %+v", network, r.sightings[2])
	}
	if revoked := r.given[3]; !revoked.ValidUntil.Before(noon) || revoked.ValidUntil.IsZero() || revoked.Source.Confidence != usualConfidence {
		t.Errorf("a revoked one: %+v", revoked)
	}
	for text, want := range map[string]string{"": "no STIX bundle", "{}": "no STIX bundle", "[1": "isn't JSON", `{"type":"report"}`: "no STIX bundle", "\xff": "UTF-8", `{"type":"bundle","objects":7}`: "no STIX bundle"} {
		var field *FieldError
		if _, err := readSTIX(&File{Content: []byte(text)}, noon); !errors.As(err, &field) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestReadCSV(t *testing.T) {
	for name, c := range map[string]struct {
		content, columns, want string
	}{
		"with a header":   {"value,type,confidence,tags,valid_until\nevil[.]example,,80,\"a;b\",2026-12-31\n", "", "domain evil.example 80 [a b] 2026-12-31"},
		"other names":     {"IOC;Score;Malware\n198.51.100.7;700;Emotet\n", "", "ip 198.51.100.7 70 [] 0001-01-01"},
		"without one":     {"# a feed\nevil.example\n198.51.100.0/24\n", "", "domain evil.example 50 [] 0001-01-01, network 198.51.100.0/24 50 [] 0001-01-01"},
		"named from here": {"2026-01-01,evil.example,C2\n", ",value,tags", "domain evil.example 50 [C2] 0001-01-01"},
		"twice":           {"value,confidence,tags\nevil.example,10,a\nEVIL.example.,90,b\n", "", "domain evil.example 90 [a b] 0001-01-01"},
		"a guarded cell":  {"value,type\n'=1+1,other\n", "", "other =1+1 50 [] 0001-01-01"},
	} {
		f := &File{Content: []byte(c.content)}
		if c.columns != "" {
			f.Columns = strings.Split(c.columns, ",")
		}
		r, err := readCSV(f, noon)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, g := range r.given {
			got = append(got, fmt.Sprintf("%s %s %d %v %s", g.Type, g.Value, g.Source.Confidence, g.Tags, g.ValidUntil.Format("2006-01-02")))
		}
		if all := strings.Join(got, ", "); all != c.want || r.report.Refused != 0 {
			t.Errorf("%s: %q, want %q\n%s", name, all, c.want, findings(r))
		}
	}
	r, err := readCSV(&File{Content: []byte("value,type,confidence,valid_until,tlp\nok.example,,,,\nx y,domain,,,\nok2.example,,101,,\nok3.example,,,soon,\nok4.example,,,,purple\nok5.example,nothing,,,\n")}, noon)
	if err != nil {
		t.Fatal(err)
	}
	said := findings(r)
	for _, want := range []string{"line 3 refused value:", "line 4 refused confidence: \"101\"", "line 5 refused valid_until: \"soon\"", "line 6 refused tlp:", "line 7 refused type:", "line 2 modelled"} {
		if !strings.Contains(said, want) {
			t.Errorf("nothing says %q:\n%s", want, said)
		}
	}
	for text, want := range map[string]string{"": "holds nothing", "name,size\nx,1\n": "named value"} {
		if _, err := readCSV(&File{Content: []byte(text)}, noon); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
