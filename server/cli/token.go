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
	var at app.Location
	var name, role string
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
			if _, err := os.Stat(at.Data); at.Database == "" && errors.Is(err, fs.ErrNotExist) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "There was no data folder %s: it was made, and holds this token for the server that is started there.\n", at.Data)
			}
			token, err := app.CreateToken(cmd.Context(), at, name, r)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), token)
			return err
		},
	}
	locationFlags(c, &at)
	c.Flags().StringVar(&name, "name", "", "what the token is for")
	c.Flags().StringVar(&role, "role", "", "viewer, analyst, responder, author or admin")
	for _, needed := range []string{"name", "role"} {
		if err := c.MarkFlagRequired(needed); err != nil {
			panic(err) // the flags are named above
		}
	}
	return c
}
