package app

import (
	"context"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/engine"
)

// actOnAssets does what a step asks of assets.
func (w workspace) actOnAssets(ctx context.Context, c engine.Call) engine.Result {
	ctx = auth.WithActor(ctx, auth.Actor{ID: c.Flow, Name: c.FlowName, Kind: "flow"})
	return workspaceResult(w.assets.Act(ctx, c.Type, c.Input))
}

// estate tells alerts and cases of assets.
type estate struct{ assets *assets.Service }

// AssetsOf implements [alerts.Estate]. The loss that is to be expected is the asset's value
// times the share that the alert's priority is of 100.
func (e estate) AssetsOf(ctx context.Context, severity string, list []cases.Artifact) ([]alerts.Asset, error) {
	const most = 20
	found, err := e.assets.About(ctx, list)
	if err != nil {
		return nil, err
	}
	found = found[:min(len(found), most)]
	out := make([]alerts.Asset, len(found))
	for i := range found {
		a := &found[i]
		score, _ := assets.Priority(&assets.Risk{Severity: assets.SeverityScore(severity), Confidence: 1, Criticality: a.Criticality, Exposed: a.Exposed, Exploited: a.Exploited > 0})
		out[i] = alerts.Asset{ID: a.ID, Name: a.Name, Kind: a.Kind, Owner: a.Owner, Criticality: a.Criticality, Currency: a.Currency, Findings: a.Findings, Exploited: a.Exploited}
		out[i].Impact, out[i].Band = assets.Impact(a.Value, score/100)
	}
	return out, nil
}

// NamedTypes implements [cases.Estate].
func (e estate) NamedTypes(ctx context.Context, names []string) (map[string]string, error) {
	return e.assets.NamedTypes(ctx, names)
}
