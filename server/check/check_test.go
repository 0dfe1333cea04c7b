package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

// decode reads a flow of nodes, given as JSON without position, and edges, given as a>b.
func decode(t *testing.T, edges, rest string, nodes ...string) *flow.Document {
	t.Helper()
	for i := range nodes {
		nodes[i] = strings.TrimSuffix(nodes[i], "}") + `, "position": [0, 0]}`
	}
	var list []string
	for _, e := range strings.Fields(edges) {
		from, to, _ := strings.Cut(e, ">")
		list = append(list, fmt.Sprintf(`{"from": %q, "to": %q}`, from, to))
	}
	d, problems := flow.Decode([]byte(`{"format": "drawbridge.flow/1", "name": "t", "nodes": [` + strings.Join(nodes, ",") + `], "edges": [` + strings.Join(list, ",") + `]` + rest + `}`))
	if problems.Failed() {
		t.Fatal(problems)
	}
	return d
}

func TestProblems(t *testing.T) {
	set := func(id, value string) string {
		return fmt.Sprintf(`{"id": %q, "type": "core.set", "with": {"v": %q}}`, id, value)
	}
	loop := `{"id": "e", "type": "core.foreach", "with": {"items": "{{ [1] }}"}}`
	inside := func(id, value string) string {
		return fmt.Sprintf(`{"id": %q, "type": "core.set", "parent": "e", "with": {"v": %q}}`, id, value)
	}
	for name, c := range map[string]struct {
		edges, rest string
		nodes       []string
		want        string // code, pointer, part of the message
	}{
		"sound":                               {"a>b", "", []string{set("a", "1"), set("b", "{{ steps.a.output.v }}")}, ""},
		"unknown core type":                   {"", "", []string{`{"id": "a", "type": "core.nope"}`}, "node.unknown_type /nodes/0/type core.nope"},
		"connector not installed":             {"", "", []string{`{"id": "a", "type": "nope.do"}`}, "connector.missing /nodes/0/type not installed"},
		"port that isn't there":               {"a.nope>b", "", []string{set("a", ""), set("b", "")}, "edge.port /edges/0/from use one of out, error"},
		"port of a case":                      {"s.hot>b", "", []string{`{"id": "s", "type": "core.switch", "with": {"cases": [{"port": "hot", "when": "{{ true }}"}]}}`, set("b", "")}, ""},
		"parameter missing":                   {"", "", []string{`{"id": "a", "type": "core.if"}`}, `param.missing /nodes/0/with/condition "a" needs "Condition"fill it in`},
		"parameter missing of a named node":   {"", "", []string{`{"id": "a", "type": "core.approval", "name": "Ask the lead", "with": {"title": "May I?"}}`}, `param.missing /nodes/0/with/to "Ask the lead" needs "`},
		"none of two parameters":              {"", "", []string{`{"id": "a", "type": "core.wait"}`}, `param.choice /nodes/0/with needs one of "For", "Until"`},
		"both of two parameters":              {"", "", []string{`{"id": "a", "type": "core.wait", "with": {"for": "1h", "until": "{{ vars.x }}"}}`}, `param.choice /nodes/0/with needs one of "For", "Until"`},
		"no duration":                         {"", "", []string{`{"id": "a", "type": "core.wait", "with": {"for": "an hour"}}`}, `param.invalid /nodes/0/with/for`},
		"a schedule that never comes":         {"", "", []string{`{"id": "a", "type": "trigger.schedule", "with": {"cron": "0 0 30 2 *"}}`}, `schedule.invalid /nodes/0/with/cron never comes`},
		"a schedule in no zone":               {"", "", []string{`{"id": "a", "type": "trigger.schedule", "with": {"cron": "0 8 * * *", "zone": "Mars"}}`}, `schedule.invalid /nodes/0/with/zone "Mars"`},
		"a schedule that a template makes":    {"", "", []string{`{"id": "a", "type": "trigger.schedule", "with": {"cron": "{{ vars.x }}"}}`}, `schedule.invalid /nodes/0/with/cron can't be read`},
		"a hook that believes everybody":      {"", "", []string{`{"id": "a", "type": "trigger.webhook"}`}, ""},
		"a hook without its credential":       {"", "", []string{`{"id": "a", "type": "trigger.webhook", "with": {"verify": "hmac"}}`}, "credential.missing /nodes/0/credential name one of the type trigger.signing"},
		"a hook with its credential":          {"", `, "credentials": {"edr": {"type": "trigger.signing"}}`, []string{`{"id": "a", "type": "trigger.webhook", "credential": "edr", "with": {"verify": "standardWebhooks", "key": "{{ trigger.body.id }}"}}`}, ""},
		"a hook with another credential":      {"", `, "credentials": {"edr": {"type": "trigger.basic"}}`, []string{`{"id": "a", "type": "trigger.webhook", "credential": "edr", "with": {"verify": "bearer"}}`}, "credential.type /nodes/0/credential needs a credential of the type trigger.bearer"},
		"a hook that doesn't look":            {"", `, "credentials": {"edr": {"type": "trigger.basic"}}`, []string{`{"id": "a", "type": "trigger.webhook", "credential": "edr"}`}, "credential.unused /nodes/0/credential verify is none"},
		"a hook that signs no time":           {"", `, "credentials": {"edr": {"type": "trigger.signing"}}`, []string{`{"id": "a", "type": "trigger.webhook", "credential": "edr", "with": {"verify": "hmac", "signature": {"header": "x", "timestampHeader": "t", "signed": "{body}"}}}`}, "webhook.signature /nodes/0/with/signature/signed anybody could write"},
		"a hook that signs no body":           {"", `, "credentials": {"edr": {"type": "trigger.signing"}}`, []string{`{"id": "a", "type": "trigger.webhook", "credential": "edr", "with": {"verify": "hmac", "signature": {"header": "x", "timestampHeader": "t", "signed": "{timestamp}"}}}`}, "webhook.signature /nodes/0/with/signature/signed {body}"},
		"a hook verified by who knows what":   {"", "", []string{`{"id": "a", "type": "trigger.webhook", "with": {"verify": "{{ vars.how }}"}}`}, "webhook.signature /nodes/0/with/verify no way"},
		"a hook with a key that is none":      {"", "", []string{`{"id": "a", "type": "trigger.webhook", "with": {"key": "alert-id"}}`}, "expr.not_template /nodes/0/with/key write {{"},
		"a hook's rule that reads a step":     {"", "", []string{`{"id": "a", "type": "trigger.webhook", "with": {"dropWhen": "{{ steps.a.output.v }}"}}`}, "expr.reference /nodes/0/with/dropWhen can't read itself"},
		"parameter unknown":                   {"", "", []string{`{"id": "a", "type": "core.if", "with": {"condition": "{{ true }}", "colour": 1}}`}, `param.unknown /nodes/0/with/colour core.if has no parameter "colour"remove it, or move its value: known are condition`},
		"parameter of the wrong type":         {"", "", []string{`{"id": "a", "type": "core.respond", "with": {"status": "many"}}`}, `param.invalid /nodes/0/with/status "Status": this is a text, and a whole number is wantedgive a whole number`},
		"a template may become any type":      {"", "", []string{`{"id": "a", "type": "core.respond", "with": {"status": "{{ 200 }}"}}`}, ""},
		"an expression that is still empty":   {"", "", []string{`{"id": "a", "type": "core.if", "with": {"condition": " "}}`}, "expr.not_template /nodes/0/with/condition an expression is missing"},
		"text where an expression belongs":    {"", "", []string{`{"id": "a", "type": "core.if", "with": {"condition": "true"}}`}, "expr.not_template /nodes/0/with/condition"},
		"expression that doesn't compile":     {"", "", []string{set("a", "{{ 1 + }}")}, "expr.syntax /nodes/0/with/v"},
		"step that doesn't exist":             {"", "", []string{set("a", "{{ steps.b.output }}")}, `expr.reference /nodes/0/with/v "b" does not exist`},
		"step that can't have run":            {"a>b", "", []string{set("a", "{{ steps.b.output }}"), set("b", "")}, `expr.reference /nodes/0/with/v no edges lead from it`},
		"step of a parallel branch":           {"", "", []string{set("a", ""), set("b", "{{ steps.a.output }}")}, `expr.reference /nodes/1/with/v no edges lead from it`},
		"a step reads itself":                 {"", "", []string{set("a", "{{ steps.a.output }}")}, "expr.reference /nodes/0/with/v itself"},
		"outside reads inside":                {"e>b", "", []string{loop, inside("x", ""), set("b", "{{ steps.x.output }}")}, `expr.reference /nodes/2/with/v outside sees only the output of "e"`},
		"inside reads what ran before":        {"a>e", "", []string{set("a", ""), loop, inside("x", "{{ [steps.a.output, item, index] }}")}, ""},
		"inside reads its container":          {"", "", []string{loop, inside("x", "{{ steps.e.output }}")}, "expr.reference /nodes/1/with/v has not ended"},
		"a result reads the pass":             {"", "", []string{`{"id": "e", "type": "core.foreach", "with": {"items": "{{ [1] }}", "result": "{{ steps.x.output.v + item }}"}}`, inside("x", "1")}, ""},
		"item outside a container":            {"", "", []string{set("a", "{{ item }}")}, "expr.reference /nodes/0/with/v only inside a container"},
		"items can't read the item":           {"", "", []string{`{"id": "e", "type": "core.foreach", "with": {"items": "{{ item }}"}}`}, "expr.reference /nodes/0/with/items only inside a container"},
		"the output reads inside":             {"", `, "output": "{{ steps.x.output }}"`, []string{loop, inside("x", "")}, "expr.reference /output outside sees only"},
		"the output reads nothing that is":    {"", `, "output": {"a": "{{ steps.no.output }}"}`, []string{loop}, `expr.reference /output/a "no" does not exist`},
		"input schema that is none":           {"", `, "input": {"type": "strin"}`, []string{set("a", "")}, "input.schema /input"},
		"a node that no trigger leads to":     {"", "", []string{`{"id": "t", "type": "trigger.manual"}`, set("a", "")}, "node.unreachable /nodes/1 never runs"},
		"blanks around a template":            {"", "", []string{`{"id": "a", "type": "core.set", "with": {"v": [" {{ 1 }}\n"]}}`}, "expr.blanks /nodes/0/with/v/0 make a text"},
		"braces forgotten":                    {"a>b", "", []string{set("a", ""), set("b", "steps.a.output.v")}, "expr.no_template /nodes/1/with/v write {{ steps.a.output.v }}"},
		"braces forgotten in a loop":          {"", "", []string{loop, inside("x", "item")}, "expr.no_template /nodes/1/with/v write {{ item }}"},
		"braces forgotten in the output":      {"", `, "output": {"a": "steps.e.output"}`, []string{loop}, "expr.no_template /output/a write {{ steps.e.output }}"},
		"a word that is a name elsewhere":     {"", "", []string{set("a", "item")}, ""},
		"prose that begins with a name":       {"", "", []string{set("a", "run.example.com is down")}, ""},
		"blanks between templates":            {"", "", []string{set("a", " {{ 1 }} {{ 2 }} ")}, ""},
		"an expression nested in the data":    {"", "", []string{`{"id": "a", "type": "core.set", "with": {"v": [{"w": "{{ nope }}"}]}}`}, "expr.type /nodes/0/with/v/0/w 'nope' is unknown"},
		"asking nobody":                       {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": []}}`}, "question.to /nodes/0/with/to names nobody"},
		"asking no users and roles":           {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": {"users": [], "role": ["admin"]}}}`}, "question.to /nodes/0/with/to names nobody"},
		"asking a blank":                      {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["{{ vars.x }}", " "]}}`}, "question.to /nodes/0/with/to must name users"},
		"asking a role that isn't":            {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["{{ vars.x }}", "role:boss"]}}`}, "question.to /nodes/0/with/to \"boss\" is not a role: use viewer"},
		"asking a role that isn't, as a role": {"", "", []string{`{"id": "a", "type": "core.form", "with": {"to": {"roles": ["boss"]}, "form": {}}}`}, "question.to /nodes/0/with/to \"boss\" is not a role"},
		"asking whom an expression says":      {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": {"roles": "{{ vars.x }}"}, "quorum": 3, "deadline": "{{ vars.y }}", "remind": "1h", "form": {"type": "{{ vars.z }}"}, "notify": "{{ vars.n }}"}}`}, ""},
		"a question that is sound":            {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["rita", "role:responder"], "quorum": 3, "deadline": "2030-01-31T09:00:00Z", "remind": "1m", "form": {"type": "object"}}}`}, ""},
		"a deadline that is none":             {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "soon"}}`}, "param.invalid /nodes/0/with/deadline"},
		"a deadline of the past":              {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "-1h"}}`}, "param.invalid /nodes/0/with/deadline"},
		"a deadline of now":                   {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "0s"}}`}, "param.invalid /nodes/0/with/deadline"},
		"a deadline in a lifetime":            {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "4000d"}}`}, "param.invalid /nodes/0/with/deadline"},
		"a day that isn't":                    {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "2030-02-31T09:00:00Z"}}`}, "param.invalid /nodes/0/with/deadline"},
		"a form's deadline":                   {"", "", []string{`{"id": "a", "type": "core.form", "with": {"to": "rita", "form": {}, "deadline": "soon"}}`}, "param.invalid /nodes/0/with/deadline write it as 90m, 36h or 7d"},
		"a reminder that is none":             {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "remind": "often"}}`}, "param.invalid /nodes/0/with/remind"},
		"a reminder without a pause":          {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "remind": "10s"}}`}, "param.invalid /nodes/0/with/remind a minute at least"},
		"a reminder after the deadline":       {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": "rita", "deadline": "4h", "remind": "4h"}}`}, "question.remind /nodes/0/with/remind nobody is ever reminded"},
		"more must approve than are asked":    {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["rita", "hugo"], "quorum": 3}}`}, "question.quorum /nodes/0/with/quorum 3 must approve, and 2 are asked"},
		"nobody need approve":                 {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["rita"], "quorum": 0}}`}, "param.invalid /nodes/0/with/quorum"},
		"a form that is no schema":            {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["rita"], "form": {"type": "strin"}}}`}, "question.form /nodes/0/with/form not valid"},
		"a form that is elsewhere":            {"", "", []string{`{"id": "a", "type": "core.form", "with": {"to": "rita", "form": {"$ref": "https://192.0.2.1/x.js"}}}`}, "question.form /nodes/0/with/form not valid"},
		"fields that are no schema":           {"", "", []string{`{"id": "a", "type": "core.form", "with": {"to": ["rita"], "form": {"properties": 1}}}`}, "question.form /nodes/0/with/form not valid"},
		"a teller that is no flow":            {"", "", []string{`{"id": "a", "type": "core.approval", "with": {"to": ["rita"], "notify": "tell them"}}`}, "param.invalid /nodes/0/with/notify id of a flow"},
		"days after hours":                    {"", "", []string{`{"id": "a", "type": "core.wait", "with": {"for": "1h1d"}}`}, "param.invalid /nodes/0/with/for not a duration"},
		"a wait of a lifetime":                {"", "", []string{`{"id": "a", "type": "core.wait", "with": {"for": "4000d"}}`}, "param.invalid /nodes/0/with/for ten years at most"},
		"no time to wait until":               {"", "", []string{`{"id": "a", "type": "core.wait", "with": {"until": "tomorrow"}}`}, "param.invalid /nodes/0/with/until"},
		"a pause that is none":                {"", "", []string{`{"id": "r", "type": "core.repeat", "with": {"until": "{{ true }}", "every": "1h1d"}}`, strings.ReplaceAll(inside("x", "1"), `"parent": "e"`, `"parent": "r"`)}, "param.invalid /nodes/0/with/every not a duration"},
		"no passes":                           {"", "", []string{`{"id": "r", "type": "core.repeat", "with": {"until": "{{ true }}", "attempts": 0}}`, strings.ReplaceAll(inside("x", "1"), `"parent": "e"`, `"parent": "r"`)}, "param.invalid /nodes/0/with/attempts"},
		"a parameter's own alternative stays": {"", "", []string{`{"id": "a", "type": "core.stop", "with": {"outcome": "maybe"}}`}, `param.invalid /nodes/0/with/outcome "maybe" is none of the values that are knownchoose one of "succeeded", "failed"`},
	} {
		t.Run(name, func(t *testing.T) {
			d := decode(t, c.edges, c.rest, slices.Clone(c.nodes)...)
			problems := check.Document(t.Context(), d, catalog.New())
			if c.want == "" {
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				return
			}
			parts := strings.SplitN(c.want, " ", 3)
			parts = append(parts, "")
			if len(problems) != 1 || problems[0].Code != parts[0] || problems[0].Pointer != parts[1] || !strings.Contains(problems[0].Message+problems[0].Fix, parts[2]) {
				t.Fatalf("got %+v, want %s", problems, c.want)
			}
			if problems[0].Line == 0 {
				t.Fatal("the problem has no place")
			}
		})
	}
}

// TestLargeFlows holds that checking stays linear enough for the largest flow.
func TestLargeFlows(t *testing.T) {
	var nodes []string
	var edges strings.Builder
	for i := range flow.MaxNodes {
		value := "1"
		if i > 0 {
			value = fmt.Sprintf("{{ steps.n%d.output.v + 1 }}", i-1)
			fmt.Fprintf(&edges, "n%d>n%d ", i-1, i)
		}
		nodes = append(nodes, fmt.Sprintf(`{"id": "n%d", "type": "core.set", "with": {"v": %q}}`, i, value))
	}
	d := decode(t, edges.String(), "", nodes...)
	began := time.Now()
	program, problems := check.Compile(t.Context(), d, catalog.New())
	if program == nil {
		t.Fatal(problems)
	}
	t.Logf("compiled 2,000 expressions in %v", time.Since(began))
}

// TestPublishedFlowsGoOn compiles what a check that came later finds fault with: the run
// says so if it comes that way. A node that is disabled never does.
func TestPublishedFlowsGoOn(t *testing.T) {
	for with, disabled := range map[string]bool{`{"to": ["role:nobody"]}`: false, `{"to": ["a"], "quorum": 9}`: false, `{"to": [""]}`: true} {
		source := fmt.Sprintf(`{"format": "drawbridge.flow/1", "name": "F", "nodes": [{"id": "go", "type": "trigger.manual", "position": [0, 0]},
			{"id": "ask", "type": "core.approval", "disabled": %v, "position": [0, 0], "with": %s}], "edges": [{"from": "go", "to": "ask"}]}`, disabled, with)
		document, problems := flow.Decode([]byte(source))
		if problems.Failed() {
			t.Fatal(problems)
		}
		if program, problems := check.Compile(t.Context(), document, catalog.New()); program == nil {
			t.Errorf("%s is not compiled: %v", with, problems)
		}
		if problems := check.Document(t.Context(), document, catalog.New()); problems.Failed() == disabled {
			t.Errorf("%s, disabled %v: %v", with, disabled, problems)
		}
	}
}
