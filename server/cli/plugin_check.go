package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/sandbox"
)

func pluginCheckCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check FILE.wasm",
		Short: "Validate a connector file and say what it is and may do",
		Long: `Validate a connector file: its manifest, its schemas, what the module imports
and exports, and that it starts in the sandbox. Every fault of the manifest is
named at once.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return checkPlugin(cmd, args[0], asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the manifests as JSON")
	return c
}

func checkPlugin(cmd *cobra.Command, path string, asJSON bool) error {
	file, err := readPlugin(path)
	if err != nil {
		return invalid(err)
	}
	if err := explainRefusals(path, file); err != nil {
		return err
	}
	w, err := openWorkbench(file, app.Powers{}, false)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // temporary files
	for _, con := range w.module.Connectors {
		if err := w.start(cmd, con); err != nil {
			return invalid(err)
		}
	}
	if err := checkScript(cmd.Context(), w.module); err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), checkReport{File: path, Digest: w.module.Digest, Size: w.module.Size, Connectors: manifests(w.module)})
	}
	return describe(cmd.OutOrStdout(), w.module)
}

// explainRefusals says everything that the sandbox has against a module's code, at
// once, before anything of it is compiled.
func explainRefusals(path string, file []byte) error {
	m, err := catalog.ReadModule(func() ([]byte, error) { return file, nil })
	if err != nil {
		return invalid(fmt.Errorf("%s: %w", path, err))
	}
	code, err := m.Code()
	if err != nil {
		return err
	}
	var all []error
	for _, reason := range sandbox.Refusals(code) {
		all = append(all, fmt.Errorf("%s: %s", path, reason))
	}
	if len(all) > 0 {
		return invalid(errors.Join(all...))
	}
	return nil
}

// checkReport is what plugin check --json prints.
type checkReport struct {
	File       string         `json:"file"`
	Digest     string         `json:"digest"`
	Size       int            `json:"size"`
	Connectors []abi.Manifest `json:"connectors"`
}

func manifests(m *catalog.Module) []abi.Manifest {
	var list []abi.Manifest
	for _, c := range m.Connectors {
		list = append(list, c.Manifest)
	}
	return list
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func describe(out io.Writer, m *catalog.Module) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "sound, %s, digest %s\n", bytesText(m.Size), m.Digest)
	for _, c := range m.Connectors {
		f := c.Manifest
		fmt.Fprintf(w, "\n%s %s: %s\n", f.ID, f.Version, f.Description)
		for _, line := range powers(f) {
			fmt.Fprintf(w, "  %s\n", line)
		}
		for _, a := range f.Actions {
			x := c.Action(a.ID)
			fmt.Fprintf(w, "  %s.%s\t%s\tat most %s, %d MiB\t%d examples\t%s\n", f.ID, a.ID, effectText(a), x.Timeout, x.Pages/16, len(a.Examples), a.Name)
		}
	}
	return w.Flush()
}

func effectText(a abi.Action) string {
	if a.Idempotent {
		return string(a.Effect) + ", idempotent"
	}
	return string(a.Effect)
}

// useOf says how a credential goes into requests, and what it signs.
func useOf(c abi.CredentialOf) string {
	var uses []string
	if c.Apply != "none" {
		uses = append(uses, c.Apply)
	}
	if len(c.Login) > 0 {
		uses = append(uses, "by "+strings.Join(c.Login, ", "))
	}
	if len(c.Sign) > 0 {
		uses = append(uses, "signs by "+strings.Join(c.Sign, ", "))
	}
	if len(c.Claims) > 0 {
		uses = append(uses, "says "+strings.Join(c.Claims, ", ")+" in tokens")
	}
	return strings.Join(uses, ", ")
}

// powers says in words what a connector asks for.
func powers(m abi.Manifest) []string {
	var lines []string
	for _, h := range m.Capabilities.HTTP {
		lines = append(lines, fmt.Sprintf("may send %s to https://%s: %s", strings.Join(h.Methods, ", "), h.Host+h.PathPrefix, h.Reason))
	}
	for _, n := range m.Capabilities.Net {
		where := fmt.Sprintf("%s port %d", n.Host, n.Port)
		if n.Host == catalog.AnyHost {
			where = "the hosts and ports that an admin names"
		}
		lines = append(lines, fmt.Sprintf("may connect to %s (TLS: %t): %s", where, n.TLS, n.Reason))
	}
	if m.Capabilities.KV {
		lines = append(lines, "may keep values of its own between calls")
	}
	for _, c := range m.Credentials {
		lines = append(lines, fmt.Sprintf("uses a credential %s (%s)", c.Type, useOf(c)))
	}
	if len(lines) == 0 {
		lines = []string{"reaches nothing outside"}
	}
	return lines
}
