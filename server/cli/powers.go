package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/drawbridge-soar/drawbridge/server/app"
)

// powerFlags say what a run without a server may do outside.
type powerFlags struct{ grants, credentials, ca string }

func (f *powerFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.grants, "grants", "", `file with what connectors may do besides what the bundled ones ask for, by their ids: {"http": {"http": [{"host": "api.example.com"}, {"scheme": "http", "host": "10.1.2.3", "port": 8080, "methods": ["GET"], "pathPrefix": "/v1"}], "net": [{"host": "ldap.example.com", "port": 636, "tls": true}], "kv": true, "networks": [{"cidr": "10.0.0.0/8", "ports": [443]}]}}. A host is granted with https and port 443 unless scheme and port say otherwise; private addresses need a network as well`)
	c.Flags().StringVar(&f.credentials, "credentials", "", `file with credentials by alias: {"scanner": {"type": "http.bearer", "hosts": ["api.example.com"], "fields": {"token": "…"}}}`)
	c.Flags().StringVar(&f.ca, "ca", "", "file of certificates (PEM) that requests believe besides the system's")
}

func (f *powerFlags) read(cmd *cobra.Command) (app.Powers, error) {
	p := app.Powers{CA: f.ca}
	if err := readStrict(cmd, f.grants, &p.Grants); err != nil {
		return p, err
	}
	return p, readStrict(cmd, f.credentials, &p.Credentials)
}

// readStrict reads a file of JSON whose every field is known; "" is none.
func readStrict(cmd *cobra.Command, name string, into any) error {
	if name == "" {
		return nil
	}
	data, err := readAtMost(cmd, name, 1<<20)
	if err != nil {
		return invalid(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalid(fmt.Errorf("%s: %w", name, err))
	}
	return nil
}
