package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/drawbridge-soar/drawbridge/server/vault"
)

type credentialRow struct {
	ID        string `gorm:"primaryKey"`
	Name      string
	Type      string
	Hosts     string
	Fields    string
	Version   int64
	CreatedAt int64 `gorm:"autoCreateTime:false"`
	UpdatedAt int64 `gorm:"autoUpdateTime:false"`
	UpdatedBy string
}

// TableName implements GORM's Tabler.
func (credentialRow) TableName() string { return "credentials" }

type secretRow struct {
	CredentialID string `gorm:"primaryKey"`
	Field        string `gorm:"primaryKey"`
	Version      int64
	Sealed       string
}

// TableName implements GORM's Tabler.
func (secretRow) TableName() string { return "credential_secrets" }

type bindingRow struct {
	FlowID       string `gorm:"primaryKey"`
	Alias        string `gorm:"primaryKey"`
	CredentialID string
}

// TableName implements GORM's Tabler.
func (bindingRow) TableName() string { return "credential_bindings" }

func credentialRowOf(c vault.Credential) (credentialRow, error) {
	hosts, err := json.Marshal(c.Hosts)
	if err != nil {
		return credentialRow{}, err
	}
	fields, err := json.Marshal(c.Fields)
	return credentialRow{
		ID: c.ID, Name: c.Name, Type: c.Type, Hosts: string(hosts), Fields: string(fields), Version: c.Version,
		CreatedAt: micro(c.Created), UpdatedAt: micro(c.Updated), UpdatedBy: c.UpdatedBy,
	}, err
}

func (r *credentialRow) credential() (vault.Credential, error) {
	c := vault.Credential{
		ID: r.ID, Name: r.Name, Type: r.Type, Version: r.Version,
		Created: fromMicro(r.CreatedAt), Updated: fromMicro(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
	}
	err := errors.Join(json.Unmarshal([]byte(r.Hosts), &c.Hosts), json.Unmarshal([]byte(r.Fields), &c.Fields))
	if err != nil {
		return c, fmt.Errorf("credential %s: %w", r.ID, err)
	}
	return c, nil
}

func secretRows(id string, secrets []vault.Sealed) []secretRow {
	rows := make([]secretRow, len(secrets))
	for i, s := range secrets {
		rows[i] = secretRow{id, s.Field, s.Version, s.Value}
	}
	return rows
}

// credentialChange is what the audit log says of a credential: no value.
func credentialChange(action string, c vault.Credential, set []string) Change {
	if set == nil {
		set = []string{}
	}
	return Change{Action: "credential." + action, Object: "credential", ObjectID: c.ID, Detail: map[string]any{
		"name": c.Name, "type": c.Type, "hosts": c.Hosts, "secretsSet": set,
	}}
}

// InsertCredential implements [vault.CredentialStore].
func (s *Store) InsertCredential(ctx context.Context, c vault.Credential, secrets []vault.Sealed) error {
	row, err := credentialRowOf(c)
	if err != nil {
		return err
	}
	err = s.change(ctx, credentialChange("create", c, c.Secrets), func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return saveSecrets(tx, c.ID, secrets)
	})
	return credentialError(err)
}

func saveSecrets(tx *gorm.DB, id string, secrets []vault.Sealed) error {
	if len(secrets) == 0 {
		return nil
	}
	rows := secretRows(id, secrets)
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error
}

func credentialError(err error) error {
	switch {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return vault.ErrExists
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, gorm.ErrForeignKeyViolated):
		return vault.ErrNotFound
	}
	return err
}

// UpdateCredential implements [vault.CredentialStore].
func (s *Store) UpdateCredential(ctx context.Context, c vault.Credential, secrets []vault.Sealed, set []string) error {
	row, err := credentialRowOf(c)
	if err != nil {
		return err
	}
	err = s.change(ctx, credentialChange("update", c, set), func(tx *gorm.DB) error {
		result := tx.Model(&credentialRow{}).Where("id = ? AND version = ?", c.ID, c.Version-1).
			Select("name", "hosts", "fields", "version", "updated_at", "updated_by").Updates(&row)
		if result.Error == nil && result.RowsAffected == 0 {
			return vault.ErrChanged
		}
		return errors.Join(result.Error, saveSecrets(tx, c.ID, secrets))
	})
	return credentialError(err)
}

// Credential implements [vault.CredentialStore].
func (s *Store) Credential(ctx context.Context, id string) (vault.Credential, []vault.Sealed, error) {
	var row credentialRow
	var rows []secretRow
	// In one transaction: what is sealed opens with the version of the row alone.
	err := s.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Take(&row, "id = ?", id).Error; err != nil {
			return err
		}
		return tx.Where("credential_id = ?", id).Order("field").Find(&rows).Error
	})
	if err != nil {
		return vault.Credential{}, nil, credentialError(err)
	}
	c, err := row.credential()
	if err != nil {
		return c, nil, err
	}
	sealed := make([]vault.Sealed, len(rows))
	for i, r := range rows {
		sealed[i] = vault.Sealed{Field: r.Field, Version: r.Version, Value: r.Sealed}
		c.Secrets = append(c.Secrets, r.Field)
	}
	return c, sealed, nil
}

// Credentials implements [vault.CredentialStore].
func (s *Store) Credentials(ctx context.Context) ([]vault.Credential, error) {
	var rows []credentialRow
	if err := s.read.WithContext(ctx).Order("name, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var secrets []secretRow
	if err := s.read.WithContext(ctx).Omit("sealed").Order("credential_id, field").Find(&secrets).Error; err != nil {
		return nil, err
	}
	fields := map[string][]string{}
	for _, f := range secrets {
		fields[f.CredentialID] = append(fields[f.CredentialID], f.Field)
	}
	list := make([]vault.Credential, len(rows))
	for i := range rows {
		c, err := rows[i].credential()
		if err != nil {
			return nil, err
		}
		c.Secrets = fields[c.ID]
		list[i] = c
	}
	return list, nil
}

// DeleteCredential implements [vault.CredentialStore].
func (s *Store) DeleteCredential(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "credential.delete", Object: "credential", ObjectID: id}, func(tx *gorm.DB) error {
		var flows []string
		err := tx.Table("flows").Where("id IN (SELECT flow_id FROM credential_bindings WHERE credential_id = ?)", id).Order("name").Pluck("name", &flows).Error
		if err != nil {
			return err
		}
		if len(flows) > 0 {
			return &vault.InUseError{Flows: flows}
		}
		result := tx.Delete(&credentialRow{}, "id = ?", id)
		if result.Error == nil && result.RowsAffected == 0 {
			return vault.ErrNotFound
		}
		return result.Error
	})
}

// Bind implements [vault.CredentialStore].
func (s *Store) Bind(ctx context.Context, flow string, change vault.Rebinding) (now []vault.Binding, err error) {
	rows := make([]bindingRow, len(change.Set))
	for i, b := range change.Set {
		rows[i] = bindingRow{flow, b.Alias, b.Credential}
	}
	noted := Change{Action: "flow.bind", Object: "flow", ObjectID: flow}
	err = s.changeAs(ctx, &noted, func(tx *gorm.DB) error {
		if err := unbind(tx, flow, change); err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error; err != nil {
				return err
			}
		}
		now, err = bindings(tx, flow)
		detail := map[string]string{}
		for _, b := range now {
			detail[b.Alias] = b.Credential
		}
		noted.Detail = detail
		return err
	})
	return now, credentialError(err)
}

func unbind(tx *gorm.DB, flow string, change vault.Rebinding) error {
	if change.All {
		return tx.Delete(&bindingRow{}, "flow_id = ?", flow).Error
	}
	if len(change.Drop) == 0 {
		return nil
	}
	return tx.Delete(&bindingRow{}, "flow_id = ? AND alias IN ?", flow, change.Drop).Error
}

// Bindings implements [vault.CredentialStore].
func (s *Store) Bindings(ctx context.Context, flow string) ([]vault.Binding, error) {
	return bindings(s.read.WithContext(ctx), flow)
}

func bindings(db *gorm.DB, flow string) ([]vault.Binding, error) {
	var rows []bindingRow
	if err := db.Where("flow_id = ?", flow).Order("alias").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]vault.Binding, len(rows))
	for i, r := range rows {
		list[i] = vault.Binding{Flow: r.FlowID, Alias: r.Alias, Credential: r.CredentialID}
	}
	return slices.Clip(list), nil
}
