package check

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

func (c *checker) node(i int) {
	n := &c.doc.Nodes[i]
	at := flow.Join("/nodes", strconv.Itoa(i))
	out := &c.program.Nodes[i]
	with := c.code(at, n, out)
	out.With = expr.CompileValue(with, c.stop, func(pointer string, faults expr.Errors) {
		c.faults(at+"/with"+pointer, n.ID, faults)
	})
	var bare map[string]bool
	kind, err := c.types.NodeType(n.Type, c.doc.Connectors)
	if err != nil {
		c.unknownType(at, n, err)
	} else {
		out.Type = kind
		bare = c.expressions(at, n, kind)
		c.parameters(at, n, kind, bare)
	}
	c.forgotten(at+"/with", n.ID, n.Parent != "", any(with), bare)
	c.schedule(at, n)
	c.hook(at, n)
	c.mailbox(at, n)
	if c.foresee && !n.Disabled {
		c.question(at, n)
		c.times(at, n)
	}
	c.blanks(at, n, "", any(with))
	c.references(i, at, out)
	out.Timeout = kind.Timeout
	if d, err := flow.ParseDuration(n.Timeout); err == nil && n.Timeout != "" {
		out.Timeout = d
	}
	out.Backoff = backoff(n)
}

// scripts reads the scripts of nodes, where [Types] can.
type scripts interface {
	CheckScript(source string) error
}

// code takes the script out of the parameters of core.code, which are templates, and
// finds what is wrong with it.
func (c *checker) code(at string, n *flow.Node, out *Node) map[string]any {
	with := maps.Clone(n.With)
	if with == nil {
		with = map[string]any{}
	}
	source, text := with["script"].(string)
	if n.Type != flow.TypeCode || !text {
		return with
	}
	delete(with, "script")
	out.Script = source
	var wrong *js.CodeError
	reader, reads := c.types.(scripts)
	if !reads {
		return with
	}
	switch err := reader.CheckScript(source); {
	case errors.As(err, &wrong):
		c.report("code.invalid", at+"/with/script", n.ID, "the script: "+wrong.Error(), "")
	case err != nil:
		c.report("code.unread", at+"/with/script", n.ID, "the script could not be looked at just now", "try again")
	}
	return with
}

// schedule finds times that never come and zones that aren't there.
func (c *checker) schedule(at string, n *flow.Node) {
	if n.Type != flow.TypeSchedule || n.With["cron"] == nil {
		return
	}
	var wrong *flow.ScheduleError
	if _, err := flow.ParseSchedule(n.With); errors.As(err, &wrong) {
		c.report("schedule.invalid", at+"/with/"+wrong.Field, n.ID, wrong.Error(), "")
	}
}

// blanks warns of a template with nothing but blanks around it: it gives a text,
// where the value alone was meant.
func (c *checker) blanks(at string, n *flow.Node, pointer string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			c.blanks(at, n, flow.Join(pointer, name), item)
		}
	case []any:
		for i, item := range v {
			c.blanks(at, n, flow.Join(pointer, strconv.Itoa(i)), item)
		}
	case string:
		trimmed := strings.TrimSpace(v)
		if trimmed == v || !expr.IsTemplate(v) || c.stop() {
			return
		}
		if t, faults := expr.Compile(trimmed); len(faults) == 0 && t.Single() {
			c.place(flow.Problem{
				Code: "expr.blanks", Severity: flow.SeverityWarning, Pointer: at + "/with" + pointer, Node: n.ID,
				Message: "the blanks around this template make a text of its value", Fix: "remove them to keep the value as it is",
			}, 0)
		}
	}
}

func backoff(n *flow.Node) time.Duration {
	if n.Retry == nil || n.Retry.Backoff == "" {
		return defaultBackoff
	}
	d, err := flow.ParseDuration(n.Retry.Backoff)
	if err != nil {
		return defaultBackoff
	}
	return d
}

func (c *checker) faults(pointer, node string, faults expr.Errors) {
	for _, f := range faults {
		c.place(flow.Problem{Code: f.Code, Severity: flow.SeverityError, Pointer: pointer, Node: node, Message: f.Error()}, f.Offset)
	}
}

func (c *checker) unknownType(at string, n *flow.Node, err error) {
	code, fix := "node.unknown_type", ""
	var unknown *catalog.UnknownError
	if errors.As(err, &unknown) && unknown.Connector != "" && unknown.Type == "" {
		code = "connector.missing"
	}
	if n.Type == "" {
		return // reported when the file was decoded
	}
	c.report(code, at+"/type", n.ID, err.Error(), fix)
}

// expressions sees to it that fields which take an expression hold one: a bare
// text there is a forgotten {{ }}. It gives the pointers of those at fault.
func (c *checker) expressions(at string, n *flow.Node, kind catalog.NodeType) map[string]bool {
	bare := map[string]bool{}
	for _, path := range expressionFields(kind.Input) {
		walk(n.With, path, "", func(pointer string, v any) {
			s, text := v.(string)
			if text && !strings.HasPrefix(strings.TrimSpace(s), "{{") {
				bare[at+"/with"+pointer] = true
				if strings.TrimSpace(s) == "" {
					c.report("expr.not_template", at+"/with"+pointer, n.ID, "an expression is missing", "write it in {{ }}")
					return
				}
				c.report("expr.not_template", at+"/with"+pointer, n.ID, strconv.Quote(s)+" is text where an expression belongs", "write {{ "+s+" }}")
			}
		})
	}
	return bare
}

// walk visits the values at a path; * stands for each item of a list.
func walk(v any, path []string, pointer string, visit func(string, any)) {
	if len(path) == 0 {
		visit(pointer, v)
		return
	}
	if path[0] == "*" {
		list, _ := v.([]any)
		for i, item := range list {
			walk(item, path[1:], flow.Join(pointer, strconv.Itoa(i)), visit)
		}
		return
	}
	object, _ := v.(map[string]any)
	if member, has := object[path[0]]; has {
		walk(member, path[1:], flow.Join(pointer, path[0]), visit)
	}
}

func (c *checker) edge(i int) {
	from, port := c.doc.Edges[i].Port()
	at, known := c.index[from]
	if !known {
		return
	}
	kind := c.program.Nodes[at].Type
	if kind.Type == "" {
		return
	}
	ports := Ports(&c.doc.Nodes[at], kind)
	if !slices.Contains(ports, port) {
		c.report("edge.port", flow.Join("/edges", strconv.Itoa(i), "from"), from,
			fmt.Sprintf("%s has no port %q", kind.Type, port), "use one of "+strings.Join(ports, ", "))
	}
}

// Ports lists the ports that edges may leave a node from.
func Ports(n *flow.Node, kind catalog.NodeType) []string {
	if kind.DynamicPorts == "" {
		return kind.Ports
	}
	var named []string
	cases, _ := n.With[kind.DynamicPorts].([]any)
	for _, item := range cases {
		object, _ := item.(map[string]any)
		if port, ok := object["port"].(string); ok {
			named = append(named, port)
		}
	}
	return append(named, kind.Ports...)
}

func (c *checker) output() {
	c.forgotten("/output", "", false, c.doc.Output, nil)
	c.program.Output = expr.CompileValue(c.doc.Output, c.stop, func(pointer string, faults expr.Errors) {
		c.faults("/output"+pointer, "", faults)
	})
	c.program.Output.Templates(func(pointer string, t *expr.Template) {
		for _, ref := range t.References() {
			if ref.Step == "" {
				c.loopVariable(ref, "/output"+pointer, t, nil, false)
				continue
			}
			target, known := c.index[ref.Step]
			switch {
			case !known:
				c.refer("/output"+pointer, "", t, ref, "the step "+strconv.Quote(ref.Step)+" does not exist")
			case c.doc.Nodes[target].Parent != "":
				c.refer("/output"+pointer, "", t, ref, fmt.Sprintf("the step %q lies in a container: outside sees only the output of %q", ref.Step, c.doc.Nodes[target].Parent))
			}
		}
	})
}
