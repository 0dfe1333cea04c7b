package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

func (r *userRow) user() auth.User {
	return auth.User{
		ID: r.ID, Name: r.Name, Role: auth.Role(r.Role), Disabled: r.Disabled, PasswordHash: r.PasswordHash,
		Created: fromMicro(r.CreatedAt), LastSeen: fromMicro(r.LastSeenAt),
		Revision: r.Revision, Updated: fromMicro(r.UpdatedAt), UpdatedBy: r.UpdatedBy, LinkExpires: fromMicro(r.LinkExpires),
	}
}

// users reads users, each with when its link runs out.
func users(tx *gorm.DB) *gorm.DB {
	return tx.Model(&userRow{}).Select("users.*, (SELECT coalesce(max(expires_at), 0) FROM setups WHERE user_id = users.id) AS link_expires")
}

func user(tx *gorm.DB, id string) (auth.User, error) {
	var row userRow
	err := users(tx).Take(&row, "id = ?", id).Error
	return row.user(), noIdentity(err)
}

func allUsers(tx *gorm.DB) ([]auth.User, error) {
	var rows []userRow
	if err := users(tx).Order("name_key").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.User, len(rows))
	for i := range rows {
		list[i] = rows[i].user()
	}
	return list, nil
}

// InsertUser implements [auth.Users].
func (s *Store) InsertUser(ctx context.Context, u auth.User, l *auth.Link, fits func(all []auth.User) error) error {
	row := userRow{
		ID: u.ID, Name: u.Name, Role: string(u.Role), PasswordHash: u.PasswordHash, Disabled: u.Disabled, CreatedAt: micro(u.Created),
		NameKey: auth.NameKey(u.Name), Revision: u.Revision,
	}
	change := Change{Action: "user.create", Object: "user", ObjectID: u.ID, Detail: map[string]any{"name": u.Name, "role": u.Role}}
	return s.change(ctx, change, func(tx *gorm.DB) error {
		all, err := allUsers(tx)
		if err != nil {
			return err
		}
		if err := fits(all); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil || l == nil {
			return err
		}
		return replaceSetup(tx, *l, u.ID)
	})
}

// User implements [auth.Users].
func (s *Store) User(ctx context.Context, id string) (auth.User, error) {
	return user(s.read.WithContext(ctx), id)
}

// UserByName implements [auth.Users].
func (s *Store) UserByName(ctx context.Context, name string) (auth.User, error) {
	var row userRow
	err := users(s.read.WithContext(ctx)).Take(&row, "name_key = ?", auth.NameKey(name)).Error
	return row.user(), noIdentity(err)
}

// Users implements [auth.Users].
func (s *Store) Users(ctx context.Context) ([]auth.User, error) {
	return allUsers(s.read.WithContext(ctx))
}

// ChangeUser implements [auth.Users]. There is one connection that writes, so that
// what decide sees is what there is.
func (s *Store) ChangeUser(ctx context.Context, id string, decide func(u auth.User, all []auth.User) (auth.UserChange, error)) (u auth.User, keys []string, err error) {
	change := &Change{Object: "user", ObjectID: id}
	err = s.changeAs(ctx, change, func(tx *gorm.DB) error {
		before, all, err := userAmongAll(tx, id)
		if err != nil {
			return err
		}
		c, err := decide(before, all)
		if err != nil {
			return err
		}
		change.Action, change.Detail = c.Action, c.Detail
		if keys, err = applyUserChange(tx, &before, &c, auth.ActorFrom(ctx).Name); err != nil {
			return err
		}
		u, err = user(tx, id)
		return err
	})
	return u, keys, err
}

func userAmongAll(tx *gorm.DB, id string) (auth.User, []auth.User, error) {
	all, err := allUsers(tx)
	if err != nil {
		return auth.User{}, nil, err
	}
	for i := range all {
		if all[i].ID == id {
			return all[i], all, nil
		}
	}
	return auth.User{}, nil, auth.ErrNotFound
}

func applyUserChange(tx *gorm.DB, u *auth.User, c *auth.UserChange, by string) (keys []string, err error) {
	columns := map[string]any{"role": string(c.Role), "disabled": c.Disabled, "password_hash": c.PasswordHash}
	if c.Counts {
		columns["revision"], columns["updated_at"], columns["updated_by"] = u.Revision+1, time.Now().UnixMicro(), by
	}
	if err := tx.Model(&userRow{}).Where("id = ?", u.ID).Updates(columns).Error; err != nil {
		return nil, err
	}
	if c.CloseTokens {
		if err := tx.Model(&tokenRow{}).Where("user_id = ?", u.ID).Pluck("id", &keys).Error; err != nil {
			return nil, err
		}
	}
	if c.EndSessions {
		var ended []string
		sessions := tx.Model(&sessionRow{}).Where("user_id = ? AND token_hash <> ?", u.ID, c.KeepSession)
		err := errors.Join(sessions.Pluck("token_hash", &ended).Error,
			tx.Delete(&sessionRow{}, "user_id = ? AND token_hash <> ?", u.ID, c.KeepSession).Error,
			tx.Delete(&setupRow{}, "user_id = ?", u.ID).Error)
		if err != nil {
			return nil, err
		}
		keys = append(keys, ended...)
	}
	if c.Link != nil {
		return keys, replaceSetup(tx, *c.Link, u.ID)
	}
	return keys, nil
}

// DeleteUser implements [auth.Users].
func (s *Store) DeleteUser(ctx context.Context, id string, decide func(u auth.User, all []auth.User) error) error {
	change := &Change{Action: "user.delete", Object: "user", ObjectID: id}
	return s.changeAs(ctx, change, func(tx *gorm.DB) error {
		u, all, err := userAmongAll(tx, id)
		if err != nil {
			return err
		}
		if err := decide(u, all); err != nil {
			return err
		}
		change.Detail = map[string]any{"name": u.Name, "role": u.Role}
		return tx.Delete(&userRow{}, "id = ?", id).Error
	})
}
