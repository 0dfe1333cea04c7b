package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/openapi"
)

func pluginOpenAPICommand() *cobra.Command {
	var out, overlay string
	var asJSON bool
	c := &cobra.Command{
		Use:   "from-openapi FILE",
		Short: "Make a connector of an OpenAPI document",
		Long: `Make a connector of an OpenAPI document, 3.0 or 3.1, in JSON or YAML, and leave it as
DIR/ID.wasm. Operations become actions, servers become hosts that are asked for, and
security schemes become credentials. What is left out, and what was guessed, is said
on standard error with its line.

An overlay is a file that renames, hides and corrects; the section "Connectors of
OpenAPI documents" of the README has an example.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return fromOpenAPI(cmd, args[0], out, overlay, asJSON)
		},
	}
	c.Flags().StringVar(&out, "out", ".", "folder to write into")
	c.Flags().StringVar(&overlay, "overlay", "", "file that renames, hides and corrects operations")
	c.Flags().BoolVar(&asJSON, "json", false, "print the report as JSON")
	return c
}

// openAPIReport is what plugin from-openapi --json prints.
type openAPIReport struct {
	File      string `json:"file"`
	Connector string `json:"connector"`
	openapi.Report
}

func fromOpenAPI(cmd *cobra.Command, path, dir, overlay string, asJSON bool) error {
	document, err := readDocument(path)
	if err != nil {
		return invalid(err)
	}
	o := openapi.Options{File: path, OverlayFile: overlay}
	if overlay != "" {
		if o.Overlay, err = readDocument(overlay); err != nil {
			return invalid(err)
		}
	}
	result, err := openapi.Convert(document, o)
	if err != nil {
		return invalid(err)
	}
	reportOpenAPI(cmd.ErrOrStderr(), path, result)
	file, err := result.Build()
	if err != nil {
		return invalid(fmt.Errorf("%s: %w", path, err))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // a connector is no secret
		return err
	}
	name := filepath.Join(dir, result.Manifest.ID+".wasm")
	if err := os.WriteFile(name, file, 0o644); err != nil { //nolint:gosec // a connector is no secret
		return err
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), openAPIReport{name, result.Manifest.ID, result.Report})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s)\n", name, bytesText(len(file)))
	return err
}

// readDocument reads a file of at most [openapi.MaxDocument] bytes.
func readDocument(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return io.ReadAll(io.LimitReader(f, openapi.MaxDocument+1))
}

// reportOpenAPI says what became of a document.
func reportOpenAPI(out io.Writer, file string, r *openapi.Result) {
	for _, n := range r.Report.Notes {
		fmt.Fprintln(out, noteText(file, "note: ", n))
	}
	for _, n := range r.Report.LeftOut {
		fmt.Fprintln(out, noteText(file, "left out: ", n))
	}
	fmt.Fprintf(out, "%s: %d of %d operations became actions, %d were left out\n", file, r.Report.Converted, r.Report.Operations, len(r.Report.LeftOut))
}

func noteText(file, what string, n openapi.Note) string {
	text := what + n.Message
	if n.Operation != "" {
		text = what + n.Operation + ": " + n.Message
	}
	return (&openapi.Fault{File: file, Place: n.Place, Message: text}).Error()
}
