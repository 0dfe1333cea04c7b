package catalog

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// coreFiles hold one built-in node type a file, as GET /catalog shows it.
//
//go:embed core/*.json
var coreFiles embed.FS

// coreOrder is the order of the palette.
var coreOrder = []string{
	"trigger.manual", "trigger.webhook", "trigger.schedule", "trigger.mailbox", "trigger.case", "trigger.flow",
	"core.set", "core.code", "core.if", "core.switch", "core.table", "core.foreach", "core.repeat", "core.wait", "core.approval", "core.form", "core.call", "core.respond", "core.stop", "core.note",
	"case.create", "case.update", "case.close", "case.comment", "case.add_artifacts", "case.attach", "case.merge", "case.get", "case.attachments", "case.find", "case.related",
	"alert.create", "alert.update", "alert.close", "alert.to_case", "alert.get", "alert.find",
	"asset.get", "asset.findings", "asset.put", "asset.put_findings",
	"task.apply_template", "task.add", "task.complete", "task.list",
	"intel.lookup", "intel.add", "intel.sighting", "intel.expire", "intel.mark_false_positive", "intel.list",
}

// builtIns are the types that the engine itself runs. They are read once, and
// never changed; the files are part of the binary, so that a fault in one is a
// fault of the build, which the tests find.
var builtIns = sync.OnceValue(func() []NodeType {
	all := make([]NodeType, 0, len(coreOrder))
	for _, name := range coreOrder {
		n, err := readBuiltIn(name)
		if err != nil {
			panic(fmt.Sprintf("built-in node type %s: %v", name, err))
		}
		all = append(all, n)
	}
	return all
})

func readBuiltIn(name string) (n NodeType, err error) {
	raw, err := coreFiles.ReadFile("core/" + name + ".json")
	if err != nil {
		return n, err
	}
	if err := decodeStrict(raw, &n); err != nil {
		return n, err
	}
	if n.Type = name; n.Effect == "" {
		n.Effect, n.Idempotent = abi.EffectNone, true
	}
	if n.Input, err = compact(n.Input); err != nil {
		return n, err
	}
	if n.Output, err = compact(n.Output); err != nil {
		return n, err
	}
	n.input, err = objectSchema(n.Input)
	return n, err
}

// compact takes the line breaks of the files out of what the browser is sent.
func compact(raw json.RawMessage) (json.RawMessage, error) {
	if _, err := compileSchema(raw); err != nil {
		return nil, err
	}
	return json.Marshal(raw)
}

func builtIn(typ string) (NodeType, bool) {
	for _, n := range builtIns() {
		if n.Type == typ {
			return n, true
		}
	}
	return NodeType{}, false
}

func builtInNames() []string { return coreOrder }
