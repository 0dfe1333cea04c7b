package check

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/server/expr"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// path is a text that is nothing but a way into a run's data. The designer's
// core/expr/forgotten.ts knows the same, and both are tested with the same texts.
var path = regexp.MustCompile(`^\s*(steps|trigger|vars|item|run|flow)((?:\.\??[A-Za-z_]\w*|\[(?:\d+|"[^"]*"|'[^']*')\])*)\s*$`)

var name = regexp.MustCompile(`\w+`)

// rootFields are what data whose shape is known has: a host run.example.com is none of it.
var rootFields = map[string][]string{
	"trigger": {"type", "body", "headers", "query", "at"},
	"run":     {"id", "version", "dryRun", "startedAt"},
	"flow":    {"id", "name"},
}

// endings are of names of files, such as vars.json, which are meant as they are.
var endings = strings.Fields("json yaml yml txt md csv xml html log sh py js ts exe zip pdf tf env conf ini toml")

// looksForgotten says whether a text is an expression whose braces were forgotten.
// Prose, addresses and names of files aren't.
func looksForgotten(text string, inLoop bool) bool {
	m := path.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	root, rest := m[1], m[2]
	if root == "item" && !inLoop {
		return false
	}
	if rest == "" {
		return root == "item"
	}
	if slices.Contains(endings, strings.TrimLeft(rest, ".?")) {
		return false
	}
	known, shaped := rootFields[root]
	first := name.FindString(rest)
	return !shaped || slices.Contains(known, first)
}

// forgotten warns of texts that are meant as expressions. Fields that take nothing
// else say so already.
func (c *checker) forgotten(pointer, node string, inLoop bool, v any, told map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, item := range v {
			c.forgotten(flow.Join(pointer, name), node, inLoop, item, told)
		}
	case []any:
		for i, item := range v {
			c.forgotten(flow.Join(pointer, strconv.Itoa(i)), node, inLoop, item, told)
		}
	case string:
		if expr.IsTemplate(v) || told[pointer] || !looksForgotten(v, inLoop) {
			return
		}
		c.place(flow.Problem{
			Code: "expr.no_template", Severity: flow.SeverityWarning, Pointer: pointer, Node: node,
			Message: strconv.Quote(v) + " is taken as text, and not computed", Fix: "write {{ " + strings.TrimSpace(v) + " }}",
		}, 0)
	}
}
