package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/flow"
	"github.com/drawbridge-soar/drawbridge/server/run"
	"github.com/drawbridge-soar/drawbridge/server/trigger"
)

// maxInput is the largest input of a run in bytes: that of a webhook.
const maxInput = 32 << 20

type flowRunOptions struct {
	input, vars, trigger, connectors, flows string
	dryRun                                  bool
	powers                                  powerFlags
}

func flowRunCommand() *cobra.Command {
	var o flowRunOptions
	c := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a flow here with no server, in a throwaway store",
		Long: `Run a flow here with no server, in a throwaway store, and print its state, output
and steps as JSON. A run that fails exits with 1, a file or an input that can't
be run with 2.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runFlow(cmd, args[0], o) },
	}
	c.Flags().StringVar(&o.input, "input", "", `file with the run's input as JSON, or a mail (.eml), "-" for standard input`)
	c.Flags().StringVar(&o.vars, "vars", "", "file with a JSON object that replaces values of the flow's vars")
	c.Flags().StringVar(&o.trigger, "trigger", "", "id of the trigger node to start from")
	c.Flags().StringVar(&o.connectors, "connectors", "", "a folder with further connectors (.wasm)")
	c.Flags().StringVar(&o.flows, "flows", "", "a folder with flows that core.call may name, besides the bundled library (the file's own folder)")
	o.powers.add(c)
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "don't call actions that change anything outside; their example stands in")
	return c
}

func runFlow(cmd *cobra.Command, name string, o flowRunOptions) error {
	s, err := readFlow(cmd, name)
	if err != nil {
		return err
	}
	d, err := s.valid(cmd)
	if err != nil {
		return err
	}
	if o.flows == "" && name != "-" {
		o.flows = filepath.Dir(name)
	}
	job := app.Job{Document: d, Trigger: o.trigger, DryRun: o.dryRun, Flows: flowsIn(o.flows)}
	if job.Input, err = readValue(cmd, o.input); err != nil {
		return err
	}
	if err := replaceVars(cmd, d, o.vars); err != nil {
		return err
	}
	powers, err := o.powers.read(cmd)
	if err != nil {
		return err
	}
	h, err := app.OpenHeadless(cmd.Context(), o.connectors, powers)
	if err != nil {
		return invalid(err)
	}
	defer closeHeadless(cmd.Context(), h)
	if s.problems = h.Check(cmd.Context(), d); s.problems.Failed() {
		s.report(cmd)
		return &exitError{code: exitUsage}
	}
	state, err := h.Run(cmd.Context(), job)
	var problems flow.Problems
	if errors.As(err, &problems) {
		s.problems = problems
		s.report(cmd)
		return &exitError{code: exitUsage}
	}
	if err != nil {
		return err
	}
	if err := printJSON(cmd.OutOrStdout(), Outcome(state)); err != nil {
		return err
	}
	if state.Status != run.Succeeded {
		return &exitError{code: exitFailed}
	}
	return nil
}

func closeHeadless(ctx context.Context, h *app.Headless) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_ = h.Close(ctx) // its folder is temporary
}

// readValue reads a JSON value from a file; "" is null.
func readValue(cmd *cobra.Command, name string) (any, error) {
	if name == "" {
		return nil, nil
	}
	data, err := readAtMost(cmd, name, maxInput)
	if err != nil {
		return nil, invalid(err)
	}
	if strings.HasSuffix(name, ".eml") {
		return trigger.Mail(data), nil
	}
	v, err := flow.ParseValue(data)
	if err != nil {
		return nil, invalid(fmt.Errorf("%s is not JSON: %w", name, err))
	}
	return v, nil
}

func readAtMost(cmd *cobra.Command, name string, limit int64) ([]byte, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // read only
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d MiB, which is the most a run takes", name, limit>>20)
	}
	return data, err
}

func replaceVars(cmd *cobra.Command, d *flow.Document, name string) error {
	v, err := readValue(cmd, name)
	if err != nil || v == nil {
		return err
	}
	given, ok := v.(map[string]any)
	if !ok {
		return invalid(fmt.Errorf("%s: vars are a JSON object", name))
	}
	if d.Vars == nil {
		d.Vars = map[string]any{}
	}
	for key, value := range given {
		d.Vars[key] = value
	}
	return nil
}

// RunOutcome is what flow run prints of an ended run.
type RunOutcome struct {
	State  run.Status             `json:"state"`
	Output any                    `json:"output"`
	Error  *run.Error             `json:"error,omitempty"`
	Steps  map[string]StepOutcome `json:"steps"`
}

// StepOutcome is one step of a [RunOutcome].
type StepOutcome struct {
	State    run.StepState `json:"state"`
	Output   any           `json:"output"`
	Error    *run.Error    `json:"error"`
	Attempts int           `json:"attempts"`
}

// Outcome tells how a run ended.
func Outcome(s *run.State) RunOutcome {
	out := RunOutcome{State: s.Status, Output: s.Output, Error: s.Error, Steps: map[string]StepOutcome{}}
	for _, step := range s.Steps() {
		out.Steps[step.Key] = StepOutcome{step.State, step.Output, step.Error, step.Attempts}
	}
	return out
}
