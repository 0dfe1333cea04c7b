package cli

import (
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/web"
)

func pluginInstallCommand() *cobra.Command {
	var server string
	var consent bool
	c := &cobra.Command{
		Use:   "install FILE.wasm",
		Short: "Install a connector into a server",
		Long: `Install a connector file into a server and print what it asks for. It runs once
an admin has consented: on the page Connectors, or here with --consent. Without
consent the exit code is 3 where it is still wanted.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return installPlugin(cmd, args[0], server, consent) },
	}
	serverFlag(c, &server)
	c.Flags().BoolVar(&consent, "consent", false, "consent to everything that the connector asks for")
	return c
}

func installPlugin(cmd *cobra.Command, path, server string, consent bool) error {
	file, err := readPlugin(path)
	if err != nil {
		return invalid(err)
	}
	if err := explainRefusals(path, file); err != nil {
		return err
	}
	c, err := newClient(server)
	if err != nil {
		return err
	}
	var installed web.Installed
	if err := c.upload(cmd.Context(), "/connectors?name="+url.QueryEscape(filepath.Base(path)), "application/wasm", file, &installed); err != nil {
		return err
	}
	wanted := false
	for _, v := range installed.Connectors {
		if consent && !v.Powers.Consented {
			body := map[string]any{"consent": true, "grant": v.Powers.Grant}
			if err := c.ask(cmd.Context(), "PUT", "/connectors/"+v.ID+"/versions/"+v.Version+"/grants", body, &v.Powers); err != nil {
				return err
			}
		}
		wanted = wanted || !v.Powers.Consented
		if err := reportPowers(cmd, v); err != nil {
			return err
		}
	}
	if wanted {
		return &exitError{code: exitPlan}
	}
	return nil
}

func reportPowers(cmd *cobra.Command, v web.InstalledVersion) error {
	state := "installed, and consented to"
	list := v.Powers.Asked
	if !v.Powers.Consented {
		state, list = "installed; consent is wanted for:", v.Powers.Fresh
		if len(list) == 0 {
			state = "installed; it asks for nothing, but runs only once an admin has consented: give --consent"
		}
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s %s\n", v.ID, v.Version, state); err != nil {
		return err
	}
	for _, w := range list {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), "  "+wantText(w)); err != nil {
			return err
		}
	}
	return nil
}

func wantText(w catalog.Want) string {
	text := w.Sentence
	if w.Reason != "" {
		text += " (" + w.Reason + ")"
	}
	if w.Risk == "high" {
		text += " [high risk]"
	}
	return text
}
