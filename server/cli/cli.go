// Package cli is the command line. Results go to standard output, everything
// else to standard error. The exit code says how it ended: 0 done, 1 the work
// failed, 2 bad usage or invalid input, 3 a plan that would change something.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitPlan   = 3
)

// commands make the groups of commands, in the order of the help.
var commands = []func() *cobra.Command{
	serveCommand,
	flowCommand,
	pluginCommand,
	tokenCommand,
	userCommand,
	doctorCommand,
	openAPICommand,
	benchCommand,
	sandboxCommand,
}

// Run runs one command line, without the program's name, and answers the exit
// code.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == sandbox.ChildArg {
		return sandbox.Child() // before anything else is made: it is started often
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: exitUsage, err: fmt.Errorf("%w\nsee drawbridge --help", err)}
	}
	if e.err != nil {
		fmt.Fprintln(stderr, e.err)
	}
	return e.code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "drawbridge",
		Short:         "Visual playbooks for security operations, with every action in a sandbox",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          group,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	for _, command := range commands {
		root.AddCommand(command())
	}
	classify(root)
	return root
}

// exitError is an error with its exit code. Without an error of its own the
// command has said everything already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// invalid marks an error as bad usage or invalid input.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code: exitUsage, err: err}
}

// classify makes every error of a command's own run a failure of the work
// unless it says otherwise. What cobra refuses before a run is bad usage.
func classify(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			err := run(cmd, args)
			var e *exitError
			if err == nil || errors.As(err, &e) {
				return err
			}
			return &exitError{code: exitFailed, err: err}
		}
	}
	for _, sub := range c.Commands() {
		classify(sub)
	}
}

// group is the RunE of a command that only has others below it: without one of
// them named it is bad usage.
func group(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return invalid(fmt.Errorf("unknown command %q for %q\nsee %s --help", args[0], cmd.CommandPath(), cmd.CommandPath()))
	}
	return invalid(fmt.Errorf("%s needs a command: see %s --help", cmd.CommandPath(), cmd.CommandPath()))
}

func sandboxCommand() *cobra.Command {
	return &cobra.Command{
		Use:    sandbox.ChildArg,
		Short:  "Runs connectors for the server, which starts this itself",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return &exitError{code: sandbox.Child()}
		},
	}
}
