package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

func doctorCommand() *cobra.Command {
	var e app.Examined
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check the machine, the store and the sandbox, and say what is missing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e.NATS = or(e.NATS, natsVariable)
			findings := app.Examine(cmd.Context(), e)
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), findings); err != nil {
					return err
				}
			}
			sick := false
			for _, f := range findings {
				sick = sick || !f.OK
				if !asJSON {
					fmt.Fprintf(cmd.OutOrStdout(), "%-12s %-5s %s\n", f.Name, map[bool]string{true: "ok", false: "wrong"}[f.OK], f.Detail)
				}
			}
			if sick {
				return &exitError{code: exitFailed}
			}
			return nil
		},
	}
	locationFlags(c, &e.Location)
	c.Flags().StringVar(&e.NATS, "nats", "", "the server's NATS, or "+natsVariable)
	c.Flags().StringVar(&e.Connectors, "connectors", "", "a folder with further connectors (.wasm)")
	c.Flags().BoolVar(&asJSON, "json", false, "print what was found as JSON")
	return c
}
