package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func pluginTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test FILE.wasm",
		Short: "Run a connector's examples in the sandbox",
		Long: `Run the examples of a connector file's actions in the real sandbox and compare
what they answer: every field of an example's output or error must be in the
answer, and an output must fit its schema. Nothing outside is reached.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return testPlugin(cmd, args[0]) },
	}
}

func testPlugin(cmd *cobra.Command, path string) error {
	file, err := readPlugin(path)
	if err != nil {
		return invalid(err)
	}
	w, err := openWorkbench(file, app.Powers{}, false)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	passed, failed := 0, 0
	for _, con := range w.module.Connectors {
		if err := w.start(cmd, con); err != nil {
			return invalid(err)
		}
		for _, a := range con.Manifest.Actions {
			for _, e := range a.Examples {
				faults, err := w.example(cmd.Context(), con, a.ID, e)
				if err != nil {
					return err
				}
				if len(faults) == 0 {
					passed++
				} else {
					failed++
				}
				if err := tellExample(cmd.OutOrStdout(), con.Manifest.ID+"."+a.ID+": "+e.Name, faults); err != nil {
					return err
				}
			}
		}
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%d passed, %d failed\n", passed, failed); err != nil {
		return err
	}
	if failed > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

func tellExample(out io.Writer, name string, faults []string) error {
	word := "ok  "
	if len(faults) > 0 {
		word = "FAIL"
	}
	_, err := fmt.Fprintf(out, "%s %s\n", word, name)
	for _, f := range faults {
		if err == nil {
			_, err = fmt.Fprintf(out, "     %s\n", f)
		}
	}
	return err
}

// example runs one example and answers what is wrong with its answer.
func (w *workbench) example(ctx context.Context, con *catalog.Connector, action string, e abi.Example) ([]string, error) {
	id := uuid.Must(uuid.NewV7()).String()
	res, err := w.Invoke(ctx, sandbox.Call{
		RunID: id, StepKey: action, Attempt: 1, Key: id, Connector: con.Manifest.ID, Version: con.Manifest.Version,
		Action: action, Input: e.Input,
	})
	if err != nil {
		return nil, err
	}
	faults := e.Differences(res.Output, res.Error)
	if res.Error != nil {
		return faults, nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(res.Output))
	if err == nil {
		err = con.Action(action).OutputSchema.Validate(value)
	}
	if err != nil {
		faults = append(faults, "the output doesn't fit its schema: "+err.Error())
	}
	return faults, nil
}
