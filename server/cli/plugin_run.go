package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

type runOptions struct {
	input     string
	connector string
	dryRun    bool
	consent   bool
	powers    powerFlags
}

func pluginRunCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run FILE.wasm ACTION",
		Short: "Run one action in the sandbox",
		Long: `Run one action of a connector file in the real sandbox and print {"output"} or
{"error"} as JSON. What the action logs goes to standard error. An action that
answers an error exits with 1. Values that the connector keeps (kv) last as long as the
command.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return runPlugin(cmd, args[0], args[1], o) },
	}
	c.Flags().StringVar(&o.input, "input", "", `file with the action's input as a JSON object, "-" for standard input; without it the input is {}`)
	c.Flags().StringVar(&o.connector, "connector", "", "the connector's id where the file carries several; ID.ACTION does as well")
	o.powers.add(c)
	c.Flags().BoolVar(&o.consent, "consent", false, "let the connector do what its manifest asks for; without it the network is closed but for --grants")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "tell the action to change nothing")
	return c
}

func runPlugin(cmd *cobra.Command, path, action string, o runOptions) error {
	file, err := readPlugin(path)
	if err != nil {
		return invalid(err)
	}
	input := []byte("{}")
	if o.input != "" {
		if input, err = readInput(cmd, o.input); err != nil {
			return err
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(input, &object); err != nil {
		return invalid(fmt.Errorf("%s: the input must be a JSON object: %w", o.input, err))
	}
	powers, err := o.powers.read(cmd)
	if err != nil {
		return err
	}
	if len(powers.Credentials) > 1 {
		return invalid(errors.New("--credentials: one action uses one credential: leave the others out"))
	}
	w, err := openWorkbench(file, powers, o.consent)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	con, action, err := chooseAction(w.module, o.connector, action)
	if err != nil {
		return invalid(err)
	}
	id := uuid.Must(uuid.NewV7()).String()
	res, err := w.Invoke(cmd.Context(), sandbox.Call{
		RunID: id, StepKey: action, Attempt: 1, Key: id, Connector: con.Manifest.ID, Version: con.Manifest.Version,
		Action: action, Input: input, DryRun: o.dryRun, Credential: w.credential,
	})
	if err != nil {
		return err
	}
	return printResult(cmd, res)
}

// chooseAction finds the action by its id, alone or after its connector's.
func chooseAction(m *catalog.Module, connector, action string) (*catalog.Connector, string, error) {
	if first, rest, ok := strings.Cut(action, "."); ok && connector == "" {
		connector, action = first, rest
	}
	var found []*catalog.Connector
	var names []string
	for _, c := range m.Connectors {
		for _, a := range c.Manifest.Actions {
			names = append(names, c.Manifest.ID+"."+a.ID)
		}
		if (connector == "" || c.Manifest.ID == connector) && c.Action(action) != nil {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 1:
		return found[0], action, nil
	case 0:
		return nil, "", fmt.Errorf("the file has no such action: it has %s", strings.Join(names, ", "))
	}
	return nil, "", errors.New("several connectors of the file have that action: name one with --connector")
}

func printResult(cmd *cobra.Command, res sandbox.Result) error {
	for _, l := range res.Logs {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", l.Level, l.Message)
	}
	if err := printJSON(cmd.OutOrStdout(), abi.Answer{Output: res.Output, Error: res.Error}); err != nil {
		return err
	}
	if res.Error != nil {
		return &exitError{code: exitFailed}
	}
	return nil
}
