package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Shapes of events.
const (
	ShapeECS   = "ecs"
	ShapeOCSF  = "ocsf"
	ShapePlain = "plain"
)

// Problem says what of an event can't be taken, and where.
type Problem = cases.FieldError

// Problems are all that an event has.
type Problems []Problem

func (p *Problems) add(path, message, fix string) {
	*p = append(*p, Problem{Field: path, Message: message, Fix: fix})
}

// shape says where events of a kind have what an alert has.
type shape struct {
	name string
	// paths are looked at in turn until one gives something; those of lists give all.
	paths map[string][]string
	// severity reads what one of its paths gives.
	severity func(path string, v any) (string, bool)
	// seen adds what is to be seen of an event that has a form of its own.
	seen func(event any, add func(kind, value string))
	// observables are paths with the type of what is there; empty is found out.
	observables [][2]string
	// fallback is the source where the event names none.
	fallback string
}

// Normalise makes an alert of an event: of ECS or OCSF, which it is recognised by, or any
// other JSON object, of which the mapping says more. Observables are normalised; those that
// aren't of the type that the event says are kept as others. Where there are problems, each
// names its path in the event, and the alert is not to be used.
func Normalise(event any, m Mapping) (Fields, []cases.Artifact, Problems) {
	problems := m.check()
	object, ok := event.(map[string]any)
	if !ok || len(object) == 0 {
		problems.add("event", "an event is a JSON object that says something", "send one event, not a list of them or a text")
		return Fields{}, nil, problems
	}
	if len(problems) > 0 {
		return Fields{}, nil, problems
	}
	r := &reading{event: object, mapping: m, shape: shapeOf(object)}
	if r.shape == &ocsf {
		r.ocsfClass()
	}
	f := Fields{
		Title: r.line("title", MaxTitle), Description: r.text("description", MaxText), Source: r.text("source", MaxName), ExternalID: r.text("externalId", MaxName),
		Severity: r.severity(), At: r.time(), Rule: r.text("rule", MaxName), Tactics: r.list("tactics"), Techniques: r.list("techniques"),
		Host: r.text("host", MaxName), User: r.text("user", MaxName), Shape: r.shape.name,
	}
	if f.Title == "" && len(r.problems) == 0 {
		f.Title = f.Rule
	}
	if f.Title == "" {
		r.problems.add(strings.Join(r.pathsOf("title"), " or "), "the event says nowhere what it is about", "send it there, or map title to the path that has it")
	}
	if f.Source == "" {
		f.Source = r.shape.fallback
	}
	return f, r.observables(&f), r.problems
}

func shapeOf(event map[string]any) *shape {
	if class, _ := textOf(event["class_uid"]); class != "" {
		return &ocsf
	}
	for _, path := range []string{"ecs.version", "kibana.alert.uuid", "kibana.alert.rule.name", "event.kind"} {
		if len(at(event, path)) > 0 {
			return &ecs
		}
	}
	return &plain
}

type reading struct {
	event    map[string]any
	mapping  Mapping
	shape    *shape
	problems Problems
}

func (r *reading) pathsOf(field string) []string {
	if path, mapped := r.mapping[field]; mapped {
		return []string{path}
	}
	return r.shape.paths[field]
}

// first gives what the first path of a field that has something has.
func (r *reading) first(field string) (path string, values []any) {
	for _, path := range r.pathsOf(field) {
		if literal, is := strings.CutPrefix(path, "="); is {
			return path, []any{literal}
		}
		values := at(r.event, path)
		if _, mapped := r.mapping[field]; !mapped { // of what was only guessed, objects are something else
			values = slices.DeleteFunc(values, func(v any) bool { _, ok := textOf(v); return !ok })
		}
		if len(values) > 0 {
			return path, values
		}
	}
	return "", nil
}

func (r *reading) text(field string, most int) string {
	path, values := r.first(field)
	if len(values) == 0 {
		return ""
	}
	text, ok := textOf(values[0])
	if !ok {
		r.problems.add(path, "the "+field+" is a text, and this is an object", "map "+field+" to the member of it that is meant")
		return ""
	}
	return cut(text, most)
}

// line is a text of one line.
func (r *reading) line(field string, most int) string {
	text := []rune(strings.Join(strings.Fields(r.text(field, most*utf8.UTFMax)), " "))
	if len(text) > most {
		text = append(text[:most-1], '…')
	}
	return string(text)
}

// cut shortens a text: the event itself keeps all of it.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

func (r *reading) list(field string) []string {
	list := []string{}
	_, values := r.first(field)
	for _, v := range values {
		text, ok := textOf(v)
		if text = cut(text, MaxName); ok && text != "" && !slices.Contains(list, text) && len(list) < maxList {
			list = append(list, text)
		}
	}
	return list
}

func (r *reading) severity() string {
	path, values := r.first("severity")
	if len(values) == 0 {
		return "medium" // nobody says: it is to be looked at
	}
	read := r.shape.severity
	if _, mapped := r.mapping["severity"]; mapped || read == nil {
		read = anySeverity
	}
	if word, ok := read(path, values[0]); ok {
		return word
	}
	shown, _ := textOf(values[0])
	r.problems.add(strings.TrimPrefix(path, "="), fmt.Sprintf("%q is no severity", shown), "send one of "+strings.Join(Severities, ", ")+", or a number from 0 to 100")
	return ""
}

// severityWords are what sources call severities.
var severityWords = map[string]string{
	"info": "info", "informational": "info", "information": "info", "notice": "info", "none": "info", "debug": "info", "minor": "low", "low": "low", "warning": "medium", "warn": "medium", "moderate": "medium",
	"medium": "medium", "unknown": "medium", "major": "high", "error": "high", "high": "high", "severe": "critical", "critical": "critical", "fatal": "critical", "emergency": "critical",
}

// anySeverity understands words, and numbers from 0 to 100 as Elastic's rules use them.
func anySeverity(_ string, v any) (string, bool) {
	text, ok := textOf(v)
	if !ok {
		return "", false
	}
	if word, known := severityWords[strings.ToLower(text)]; known {
		return word, true
	}
	n, err := strconv.ParseFloat(text, 64)
	return ofHundred(n), err == nil && n >= 0 && n <= 100
}

// ofHundred is the severity of a risk score, in the steps that Elastic gives for its rules'
// default scores: low to 21, medium to 47, high to 73, critical above
// (https://www.elastic.co/guide/en/security/current/rules-ui-create.html).
func ofHundred(n float64) string {
	switch {
	case n <= 0:
		return "info"
	case n <= 21:
		return "low"
	case n <= 47:
		return "medium"
	case n <= 73:
		return "high"
	}
	return "critical"
}

func (r *reading) time() time.Time {
	path, values := r.first("time")
	if len(values) == 0 {
		return time.Time{}
	}
	text, _ := textOf(values[0])
	if at, ok := timeOf(text); ok {
		return at
	}
	r.problems.add(path, fmt.Sprintf("%q is no time", cut(text, 80)), "send it as 2026-01-31T09:00:00Z, or as seconds or milliseconds since 1970")
	return time.Time{}
}

// timeOf reads RFC 3339, and numbers of seconds, milliseconds or microseconds since 1970.
func timeOf(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Truncate(time.Microsecond), at.Year() >= 1970 && at.Year() < 10_000
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 || n > 1e17 {
		return time.Time{}, false
	}
	switch {
	case n < 1e11:
		return time.UnixMicro(int64(n * 1e6)).UTC(), true
	case n < 1e14:
		return time.UnixMilli(int64(n)).UTC(), true
	}
	return time.UnixMicro(int64(n)).UTC(), true
}

// observables gives what there is to be seen in an event, each once.
func (r *reading) observables(f *Fields) (list []cases.Artifact) {
	have := map[[2]string]bool{}
	add := func(kind, value string) {
		value = strings.TrimSpace(value)
		if value == "" || value == "-" || len(list) >= MaxObservables {
			return
		}
		a, err := cases.Normalise(kind, value)
		var wrong *cases.FieldError
		switch {
		case errors.As(err, &wrong) && wrong.Field == "type": // a type of somebody else's
			a, err = cases.Normalise("", value)
		case err != nil:
			a, err = cases.Normalise(cases.TypeOther, value)
		}
		if key := [2]string{a.Type, a.Value}; err == nil && !have[key] {
			have[key] = true
			list = append(list, a)
		}
	}
	add(cases.TypeHost, f.Host)
	add(cases.TypeUser, f.User)
	if path, mapped := r.mapping["observables"]; mapped {
		for _, v := range at(r.event, path) {
			addSeen(v, add)
		}
		return list
	}
	for _, o := range r.shape.observables {
		for _, v := range at(r.event, o[0]) {
			if text, ok := textOf(v); ok {
				add(o[1], text)
			}
		}
	}
	if r.shape.seen != nil {
		r.shape.seen(r.event, add)
	}
	return list
}

// addSeen takes {type, value}, or a value alone.
func addSeen(v any, add func(kind, value string)) {
	if object, ok := v.(map[string]any); ok {
		kind, _ := textOf(object["type"])
		value, _ := textOf(object["value"])
		add(kind, value)
		return
	}
	if text, ok := textOf(v); ok {
		add("", text)
	}
}
