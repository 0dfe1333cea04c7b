package intel

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// indicator makes indicators of an indicator object, where its pattern is simple.
func (r *stixReader) indicator(t *thing) {
	if kind := t.text("pattern_type"); kind != "stix" && kind != "" {
		t.kept(fmt.Sprintf("patterns of the type %q are not read: it is given back unchanged", kind))
		return
	}
	values, err := ReadPattern(t.text("pattern"))
	if err != nil {
		t.kept("its pattern is kept as it is, " + err.Error())
		return
	}
	if r.byID[t.said.Place] != t {
		t.kept("there is a newer version of it in the file")
		return
	}
	source := r.sourceOf(t)
	for _, o := range values {
		g := Given{Observable: o, Source: &source, Description: describe(t), Tags: tagsOf(t), ValidUntil: t.time("valid_until"), TLP: tlpOf(t)}
		if revoked, _ := t.fields["revoked"].(bool); revoked {
			if g.ValidUntil = t.time("modified"); g.ValidUntil.IsZero() {
				g.ValidUntil = r.at
			}
		}
		if err := r.add(g); err != nil {
			t.kept("its values can't be indicators: " + fieldMessage(err))
			return
		}
		t.Indicators = append(t.Indicators, o.ID())
	}
	t.said.Outcome = OutcomeModelled
	r.made[t.said.Place] = values
}

func fieldMessage(err error) string {
	var field *FieldError
	if errors.As(err, &field) {
		return field.Field + ": " + field.Message
	}
	return err.Error()
}

// describe is what an object says of itself, cut to what a description holds.
func describe(t *thing) string {
	text := t.text("description")
	if name := t.text("name"); name != "" && !strings.Contains(text, name) {
		text = strings.TrimSpace(name + "\n\n" + text)
	}
	return cut(text, MaxDescription)
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

func tagsOf(t *thing) []string {
	var tags []string
	for _, tag := range append(t.texts("labels"), t.texts("indicator_types")...) {
		if tag = cut(tag, MaxName); strings.TrimSpace(tag) != "" && !slices.Contains(tags, tag) && len(tags) < MaxNames {
			tags = append(tags, tag)
		}
	}
	return tags
}

func tlpOf(t *thing) string {
	for _, ref := range t.texts("object_marking_refs") {
		if label := tlps[ref]; label != "" {
			return label
		}
	}
	return ""
}

// sourceOf is who says what an object says.
func (r *stixReader) sourceOf(t *thing) Source {
	s := Source{Name: r.source, Verdict: Malicious, Confidence: usualConfidence, FirstSeen: t.time("valid_from"), LastSeen: t.time("modified")}
	if by := r.byID[t.text("created_by_ref")]; by != nil && strings.TrimSpace(by.text("name")) != "" {
		s.Name = cut(by.text("name"), MaxName)
		r.used[by.said.Place] = true
	}
	if n, ok := t.number("confidence"); ok && n >= 0 && n <= 100 {
		s.Confidence = n
	}
	types := append(t.texts("indicator_types"), t.texts("labels")...)
	switch {
	case slices.Contains(types, "benign"):
		s.Verdict = Benign
	case slices.Contains(types, "malicious-activity"):
	case slices.Contains(types, "anomalous-activity"), slices.Contains(types, "anonymization"):
		s.Verdict = Suspicious
	}
	if s.LastSeen.IsZero() || s.LastSeen.After(r.at) {
		s.LastSeen = r.at
	}
	if s.FirstSeen.After(s.LastSeen) {
		s.FirstSeen = s.LastSeen
	}
	if refs, _ := t.fields["external_references"].([]any); len(refs) > 0 {
		if first, ok := refs[0].(map[string]any); ok {
			address, _ := first["url"].(string)
			s.Reference = cut(address, MaxReference)
		}
	}
	return s
}

// relationship says what an indicator has to do with something.
func (r *stixReader) relationship(t *thing) {
	values := r.made[t.text("source_ref")]
	to := r.byID[t.text("target_ref")]
	switch {
	case values == nil:
		t.kept("it is of no indicator of this file: it is given back unchanged")
		return
	case to == nil:
		t.kept("what it names, " + t.text("target_ref") + ", isn't in the file: it is given back unchanged")
		return
	}
	name := cut(to.text("name"), MaxName)
	g := Given{}
	switch to.Type {
	case "malware", "tool":
		g.Families = []string{name}
	case "threat-actor", "intrusion-set", "campaign":
		g.Actors = []string{name}
	case "vulnerability":
		g.Vulnerabilities = []string{name}
	case "indicator":
		for _, o := range r.made[to.said.Place] {
			g.Relations = append(g.Relations, Relation{relationKind(t.text("relationship_type")), o.ID()})
		}
	}
	if strings.TrimSpace(name) == "" && len(g.Relations) == 0 || g.Families == nil && g.Actors == nil && g.Vulnerabilities == nil && g.Relations == nil {
		t.kept("what an indicator has to do with a " + to.Type + " is given back unchanged")
		return
	}
	for _, o := range values {
		more := g
		more.Observable = o
		more.Relations = slices.DeleteFunc(slices.Clone(g.Relations), func(to Relation) bool { return to.To == o.ID() })
		if err := r.add(more); err != nil {
			t.kept("it can't be said of its indicator: " + fieldMessage(err))
			return
		}
	}
	t.said.Outcome = OutcomeModelled
	r.used[to.said.Place] = true
}

func relationKind(kind string) string {
	if slices.Contains(RelationKinds, kind) {
		return kind
	}
	return RelationKinds[0]
}

// sighting keeps where an indicator was seen.
func (r *stixReader) sighting(t *thing) {
	values := r.made[t.text("sighting_of_ref")]
	if values == nil {
		t.kept("what was sighted is no indicator of this file: it is given back unchanged")
		return
	}
	seen := Sighting{At: t.time("last_seen"), Count: 1, Source: r.sourceOf(t).Name, Note: cut(t.text("description"), MaxReason)}
	if n, ok := t.number("count"); ok && n >= 0 && n <= maxSightingCount {
		seen.Count = n
	}
	if seen.At.IsZero() {
		seen.At = t.time("modified")
	}
	for _, ref := range t.texts("where_sighted_refs") {
		if where := r.byID[ref]; where != nil && where.text("name") != "" {
			seen.Source = cut(where.text("name"), MaxName)
			r.used[ref] = true
			break
		}
	}
	if t.said.Outcome = OutcomeModelled; seen.Count == 0 {
		t.said.Message = "it says that the indicator was not seen, which adds nothing"
		return
	}
	for _, o := range values {
		one := seen
		one.Key, one.Indicator = t.said.Place, o.ID()
		r.into.sightings = append(r.into.sightings, one)
	}
}
