package app

import (
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// grants says what connectors may do here.
type grants struct{ catalog *catalog.Catalog }

// Grant implements [egress.Grants].
func (g grants) Grant(connector, version, digest string) catalog.Grant {
	con, err := g.catalog.Connector(connector, version)
	if err != nil || con.Module.Digest != digest || !con.Module.Bundled {
		return catalog.Grant{}
	}
	return catalog.Asked(con.Manifest.Capabilities)
}
