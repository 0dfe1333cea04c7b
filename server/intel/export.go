package intel

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxExport is how many indicators or objects one file has at most.
const maxExport = MaxObjects

// maxExportBytes is the size of all objects of one bundle.
const maxExportBytes = 64 << 20

var tooMuch = &FieldError{"file", fmt.Sprintf("a bundle has at most %d objects, of %d MiB in all", maxExport, maxExportBytes>>20), "narrow it down, such as by type, source or score"}

// exportPage is how many are read at once.
const exportPage = 500

// all gives all indicators that a query picks, the highest score first.
func (s *Service) all(ctx context.Context, q Query) ([]Indicator, error) {
	var list []Indicator
	q.Sort, q.Cursor, q.Limit = "score", "", exportPage
	for {
		page, next, err := s.Indicators(ctx, q)
		if err != nil {
			return nil, err
		}
		if list = append(list, page...); len(list) > maxExport {
			return nil, &FieldError{"file", fmt.Sprintf("a file has at most %d indicators", maxExport), "narrow it down, such as by type, source or score"}
		}
		if q.Cursor = next; next == "" {
			return list, nil
		}
	}
}

// ExportCSV writes the indicators that a query picks, with a header that imports read.
func (s *Service) ExportCSV(ctx context.Context, q Query) ([]byte, error) {
	list, err := s.all(ctx, q)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"value", "type", "score", "verdict", "confidence", "source", "families", "actors", "vulnerabilities", "tags", "tlp", "valid_until", "first_seen", "last_seen", "reference", "sightings", "false_positive", "description"}}
	for n := range list {
		i := &list[n]
		best := i.surest()
		rows = append(rows, []string{
			i.Value, i.Type, strconv.Itoa(i.Score), best.Verdict, strconv.Itoa(best.Confidence), best.Name, strings.Join(i.Families, ";"), strings.Join(i.Actors, ";"),
			strings.Join(i.Vulnerabilities, ";"), strings.Join(i.Tags, ";"), i.TLP, timeText(i.ValidUntil), timeText(best.FirstSeen), timeText(best.LastSeen), best.Reference,
			strconv.Itoa(i.Sightings), strconv.FormatBool(i.FalsePositive != nil), i.Description,
		})
	}
	for _, row := range rows {
		for n := range row {
			row[n] = guarded(row[n])
		}
		if err := w.Write(row); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// surest is the source that says most.
func (i *Indicator) surest() Source {
	best := Source{Verdict: Unknown}
	for n := range i.Sources {
		if n == 0 || evidence(&i.Sources[n]) > evidence(&best) {
			best = i.Sources[n]
		}
	}
	return best
}

// ExportSTIX writes a STIX 2.1 bundle of what a query picks. Objects that were imported are
// written as they came; with an empty query, all of them but those whose indicators were removed.
// What was found to be a false positive has an opinion beside it that says so: only the author of an
// object may revoke it. Of other indicators, objects are made.
func (s *Service) ExportSTIX(ctx context.Context, q Query) ([]byte, error) {
	list, err := s.all(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &stixWriter{made: map[string]bool{}, picked: make(map[string]*Indicator, len(list)), covered: map[string]bool{}, gone: map[string]bool{}, all: q.picksAll()}
	for n := range list {
		e.picked[list[n].ID] = &list[n]
	}
	for after := ""; ; {
		page, err := s.store.Objects(ctx, after, exportPage)
		if err != nil {
			return nil, err
		}
		for n := range page {
			e.imported(&page[n])
			if len(e.objects) > maxExport || e.size > maxExportBytes {
				return nil, tooMuch
			}
		}
		if len(page) < exportPage {
			break
		}
		after = page[len(page)-1].Key
	}
	for n := range list {
		if !e.covered[list[n].ID] {
			e.indicator(&list[n])
		}
	}
	if e.err == nil && len(e.objects) > maxExport {
		return nil, tooMuch
	}
	if e.err != nil {
		return nil, e.err
	}
	if e.objects == nil {
		e.objects = []json.RawMessage{}
	}
	return json.MarshalIndent(bundle{"bundle", "bundle--" + uuid.NewString(), e.objects}, "", "  ")
}

func (q *Query) picksAll() bool {
	return len(q.Types) == 0 && q.MinScore == 0 && q.Source == "" && q.Family == "" && q.Actor == "" && q.Tag == "" && q.Vulnerability == "" && q.Text == ""
}

// stixWriter gathers the objects of a bundle.
type stixWriter struct {
	objects []json.RawMessage
	size    int
	made    map[string]bool       // ids of objects that were made here
	picked  map[string]*Indicator // by id
	all     bool                  // every indicator is picked
	covered map[string]bool       // ids of indicators that an object tells of
	gone    map[string]bool       // ids of objects whose indicators were removed
	err     error
}

// imported writes an object as it came. They come in the order of their ids, so that what
// relates two of them is after both.
func (w *stixWriter) imported(o *Object) {
	var head struct {
		ID      string `json:"id"`
		Source  string `json:"source_ref"`
		Target  string `json:"target_ref"`
		Sighted string `json:"sighting_of_ref"`
	}
	_ = json.Unmarshal(o.Content, &head) // a reference that is no text refers to nothing: the object is given back all the same
	var wanted, there bool
	var wrong *Said
	for _, id := range o.Indicators {
		w.covered[id] = true
		if i := w.picked[id]; i != nil {
			wanted, there = true, true
			if i.FalsePositive != nil {
				wrong = i.FalsePositive
			}
		}
	}
	if w.all {
		wanted = there || len(o.Indicators) == 0
		if !wanted || w.gone[head.Source] || w.gone[head.Target] || w.gone[head.Sighted] {
			w.gone[head.ID] = true
			return
		}
	}
	if !wanted {
		return
	}
	w.objects = append(w.objects, o.Content)
	w.size += len(o.Content)
	if wrong != nil && o.Type == "indicator" {
		at := stixTime(wrong.At)
		w.add(map[string]any{"type": "opinion", "id": madeID("opinion", head.ID), "created": at, "modified": at, "opinion": "strongly-disagree", "explanation": "A false positive: " + wrong.Reason, "object_refs": []string{head.ID}})
	}
}

// stixSpace is the name space of ids that are made here: the same indicator has the same on
// every server.
var stixSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("drawbridge:intel"))

func madeID(kind, name string) string {
	return kind + "--" + uuid.NewSHA1(stixSpace, []byte(kind+"/"+name)).String()
}

func (w *stixWriter) add(fields map[string]any) {
	id := fields["id"].(string)
	if w.made[id] || w.err != nil {
		return
	}
	w.made[id] = true
	fields["spec_version"] = "2.1"
	data, err := json.Marshal(fields)
	w.objects, w.err = append(w.objects, data), err
}

func (w *stixWriter) indicator(i *Indicator) {
	pattern := PatternOf(Observable{i.Type, i.Value})
	if pattern == "" {
		return // STIX has no property for its type; a CSV file holds it
	}
	created, modified := stixTime(i.Created), stixTime(i.Updated)
	id := madeID("indicator", i.ID)
	best := i.surest()
	o := map[string]any{
		"type": "indicator", "id": id, "created": created, "modified": modified, "name": i.Value, "pattern": pattern, "pattern_type": "stix", "valid_from": created,
		"confidence": best.Confidence, "indicator_types": []string{map[string]string{Malicious: "malicious-activity", Suspicious: "anomalous-activity", Benign: "benign"}[best.Verdict]},
	}
	if best.Verdict == Unknown {
		o["indicator_types"] = []string{"unknown"}
	}
	if i.ValidUntil.After(i.Created) {
		o["valid_until"] = stixTime(i.ValidUntil)
	}
	if i.FalsePositive != nil {
		o["revoked"] = true
	}
	if i.Description != "" {
		o["description"] = i.Description
	}
	if len(i.Tags) > 0 {
		o["labels"] = i.Tags
	}
	for ref, label := range tlps {
		if label == i.TLP && strings.HasPrefix(ref, "marking-definition--") && !tlp1[ref] {
			o["object_marking_refs"] = []string{ref}
		}
	}
	w.add(o)
	for _, to := range []struct {
		kind  string
		names []string
		more  map[string]any
	}{{"malware", i.Families, map[string]any{"is_family": true}}, {"threat-actor", i.Actors, nil}, {"vulnerability", i.Vulnerabilities, nil}} {
		for _, name := range to.names {
			w.related(id, to.kind, name, created, modified, to.more)
		}
	}
}

// tlp1 are the markings of the older TLP, which are read and not written.
var tlp1 = map[string]bool{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": true, "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": true,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": true, "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": true,
}

func (w *stixWriter) related(from, kind, name, created, modified string, more map[string]any) {
	id := madeID(kind, strings.ToLower(name))
	o := map[string]any{"type": kind, "id": id, "created": created, "modified": modified, "name": name}
	for key, value := range more {
		o[key] = value
	}
	w.add(o)
	verb := "indicates"
	if kind == "vulnerability" {
		verb = "related-to"
	}
	w.add(map[string]any{"type": "relationship", "id": madeID("relationship", from+"/"+id), "created": created, "modified": modified, "relationship_type": verb, "source_ref": from, "target_ref": id})
}

func stixTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
