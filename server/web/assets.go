package web

import (
	"bytes"
	"context"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/alerts"
	inventory "github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

// Asset is something that the organisation has.
type Asset struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Kind        string            `json:"kind" enum:"host,user,service,bucket"`
	Owner       string            `json:"owner"`
	Identifiers []AssetIdentifier `json:"identifiers" nullable:"false"`
	Criticality int               `json:"criticality" minimum:"1" maximum:"5"`
	Value       float64           `json:"value" doc:"What is lost with it; 0 is not known"`
	Currency    string            `json:"currency"`
	Exposed     bool              `json:"exposed" doc:"It can be reached from the internet"`
	Tags        []string          `json:"tags" nullable:"false"`
	Source      string            `json:"source"`
	Findings    int               `json:"findings" doc:"Open ones"`
	Exploited   int               `json:"exploited" doc:"Open ones that are known to be exploited"`
	UpdatedAt   time.Time         `json:"updatedAt"`
}

// AssetIdentifier is what an asset is recognised by.
type AssetIdentifier struct {
	Type  string `json:"type" enum:"hostname,ip,mac,mail,cloud"`
	Value string `json:"value" maxLength:"2000"`
}

// GivenAsset is an asset as it is given: what is left out stays as it was.
type GivenAsset struct {
	Name        string            `json:"name" maxLength:"300"`
	Kind        string            `json:"kind,omitempty" enum:"host,user,service,bucket," doc:"Empty is host"`
	Owner       *string           `json:"owner,omitempty"`
	Identifiers []AssetIdentifier `json:"identifiers,omitempty" doc:"In the place of those that it has"`
	Criticality *int              `json:"criticality,omitempty"`
	Value       *float64          `json:"value,omitempty"`
	Currency    *string           `json:"currency,omitempty"`
	Exposed     *bool             `json:"exposed,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Source      string            `json:"source,omitempty"`
}

// Finding is a weakness of an asset.
type Finding struct {
	ID        string    `json:"id"`
	Asset     string    `json:"asset" doc:"The asset's id"`
	AssetName string    `json:"assetName"`
	CVE       string    `json:"cve,omitempty"`
	Title     string    `json:"title"`
	Severity  string    `json:"severity" enum:"info,low,medium,high,critical"`
	CVSS      *float64  `json:"cvss,omitempty"`
	EPSS      *float64  `json:"epss,omitempty"`
	Exploited bool      `json:"exploited" doc:"It is known to be"`
	FirstSeen time.Time `json:"firstSeen"`
	LastSeen  time.Time `json:"lastSeen"`
	State     string    `json:"state" enum:"open,fixed,accepted,false_positive"`
	Source    string    `json:"source"`
}

// GivenFinding is a finding as a scanner gives it.
type GivenFinding struct {
	Asset     string    `json:"asset" doc:"The id, name or an identifier of the asset; one that isn't known becomes a host"`
	CVE       string    `json:"cve,omitempty"`
	Title     string    `json:"title,omitempty"`
	Severity  string    `json:"severity,omitempty" doc:"Found out of CVSS where it is left out"`
	CVSS      *float64  `json:"cvss,omitempty"`
	EPSS      *float64  `json:"epss,omitempty"`
	Exploited *bool     `json:"exploited,omitempty"`
	FirstSeen time.Time `json:"firstSeen,omitzero" required:"false"`
	LastSeen  time.Time `json:"lastSeen,omitzero" required:"false"`
	State     string    `json:"state,omitempty"`
	Source    string    `json:"source,omitempty"`
}

// ImportedAssets says what came of a batch.
type ImportedAssets struct {
	Lines     int  `json:"lines" doc:"How many were read"`
	Added     int  `json:"added" doc:"Findings that are new"`
	Changed   int  `json:"changed"`
	NewAssets int  `json:"newAssets" doc:"Assets that findings named and nobody knew"`
	Planned   bool `json:"planned" doc:"Nothing was kept: it was only looked at"`
}

// ExposedAsset is an asset that a case is about, with its open findings.
type ExposedAsset struct {
	Asset    Asset          `json:"asset"`
	Impact   float64        `json:"impact" doc:"The loss to be expected of the most urgent finding"`
	Findings []RatedFinding `json:"findings" nullable:"false" doc:"Those that are exploited first, then by priority"`
}

// RatedFinding is a finding with its priority.
type RatedFinding struct {
	Finding
	Score    float64 `json:"score" minimum:"0" maximum:"100"`
	Priority string  `json:"priority" enum:"P1,P2,P3,P4,P5"`
	Seen     bool    `json:"seen" doc:"Its CVE is among the case's artifacts: it counts as exploited"`
}

type listAssets struct {
	Page
	Kind      string `query:"kind" enum:"host,user,service,bucket,"`
	Q         string `query:"q" maxLength:"300"`
	Exploited bool   `query:"exploited" doc:"Those with open findings that are known to be exploited"`
}

type listFindings struct {
	Page
	Asset     string `query:"asset" maxLength:"300" doc:"Its id, name or an identifier"`
	CVE       string `query:"cve" maxLength:"40"`
	State     string `query:"state" enum:"open,fixed,accepted,false_positive,"`
	Exploited bool   `query:"exploited"`
}

type putAssets struct {
	Body struct {
		Assets []GivenAsset `json:"assets" minItems:"1" maxItems:"5000"`
	}
}

type putFindings struct {
	Body struct {
		Findings []GivenFinding `json:"findings" minItems:"1" maxItems:"5000"`
	}
}

type importAssets struct {
	What    string `query:"what" enum:"assets,findings" required:"true"`
	Plan    bool   `query:"plan" doc:"Only look at it"`
	RawBody []byte `contentType:"text/csv"`
}

const maxAssetFile = 8 << 20

func (s *Server) assetRoutes() {
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/assets", id: "listAssets", summary: "Assets, by name", errors: []int{422}}, s.assetList)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/assets", id: "putAssets", summary: "Make or change assets, by kind and name: all or none", limit: maxAssetFile, errors: []int{422}}, s.putAssets)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/assets/import", id: "importAssets", summary: "Take in a CSV file of assets or findings: all of it or nothing", limit: maxAssetFile, media: "text/csv", errors: []int{422}}, s.importAssets)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/assets/{id}", id: "getAsset", summary: "An asset, by its id, name or an identifier", errors: []int{404}}, s.oneAsset)
	route(s, needs(auth.CaseTemplate), operation{method: "DELETE", path: "/assets/{id}", id: "removeAsset", summary: "Forget an asset with its findings", status: 204, errors: []int{404}}, s.removeAsset)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/findings", id: "listFindings", summary: "Findings of scanners: those that are exploited first, then by severity", errors: []int{404, 422}}, s.findings)
	route(s, needs(auth.CaseWork), operation{method: "POST", path: "/findings", id: "putFindings", summary: "Make or change findings, by asset, source and CVE: all or none", limit: maxAssetFile, errors: []int{422}}, s.putFindings)
	route(s, needs(auth.CaseRead), operation{method: "GET", path: "/cases/{id}/exposure", id: "caseExposure", summary: "The assets that a case and its alerts are about, with open findings: exploited ones first", errors: []int{404}}, s.caseExposure)
}

func assetItem(a *inventory.Asset) Asset {
	out := Asset{
		ID: a.ID, Name: a.Name, Kind: a.Kind, Owner: a.Owner, Identifiers: make([]AssetIdentifier, len(a.Identifiers)), Criticality: a.Criticality, Value: a.Value, Currency: a.Currency, Exposed: a.Exposed, Tags: given(a.Tags),
		Source: a.Source, Findings: a.Findings, Exploited: a.Exploited, UpdatedAt: a.Updated,
	}
	for i, id := range a.Identifiers {
		out.Identifiers[i] = AssetIdentifier(id)
	}
	return out
}

func findingItem(f *inventory.Finding) Finding {
	known := func(n float64) *float64 {
		if n < 0 {
			return nil
		}
		return &n
	}
	return Finding{f.ID, f.Asset, f.AssetName, f.CVE, f.Title, f.Severity, known(f.CVSS), known(f.EPSS), f.Exploited, f.First, f.Last, f.State, f.Source}
}

func (s *Server) assetList(ctx context.Context, in *listAssets) (*body[List[Asset]], error) {
	found, next, err := s.Assets.Assets(ctx, inventory.Query{Kind: in.Kind, Text: in.Q, Exploited: in.Exploited, Cursor: in.Cursor, Limit: in.Limit})
	return answer(List[Asset]{Items: assetItems(found), Next: next}), err
}

func assetItems(found []inventory.Asset) []Asset {
	list := make([]Asset, len(found))
	for i := range found {
		list[i] = assetItem(&found[i])
	}
	return list
}

func (s *Server) putAssets(ctx context.Context, in *putAssets) (*body[List[Asset]], error) {
	changes := make([]inventory.Change, len(in.Body.Assets))
	for i, g := range in.Body.Assets {
		changes[i] = inventory.Change{Name: g.Name, Kind: g.Kind, Owner: g.Owner, Criticality: g.Criticality, Value: g.Value, Currency: g.Currency, Exposed: g.Exposed, Tags: g.Tags, Source: g.Source}
		for _, id := range g.Identifiers {
			changes[i].Identifiers = append(changes[i].Identifiers, inventory.Identifier(id))
		}
	}
	put, err := s.Assets.Put(ctx, changes)
	return answer(List[Asset]{Items: assetItems(put)}), err
}

func (s *Server) oneAsset(ctx context.Context, in *ByID) (*body[Asset], error) {
	a, err := s.Assets.Asset(ctx, in.ID)
	return answer(assetItem(&a)), err
}

func (s *Server) removeAsset(ctx context.Context, in *ByID) (*struct{}, error) {
	a, err := s.Assets.Asset(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, s.Assets.RemoveAsset(ctx, a.ID)
}

func (s *Server) findings(ctx context.Context, in *listFindings) (*body[List[Finding]], error) {
	q := inventory.FindingQuery{CVE: in.CVE, State: in.State, Exploited: in.Exploited, Cursor: in.Cursor, Limit: in.Limit}
	if in.Asset != "" {
		a, err := s.Assets.Asset(ctx, in.Asset)
		if err != nil {
			return nil, err
		}
		q.Assets = []string{a.ID}
	}
	found, next, err := s.Assets.Findings(ctx, q)
	list := List[Finding]{Items: make([]Finding, len(found)), Next: next}
	for i := range found {
		list.Items[i] = findingItem(&found[i])
	}
	return answer(list), err
}

func (s *Server) putFindings(ctx context.Context, in *putFindings) (*body[ImportedAssets], error) {
	reports := make([]inventory.Report, len(in.Body.Findings))
	for i, g := range in.Body.Findings {
		reports[i] = inventory.Report{Asset: g.Asset, CVE: g.CVE, Title: g.Title, Severity: g.Severity, CVSS: g.CVSS, EPSS: g.EPSS, Exploited: g.Exploited, First: g.FirstSeen, Last: g.LastSeen, State: g.State, Source: g.Source}
	}
	return s.reported(ctx, reports)
}

func (s *Server) reported(ctx context.Context, reports []inventory.Report) (*body[ImportedAssets], error) {
	put, err := s.Assets.Report(ctx, reports)
	return answer(ImportedAssets{Lines: len(reports), Added: put.Added, Changed: put.Changed, NewAssets: put.NewAssets}), err
}

func (s *Server) importAssets(ctx context.Context, in *importAssets) (*body[ImportedAssets], error) {
	if in.What == "findings" {
		reports, err := inventory.ReadFindings(bytes.NewReader(in.RawBody))
		if err != nil || in.Plan {
			return answer(ImportedAssets{Lines: len(reports), Planned: true}), err
		}
		return s.reported(ctx, reports)
	}
	changes, err := inventory.ReadAssets(bytes.NewReader(in.RawBody))
	if err != nil || in.Plan {
		return answer(ImportedAssets{Lines: len(changes), Planned: true}), err
	}
	put, err := s.Assets.Put(ctx, changes)
	return answer(ImportedAssets{Lines: len(changes), Changed: len(put)}), err
}

func (s *Server) caseExposure(ctx context.Context, in *ByID) (*body[List[ExposedAsset]], error) {
	const most = 200
	c, err := s.Cases.Case(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := s.Cases.Artifacts(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	of, _, err := s.Alerts.Alerts(ctx, alerts.Query{Case: c.ID, Limit: most})
	if err != nil {
		return nil, err
	}
	for i := range of {
		var more []cases.Artifact
		if more, err = s.Alerts.AlertObservables(ctx, of[i].ID); err != nil {
			return nil, err
		}
		seen = append(seen, more...)
	}
	found, err := s.Assets.Exposure(ctx, seen)
	list := List[ExposedAsset]{Items: make([]ExposedAsset, len(found))}
	for i := range found {
		e := &found[i]
		list.Items[i] = ExposedAsset{Asset: assetItem(&e.Asset), Impact: e.Impact, Findings: make([]RatedFinding, len(e.Findings))}
		for j := range e.Findings {
			f := &e.Findings[j]
			list.Items[i].Findings[j] = RatedFinding{findingItem(&f.Finding), f.Score, f.Priority, f.Seen}
		}
	}
	return answer(list), err
}
