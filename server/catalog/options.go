package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// optionsKey marks a property of an action's input whose values another action lists.
const optionsKey = "x-options"

// Options says which action of the same connector lists the values of a parameter.
type Options struct {
	// Action is its id. It changes nothing outside, and gives a list, or an object of which
	// one member is a list.
	Action string
	// Value and Label are fields of the list's items: what the parameter is given, and what
	// people read. Without Value the items themselves are the values.
	Value, Label string
	// With is the action's input. A text that is {{name}} stands for the node's own
	// parameter of that name; so does {"param": "{{name}}"}.
	With map[string]any
}

var paramPattern = regexp.MustCompile(`^\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$`)

// Parameter says which parameter of the node a value of With stands for; ok is false
// where it is the value itself.
func Parameter(v any) (name string, ok bool) {
	if wrapped, is := v.(map[string]any); is && len(wrapped) == 1 {
		v = wrapped["param"]
	}
	text, _ := v.(string)
	found := paramPattern.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	return found[1], true
}

// Options gives what lists the values of a parameter, by its pointer in the node's with;
// nil where nothing does.
func (a *Action) Options(pointer string) *Options {
	var schema any
	if json.Unmarshal(a.Input, &schema) != nil {
		return nil
	}
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		s, _ := schema.(map[string]any)
		if _, err := strconv.Atoi(part); err == nil && s["items"] != nil {
			schema = s["items"]
			continue
		}
		properties, _ := s["properties"].(map[string]any)
		schema = properties[part]
	}
	property, _ := schema.(map[string]any)
	if property[optionsKey] == nil {
		return nil
	}
	o, err := readOptions(property[optionsKey])
	if err != nil {
		return nil // the manifest was refused for it
	}
	return o
}

func readOptions(v any) (*Options, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf(`must be {"action", "value", "label", "with"}`)
	}
	o := &Options{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		var is bool
		switch key {
		case "action":
			o.Action, is = fields[key].(string)
		case "value":
			o.Value, is = fields[key].(string)
		case "label":
			o.Label, is = fields[key].(string)
		case "with":
			o.With, is = fields[key].(map[string]any)
		default:
			return nil, fmt.Errorf("%q is unknown: known are action, value, label, with", key)
		}
		if !is {
			return nil, fmt.Errorf("%s is of the wrong type", key)
		}
	}
	return o, nil
}

// options checks what lists the values of an action's parameters.
func (f *faults) options(field string, m abi.Manifest, a abi.Action) {
	var schema any
	if json.Unmarshal(a.Input, &schema) != nil {
		return // said already
	}
	own, _ := schema.(map[string]any)
	f.optionsIn(field+": input", m, propertiesOf(own), schema)
}

func propertiesOf(schema map[string]any) map[string]any {
	properties, _ := schema["properties"].(map[string]any)
	return properties
}

// optionsIn looks through a schema; own are the parameters of the action.
func (f *faults) optionsIn(at string, m abi.Manifest, own map[string]any, schema any) {
	s, _ := schema.(map[string]any)
	if marked, there := s[optionsKey]; there {
		if err := checkOptions(m, own, marked); err != nil {
			f.add(at, "%s: %v", optionsKey, err)
		}
	}
	properties := propertiesOf(s)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		f.optionsIn(at+"."+name, m, own, properties[name])
	}
	if s["items"] != nil {
		f.optionsIn(at+"[]", m, own, s["items"])
	}
}

func checkOptions(m abi.Manifest, own map[string]any, marked any) error {
	o, err := readOptions(marked)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(m.Actions, func(b abi.Action) bool { return b.ID == o.Action })
	if i < 0 {
		return fmt.Errorf("action %q is no action of this connector", o.Action)
	}
	lister := &m.Actions[i]
	if lister.Effect != abi.EffectNone && lister.Effect != abi.EffectRead {
		return fmt.Errorf("action %q has the effect %q: one that lists values must be none or read", o.Action, lister.Effect)
	}
	if o.Label != "" && o.Value == "" {
		return fmt.Errorf("label names a field of the items: name that of the value, too")
	}
	var input map[string]any
	if err := json.Unmarshal(lister.Input, &input); err != nil {
		return nil // said at that action
	}
	known := propertiesOf(input)
	for _, name := range slices.Sorted(maps.Keys(o.With)) {
		if known[name] == nil && input["additionalProperties"] == false {
			return fmt.Errorf("with: action %q has no parameter %q", o.Action, name)
		}
		switch param, is := Parameter(o.With[name]); {
		case is && own[param] == nil:
			return fmt.Errorf("with.%s: this action has no parameter %q", name, param)
		case !is && strings.Contains(fmt.Sprint(o.With[name]), "{{"):
			return fmt.Errorf(`with.%s: a parameter of this action is named alone, as "{{project}}"`, name)
		}
	}
	return nil
}
