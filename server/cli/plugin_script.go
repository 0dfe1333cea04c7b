package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/js"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/quickjs"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// manifestAction is the action by which the SDK for JavaScript tells what a
// script declares.
const manifestAction = "drawbridge_manifest"

// buildScript makes a connector file of a folder in JavaScript or TypeScript. It
// needs nothing but this program.
func buildScript(ctx context.Context, dir string, log io.Writer) ([]byte, []abi.Manifest, error) {
	script, err := js.Bundle(dir)
	if err != nil {
		return nil, nil, invalid(err)
	}
	for _, w := range script.Warnings {
		fmt.Fprintln(log, "warning:", w)
	}
	code, err := quickjs.Engine()
	for _, s := range []struct {
		name string
		data []byte
	}{{abi.ScriptSection, script.Code}, {abi.ScriptMapSection, script.Map}} {
		if err == nil {
			code, err = catalog.AppendSection(code, s.name, s.data)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	raw, list, err := askManifest(ctx, code, log)
	if err != nil {
		return nil, nil, invalid(fmt.Errorf("%s: %w", js.Entry(dir), err))
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, raw)
	return file, list, err
}

// askManifest runs a script in the sandbox for the manifest that it declares, so
// that the two can't differ.
func askManifest(ctx context.Context, code []byte, log io.Writer) ([]byte, []abi.Manifest, error) {
	asking, err := json.Marshal(abi.Manifest{
		ID: "build", Version: "0.0.0", ABI: abi.Version, Name: "Build", Description: "Tells its manifest.",
		Actions: []abi.Action{{
			ID: manifestAction, Name: "Manifest", Description: "Tells the manifest.", Effect: abi.EffectNone,
			Input: json.RawMessage(`{"type":"object"}`), Output: json.RawMessage(`{}`),
		}},
	})
	if err != nil {
		return nil, nil, err
	}
	file, err := catalog.AppendSection(code, abi.ManifestSection, asking)
	if err != nil {
		return nil, nil, err
	}
	w, err := openWorkbench(file, app.Powers{}, false) //nolint:contextcheck // it opens folders, and waits for nothing
	if err != nil {
		return nil, nil, err
	}
	defer w.Close() //nolint:errcheck // temporary files
	res, err := w.Invoke(ctx, sandbox.Call{
		RunID: "build", StepKey: "build", Attempt: 1, Key: "build", Connector: "build", Action: manifestAction, Input: json.RawMessage(`{}`),
	})
	if err != nil {
		return nil, nil, err
	}
	warn(log, res.Logs)
	if res.Error != nil {
		return nil, nil, invalid(fmt.Errorf("the connector can't tell its manifest: it %s", strings.TrimPrefix(res.Error.Message, "build."+manifestAction+" ")))
	}
	if err := unknownFields(res.Output); err != nil {
		return nil, nil, invalid(err)
	}
	list, err := catalog.DecodeManifests(res.Output)
	if err == nil {
		err = soundManifests(list)
	}
	if err != nil {
		return nil, nil, invalid(err)
	}
	return res.Output, list, nil
}

// soundManifests says what is wrong with manifests, in their authors' words.
func soundManifests(list []abi.Manifest) error {
	if err := catalog.ValidateManifests(list); err != nil {
		return errors.New(plainSchema(err.Error()))
	}
	return nil
}

// checkScript says whether the script of a file still declares the manifest that
// stands in the file. Other files have no way to tell.
func checkScript(ctx context.Context, m *catalog.Module) error {
	if m.Compiled == m.Digest {
		return nil
	}
	code, err := m.Code()
	if err != nil {
		return err
	}
	_, declared, err := askManifest(ctx, code, io.Discard)
	if err != nil {
		return err
	}
	want, err := json.Marshal(declared)
	if err != nil {
		return err
	}
	got, err := json.Marshal(manifests(m))
	if err == nil && !bytes.Equal(got, want) {
		err = invalid(errors.New("the manifest in the file isn't what its script declares: it was changed after it was built, or isn't the same at every run"))
	}
	return err
}
