package openapi

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
)

// unsettable are headers that the server makes, or that other parts of a document
// say.
var unsettable = []string{"accept", "content-type", "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive", "proxy-authorization", "proxy-connection", "expect", "accept-encoding", "range", "if-range", "user-agent", "cookie"}

var keyHeader = regexp.MustCompile(`(?i)^(x-)?idempotency-key$`)

// places of parameters, in the order in which their fields are named.
var locations = []string{"path", "query", "header", "cookie"}

// parameters reads those of the path and of the operation, which stand over those.
func (p *plan) parameters(c *converter, item, op *node, taken *keys) error {
	found := map[string]*node{}
	var order []string
	for _, source := range []*node{item, op} {
		for _, given := range source.get("parameters").list() {
			n, err := c.follow(given)
			if err != nil {
				return err
			}
			name, in := n.get("name").text(), strings.ToLower(n.get("in").text())
			if name == "" || !slices.Contains(locations, in) {
				if err := p.oldParameter(c, n, name, in); err != nil {
					return err
				}
				continue
			}
			key := in + " " + name
			if found[key] == nil {
				order = append(order, key)
			}
			found[key] = n
		}
	}
	for _, match := range placeholder.FindAllStringSubmatch(p.Path, -1) {
		if key := "path " + match[1]; found[key] == nil {
			c.note(p.place, p.where, "its path names {"+match[1]+"}, and no parameter says what that is: a text is taken")
			found[key] = &node{Place: p.place, kind: object, fields: map[string]*node{}}
			order = append(order, key)
		}
	}
	for _, in := range locations {
		for _, key := range order {
			if place, name, _ := strings.Cut(key, " "); place == in {
				p.parameter(c, found[key], name, in, taken)
			}
		}
	}
	return nil
}

// oldParameter deals with one that is none of OpenAPI 3.
func (p *plan) oldParameter(c *converter, n *node, name, in string) error {
	if in == "body" || in == "formdata" {
		return errors.New("its parameter " + name + " is in " + in + ", as Swagger 2.0 has it: write a requestBody")
	}
	c.note(n.get("name").placeOr(n), p.where, "the parameter "+cmp.Or(name, "without name")+" is left out: it is in "+cmp.Or(in, "no place"))
	return nil
}

func (n *node) placeOr(other *node) Place {
	if n != nil {
		return n.Place
	}
	return placeOfNode(other)
}

// parameter makes a field of the input of one parameter, or a credential.
func (p *plan) parameter(c *converter, n *node, name, in string, taken *keys) {
	switch {
	case in == "path" && !strings.Contains(p.Path, "{"+name+"}"):
		c.note(n.Place, p.where, "the parameter "+name+" is left out: its path has no {"+name+"}")
		return
	case in == "header" && (slices.Contains(unsettable, strings.ToLower(name)) || !tokenPattern.MatchString(name)):
		if !strings.EqualFold(name, "accept") && !strings.EqualFold(name, "content-type") {
			c.note(n.Place, p.where, "the header "+name+" is left out: the server makes it")
		}
		return
	case p.carries(c, n, name, in):
		return
	}
	schema, json := n.get("schema"), false
	if content := n.get("content"); len(content.names()) > 0 {
		schema, json = content.get(content.keys[0]).get("schema"), isJSON(content.keys[0])
	}
	if schema == nil { // as Swagger 2.0 has it: the parameter is its own schema
		schema = n
		if n.get("type") == nil {
			schema = &node{Place: n.Place, kind: object, keys: []string{"type"}, fields: map[string]*node{"type": {Place: n.Place, value: "string"}}}
		}
	}
	f := field{
		key: taken.take(name, in), schema: schema, required: in == "path" || n.get("required").truth(),
		description: shorten(strings.TrimSpace(n.get("description").text()), maxDescription), example: n.get("example"),
	}
	if f.required {
		resolved, _ := c.follow(schema)
		f.byDefault = resolved.get("default")
	}
	if examples := n.get("examples"); f.example == nil && len(examples.names()) > 0 {
		if e, err := c.follow(examples.get(examples.keys[0])); err == nil {
			f.example = e.get("value")
		}
	}
	if in == "header" && keyHeader.MatchString(name) {
		p.KeyHeader, p.idempotent, f.required = name, true, false
		f.description = "A key under which the operation has its effect once; the step's own if it is left out."
	}
	p.fields = append(p.fields, f)
	p.Parameters = append(p.Parameters, style(Parameter{Key: f.key, Name: name, In: in, JSON: json}, n))
}

// style is how a parameter is written, with what OpenAPI has by default.
func style(out Parameter, n *node) Parameter {
	out.Style = map[string]string{"path": "simple", "query": "form", "header": "simple", "cookie": "form"}[out.In]
	if s := n.get("style").text(); s != "" {
		out.Style = s
	}
	if f := n.get("collectionFormat").text(); f != "" { // as Swagger 2.0 has it
		out.Style = map[string]string{"ssv": "spaceDelimited", "pipes": "pipeDelimited"}[f]
		out.Style = cmp.Or(out.Style, "form")
		out.Explode = f == "multi"
		return out
	}
	out.Explode = out.Style == "form" || out.Style == "deepObject"
	if e := n.get("explode"); e != nil {
		out.Explode = e.truth()
	}
	out.Reserved = n.get("allowReserved").truth()
	return out
}

// carries says whether a parameter carries a key where the document declares no
// security: then it is a credential, and in no flow's data.
func (p *plan) carries(c *converter, n *node, name, in string) bool {
	if in != "header" && in != "query" || !carrier.MatchString(name) {
		return false
	}
	for _, s := range c.schemes {
		if (s.declared.Apply == "header" || s.declared.Apply == "query") && strings.EqualFold(s.declared.Name, name) {
			p.Credentials = append(p.Credentials, s.declared.Type)
			return true
		}
	}
	t := c.carrierType(name, in, n.get("description").text())
	p.Credentials = append(p.Credentials, t)
	if !c.told[t] {
		c.told[t] = true
		c.note(n.Place, "", "the parameter "+name+" carries a key: it becomes a credential, "+t+", so that it stands in no flow's data")
	}
	return true
}

var jsonType = regexp.MustCompile(`(?i)^(application|text)/([^;]*\+)?(json|x-json)\b|^application/\*\+json|^\*/\*|^application/\*$`)

func isJSON(contentType string) bool { return jsonType.MatchString(strings.TrimSpace(contentType)) }

// bodyAs says how a type of content is written; the lower, the sooner it is chosen.
func bodyAs(contentType string) (string, int) {
	t := strings.ToLower(strings.TrimSpace(contentType))
	switch {
	case strings.HasPrefix(t, "application/json"):
		return "json", 0
	case isJSON(t):
		return "json", 1
	case strings.HasPrefix(t, "application/x-www-form-urlencoded"):
		return "form", 2
	case strings.HasPrefix(t, "multipart/"):
		return "multipart", 3
	case strings.HasPrefix(t, "text/") || strings.Contains(t, "xml") || strings.Contains(t, "yaml") || strings.Contains(t, "graphql"):
		return "text", 4
	}
	return "bytes", 5
}

// choose picks the content that is easiest to write.
func choose(content *node) (contentType, as string, media *node) {
	best := 99
	for _, t := range content.names() {
		if how, rank := bodyAs(t); rank < best {
			contentType, as, media, best = t, how, content.get(t), rank
		}
	}
	return contentType, as, media
}

// body makes the field body of the document's requestBody.
func (p *plan) body(c *converter, op *node, taken *keys) error {
	given := op.get("requestBody")
	if given == nil {
		return nil
	}
	n, err := c.follow(given)
	if err != nil {
		return err
	}
	contentType, as, media := choose(n.get("content"))
	if media == nil {
		c.note(given.Place, p.where, "its requestBody has no content, and none is sent")
		return nil
	}
	schema, _ := c.follow(media.get("schema")) // what is wrong with it is told where it is made
	p.Body = &Body{Key: taken.take("body", "body"), As: as, Type: contentType}
	if as == "json" && strings.Contains(contentType, "*") {
		p.Body.Type = "application/json"
	}
	f := field{
		key: p.Body.Key, schema: media.get("schema"), required: n.get("required").truth(), example: media.get("example"),
		description: shorten(strings.TrimSpace(n.get("description").text()), maxDescription),
	}
	switch as {
	case "form", "multipart":
		f.bytes = as == "multipart"
		p.formFields(c, schema, media.get("encoding"))
		if !schema.isObject() {
			f.fixed = map[string]any{"type": "object"}
		}
	case "text":
		f.fixed = map[string]any{"type": "string", "contentMediaType": strings.TrimSpace(strings.SplitN(contentType, ";", 2)[0])}
	case "bytes":
		f.fixed = map[string]any{"type": "string", "contentEncoding": "base64", "contentMediaType": strings.TrimSpace(strings.SplitN(contentType, ";", 2)[0])}
	}
	if f.fixed == nil && f.schema == nil {
		f.fixed = map[string]any{}
	}
	p.fields = append(p.fields, f)
	return nil
}

// formFields say how fields of a form are sent, where that isn't usual.
func (p *plan) formFields(c *converter, schema, encoding *node) {
	fields := map[string]FormField{}
	for _, name := range schema.get("properties").names() {
		var f FormField
		property, err := c.follow(schema.at("properties", name))
		if err != nil {
			continue
		}
		item, _ := c.follow(property.get("items"))
		for _, n := range []*node{property, item} {
			f.File = f.File || p.Body.As == "multipart" && isBytes(n)
		}
		if e := encoding.get(name); e != nil {
			f.Type, _, _ = strings.Cut(e.get("contentType").text(), ",")
			f.Style = e.get("style").text()
			if x := e.get("explode"); x != nil {
				explode := x.truth()
				f.Explode = &explode
			}
		}
		if f != (FormField{}) {
			fields[name] = f
		}
	}
	if len(fields) > 0 {
		p.Body.Fields = fields
	}
}

// responses finds the answer that is given when all goes well.
func (p *plan) responses(c *converter, op *node) {
	all := op.get("responses")
	var statuses []string
	for _, status := range all.names() {
		if strings.HasPrefix(status, "2") {
			statuses = append(statuses, status)
		}
	}
	slices.Sort(statuses)
	for _, status := range append(statuses, "default") {
		given := all.get(status)
		if given == nil {
			continue
		}
		n, err := c.follow(given)
		if err != nil {
			c.note(given.Place, p.where, err.Error()+"; its answer may be anything")
			continue
		}
		for _, header := range n.get("headers").names() {
			p.pagesByServer = p.pagesByServer || strings.EqualFold(header, "link")
		}
		contentType, _, media := choose(n.get("content"))
		if media == nil {
			continue
		}
		p.response, p.responseType, p.Accept = media.get("schema"), contentType, contentType
		if isJSON(contentType) && strings.Contains(contentType, "*") {
			p.Accept = "application/json"
		}
		return
	}
}

// serverFields are the choice of a server, and the variables of its path.
func (p *plan) serverFields(c *converter, taken *keys) {
	var addresses []any
	for _, i := range p.Servers {
		s := c.table.Servers[i]
		addresses = append(addresses, s.URL)
		for _, found := range placeholder.FindAllStringSubmatch(s.URL, -1) {
			name := found[1]
			if slices.ContainsFunc(p.Parameters, func(x Parameter) bool { return x.In == "server" && x.Name == name }) {
				continue
			}
			v := c.variables[name]
			key := taken.take(name, "server")
			p.fields = append(p.fields, field{key: key, fixed: v.schema, required: v.required})
			p.Parameters = append(p.Parameters, Parameter{Key: key, Name: name, In: "server"})
		}
	}
	if len(addresses) > 1 {
		key := taken.take("server", "address")
		p.fields = append(p.fields, field{key: key, fixed: map[string]any{"type": "string", "enum": addresses, "description": "The server that is asked; the first if it is left out."}})
		p.Parameters = append(p.Parameters, Parameter{Key: key, In: "server"})
	}
}

// output makes the schema of what the action answers.
func (p *plan) output(m *schemas) map[string]any {
	body := map[string]any{}
	switch as, _ := bodyAs(p.responseType); {
	case p.responseType == "":
	case as == "json":
		body = m.of(p.response, 1, nil)
	case as == "text":
		body = map[string]any{"type": "string", "contentMediaType": strings.TrimSpace(strings.SplitN(p.responseType, ";", 2)[0])}
	}
	properties := map[string]any{
		"status": map[string]any{"type": "integer", "description": "The status of the answer."},
		"body":   body,
	}
	if !m.terse {
		properties["headers"] = map[string]any{"type": "object", "description": "Headers of the answer, in lower case.", "additionalProperties": map[string]any{"type": "string"}}
	}
	if p.Page != nil {
		properties["items"] = map[string]any{"type": "array", "description": "The items of all pages, where allPages was given; body is then null."}
		properties["pages"] = map[string]any{"type": "integer", "description": "How many pages were asked for."}
		properties["more"] = map[string]any{"type": "boolean", "description": "Whether there are more that were not asked for."}
	}
	return map[string]any{"type": "object", "properties": properties, "required": []string{"status"}}
}
