package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

func pluginPackCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "pack FILE",
		Short: "Compress a connector file",
		Long: `Compress the connector file FILE (.wasm) with zstd, as bundled connectors are, and leave
FILE.zst. The server takes either; what plugin build --zstd makes is compressed already.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			if _, err := catalog.ReadManifests(file); err != nil {
				return invalid(fmt.Errorf("%s is no connector file: %w", args[0], err))
			}
			if file, err = compress(file); err != nil {
				return err
			}
			if out == "" {
				out = args[0] + ".zst"
			}
			if err := os.WriteFile(out, file, 0o644); err != nil { //nolint:gosec // a connector is no secret
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s)\n", out, bytesText(len(file)))
			return err
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write instead")
	return c
}
