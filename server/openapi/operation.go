package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// methods of a path item, in the order in which actions are listed, and those that
// are sent by no connector.
var (
	sendable = []string{"get", "head", "post", "put", "patch", "delete", "options"}
	unsent   = []string{"trace", "connect", "query"}
)

// plan is an operation that becomes an action, before its schemas are made.
type plan struct {
	*Operation
	id, where     string
	place         Place
	name          string
	description   string
	effect        abi.Effect
	idempotent    bool
	timeout       string
	fields        []field
	response      *node
	responseType  string
	over          *node // of the overlay
	pagesByServer bool
}

// field is one field of an action's input.
type field struct {
	key         string
	schema      *node          // of the document
	fixed       map[string]any // or one of our own
	required    bool
	description string
	example     *node
	bytes       bool
	byDefault   *node
}

// operations reads all operations of the paths, in their order.
func (c *converter) operations(paths *node) error {
	for _, path := range paths.names() {
		given := paths.get(path)
		item, err := c.follow(given)
		for _, method := range slices.Concat(sendable, unsent) {
			op := item.get(method)
			if op == nil {
				op = item.get(strings.ToUpper(method))
			}
			if op == nil {
				continue
			}
			if c.report.Operations++; c.report.Operations > MaxOperations && c.options.Only == nil && !c.overlay.selects() {
				return c.fault(op.Place, "the document has more than %d operations: name those to take, by only in an overlay", MaxOperations)
			}
			if err := c.operation(path, strings.ToUpper(method), item, op); err != nil {
				return err
			}
		}
		if err != nil {
			c.report.Operations++
			c.leaveOutFor(given, path, err)
		}
	}
	if len(c.plans) > MaxOperations {
		return c.fault(c.plans[MaxOperations].place, "more than %d operations are taken: take fewer, by only in an overlay", MaxOperations)
	}
	return nil
}

// operation plans the action of one operation, or says why there is none.
func (c *converter) operation(path, method string, item, op *node) error {
	where := method + " " + path
	if c.options.Only != nil && !slices.Contains(c.options.Only, where) {
		return nil
	}
	if !op.isObject() {
		c.leaveOut(op.Place, where, "it is no object")
		return nil
	}
	id := c.actionID(path, method, op)
	over, hidden := c.overlay.of(where, op.get("operationId").text(), id)
	switch {
	case hidden != "":
		c.leaveOut(op.Place, where, hidden)
		return nil
	case slices.Contains(unsent, strings.ToLower(method)):
		c.leaveOut(op.Place, where, "the method "+method+" is sent by no connector")
		return nil
	}
	p := &plan{Operation: &Operation{Method: method, Servers: c.serversOf(item, op)}, where: where, place: op.Place, over: over}
	p.setPath(c, path)
	if given := over.get("id"); given != nil {
		if id = snake(given.text(), maxActionID+6); id != given.text() || id == "" || id[0] < 'a' || c.takenIDs[id] {
			return &Fault{c.options.OverlayFile, given.Place, fmt.Sprintf("the id %q must be of a-z, 0-9 and _, begin with a letter, and be no other action's", given.text())}
		}
	}
	p.words(op, over, id)
	taken := &keys{used: map[string]bool{}}
	if err := p.parameters(c, item, op, taken); err != nil {
		c.leaveOutFor(op, where, err)
		return nil
	}
	if err := p.body(c, op, taken); err != nil {
		c.leaveOutFor(op, where, err)
		return nil
	}
	if len(p.Credentials) == 0 {
		p.Credentials = c.credentialsOf(op, where)
	}
	p.responses(c, op)
	p.serverFields(c, taken)
	p.paging(c, taken)
	if err := p.overlayParameters(c); err != nil {
		return err
	}
	p.id = unique(id, c.takenIDs)
	for _, i := range p.Servers {
		if !slices.Contains(c.methods[i], method) {
			c.methods[i] = append(c.methods[i], method)
		}
	}
	c.plans = append(c.plans, p)
	c.table.Operations[p.id] = p.Operation
	c.made = append(c.made, Made{Action: p.id, Operation: where, Place: op.Place, Tags: tagsOf(op)})
	return nil
}

func tagsOf(op *node) []string {
	var out []string
	for _, t := range op.get("tags").list() {
		out = append(out, t.text())
	}
	return out
}

// actionID names an action: by the operation's id, by its summary, or by its method
// and path.
func (c *converter) actionID(path, method string, op *node) string {
	long := method + " " + strings.NewReplacer("{", "by ", "}", "").Replace(path)
	if id := op.get("operationId"); id.text() != "" {
		return identifier(maxActionID, strings.ToLower(method), id.text(), long)
	}
	if summary := oneLine(op.get("summary").text()); summary != "" && len(summary) <= 50 {
		if id := identifier(maxActionID, strings.ToLower(method), summary, long); !c.takenIDs[id] {
			return id
		}
	}
	return identifier(maxActionID, strings.ToLower(method), long)
}

// serversOf are those of the operation, of its path, or of the document.
func (c *converter) serversOf(item, op *node) []int {
	for _, n := range []*node{op, item} {
		if s := n.get("servers"); len(s.list()) > 0 && !c.overlay.setsServers() {
			if list := c.readServers(s); len(list) > 0 {
				return list
			}
		}
	}
	return c.rootServers
}

// setPath takes the path apart where a query or a fragment is written into it.
func (p *plan) setPath(c *converter, path string) {
	path = braces.Replace(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	before, fragment, has := strings.Cut(path, "#")
	if has {
		c.note(p.place, p.where, "what follows # in its path ("+shorten(fragment, 60)+") is not sent")
	}
	p.Path, p.Query, _ = strings.Cut(before, "?")
	if p.Query != "" {
		var kept []string
		for _, pair := range strings.Split(p.Query, "&") {
			if !strings.Contains(pair, "{") { // else it is a parameter
				kept = append(kept, pair)
			}
		}
		p.Query = strings.Join(kept, "&")
		if _, err := url.ParseQuery(p.Query); err != nil {
			p.Query = ""
		}
	}
}

// words are what people read of the action, and what it does.
func (p *plan) words(op, over *node, id string) {
	summary, description := oneLine(op.get("summary").text()), strings.TrimSpace(op.get("description").text())
	name := summary
	if name == "" || len(name) > maxName {
		name = sentence(id)
	}
	p.name = shorten(cmp.Or(oneLine(over.get("name").text()), name), maxName)
	p.description = shorten(cmp.Or(over.get("description").text(), firstSentence(description), summary, p.where+"."), maxDescription)
	if op.get("deprecated").truth() {
		p.name = shorten(p.name, maxName-14) + " (deprecated)"
	}
	switch p.Method {
	case "GET", "HEAD", "OPTIONS":
		p.effect, p.idempotent = abi.EffectRead, true
	case "DELETE":
		p.effect, p.idempotent = abi.EffectDestructive, true
	default:
		p.effect, p.idempotent = abi.EffectWrite, p.Method == "PUT"
	}
	if e := over.get("effect"); e != nil {
		p.effect = abi.Effect(e.text())
	}
	if i := over.get("idempotent"); i != nil {
		p.idempotent = i.truth()
	}
	p.timeout = over.get("timeout").text()
}

// keys gives each field of an input a name of its own.
type keys struct{ used map[string]bool }

func (k *keys) take(name, otherwise string) string {
	for key := name; ; key += "_" {
		if key == name && k.used[key] {
			key = name + "_" + otherwise
		}
		if !k.used[key] {
			k.used[key] = true
			return key
		}
	}
}

// action makes the action with schemas of at most so many bytes.
func (p *plan) action(c *converter, budget int) (abi.Action, error) {
	in := schemas{resolver: c.resolver, note: func(at Place, message string) { c.note(at, p.where, message) }}
	input := in.within(budget, p.input)
	if input == nil {
		in.deepest, in.left, in.terse = 1, 1<<20, true
		raw, err := json.Marshal(p.input(&in))
		if err != nil {
			return abi.Action{}, err
		}
		input = raw
	}
	out := in
	out.output = true
	output := out.within(budget, p.output)
	if output == nil {
		output = json.RawMessage(`{"type":"object"}`)
	}
	a := abi.Action{
		ID: p.id, Name: p.name, Description: p.description, Input: input, Output: output,
		Effect: p.effect, Idempotent: p.idempotent, Timeout: p.timeout,
	}
	if budget < 4<<10 {
		a.Description = shorten(a.Description, 120)
	}
	return a, nil
}

// input makes the schema of what the action takes.
func (p *plan) input(m *schemas) map[string]any {
	properties := map[string]any{}
	var required []string
	for _, f := range p.fields {
		s := f.fixed
		if s == nil {
			m.bytes = f.bytes
			s = m.of(f.schema, 1, nil)
		}
		if f.description != "" && !m.terse {
			s["description"] = f.description
		}
		f.fallback(m, s)
		properties[f.key] = s
		if _, filled := s["default"]; f.required && !filled {
			required = append(required, f.key)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// fallback fills in what a field that must be given is by default. Others are left to
// the other side: sent, they would change what they stand for.
func (f *field) fallback(m *schemas, s map[string]any) {
	if d := f.byDefault; d != nil && d.kind == scalar {
		if v := coerce(s["type"], d); fits(s["type"], v) && v != nil {
			s["default"] = v
		}
	}
	if e := f.example; e != nil && e.kind == scalar && !m.terse && s["examples"] == nil {
		if v := coerce(s["type"], e); fits(s["type"], v) && v != nil && len(e.text()) <= 200 {
			s["examples"] = []any{v}
		}
	}
}
