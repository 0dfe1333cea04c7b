package cli

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/transfer"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

type importOptions struct {
	server, existing string
	planOnly, asJSON bool
}

func flowImportCommand() *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Import flow files and bundles into a server, by a plan",
		Long: `Import flow files and bundles into a server. The server makes a plan first; with
--plan it is printed and nothing is done, and the exit code is 3 if something would
change. An existing flow is left as it is unless --existing says theirs or copy.
All of the plan is carried out, or nothing.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return importFlows(cmd, args, o) },
	}
	serverFlag(c, &o.server)
	c.Flags().BoolVar(&o.planOnly, "plan", false, "print the plan and change nothing")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print the plan or the result as JSON")
	c.Flags().StringVar(&o.existing, "existing", transfer.Mine, "what to do with a flow that exists: mine, theirs or copy")
	return c
}

type sentFile struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

func importFlows(cmd *cobra.Command, names []string, o importOptions) error {
	if !slices.Contains([]string{transfer.Mine, transfer.Theirs, transfer.Copy}, o.existing) {
		return invalid(errors.New("--existing is mine, theirs or copy"))
	}
	files := make([]sentFile, len(names))
	for i, name := range names {
		data, err := readAtMost(cmd, name, maxInput)
		if err != nil {
			return invalid(err)
		}
		files[i] = sentFile{name, string(data)}
	}
	c, err := newClient(o.server)
	if err != nil {
		return err
	}
	var plan web.ImportPlan
	if err := c.ask(cmd.Context(), "POST", "/import/plans", map[string]any{"format": transfer.FormatFiles, "files": files}, &plan); err != nil {
		return unwanted(err)
	}
	reportPlan(cmd, &plan)
	if o.planOnly {
		return showPlan(cmd, &plan, o.asJSON)
	}
	if !plan.Applicable {
		return invalid(errors.New("nothing was imported: mend the files"))
	}
	var result web.ImportResult
	if err := c.ask(cmd.Context(), "POST", "/import/plans/"+plan.ID+"/apply", map[string]any{"choices": choose(&plan, o.existing)}, &result); err != nil {
		return unwanted(err)
	}
	if o.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	for _, f := range result.Flows {
		fmt.Fprintf(cmd.OutOrStdout(), "%s %s revision %d\n", f.Result, f.ID, f.Revision)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "undo it with: drawbridge flow rollback %s\n", result.ImportID)
	return nil
}

func flowRollbackCommand() *cobra.Command {
	var server string
	c := &cobra.Command{
		Use:   "rollback ID",
		Short: "Undo an import: flows become what they were before it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(server)
			if err != nil {
				return err
			}
			_, err = c.call(cmd.Context(), "POST", "/import/"+url.PathEscape(args[0])+"/rollback", nil)
			return unwanted(err)
		},
	}
	serverFlag(c, &server)
	return c
}

// unwanted makes what the server refused as invalid bad input here.
func unwanted(err error) error {
	var r *refusal
	if errors.As(err, &r) && (r.Status == 400 || r.Status == 413 || r.Status == 422) {
		return invalid(err)
	}
	return err
}

// choose applies --existing to the flows that exist and differ.
func choose(plan *web.ImportPlan, existing string) map[string]string {
	choices := map[string]string{}
	for _, item := range plan.Items {
		if item.Local != nil && slices.Contains(item.Choices, existing) {
			choices[item.FlowID] = existing
		}
	}
	return choices
}

func reportPlan(cmd *cobra.Command, plan *web.ImportPlan) {
	for _, p := range plan.Problems {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s:%d:%d: %s\n", p.File, p.Line, p.Column, p.Message)
	}
	for _, c := range plan.Missing.Connectors {
		fmt.Fprintf(cmd.ErrOrStderr(), "missing: connector %s %s\n", c.ID, c.Version)
	}
	for _, c := range plan.Missing.Credentials {
		fmt.Fprintf(cmd.ErrOrStderr(), "missing: credential %s of type %s\n", c.Alias, c.Type)
	}
}

func showPlan(cmd *cobra.Command, plan *web.ImportPlan, asJSON bool) error {
	if asJSON {
		if err := printJSON(cmd.OutOrStdout(), plan); err != nil {
			return err
		}
	} else {
		for _, item := range plan.Items {
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s %q, %d changes\n", item.Status, item.FlowID, item.Name, len(item.Changes))
			for _, change := range item.Changes {
				fmt.Fprintf(cmd.OutOrStdout(), "  %s %s %s\n", change.Kind, change.What, change.ID)
			}
		}
	}
	if !plan.Applicable {
		return &exitError{code: exitUsage}
	}
	if slices.ContainsFunc(plan.Items, func(i web.ImportItem) bool { return i.Status != transfer.StatusSame }) {
		return &exitError{code: exitPlan}
	}
	return nil
}

func flowExportCommand() *cobra.Command {
	var server, out string
	c := &cobra.Command{
		Use:   "export [ID...]",
		Short: "Export flows of a server: one as its file, several or all as a bundle",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(server)
			if err != nil {
				return err
			}
			data, err := c.call(cmd.Context(), "GET", "/export?flows="+url.QueryEscape(strings.Join(args, ",")), nil)
			if err != nil {
				return err
			}
			if out == "" || out == "-" {
				_, err = cmd.OutOrStdout().Write(data)
				return err
			}
			return os.WriteFile(out, data, 0o644) //nolint:gosec // a flow file holds no secret
		},
	}
	serverFlag(c, &server)
	c.Flags().StringVar(&out, "out", "", `the file to write; "-" or none is standard output`)
	return c
}
