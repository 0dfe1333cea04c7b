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
	NameKey      string
	Revision     int64
	UpdatedAt    int64 `gorm:"autoUpdateTime:false"`
	UpdatedBy    string
	// LinkExpires is read with the row, from the user's set-up link.
	LinkExpires int64 `gorm:"->;-:migration"`
}

// TableName implements GORM's Tabler.
func (userRow) TableName() string { return "users" }

type sessionRow struct {
	TokenHash  string `gorm:"primaryKey"`
	UserID     string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	ExpiresAt  int64
	LastSeenAt int64
	ID         string
	Address    string
	Agent      string
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
	UserID     *string
}

// TableName implements GORM's Tabler.
func (tokenRow) TableName() string { return "tokens" }

// noIdentity says [auth.ErrNotFound] where a row is missing.
func noIdentity(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return auth.ErrNotFound
	}
	return err
}

func (r *tokenRow) token() auth.Token {
	t := auth.Token{
		ID: r.ID, Hash: r.TokenHash, Name: r.Name, Role: auth.Role(r.Role), CreatedBy: r.CreatedBy,
		Created: fromMicro(r.CreatedAt), LastUsed: fromMicro(r.LastUsedAt),
	}
	if r.UserID != nil {
		t.UserID = *r.UserID
	}
	return t
}

func (r *sessionRow) session() auth.Session {
	return auth.Session{
		Hash: r.TokenHash, ID: r.ID, UserID: r.UserID, Created: fromMicro(r.CreatedAt), Expires: fromMicro(r.ExpiresAt),
		LastSeen: fromMicro(r.LastSeenAt), Origin: auth.Origin{Address: r.Address, Agent: r.Agent},
	}
}

// InsertSession implements [auth.Sessions].
func (s *Store) InsertSession(ctx context.Context, n auth.Session) error {
	row := sessionRow{
		TokenHash: n.Hash, UserID: n.UserID, CreatedAt: micro(n.Created), ExpiresAt: micro(n.Expires), LastSeenAt: micro(n.LastSeen),
		ID: n.ID, Address: n.Address, Agent: n.Agent,
	}
	return s.change(ctx, Change{Action: "session.create", Object: "user", ObjectID: n.UserID}, func(tx *gorm.DB) error {
		if err := tx.Delete(&sessionRow{}, "user_id = ? AND expires_at < ?", n.UserID, micro(n.Created)).Error; err != nil {
			return err
		}
		// A user who was disabled between the check of the password and this stays out.
		var in int64
		if err := tx.Model(&userRow{}).Where("id = ? AND disabled = 0 AND password_hash <> ''", n.UserID).Count(&in).Error; err != nil || in == 0 {
			return errors.Join(err, auth.ErrDenied)
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
	return row.session(), u, err
}

// UserSessions implements [auth.Sessions].
func (s *Store) UserSessions(ctx context.Context, userID string) ([]auth.Session, error) {
	return userSessions(s.read.WithContext(ctx), userID)
}

// userSessions gives a user's sessions, the one used last first.
func userSessions(tx *gorm.DB, userID string) ([]auth.Session, error) {
	var rows []sessionRow
	if err := tx.Where("user_id = ?", userID).Order("last_seen_at DESC, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]auth.Session, len(rows))
	for i := range rows {
		list[i] = rows[i].session()
	}
	return list, nil
}

// TouchSession implements [auth.Sessions].
func (s *Store) TouchSession(ctx context.Context, hash string, at time.Time) error {
	return s.alone(ctx, func(tx *gorm.DB) error {
		if err := tx.Model(&sessionRow{}).Where("token_hash = ?", hash).Update("last_seen_at", micro(at)).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE users SET last_seen_at = ? WHERE id = (SELECT user_id FROM sessions WHERE token_hash = ?)", micro(at), hash).Error
	})
}

// DeleteSessions implements [auth.Sessions].
func (s *Store) DeleteSessions(ctx context.Context, userID string, which func(auth.Session) bool) (ended []auth.Session, err error) {
	err = s.change(ctx, Change{Action: "session.delete", Object: "user", ObjectID: userID}, func(tx *gorm.DB) error {
		all, err := userSessions(tx, userID)
		if err != nil {
			return err
		}
		var hashes []string
		for i := range all {
			if which(all[i]) {
				ended, hashes = append(ended, all[i]), append(hashes, all[i].Hash)
			}
		}
		if len(hashes) == 0 {
			return auth.ErrNotFound
		}
		return tx.Delete(&sessionRow{}, "token_hash IN ?", hashes).Error
	})
	return ended, err
}

// InsertToken implements [auth.Tokens].
func (s *Store) InsertToken(ctx context.Context, t auth.Token) error {
	row := tokenRow{ID: t.ID, TokenHash: t.Hash, Name: t.Name, Role: string(t.Role), CreatedBy: t.CreatedBy, CreatedAt: micro(t.Created)}
	if t.UserID != "" {
		row.UserID = &t.UserID
	}
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
