package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

type setupRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
}

// TableName implements GORM's Tabler.
func (setupRow) TableName() string { return "setups" }

// ReplaceSetup implements [auth.Setups].
func (s *Store) ReplaceSetup(ctx context.Context, l auth.Link, userID string) error {
	return s.change(ctx, Change{Action: "user.setup", Object: "user", ObjectID: userID}, func(tx *gorm.DB) error { return replaceSetup(tx, l, userID) })
}

func replaceSetup(tx *gorm.DB, l auth.Link, userID string) error {
	if err := tx.Delete(&setupRow{}, "user_id = ?", userID).Error; err != nil {
		return err
	}
	return tx.Create(&setupRow{l.Hash, userID, micro(l.Expires)}).Error
}

// Setup implements [auth.Setups].
func (s *Store) Setup(ctx context.Context, hash string, at time.Time) (auth.User, error) {
	return setupUser(s.read.WithContext(ctx), hash, at)
}

func setupUser(tx *gorm.DB, hash string, at time.Time) (auth.User, error) {
	var row setupRow
	if err := tx.Take(&row, "token_hash = ? AND expires_at > ?", hash, micro(at)).Error; err != nil {
		return auth.User{}, noIdentity(err)
	}
	u, err := user(tx, row.UserID)
	if err == nil && u.Disabled {
		err = auth.ErrNotFound
	}
	return u, err
}

// UseSetup implements [auth.Setups].
func (s *Store) UseSetup(ctx context.Context, hash, passwordHash string, at time.Time) (auth.User, error) {
	u, err := s.Setup(ctx, hash, at)
	if err != nil {
		return u, err
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: u.ID, Name: u.Name, Kind: "user", Role: u.Role, User: u.ID})
	err = s.change(ctx, passwordChange(u.ID), func(tx *gorm.DB) error {
		// Again, as nobody else writes now: of two who use it, one does.
		if _, err := setupUser(tx, hash, at); err != nil {
			return err
		}
		if err := setPassword(tx, u.ID, passwordHash); err != nil {
			return err
		}
		return tx.Exec("UPDATE users SET revision = revision + 1, updated_at = ?, updated_by = name WHERE id = ?", micro(at), u.ID).Error
	})
	if err != nil {
		return u, err
	}
	return s.User(ctx, u.ID)
}

// SetPassword implements [auth.Setups].
func (s *Store) SetPassword(ctx context.Context, userID, passwordHash string) error {
	return s.change(ctx, passwordChange(userID), func(tx *gorm.DB) error { return setPassword(tx, userID, passwordHash) })
}

func passwordChange(userID string) Change {
	return Change{Action: "user.password", Object: "user", ObjectID: userID}
}

// setPassword also ends the user's sessions and links: who knew the old one is out.
func setPassword(tx *gorm.DB, userID, passwordHash string) error {
	result := tx.Model(&userRow{}).Where("id = ?", userID).Update("password_hash", passwordHash)
	if result.Error == nil && result.RowsAffected == 0 {
		return auth.ErrNotFound
	}
	return errors.Join(result.Error, tx.Delete(&setupRow{}, "user_id = ?", userID).Error, tx.Delete(&sessionRow{}, "user_id = ?", userID).Error)
}
