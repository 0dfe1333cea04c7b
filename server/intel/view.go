package intel

import "time"

// View is an indicator as JSON for flows.
func View(i *Indicator) map[string]any {
	sources := make([]any, len(i.Sources))
	for n := range i.Sources {
		s := &i.Sources[n]
		sources[n] = map[string]any{
			"name": s.Name, "verdict": s.Verdict, "confidence": int64(s.Confidence), "firstSeen": timeText(s.FirstSeen), "lastSeen": timeText(s.LastSeen), "reference": s.Reference,
		}
	}
	return map[string]any{
		"id": i.ID, "type": i.Type, "value": i.Value, "shown": i.Shown(), "score": int64(i.Score), "reasons": reasonTexts(i.Reasons), "sources": sources, "families": texts(i.Families),
		"actors": texts(i.Actors), "vulnerabilities": texts(i.Vulnerabilities), "tags": texts(i.Tags), "tlp": i.TLP, "description": i.Description, "validUntil": timeText(i.ValidUntil),
		"falsePositive": i.FalsePositive != nil, "allowed": i.Allowed != nil, "sightings": int64(i.Sightings), "lastSighted": timeText(i.LastSighted),
	}
}

// ViewMatch is what is known of an observable as JSON for flows: that of the indicators
// that match it together, the score and the reasons being those of the highest.
func ViewMatch(m *Match) map[string]any {
	var families, actors, vulnerabilities, tags []string
	hits, sightings := make([]any, len(m.Hits)), 0
	for n := range m.Hits {
		i := &m.Hits[n].Indicator
		hit := View(i)
		hit["how"] = m.Hits[n].How
		hits[n] = hit
		sightings += i.Sightings
		families, actors, vulnerabilities, tags = append(families, i.Families...), append(actors, i.Actors...), append(vulnerabilities, i.Vulnerabilities...), append(tags, i.Tags...)
	}
	var reasons []Reason
	allowed := ""
	best := m.Best()
	if best != nil {
		reasons = best.Indicator.Reasons
		if best.Indicator.Allowed != nil {
			allowed = best.Indicator.Allowed.Reason
		}
	}
	if m.Allowed != nil {
		allowed = m.Allowed.Reason
		reasons = []Reason{{ReasonAllowed, 0, "It is on the allow list, by " + m.Allowed.Value + ": " + m.Allowed.Reason}}
	}
	return map[string]any{
		"value": m.Observable.Value, "type": m.Observable.Type, "found": best != nil, "score": int64(m.Score()), "reasons": reasonTexts(reasons), "families": once(families), "actors": once(actors),
		"vulnerabilities": once(vulnerabilities), "tags": once(tags), "sightings": int64(sightings), "allowed": allowed != "", "allowedBecause": allowed, "indicators": hits, "problem": m.Problem,
	}
}

func reasonTexts(list []Reason) []any {
	out := make([]any, len(list))
	for n, r := range list {
		out[n] = r.Text
	}
	return out
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for n, t := range list {
		out[n] = t
	}
	return out
}

// once leaves of each text the first.
func once(list []string) []any {
	out, seen := []any{}, map[string]bool{}
	for _, t := range list {
		if !seen[t] {
			seen[t] = true
			out = append(out, t)
		}
	}
	return out
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
