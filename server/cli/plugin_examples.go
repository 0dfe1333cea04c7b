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
	var cases string
	c := &cobra.Command{
		Use:   "test FILE.wasm",
		Short: "Run a connector's examples and cases in the sandbox",
		Long: `Run the examples of a connector file's actions in the real sandbox and compare
what they answer: every field of an example's output or error must be in the
answer, and an output must fit its schema. Nothing outside is reached.

NAME.test.json beside NAME.wasm holds cases: calls of actions, with answers to the
requests that they send, in order. What the manifest asks for is granted to them, and
the rules for requests hold as they do in a server; a request that isn't the next is
a failure. A case has a name, an action and an input, and an output or error as an
example has; what else it has may be left out:

  {"cases": [{
    "name": "a known host", "action": "lookup", "input": {"host": "example.com"},
    "credential": {"type": "demo.key", "hosts": ["api.example.com"], "fields": {"token": "…"}},
    "grant": {"http": [{"host": "other.example.com"}]},
    "kv": {"kept": "before"},
    "http": [{
      "request": {"method": "GET", "url": "https://api.example.com/v1", "headers": {…}, "body": …},
      "response": {"status": 200, "headers": {…}, "body": {"score": 7}}
    }],
    "output": {"score": 7}
  }]}

A body is a text or JSON; "error" in place of a response stands for none.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return testPlugin(cmd, args[0], cases) },
	}
	c.Flags().StringVar(&cases, "cases", "", "file of cases instead of the one beside the connector")
	return c
}

// tally counts tests and tells each.
type tally struct {
	out            io.Writer
	passed, failed int
}

func (t *tally) tell(name string, faults []string) error {
	if len(faults) == 0 {
		t.passed++
	} else {
		t.failed++
	}
	return tellExample(t.out, name, faults)
}

func testPlugin(cmd *cobra.Command, path, cases string) error {
	file, err := readPlugin(path)
	if err != nil {
		return invalid(err)
	}
	named, given, err := casesOf(cmd, path, cases)
	if err != nil {
		return err
	}
	w, err := openWorkbench(file, app.Powers{}, false)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	t := &tally{out: cmd.OutOrStdout()}
	for _, con := range w.module.Connectors {
		if err := w.start(cmd, con); err != nil {
			return invalid(err)
		}
		for _, a := range con.Manifest.Actions {
			for _, e := range a.Examples {
				faults, err := w.example(cmd.Context(), con, a.ID, e)
				if err == nil {
					err = t.tell(con.Manifest.ID+"."+a.ID+": "+e.Name, faults)
				}
				if err != nil {
					return err
				}
			}
		}
	}
	for i := range given.Cases {
		c := &given.Cases[i]
		con, action, err := chooseAction(w.module, "", c.Action)
		if err != nil {
			return invalid(fmt.Errorf("%s: case %q: %w", named, c.Name, err))
		}
		faults, err := w.runCase(cmd.Context(), con, action, c)
		if err != nil {
			return fmt.Errorf("%s: case %q: %w", named, c.Name, err)
		}
		if err := t.tell(con.Manifest.ID+"."+action+": "+c.Name, faults); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(t.out, "%d passed, %d failed\n", t.passed, t.failed); err != nil {
		return err
	}
	if t.failed > 0 {
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
	return differences(con, action, e, res), nil
}

// differences says how an answer isn't what an example says, or doesn't fit its schema.
func differences(con *catalog.Connector, action string, e abi.Example, res sandbox.Result) []string {
	faults := e.Differences(res.Output, res.Error)
	if res.Error != nil {
		return faults
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(res.Output))
	if err == nil {
		err = con.Action(action).OutputSchema.Validate(value)
	}
	if err != nil {
		faults = append(faults, "the output doesn't fit its schema: "+plainSchema(err.Error()))
	}
	return faults
}
