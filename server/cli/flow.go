package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/check"
	"github.com/drawbridge-soar/drawbridge/server/flow"
)

func flowCommand() *cobra.Command {
	c := &cobra.Command{Use: "flow", Short: "Check, run and compare flow files", RunE: group}
	c.AddCommand(flowLintCommand(), flowFmtCommand(), flowDiffCommand(), flowRunCommand(), flowTestCommand(), flowImportCommand(), flowRollbackCommand(), flowExportCommand())
	return c
}

// source is a flow file that was read.
type source struct {
	name     string
	data     []byte
	document *flow.Document
	problems flow.Problems
}

// readFlow reads a flow file; "-" is standard input. Its problems are those of
// the structure; the error is that of reading it.
func readFlow(cmd *cobra.Command, name string) (*source, error) {
	s := &source{name: name}
	var err error
	if name == "-" {
		s.name = "standard input"
		s.data, err = io.ReadAll(io.LimitReader(cmd.InOrStdin(), flow.MaxBytes+1))
	} else {
		s.data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, invalid(err)
	}
	s.document, s.problems = flow.Decode(s.data)
	return s, nil
}

// report prints problems as file:line:column: message.
func (s *source) report(cmd *cobra.Command) {
	for _, p := range s.problems {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s:%s\n", s.name, place(p))
	}
}

func place(p flow.Problem) string {
	if p.Line == 0 {
		return " " + p.String()
	}
	return p.String()
}

// valid answers the document of a file without errors; it reports the others.
func (s *source) valid(cmd *cobra.Command) (*flow.Document, error) {
	if s.document == nil || s.problems.Failed() {
		s.report(cmd)
		return nil, &exitError{code: exitUsage}
	}
	return s.document, nil
}

func flowLintCommand() *cobra.Command {
	var asJSON bool
	var connectors string
	c := &cobra.Command{
		Use:   "lint FILE|DIR...",
		Short: "Report every problem of flow files with its place",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			types, err := app.OpenCatalog(connectors)
			if err != nil {
				return err
			}
			files, err := flowFiles(args)
			if err != nil {
				return invalid(err)
			}
			return lint(cmd, files, types, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the problems as JSON on standard output")
	c.Flags().StringVar(&connectors, "connectors", "", "a folder with further connectors (.wasm)")
	return c
}

// flowFiles puts the flow files of a folder in its place.
func flowFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if path == "-" || err != nil || !info.IsDir() {
			files = append(files, path) // what isn't there is said when it is read
			continue
		}
		found, err := filepath.Glob(filepath.Join(path, "*.flow.json"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s has no *.flow.json", path)
		}
		files = append(files, found...)
	}
	return files, nil
}

type fileProblem struct {
	File string `json:"file"`
	flow.Problem
}

func lint(cmd *cobra.Command, files []string, types check.Types, asJSON bool) error {
	failed := false
	list := []fileProblem{}
	for _, name := range files {
		s, err := readFlow(cmd, name)
		if err != nil {
			return err
		}
		if s.document != nil {
			s.problems = append(s.problems, check.Document(cmd.Context(), s.document, types)...)
			s.problems.Sort()
			// What says that there are more comes last, where it is seen.
			slices.SortStableFunc(s.problems, func(a, b flow.Problem) int { return cmp.Compare(order(a), order(b)) })
		}
		failed = failed || s.problems.Failed()
		for _, p := range s.problems {
			list = append(list, fileProblem{s.name, p})
		}
		if !asJSON {
			s.report(cmd)
		}
	}
	if asJSON {
		if err := printJSON(cmd.OutOrStdout(), list); err != nil {
			return err
		}
	}
	if failed {
		return &exitError{code: exitUsage}
	}
	return nil
}

func order(p flow.Problem) int {
	if check.Unfinished(p) {
		return 1
	}
	return 0
}

func flowFmtCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fmt FILE...",
		Short: "Rewrite flow files into canonical form",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var errs []error
			for _, name := range args {
				errs = append(errs, format(cmd, name))
			}
			return errors.Join(errs...)
		},
	}
}

// format rewrites a file unless something in it would be lost.
func format(cmd *cobra.Command, name string) error {
	s, err := readFlow(cmd, name)
	if err != nil {
		return err
	}
	if s.document == nil || s.problems.Lossy() {
		s.report(cmd)
		return &exitError{code: exitUsage}
	}
	canonical := flow.Encode(s.document)
	if name == "-" {
		_, err := cmd.OutOrStdout().Write(canonical)
		return err
	}
	if bytes.Equal(canonical, s.data) {
		return nil
	}
	fmt.Fprintln(cmd.ErrOrStderr(), name)
	return os.WriteFile(name, canonical, 0o644) //nolint:gosec // a flow file holds no secret
}

func flowDiffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff A B",
		Short: "Show what differs between two flow files, node by node",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var docs [2]*flow.Document
			for i, name := range args {
				s, err := readFlow(cmd, name)
				if err != nil {
					return err
				}
				if docs[i], err = s.valid(cmd); err != nil {
					return err
				}
			}
			return printDiff(cmd, flow.Diff(docs[0], docs[1]), asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the differences as JSON")
	return c
}

func printDiff(cmd *cobra.Command, changes []flow.Change, asJSON bool) error {
	if asJSON {
		if changes == nil {
			changes = []flow.Change{}
		}
		return printJSON(cmd.OutOrStdout(), changes)
	}
	for _, change := range changes {
		fmt.Fprintln(cmd.OutOrStdout(), change)
	}
	return nil
}
