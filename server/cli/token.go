package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func tokenCommand() *cobra.Command {
	c := &cobra.Command{Use: "token", Short: "Make API tokens for scripts", RunE: group}
	c.AddCommand(tokenCreateCommand())
	return c
}

func tokenCreateCommand() *cobra.Command {
	var data, name, role string
	c := &cobra.Command{
		Use:   "create",
		Short: "Make an API token and print it as the last line",
		Long: `Make an API token and print it as the last line. It works beside a running server.
The token is shown this once: only its hash is kept.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := auth.ParseRole(role)
			if err != nil {
				return invalid(err)
			}
			// Before the server's first start this is meant; with a folder misspelt it isn't.
			if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "There was no data folder %s: it was made, and holds this token for the server that is started there.\n", data)
			}
			token, err := app.CreateToken(cmd.Context(), data, name, r)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	c.Flags().StringVar(&data, "data", defaultData, "the server's data folder")
	c.Flags().StringVar(&name, "name", "", "what the token is for")
	c.Flags().StringVar(&role, "role", "", "viewer, analyst, responder, author or admin")
	for _, needed := range []string{"name", "role"} {
		if err := c.MarkFlagRequired(needed); err != nil {
			panic(err) // the flags are named above
		}
	}
	return c
}
