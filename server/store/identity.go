package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

type userRow struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	Role         string
	PasswordHash string
	Disabled     bool
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	LastSeenAt   int64
}

// TableName implements GORM's Tabler.
func (userRow) TableName() string { return "users" }

type sessionRow struct {
	TokenHash  string `gorm:"primaryKey"`
	UserID     string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	ExpiresAt  int64
	LastSeenAt int64
}

// TableName implements GORM's Tabler.
func (sessionRow) TableName() string { return "sessions" }

type tokenRow struct {
	ID         string `gorm:"primaryKey"`
	TokenHash  string
	Name       string
	Role       string
	CreatedBy  string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	LastUsedAt int64
}

// TableName implements GORM's Tabler.
func (tokenRow) TableName() string { return "tokens" }

type setupRow struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	ExpiresAt int64
}

// TableName implements GORM's Tabler.
func (setupRow) TableName() string { return "setups" }

// noIdentity says [auth.ErrNotFound] where a row is missing.
func noIdentity(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return auth.ErrNotFound
	}
	return err
}

func (r *userRow) user() auth.User {
	return auth.User{
		ID: r.ID, Name: r.Name, Role: auth.Role(r.Role), Disabled: r.Disabled, PasswordHash: r.PasswordHash,
		Created: fromMicro(r.CreatedAt), LastSeen: fromMicro(r.LastSeenAt),
	}
}

func (r *tokenRow) token() auth.Token {
	return auth.Token{
		ID: r.ID, Hash: r.TokenHash, Name: r.Name, Role: auth.Role(r.Role), CreatedBy: r.CreatedBy,
		Created: fromMicro(r.CreatedAt), LastUsed: fromMicro(r.LastUsedAt),
	}
}

// InsertUser implements [auth.Users].
func (s *Store) InsertUser(ctx context.Context, u auth.User) error {
	row := userRow{ID: u.ID, Name: u.Name, Role: string(u.Role), PasswordHash: u.PasswordHash, Disabled: u.Disabled, CreatedAt: micro(u.Created)}
	return s.change(ctx, Change{Action: "user.create", Object: "user", ObjectID: u.ID, Detail: map[string]any{"name": u.Name, "role": u.Role}},
		func(tx *gorm.DB) error { return tx.Create(&row).Error })
}

// User implements [auth.Users].
func (s *Store) User(ctx context.Context, id string) (auth.User, error) {
	var row userRow
	err := s.read.WithContext(ctx).Take(&row, "id = ?", id).Error
	return row.user(), noIdentity(err)
}

// UserByName implements [auth.Users].
func (s *Store) UserByName(ctx context.Context, name string) (auth.User, error) {
	var row userRow
	err := s.read.WithContext(ctx).Take(&row, "name = ?", name).Error
	return row.user(), noIdentity(err)
}

// Users implements [auth.Users].
func (s *Store) Users(ctx context.Context) ([]auth.User, error) {
	var rows []userRow
	if err := s.read.WithContext(ctx).Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.User, len(rows))
	for i := range rows {
		list[i] = rows[i].user()
	}
	return list, nil
}

// InsertSession implements [auth.Sessions].
func (s *Store) InsertSession(ctx context.Context, n auth.Session) error {
	row := sessionRow{TokenHash: n.Hash, UserID: n.UserID, CreatedAt: micro(n.Created), ExpiresAt: micro(n.Expires), LastSeenAt: micro(n.LastSeen)}
	return s.change(ctx, Change{Action: "session.create", Object: "user", ObjectID: n.UserID}, func(tx *gorm.DB) error {
		if err := tx.Delete(&sessionRow{}, "user_id = ? AND expires_at < ?", n.UserID, micro(n.Created)).Error; err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.Model(&userRow{}).Where("id = ?", n.UserID).Update("last_seen_at", micro(n.Created)).Error
	})
}

// Session implements [auth.Sessions].
func (s *Store) Session(ctx context.Context, hash string) (auth.Session, auth.User, error) {
	var row sessionRow
	if err := s.read.WithContext(ctx).Take(&row, "token_hash = ?", hash).Error; err != nil {
		return auth.Session{}, auth.User{}, noIdentity(err)
	}
	u, err := s.User(ctx, row.UserID)
	return auth.Session{
		Hash: row.TokenHash, UserID: row.UserID, Created: fromMicro(row.CreatedAt), Expires: fromMicro(row.ExpiresAt),
		LastSeen: fromMicro(row.LastSeenAt),
	}, u, err
}

// TouchSession implements [auth.Sessions].
func (s *Store) TouchSession(ctx context.Context, hash string, at time.Time) error {
	return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Model(&sessionRow{}).Where("token_hash = ?", hash).Update("last_seen_at", micro(at)).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE users SET last_seen_at = ? WHERE id = (SELECT user_id FROM sessions WHERE token_hash = ?)", micro(at), hash).Error
	})
}

// DeleteSession implements [auth.Sessions].
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	return s.change(ctx, Change{Action: "session.delete", Object: "user", ObjectID: auth.ActorFrom(ctx).ID}, func(tx *gorm.DB) error {
		return tx.Delete(&sessionRow{}, "token_hash = ?", hash).Error
	})
}

// InsertToken implements [auth.Tokens].
func (s *Store) InsertToken(ctx context.Context, t auth.Token) error {
	row := tokenRow{ID: t.ID, TokenHash: t.Hash, Name: t.Name, Role: string(t.Role), CreatedBy: t.CreatedBy, CreatedAt: micro(t.Created)}
	return s.change(ctx, Change{Action: "token.create", Object: "token", ObjectID: t.ID, Detail: map[string]any{"name": t.Name, "role": t.Role}},
		func(tx *gorm.DB) error { return tx.Create(&row).Error })
}

// Token implements [auth.Tokens].
func (s *Store) Token(ctx context.Context, hash string) (auth.Token, error) {
	var row tokenRow
	err := s.read.WithContext(ctx).Take(&row, "token_hash = ?", hash).Error
	return row.token(), noIdentity(err)
}

// Tokens implements [auth.Tokens].
func (s *Store) Tokens(ctx context.Context) ([]auth.Token, error) {
	var rows []tokenRow
	if err := s.read.WithContext(ctx).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Token, len(rows))
	for i := range rows {
		list[i] = rows[i].token()
	}
	return list, nil
}

// TouchToken implements [auth.Tokens].
func (s *Store) TouchToken(ctx context.Context, id string, at time.Time) error {
	return s.write.WithContext(ctx).Model(&tokenRow{}).Where("id = ?", id).Update("last_used_at", micro(at)).Error
}

// DeleteToken implements [auth.Tokens].
func (s *Store) DeleteToken(ctx context.Context, id string) error {
	return s.change(ctx, Change{Action: "token.delete", Object: "token", ObjectID: id}, func(tx *gorm.DB) error {
		result := tx.Delete(&tokenRow{}, "id = ?", id)
		if result.Error == nil && result.RowsAffected == 0 {
			return auth.ErrNotFound
		}
		return result.Error
	})
}

// ReplaceSetup implements [auth.Setups].
func (s *Store) ReplaceSetup(ctx context.Context, hash, userID string, expires time.Time) error {
	return s.change(ctx, Change{Action: "user.setup", Object: "user", ObjectID: userID}, func(tx *gorm.DB) error {
		if err := tx.Delete(&setupRow{}, "user_id = ?", userID).Error; err != nil {
			return err
		}
		return tx.Create(&setupRow{hash, userID, micro(expires)}).Error
	})
}

// UseSetup implements [auth.Setups].
func (s *Store) UseSetup(ctx context.Context, hash, passwordHash string, at time.Time) (auth.User, error) {
	var row setupRow
	err := s.read.WithContext(ctx).Take(&row, "token_hash = ? AND expires_at > ?", hash, micro(at)).Error
	if err != nil {
		return auth.User{}, noIdentity(err)
	}
	u, err := s.User(ctx, row.UserID)
	if err != nil {
		return auth.User{}, err
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: u.ID, Name: u.Name, Kind: "user", Role: u.Role})
	return u, s.change(ctx, passwordChange(u.ID), func(tx *gorm.DB) error {
		used := tx.Delete(&setupRow{}, "token_hash = ?", hash)
		if used.Error == nil && used.RowsAffected == 0 {
			return auth.ErrNotFound // somebody was faster
		}
		return errors.Join(used.Error, setPassword(tx, u.ID, passwordHash))
	})
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
