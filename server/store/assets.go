package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/assets"
	"github.com/drawbridge-soar/drawbridge/server/cases"
)

type assetRow struct {
	ID          string `gorm:"primaryKey"`
	Kind        string
	Name        string
	NameKey     string
	Owner       string
	Criticality int
	Content     string
	Search      string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	UpdatedAt   int64 `gorm:"autoUpdateTime:false"`
	Open        int   `gorm:"->"`
	Exploited   int   `gorm:"->"`
}

// TableName implements GORM's Tabler.
func (assetRow) TableName() string { return "assets" }

type assetIdentifierRow struct {
	AssetID string `gorm:"primaryKey"`
	Key     string `gorm:"primaryKey"`
}

// TableName implements GORM's Tabler.
func (assetIdentifierRow) TableName() string { return "asset_identifiers" }

// assetContent is what of an asset no list picks or orders by.
type assetContent struct {
	Identifiers []assets.Identifier
	Value       float64
	Currency    string
	Exposed     bool
	Tags        []string
	Source      string
}

func nameKey(name string) string { return strings.ToLower(name) }

func (s *Store) assetRowOf(a *assets.Asset) (assetRow, error) {
	content, err := json.Marshal(assetContent{a.Identifiers, a.Value, a.Currency, a.Exposed, a.Tags, a.Source})
	found := []string{a.Name, a.Owner}
	for _, i := range a.Identifiers {
		found = append(found, i.Value)
	}
	return assetRow{
		ID: a.ID, Kind: a.Kind, Name: a.Name, NameKey: nameKey(a.Name), Owner: s.dialect.escape(a.Owner), Criticality: a.Criticality, Content: s.dialect.escape(string(content)),
		Search: s.dialect.escape(strings.ToLower(strings.Join(append(found, a.Tags...), "\n"))), CreatedAt: micro(a.Created), UpdatedAt: micro(a.Updated),
	}, err
}

func (s *Store) assetOf(r *assetRow) (assets.Asset, error) {
	var c assetContent
	err := json.Unmarshal([]byte(s.dialect.unescape(r.Content)), &c)
	return assets.Asset{
		ID: r.ID, Name: r.Name, Kind: r.Kind, Owner: s.dialect.unescape(r.Owner), Identifiers: c.Identifiers, Criticality: r.Criticality, Value: c.Value, Currency: c.Currency, Exposed: c.Exposed,
		Tags: c.Tags, Source: c.Source, Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), Findings: r.Open, Exploited: r.Exploited,
	}, err
}

// assetsFrom reads assets, each with how many findings are open.
func assetsFrom(tx *gorm.DB) *gorm.DB {
	return tx.Model(&assetRow{}).Select(`assets.*, (SELECT count(*) FROM asset_findings WHERE asset_id = assets.id AND state = 'open') AS open,
		(SELECT count(*) FROM asset_findings WHERE asset_id = assets.id AND state = 'open' AND exploited = 1) AS exploited`)
}

func (s *Store) takeAssets(query *gorm.DB) ([]assets.Asset, error) {
	var rows []assetRow
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]assets.Asset, len(rows))
	for i := range rows {
		var err error
		if list[i], err = s.assetOf(&rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PutAssets implements [assets.Store].
func (s *Store) PutAssets(ctx context.Context, list []assets.Change, at time.Time) (put []assets.Asset, err error) {
	change := Change{Action: "asset.put", Object: "asset", Detail: map[string]any{"count": len(list)}}
	err = s.change(ctx, change, func(tx *gorm.DB) error {
		put = make([]assets.Asset, len(list))
		for i := range list {
			if put[i], err = s.putAsset(tx, &list[i], at); err != nil {
				return err
			}
		}
		return nil
	})
	return put, err
}

func (s *Store) putAsset(tx *gorm.DB, c *assets.Change, at time.Time) (assets.Asset, error) {
	found, err := s.takeAssets(assetsFrom(tx).Where("name_key = ? AND kind = ?", nameKey(c.Name), c.Kind))
	if err != nil {
		return assets.Asset{}, err
	}
	var a assets.Asset
	if len(found) > 0 {
		a = found[0]
	} else {
		id, err := uuid.NewV7()
		if err != nil {
			return a, err
		}
		a = assets.NewAsset(id.String(), at)
	}
	c.Apply(&a, at)
	if err := learntOfAssets(tx, append(found, a)...); err != nil { // by what it was known by, too
		return a, err
	}
	row, err := s.assetRowOf(&a)
	if err != nil {
		return a, err
	}
	if len(found) > 0 {
		err = tx.Model(&assetRow{}).Where("id = ?", a.ID).Select("*").Omit("id", "created_at").Updates(&row).Error
	} else {
		err = tx.Create(&row).Error
	}
	if err != nil {
		return a, err
	}
	if err := tx.Where("asset_id = ?", a.ID).Delete(&assetIdentifierRow{}).Error; err != nil {
		return a, err
	}
	keys := map[string]bool{}
	var rows []assetIdentifierRow
	for _, i := range a.KnownBy() {
		if key := cases.Key(i.Type, i.Value); !keys[key] {
			keys[key] = true
			rows = append(rows, assetIdentifierRow{a.ID, key})
		}
	}
	if len(rows) == 0 {
		return a, nil
	}
	return a, tx.CreateInBatches(&rows, wordsAWrite).Error
}

// Asset implements [assets.Store].
func (s *Store) Asset(ctx context.Context, ref string) (assets.Asset, error) {
	return s.oneAsset(s.read.WithContext(ctx), ref)
}

// oneAsset finds an asset by its id, its name or an identifier.
func (s *Store) oneAsset(tx *gorm.DB, ref string) (assets.Asset, error) {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.ContainsRune(ref, 0) { // which PostgreSQL takes in no text
		return assets.Asset{}, assets.ErrNotFound
	}
	var keys []string
	for _, kind := range assets.Identifiers {
		keys = append(keys, cases.Key(kind, ref), cases.Key(kind, strings.ToLower(ref)))
	}
	for _, query := range []*gorm.DB{
		assetsFrom(tx).Where("id = ?", ref),
		assetsFrom(tx).Where("name_key = ?", nameKey(ref)).Order("kind"),
		assetsFrom(tx).Where("id IN (SELECT asset_id FROM asset_identifiers WHERE key IN ?)", keys).Order("id"),
	} {
		found, err := s.takeAssets(query.Limit(1))
		if err != nil || len(found) > 0 {
			return append(found, assets.Asset{})[0], err
		}
	}
	return assets.Asset{}, assets.ErrNotFound
}

// Assets implements [assets.Store].
func (s *Store) Assets(ctx context.Context, q assets.Query) (list []assets.Asset, next string, err error) {
	query := assetsFrom(s.read.WithContext(ctx)).Order("name_key, kind").Limit(q.Limit + 1)
	if q.Kind != "" {
		query = query.Where("kind = ?", q.Kind)
	}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		query = query.Where(fmt.Sprintf(s.dialect.contains, "search", "?"), s.dialect.escape(word))
	}
	if q.Exploited {
		query = query.Where("id IN (SELECT asset_id FROM asset_findings WHERE state = 'open' AND exploited = 1)")
	}
	if q.Cursor != "" {
		data, err := base64.RawURLEncoding.DecodeString(q.Cursor)
		kind, name, ok := strings.Cut(string(data), "/")
		if err != nil || !ok || strings.ContainsRune(name, 0) {
			return nil, "", &cases.FieldError{Field: "cursor", Message: "this is no place in the list", Fix: "take the next of the page before"}
		}
		query = query.Where("(name_key, kind) > (?, ?)", name, kind)
	}
	if list, err = s.takeAssets(query); err != nil || len(list) <= q.Limit {
		return list, "", err
	}
	list = list[:q.Limit]
	last := &list[q.Limit-1]
	return list, base64.RawURLEncoding.EncodeToString([]byte(last.Kind + "/" + nameKey(last.Name))), nil
}

// AssetsKnownBy implements [assets.Store].
func (s *Store) AssetsKnownBy(ctx context.Context, list []assets.Identifier) ([]assets.Asset, error) {
	const most = 200
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = cases.Key(list[i].Type, list[i].Value)
	}
	return s.takeAssets(assetsFrom(s.read.WithContext(ctx)).Where("id IN (SELECT asset_id FROM asset_identifiers WHERE key IN ?)", keys).Order("criticality DESC, id").Limit(most))
}

// Identifies implements [assets.Store].
func (s *Store) Identifies(ctx context.Context, list []assets.Identifier) ([]assets.Identifier, error) {
	const atOnce = 500 // variables of a statement
	of := map[string]assets.Identifier{}
	for _, i := range list {
		of[cases.Key(i.Type, i.Value)] = i
	}
	var known []assets.Identifier
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(of)), atOnce) {
		var found []string
		if err := s.read.WithContext(ctx).Model(&assetIdentifierRow{}).Distinct("key").Where("key IN ?", keys).Pluck("key", &found).Error; err != nil {
			return nil, err
		}
		for _, key := range found {
			known = append(known, of[key])
		}
	}
	return known, nil
}

// RemoveAsset implements [assets.Store].
func (s *Store) RemoveAsset(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "asset.remove", Object: "asset", ObjectID: id}, func(tx *gorm.DB) error {
		there, err := s.oneAsset(tx, id)
		if err == nil {
			err = learntOfAssets(tx, there)
		}
		if err != nil {
			return err
		}
		for _, row := range []any{&assetFindingRow{}, &assetIdentifierRow{}} {
			if err := tx.Where("asset_id = ?", id).Delete(row).Error; err != nil {
				return err
			}
		}
		gone := tx.Where("id = ?", id).Delete(&assetRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return assets.ErrNotFound
		}
		return gone.Error
	})
}

// errIsNoAsset says whether an asset is not known.
func errIsNoAsset(err error) bool { return errors.Is(err, assets.ErrNotFound) }
