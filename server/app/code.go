package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/engine"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// scriptReader reads the scripts of nodes, for all cores of the process.
var scriptReader = sandbox.NewScriptReader()

// codeAction is the one action of a connector that is made of a script.
const codeAction = "run"

// codeMessage words what the sandbox says of a connector that is a script.
var codeMessage = strings.NewReplacer(catalog.CodeConnector+"."+codeAction, "the script", js.CodeName+":"+js.CodeName+":", js.CodeName+":")

// codeCall is the call of a core.code: of a connector that is made of its script, and
// asks for nothing. Done is called once it was made.
func codeCall(known *catalog.Catalog, c engine.Call, call sandbox.Call) (_ sandbox.Call, done func(), _ *engine.Failure) {
	con, done, err := codeConnector(known, c.Script)
	if err != nil {
		return call, func() {}, &engine.Failure{Code: "bad_script", Message: err.Error()}
	}
	fields, _ := c.Input.(map[string]any)
	call.Connector, call.Version, call.Action = catalog.CodeConnector, con.Manifest.Version, codeAction
	call.Input = flow.CompactJSON(map[string]any{"input": fields["input"]})
	return call, done, nil
}

// ofCode words the fault of a script, which is told as one of a connector.
func ofCode(c engine.Call, result engine.Result) engine.Result {
	switch e := result.Error; {
	case e == nil || c.Type != flow.TypeCode:
	case e.Code == abi.CodeDenied:
		e.Message = "a script reaches nothing outside: use an action of a connector for it"
	default:
		e.Message = codeMessage.Replace(e.Message)
	}
	return result
}

// codeConnector gives the connector of a script, made once, until done is called.
func codeConnector(c *catalog.Catalog, source string) (con *catalog.Connector, done func(), err error) {
	sum := sha256.Sum256([]byte(source))
	version := "0.0.0-s" + hex.EncodeToString(sum[:20]) // a version that is all digits may not begin with 0
	bundled := sync.OnceValues(func() (*js.Script, error) { return scriptReader.Bundle(source) })
	return c.UseCode(version, func() ([]byte, error) {
		script, err := bundled()
		if err != nil {
			return nil, err
		}
		manifest, err := json.Marshal(abi.Manifest{
			ID: catalog.CodeConnector, Version: version, ABI: abi.Version, Name: "Code", Description: "A script.",
			Actions: []abi.Action{{
				ID: codeAction, Name: "Run", Description: "Runs the script.", Effect: abi.EffectNone, Idempotent: true,
				Input: json.RawMessage(`{"type":"object"}`), Output: json.RawMessage(`{}`),
			}},
		})
		if err != nil {
			return nil, err
		}
		file, err := quickjs.Engine()
		for _, s := range []struct {
			name string
			data []byte
		}{{abi.ScriptSection, script.Code}, {abi.ScriptMapSection, script.Map}, {abi.ManifestSection, manifest}} {
			if err == nil {
				file, err = catalog.AppendSection(file, s.name, s.data)
			}
		}
		return file, err
	})
}
