package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func userCommand() *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "List users, and let one back in who is locked out", RunE: group}
	c.AddCommand(userListCommand(), userResetCommand())
	return c
}

func userListCommand() *cobra.Command {
	var at app.Location
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the users of a data folder",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			users, err := app.Users(cmd.Context(), at)
			if err != nil {
				return err
			}
			if asJSON {
				return printUsersJSON(cmd.OutOrStdout(), users)
			}
			return printUsers(cmd.OutOrStdout(), users)
		},
	}
	locationFlags(c, &at)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printUsers(out io.Writer, users []auth.User) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, err := fmt.Fprintln(w, "NAME\tROLE\tSTATE\tLAST SEEN")
	for i := range users {
		u := &users[i]
		seen := "never"
		if !u.LastSeen.IsZero() {
			seen = u.LastSeen.Format(time.RFC3339)
		}
		_, line := fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", u.Name, u.Role, u.State(), seen)
		err = errors.Join(err, line)
	}
	return errors.Join(err, w.Flush())
}

func printUsersJSON(out io.Writer, users []auth.User) error {
	type line struct {
		ID         string     `json:"id"`
		Name       string     `json:"name"`
		Role       auth.Role  `json:"role"`
		State      auth.State `json:"state"`
		LastSeenAt time.Time  `json:"lastSeenAt,omitzero"`
	}
	lines := make([]line, len(users))
	for i := range users {
		u := &users[i]
		lines[i] = line{u.ID, u.Name, u.Role, u.State(), u.LastSeen}
	}
	return json.NewEncoder(out).Encode(lines)
}

func userResetCommand() *cobra.Command {
	var at app.Location
	var address string
	var enable bool
	c := &cobra.Command{
		Use:   "reset NAME",
		Short: "Print a one-time link by which a user chooses a new password",
		Long: `Print a one-time link by which a user chooses a new password, as the last line. It is
for an admin who is locked out, and needs nobody's password: who may read and write
the data folder is trusted. The user's old password and sessions end at once. It
works beside a running server; API tokens go on working. The link is good for a day.`,
		Example: "  drawbridge user reset admin --data /var/lib/drawbridge --server https://drawbridge.example",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := app.RescueUser(cmd.Context(), at, args[0], enable)
			switch {
			case errors.Is(err, auth.ErrNotFound):
				return fmt.Errorf("there is no user %s in %s: drawbridge user list names them", args[0], at.Data)
			case errors.Is(err, auth.ErrDisabled):
				return fmt.Errorf("%s is disabled: --enable lets them in again", args[0])
			case err != nil:
				return err
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%s (%s) chooses a new password at this address, once, until %s:\n",
				in.User.Name, in.User.Role, in.Expires.Local().Format(time.RFC1123))
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/setup?token=%s\n", strings.TrimSuffix(address, "/"), in.Token)
			return err
		},
	}
	locationFlags(c, &at)
	c.Flags().StringVar(&address, "server", "http://"+app.DefaultListen, "the server's address as a browser reaches it")
	c.Flags().BoolVar(&enable, "enable", false, "also enable a user who is disabled")
	return c
}
