package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// Installed is a connector file that an admin installed.
type Installed struct {
	Digest string
	Name   string // of the file
	Size   int64
	At     time.Time
	By     string
}

type connectorRow struct {
	Digest      string `gorm:"primaryKey"`
	Name        string
	Size        int64
	InstalledAt int64
	InstalledBy string
}

// TableName implements GORM's Tabler.
func (connectorRow) TableName() string { return "connectors" }

type grantRow struct {
	Connector string `gorm:"primaryKey"`
	Digest    string `gorm:"primaryKey"`
	Asked     string
	Refused   bool
	Extra     string
	At        int64
	GrantedBy string
	Revision  int64
}

// TableName implements GORM's Tabler.
func (grantRow) TableName() string { return "connector_grants" }

type kvRow struct {
	Connector string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Value     string
	Size      int64
}

// TableName implements GORM's Tabler.
func (kvRow) TableName() string { return "connector_kv" }

type bytesRow struct {
	Connector string `gorm:"primaryKey"`
	Version   string `gorm:"primaryKey"`
	Digest    string
}

// TableName implements GORM's Tabler.
func (bytesRow) TableName() string { return "connector_versions" }

// OtherBytesError says that a version of a connector was installed with other bytes.
type OtherBytesError struct{ Connector, Version, Digest string }

// Error implements the error interface.
func (e *OtherBytesError) Error() string {
	return fmt.Sprintf("connector %s %s was installed here with other bytes (digest %s): raise its version", e.Connector, e.Version, e.Digest[:12])
}

// InstallConnector keeps a connector's file, with the versions that it carries.
// The same file again is no error; other bytes for a version are an
// [*OtherBytesError], also after it was removed.
func (s *Store) InstallConnector(ctx context.Context, i Installed, versions map[string]string, file []byte) error {
	id, err := s.blobs.Put(ctx, file)
	if err != nil {
		return err
	}
	if id != i.Digest {
		return fmt.Errorf("the file's digest is %s, not %s", id, i.Digest)
	}
	row := connectorRow{i.Digest, i.Name, i.Size, micro(i.At), i.By}
	return s.change(ctx, Change{Action: "connector.install", Object: "connector", ObjectID: i.Digest, Detail: map[string]any{"name": i.Name, "size": i.Size}},
		func(tx *gorm.DB) error {
			for connector, version := range versions {
				if err := keepVersion(tx, bytesRow{connector, version, i.Digest}); err != nil {
					return err
				}
			}
			return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error
		})
}

func keepVersion(tx *gorm.DB, v bytesRow) error {
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&v).Error; err != nil {
		return err
	}
	var kept bytesRow
	if err := tx.Take(&kept, "connector = ? AND version = ?", v.Connector, v.Version).Error; err != nil {
		return err
	}
	if kept.Digest != v.Digest {
		return &OtherBytesError{v.Connector, v.Version, kept.Digest}
	}
	return nil
}

// InstalledConnectors lists the connectors that were installed, oldest first.
func (s *Store) InstalledConnectors(ctx context.Context) ([]Installed, error) {
	var rows []connectorRow
	if err := s.read.WithContext(ctx).Order("installed_at, digest").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Installed, len(rows))
	for i, r := range rows {
		list[i] = Installed{r.Digest, r.Name, r.Size, fromMicro(r.InstalledAt), r.InstalledBy}
	}
	return list, nil
}

// ConnectorFile reads an installed connector's file.
func (s *Store) ConnectorFile(ctx context.Context, digest string) ([]byte, error) {
	return s.blobs.Read(ctx, digest, catalog.MaxFile)
}

// RemoveConnector forgets an installed connector, with the consent to it. Of the
// connectors that are gone with it, what they were granted and what they kept goes
// too. The file stays among the blobs, because runs of before name it.
func (s *Store) RemoveConnector(ctx context.Context, digest string, gone ...string) error {
	return s.change(ctx, Change{Action: "connector.remove", Object: "connector", ObjectID: digest}, func(tx *gorm.DB) error {
		result := tx.Delete(&connectorRow{}, "digest = ?", digest)
		return errors.Join(result.Error,
			tx.Delete(&grantRow{}, "digest = ? OR connector IN ?", digest, gone).Error,
			tx.Delete(&kvRow{}, "connector IN ?", gone).Error)
	})
}

// Grants implements [catalog.GrantStore].
func (s *Store) Grants(ctx context.Context) ([]catalog.GrantRecord, error) {
	var rows []grantRow
	if err := s.read.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]catalog.GrantRecord, len(rows))
	for i, r := range rows {
		list[i] = catalog.GrantRecord{Connector: r.Connector, Digest: r.Digest, Refused: r.Refused, At: fromMicro(r.At), By: r.GrantedBy, Revision: r.Revision}
		if err := errors.Join(json.Unmarshal([]byte(r.Asked), &list[i].Asked), json.Unmarshal([]byte(r.Extra), &list[i].Extra)); err != nil {
			return nil, fmt.Errorf("grant of %s: %w", r.Connector, err)
		}
	}
	return list, nil
}

// SaveGrants implements [catalog.GrantStore].
func (s *Store) SaveGrants(ctx context.Context, records ...catalog.GrantRecord) error {
	rows := make([]grantRow, len(records))
	detail := map[string]any{}
	change := Change{Action: "connector.grant", Object: "connector", Detail: detail}
	for i, r := range records {
		asked, err := json.Marshal(r.Asked)
		if err != nil {
			return err
		}
		extra, err := json.Marshal(r.Extra)
		if err != nil {
			return err
		}
		rows[i] = grantRow{r.Connector, r.Digest, string(asked), r.Refused, string(extra), micro(r.At), r.By, r.Revision}
		change.ObjectID = r.Connector
		switch {
		case r.Digest == "":
			detail["grant"] = r.Extra
			continue
		case r.Refused:
			change.Action = "connector.refuse"
		default:
			change.Action = "connector.consent"
		}
		detail["digest"], detail["asked"] = r.Digest, r.Asked
	}
	return s.change(ctx, change, func(tx *gorm.DB) error {
		for _, row := range rows {
			if err := nextRevision(tx, row); err != nil {
				return err
			}
		}
		return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error
	})
}

// nextRevision refuses a decision that wasn't made from the newest one.
func nextRevision(tx *gorm.DB, row grantRow) error {
	if row.Digest != "" {
		return nil
	}
	var kept []int64
	if err := tx.Model(&grantRow{}).Where("connector = ? AND digest = ''", row.Connector).Pluck("revision", &kept).Error; err != nil {
		return err
	}
	var current int64
	if len(kept) > 0 {
		current = kept[0]
	}
	if row.Revision != current+1 {
		return &catalog.DecidedError{Base: row.Revision - 1, Current: current}
	}
	return nil
}

// GetKV implements [egress.KV].
func (s *Store) GetKV(ctx context.Context, connector, key string) (string, bool, error) {
	var row kvRow
	err := s.read.WithContext(ctx).Take(&row, "connector = ? AND key = ?", connector, s.dialect.escape(key)).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", false, nil
	}
	return s.dialect.unescape(row.Value), err == nil, err
}

// PutKV implements [egress.KV]. It has no row in the audit log: connectors do it
// at every call, and no person.
func (s *Store) PutKV(ctx context.Context, connector, key string, value *string) error {
	return s.alone(ctx, func(tx *gorm.DB) error { return s.putKV(tx, connector, key, value) })
}

// SwapKV implements [egress.KV].
func (s *Store) SwapKV(ctx context.Context, connector, key string, was, value *string) (did bool, err error) {
	err = s.alone(ctx, func(tx *gorm.DB) error {
		var row kvRow
		err := tx.Take(&row, "connector = ? AND key = ?", connector, s.dialect.escape(key)).Error
		there := err == nil
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		if there != (was != nil) || there && s.dialect.unescape(row.Value) != *was {
			return nil
		}
		did = true
		return s.putKV(tx, connector, key, value)
	})
	return did && err == nil, err
}

func (s *Store) putKV(tx *gorm.DB, connector, key string, value *string) error {
	kept := s.dialect.escape(key)
	if value == nil {
		return tx.Delete(&kvRow{}, "connector = ? AND key = ?", connector, kept).Error
	}
	size := int64(len(key) + len(*value))
	var others int64
	err := tx.Model(&kvRow{}).Where("connector = ? AND key <> ?", connector, kept).Select("COALESCE(SUM(size), 0)").Scan(&others).Error
	if err != nil {
		return err
	}
	if others+size > egress.MaxKVSize {
		return egress.ErrKVFull
	}
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&kvRow{connector, kept, s.dialect.escape(*value), size}).Error
}
