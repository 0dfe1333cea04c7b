package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Prefix and TaskPrefix begin the types of the nodes that work on cases and their tasks.
const (
	Prefix     = "case."
	TaskPrefix = "task."
)

// Call is what a step of a flow asks for.
type Call struct {
	// Type is that of the node, such as case.create.
	Type  string
	Input any
	// Key is the same for every attempt of the step: what it did once isn't done again.
	Key string
	By  Actor
}

// Actions lists what steps can ask for.
var Actions = []string{
	"case.create", "case.update", "case.close", "case.comment", "case.add_artifacts", "case.attach", "case.merge", "case.get", "case.attachments", "case.find", "case.related",
	"task.apply_template", "task.add", "task.complete", "task.list",
}

// Bounds of one step.
const (
	maxFound = 100  // cases that it gets
	maxGiven = 1000 // artifacts that it adds
)

// Act does what a step asks for, and gives its output. What is wrong with the input is a
// [*FieldError], [ErrNotFound] or [ErrMerged].
func (s *Service) Act(ctx context.Context, c Call) (any, error) {
	in, ok := c.Input.(map[string]any)
	if !ok {
		return nil, &FieldError{"with", "parameters are an object", ""}
	}
	r := &reader{in: in}
	do := map[string]func(context.Context, *Call, *reader) (any, error){
		"case.create": s.actCreate, "case.update": s.actUpdate, "case.close": s.actClose, "case.comment": s.actComment, "case.add_artifacts": s.actAdd, "case.merge": s.actMerge,
		"case.attach": s.actAttach, "case.get": s.actGet, "case.attachments": s.actAttachments, "case.find": s.actFind, "case.related": s.actRelated,
		"task.apply_template": s.actApply, "task.add": s.actAddTask, "task.complete": s.actComplete, "task.list": s.actTasks,
	}[c.Type]
	if do == nil {
		return nil, &FieldError{"type", "there is no action " + c.Type, "use one of " + strings.Join(Actions, ", ")}
	}
	return do(ctx, &c, r)
}

func (s *Service) actCreate(ctx context.Context, c *Call, r *reader) (any, error) {
	o := Opening{Edit: r.fields(), Artifacts: r.artifacts("artifacts"), Origin: r.text("origin")}
	if o.Origin == "" {
		o.Origin = "step/" + c.Key
	} else {
		o.Origin = "flow/" + c.By.Flow + "/" + o.Origin
	}
	if err := s.assignee(ctx, r, &o.Edit); err != nil {
		return nil, err
	}
	template := r.text("template")
	if r.err != nil {
		return nil, r.err
	}
	if template != "" { // a wrong one is said before anything is opened
		if _, err := s.template(ctx, template); err != nil {
			return nil, err
		}
	}
	made, fresh, err := s.open(ctx, c.By, o)
	// What people made of a case that is there already stays; one without tasks may be of a
	// first attempt that got no further.
	if err == nil && template != "" && (fresh || made.TaskCount == 0) {
		made, err = s.ApplyTemplate(ctx, c.By, made.ID, c.Key, template)
	}
	return viewed(made, err)
}

func (s *Service) actUpdate(ctx context.Context, c *Call, r *reader) (any, error) {
	e := r.fields()
	e.AddTags, e.RemoveTags = r.texts("addTags"), r.texts("removeTags")
	ref, comment := r.ref("case"), r.text("comment")
	if err := s.assignee(ctx, r, &e); err != nil {
		return nil, err
	}
	return viewed(s.Update(ctx, c.By, ref, c.Key, &e, comment))
}

func (s *Service) actClose(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, resolution, comment, status := r.ref("case"), r.text("resolution"), r.text("comment"), Closed
	if r.err != nil {
		return nil, r.err
	}
	return viewed(s.Update(ctx, c.By, ref, c.Key, &Edit{Status: &status, Resolution: &resolution}, comment))
}

func (s *Service) actComment(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, text := r.ref("case"), r.text("text")
	if r.err != nil {
		return nil, r.err
	}
	return viewed(s.Comment(ctx, c.By, ref, c.Key, text))
}

func (s *Service) actAdd(ctx context.Context, c *Call, r *reader) (any, error) {
	ref, list := r.ref("case"), r.artifacts("artifacts")
	if r.err != nil {
		return nil, r.err
	}
	return viewed(s.AddArtifacts(ctx, c.By, ref, c.Key, list))
}

func (s *Service) actMerge(ctx context.Context, c *Call, r *reader) (any, error) {
	from, into, reason := r.ref("case"), r.ref("into"), r.text("comment")
	if r.err != nil {
		return nil, r.err
	}
	return viewed(s.Merge(ctx, c.By, from, into, reason))
}

func (s *Service) actGet(ctx context.Context, _ *Call, r *reader) (any, error) {
	ref := r.ref("case")
	if r.err != nil {
		return nil, r.err
	}
	found, err := s.Case(ctx, ref)
	if err != nil {
		return nil, err
	}
	list, err := s.Artifacts(ctx, found.ID)
	if err != nil {
		return nil, err
	}
	view := View(&found)
	view["artifacts"] = viewArtifacts(list)
	if view["attachments"], err = s.viewAttachments(ctx, &found); err != nil {
		return nil, err
	}
	return view, nil
}

func (s *Service) actFind(ctx context.Context, _ *Call, r *reader) (any, error) {
	q := Query{
		Statuses: r.texts("status"), Severities: r.texts("severity"), Tag: r.text("tag"), Text: r.text("text"), Sort: r.text("sort"), Limit: r.number("limit", 20), At: s.at(),
	}
	if a, given := r.in["artifact"]; given && a != nil {
		found, err := r.artifact("artifact", a)
		if err != nil {
			return nil, err
		}
		q.ArtifactType, q.Artifact = found.Type, found.Value
	}
	if r.err != nil {
		return nil, r.err
	}
	q.Limit = min(max(q.Limit, 1), maxFound)
	list, _, err := s.Cases(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = View(&list[i])
	}
	return map[string]any{"cases": out, "count": int64(len(out))}, nil
}

func (s *Service) actRelated(ctx context.Context, _ *Call, r *reader) (any, error) {
	ref := r.ref("case")
	if r.err != nil {
		return nil, r.err
	}
	list, err := s.RelatedTo(ctx, ref)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i := range list {
		view := View(&list[i].Case)
		view["shared"], view["sharedCount"] = viewArtifacts(list[i].Shared), int64(list[i].Count)
		out[i] = view
	}
	return map[string]any{"cases": out, "count": int64(len(out))}, nil
}

func viewArtifacts(list []Artifact) []any {
	out := make([]any, len(list))
	for i := range list {
		out[i] = ViewArtifact(&list[i])
	}
	return out
}

func viewed(c Case, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return View(&c), nil
}

func (s *Service) assignee(ctx context.Context, r *reader, e *Edit) error {
	if r.err != nil {
		return r.err
	}
	if r.in["assignee"] == nil {
		return nil
	}
	name := r.text("assignee")
	if r.err != nil {
		return r.err
	}
	return s.Assign(ctx, e, name)
}

// reader reads the parameters of a step, and remembers the first that can't be taken.
type reader struct {
	in  map[string]any
	err error
}

func (r *reader) fail(field, message, fix string) {
	if r.err == nil {
		r.err = &FieldError{field, message, fix}
	}
}

func (r *reader) text(field string) string {
	switch v := r.in[field].(type) {
	case nil:
		return ""
	case string:
		return v
	}
	r.fail(field, "this is a text", "")
	return ""
}

func (r *reader) optional(field string) *string {
	if v, given := r.in[field]; !given || v == nil {
		return nil
	}
	text := r.text(field)
	return &text
}

// texts takes a list of texts, or one.
func (r *reader) texts(field string) []string {
	switch v := r.in[field].(type) {
	case nil:
		return nil
	case string:
		if v == "" {
			return nil
		}
		return []string{v}
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				r.fail(field, "this is a list of texts", "")
			}
			list = append(list, text)
		}
		return list
	}
	r.fail(field, "this is a list of texts", "")
	return nil
}

func (r *reader) number(field string, usual int) int {
	switch v := r.in[field].(type) {
	case nil:
		return usual
	case int64:
		return int(v)
	case float64:
		return int(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return int(n)
		}
	}
	r.fail(field, "this is a whole number", "")
	return usual
}

// ref is a case by its id or number.
func (r *reader) ref(field string) string {
	switch v := r.in[field].(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatInt(int64(v), 10)
	case string:
		if v = strings.TrimPrefix(strings.TrimSpace(v), "#"); v != "" {
			return v
		}
	case map[string]any: // a case as another step gives it
		if id, ok := v["id"].(string); ok && id != "" {
			return id
		}
	}
	r.fail(field, "this names no case", "give its id or its number, such as {{ steps.open.output.id }}")
	return ""
}

func (r *reader) fields() Edit {
	e := Edit{
		Title: r.optional("title"), Description: r.optional("description"), Severity: r.optional("severity"), Status: r.optional("status"),
		Resolution: r.optional("resolution"), TLP: r.optional("tlp"),
	}
	if tags, given := r.in["tags"]; given && tags != nil {
		list := r.texts("tags")
		e.Tags = &list
	}
	if due := r.text("due"); due != "" {
		at, err := time.Parse(time.RFC3339, due)
		if err != nil {
			r.fail("due", fmt.Sprintf("%q is no time", due), "write it as 2026-01-31T09:00:00Z")
		}
		e.Due = &at
	}
	return e
}

// artifacts takes a list of {type, value, score, note}, or of values alone.
func (r *reader) artifacts(field string) []Artifact {
	list, ok := r.in[field].([]any)
	if r.in[field] == nil {
		return nil
	}
	if !ok {
		list = []any{r.in[field]}
	}
	if len(list) > maxGiven {
		r.fail(field, fmt.Sprintf("a step adds at most %d artifacts", maxGiven), "add them by several steps")
		return nil
	}
	out := make([]Artifact, 0, len(list))
	for i, item := range list {
		a, err := r.artifact(field+"["+strconv.Itoa(i)+"]", item)
		if err != nil {
			var field *FieldError
			if errors.As(err, &field) {
				r.fail(field.Field, field.Message, field.Fix)
			}
			return nil
		}
		if !slices.ContainsFunc(out, func(b Artifact) bool { return b.Type == a.Type && b.Value == a.Value }) {
			out = append(out, a)
		}
	}
	return out
}

func (r *reader) artifact(field string, v any) (Artifact, error) {
	if text, ok := v.(string); ok {
		v = map[string]any{"value": text}
	}
	item, ok := v.(map[string]any)
	if !ok {
		return Artifact{}, &FieldError{field, "an artifact is {type, value}", ""}
	}
	part := reader{in: item}
	kind, value, score, note := part.text("type"), part.text("value"), part.number("score", NoScore), part.text("note")
	if part.err != nil {
		return Artifact{}, part.err
	}
	a, err := Normalise(kind, value)
	if err != nil {
		var wrong *FieldError
		if errors.As(err, &wrong) {
			return a, &FieldError{field + "." + wrong.Field, wrong.Message, wrong.Fix}
		}
		return a, err
	}
	if len(note) > MaxValue {
		return a, &FieldError{field + ".note", fmt.Sprintf("a note has at most %d bytes", MaxValue), ""}
	}
	a.Score, a.Note = score, note
	return a, nil
}
