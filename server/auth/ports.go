package auth

import (
	"context"
	"errors"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrNotFound says that a store has no such user, session, token or link.
	ErrNotFound = errors.New("there is no such user, session or token")
	// ErrDenied says that a name and password, a session or a token are not good.
	// It doesn't say which part of them.
	ErrDenied = errors.New("the name or the password is wrong")
	// ErrSetupWrong says that a one-time link isn't the newest, while the password
	// is still to be set.
	ErrSetupWrong = errors.New("this set-up link isn't right, or was replaced: the newest one stands where the server was started")
	// ErrSetupUsed says that a one-time link was used, replaced, or never made.
	ErrSetupUsed = errors.New("this set-up link was used or replaced: start the server again for a new one")
	// ErrName says that a token's name can't be used.
	ErrName = errors.New("a name has between 1 and 100 characters")
)

// LimitError says that somebody tried too often.
type LimitError struct {
	// After is how long to wait.
	After time.Duration
}

// Error implements the error interface.
func (e *LimitError) Error() string { return "too many tries: wait before the next" }

// User is somebody who may log in.
type User struct {
	ID       string
	Name     string
	Role     Role
	Disabled bool
	// PasswordHash is empty where no password was set: nobody can log in then.
	PasswordHash string
	Created      time.Time
	LastSeen     time.Time
}

// Session is a log-in. Its cookie is kept as a hash alone.
type Session struct {
	Hash     string
	UserID   string
	Created  time.Time
	Expires  time.Time
	LastSeen time.Time
}

// Token lets a script act. It is kept as a hash alone.
type Token struct {
	ID        string
	Hash      string
	Name      string
	Role      Role
	CreatedBy string
	Created   time.Time
	LastUsed  time.Time
}

// Users keeps users.
type Users interface {
	InsertUser(ctx context.Context, u User) error
	User(ctx context.Context, id string) (User, error)
	UserByName(ctx context.Context, name string) (User, error)
	Users(ctx context.Context) ([]User, error)
}

// Sessions keeps log-ins.
type Sessions interface {
	// InsertSession also forgets the user's sessions that have ended.
	InsertSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash string) (Session, User, error)
	TouchSession(ctx context.Context, hash string, at time.Time) error
	DeleteSession(ctx context.Context, hash string) error
}

// Tokens keeps API tokens.
type Tokens interface {
	InsertToken(ctx context.Context, t Token) error
	Token(ctx context.Context, hash string) (Token, error)
	Tokens(ctx context.Context) ([]Token, error)
	TouchToken(ctx context.Context, id string, at time.Time) error
	DeleteToken(ctx context.Context, id string) error
}

// Setups keeps one-time links that set a password.
type Setups interface {
	// ReplaceSetup makes a link the user's only one.
	ReplaceSetup(ctx context.Context, hash, userID string, expires time.Time) error
	// UseSetup sets the password of the link's user, and the link is gone.
	// [ErrNotFound] where the link is not there or has expired by now.
	UseSetup(ctx context.Context, hash, passwordHash string, now time.Time) (User, error)
	// SetPassword sets a user's password; the user's links are gone.
	SetPassword(ctx context.Context, userID, passwordHash string) error
}
