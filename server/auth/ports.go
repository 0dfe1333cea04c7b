package auth

import (
	"context"
	"errors"
	"fmt"
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
	ErrSetupUsed = errors.New("this set-up link was used, was replaced or has run out: ask an administrator for a new one")
	// ErrSelf says that somebody is about to shut themself out.
	ErrSelf = errors.New("you can't disable yourself: another administrator can")
	// ErrOwnLink says that somebody wants a set-up link for themself.
	ErrOwnLink = errors.New("change your own password on your account page: a link is for others")
	// ErrLastAdmin says that nobody would be left who manages users.
	ErrLastAdmin = errors.New("this is the last administrator who can log in: make somebody else one first")
	// ErrSeen says that a user has done things under their name.
	ErrSeen = errors.New("this user has logged in, and the audit log names them: disable them instead")
	// ErrDisabled says that something makes no sense for a disabled user.
	ErrDisabled = errors.New("this user is disabled: enable them first")
	// ErrNoPerson says that a token asks for what only a person has.
	ErrNoPerson = errors.New("a token has no password and no sessions: log in")
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

// ChangedError says that a user was changed since by somebody else.
type ChangedError struct {
	// Yours is the revision that the change was made from.
	Yours   int64
	Current User
}

// Error implements the error interface.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("the user is at revision %d, your change was made from %d", e.Current.Revision, e.Yours)
}

// Session is a log-in. Its cookie is kept as a hash alone.
type Session struct {
	Hash string
	// ID names it to its user.
	ID       string
	UserID   string
	Created  time.Time
	Expires  time.Time
	LastSeen time.Time
	Origin
}

// Origin is where a log-in comes from.
type Origin struct {
	// Address is that of the connection.
	Address string
	// Agent is what the browser calls itself.
	Agent string
}

// Token lets a script act. It is kept as a hash alone.
type Token struct {
	ID   string
	Hash string
	Name string
	Role Role
	// UserID is whose it is; "" is the machine's owner's, by the command line.
	UserID    string
	CreatedBy string
	Created   time.Time
	LastUsed  time.Time
}

// Link is a one-time link that sets a password, kept as a hash alone.
type Link struct {
	Hash    string
	Expires time.Time
}

// Users keeps users.
type Users interface {
	// InsertUser keeps a new user, with a link where one is given, if fits lets it be
	// beside all that there are.
	InsertUser(ctx context.Context, u User, l *Link, fits func(all []User) error) error
	User(ctx context.Context, id string) (User, error)
	// UserByName finds a user by what [NameKey] makes of a name.
	UserByName(ctx context.Context, name string) (User, error)
	Users(ctx context.Context) ([]User, error)
	// ChangeUser does with a user what decide says, who sees it and all others as they
	// are: nobody changes any of them meanwhile. It gives the keys of the sessions and
	// tokens whose sockets are to be closed.
	ChangeUser(ctx context.Context, id string, decide func(u User, all []User) (UserChange, error)) (u User, keys []string, err error)
	// DeleteUser forgets a user if decide lets it.
	DeleteUser(ctx context.Context, id string, decide func(u User, all []User) error) error
}

// UserChange is one change of a user.
type UserChange struct {
	// Action and Detail are for the audit log.
	Action string
	Detail map[string]any
	// Role, Disabled and PasswordHash are what they are from now on.
	Role         Role
	Disabled     bool
	PasswordHash string
	// Counts says that it is one of those that two admins could make at once.
	Counts bool
	// EndSessions ends the user's sessions but the one of this hash, and their links.
	EndSessions bool
	KeepSession string
	// CloseTokens says that the sockets of the user's tokens are to be closed as well.
	CloseTokens bool
	// Link is the user's only one from now on; nil leaves those that there are.
	Link *Link
}

// Sessions keeps log-ins.
type Sessions interface {
	// InsertSession also forgets the user's sessions that have ended.
	InsertSession(ctx context.Context, s Session) error
	Session(ctx context.Context, hash string) (Session, User, error)
	UserSessions(ctx context.Context, userID string) ([]Session, error)
	TouchSession(ctx context.Context, hash string, at time.Time) error
	// DeleteSessions ends those of a user's sessions that which picks, and gives them;
	// [ErrNotFound] where it picks none.
	DeleteSessions(ctx context.Context, userID string, which func(Session) bool) ([]Session, error)
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
	ReplaceSetup(ctx context.Context, l Link, userID string) error
	// Setup gives the user of a link, without using it. [ErrNotFound] where the link is
	// not there, has expired by now, or its user is disabled.
	Setup(ctx context.Context, hash string, now time.Time) (User, error)
	// UseSetup sets the password of the link's user, and the link is gone. It fails as
	// Setup does.
	UseSetup(ctx context.Context, hash, passwordHash string, now time.Time) (User, error)
	// SetPassword sets a user's password; the user's links and sessions are gone.
	SetPassword(ctx context.Context, userID, passwordHash string) error
}
