package store

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type assetFindingRow struct {
	ID        string `gorm:"primaryKey"`
	AssetID   string
	AssetName string `gorm:"->"`
	Key       string
	CVE       string `gorm:"column:cve"`
	Severity  int
	Exploited int
	State     string
	Rank      int64
	Content   string
	FirstAt   int64
	LastAt    int64
}

// TableName implements GORM's Tabler.
func (assetFindingRow) TableName() string { return "asset_findings" }

type findingContent struct {
	Title, Source string
	CVSS, EPSS    float64
}

// rankOf orders findings: those that are exploited, then by severity, CVSS and EPSS.
func rankOf(f *assets.Finding) int64 {
	rank := int64(slices.Index(assets.Severities, f.Severity))*1_000_000 + int64(math.Round(max(f.CVSS, 0)*10))*1_000 + int64(max(f.EPSS, 0)*999)
	if f.Exploited {
		rank += 100_000_000
	}
	return rank
}

func (s *Store) findingRowOf(f *assets.Finding, key string) (assetFindingRow, error) {
	content, err := json.Marshal(findingContent{f.Title, f.Source, f.CVSS, f.EPSS})
	row := assetFindingRow{
		ID: f.ID, AssetID: f.Asset, Key: cases.Key("finding", key), CVE: f.CVE, Severity: slices.Index(assets.Severities, f.Severity), State: f.State, Rank: rankOf(f), Content: s.dialect.escape(string(content)),
		FirstAt: micro(f.First), LastAt: micro(f.Last),
	}
	if f.Exploited {
		row.Exploited = 1
	}
	return row, err
}

func (s *Store) findingOf(r *assetFindingRow) (assets.Finding, error) {
	var c findingContent
	err := json.Unmarshal([]byte(s.dialect.unescape(r.Content)), &c)
	return assets.Finding{
		ID: r.ID, Asset: r.AssetID, AssetName: r.AssetName, CVE: r.CVE, Title: c.Title, Severity: assets.Severities[r.Severity], CVSS: c.CVSS, EPSS: c.EPSS, Exploited: r.Exploited == 1, First: fromMicro(r.FirstAt),
		Last: fromMicro(r.LastAt), State: r.State, Source: c.Source,
	}, err
}

// PutFindings implements [assets.Store].
func (s *Store) PutFindings(ctx context.Context, list []assets.Report, at time.Time) (put assets.Put, err error) {
	change := Change{Action: "asset.findings", Object: "asset", Detail: map[string]any{"count": len(list)}}
	err = s.change(ctx, change, func(tx *gorm.DB) error {
		put = assets.Put{}
		known, touched := map[string]string{}, map[string]bool{} // an asset's id by what reports call it
		for i := range list {
			r := &list[i]
			id, there := known[r.Asset]
			if !there {
				a, err := s.assetOfReport(tx, r, at, &put)
				if err != nil {
					return err
				}
				id, known[r.Asset] = a.ID, a.ID
				if !touched[id] {
					touched[id] = true
					put.Assets = append(put.Assets, id)
					if err := learntOfAssets(tx, a); err != nil {
						return err
					}
				}
			}
			if err := s.putFinding(tx, id, r, at, &put); err != nil {
				return err
			}
		}
		return nil
	})
	return put, err
}

func (s *Store) assetOfReport(tx *gorm.DB, r *assets.Report, at time.Time, put *assets.Put) (assets.Asset, error) {
	a, err := s.oneAsset(tx, r.Asset)
	if errIsNoAsset(err) {
		put.NewAssets++
		a, err = s.putAsset(tx, &assets.Change{Name: r.Asset, Kind: assets.KindHost, Source: r.Source}, at)
	}
	return a, err
}

func (s *Store) putFinding(tx *gorm.DB, asset string, r *assets.Report, at time.Time, put *assets.Put) error {
	var rows []assetFindingRow
	if err := tx.Where("asset_id = ? AND key = ?", asset, cases.Key("finding", r.Key())).Limit(1).Find(&rows).Error; err != nil {
		return err
	}
	f := assets.Finding{Asset: asset, CVSS: -1, EPSS: -1}
	if len(rows) > 0 {
		var err error
		if f, err = s.findingOf(&rows[0]); err != nil {
			return err
		}
		put.Changed++
	} else {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		f.ID = id.String()
		put.Added++
	}
	r.Apply(&f, at)
	row, err := s.findingRowOf(&f, r.Key())
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return tx.Model(&assetFindingRow{}).Where("id = ?", f.ID).Select("*").Omit("id", "asset_id", "key").Updates(&row).Error
	}
	return tx.Create(&row).Error
}

// Findings implements [assets.Store].
func (s *Store) Findings(ctx context.Context, q assets.FindingQuery) (list []assets.Finding, next string, err error) {
	query := s.read.WithContext(ctx).Model(&assetFindingRow{}).Select("asset_findings.*, (SELECT name FROM assets WHERE assets.id = asset_findings.asset_id) AS asset_name").
		Order("rank DESC, id DESC").Limit(q.Limit + 1)
	if q.Assets != nil {
		query = query.Where("asset_id IN ?", q.Assets)
	}
	if q.CVE != "" {
		query = query.Where("cve = ?", s.dialect.escape(q.CVE))
	}
	if q.State != "" {
		query = query.Where("state = ?", s.dialect.escape(q.State))
	}
	if q.Exploited {
		query = query.Where("exploited = 1")
	}
	if q.Cursor != "" {
		rank, id, err := caseCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		query = query.Where("(rank, id) < (?, ?)", rank, id)
	}
	var rows []assetFindingRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, "", err
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		next = placeOf(rows[q.Limit-1].Rank, rows[q.Limit-1].ID)
	}
	list = make([]assets.Finding, len(rows))
	for i := range rows {
		if list[i], err = s.findingOf(&rows[i]); err != nil {
			return nil, "", err
		}
	}
	return list, next, nil
}
