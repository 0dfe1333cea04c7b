package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// How long things last.
const (
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour
	// printedLife is for a link that a terminal shows, linkLife for one that is sent.
	printedLife = 24 * time.Hour
	linkLife    = 72 * time.Hour
	// touchEvery is how exactly it is known when a session or token was last used.
	touchEvery = time.Minute
)

// tokenPrefix lets secret scanners know a token.
const tokenPrefix = "dbt_"

// AdminName is what the first admin is called.
const AdminName = "admin"

// hashers is how many passwords are hashed at once: each takes 19 MiB.
const hashers = 2

// Service logs people in and knows tokens.
type Service struct {
	users    Users
	sessions Sessions
	tokens   Tokens
	setups   Setups
	now      func() time.Time
	decoy    string

	// addresses limits a network, places an account from one network, and accounts an
	// account from everywhere: it is looser, as strangers can use it up.
	addresses, places, accounts *limiter
	known                       knownPlaces
	hashing                     chan struct{}
}

// New makes the service over its ports.
func New(u Users, s Sessions, t Tokens, x Setups, now func() time.Time) (*Service, error) {
	d, err := decoy()
	if err != nil {
		return nil, err
	}
	return &Service{
		users: u, sessions: s, tokens: t, setups: x, now: now, decoy: d,
		addresses: newLimiter(time.Second, 60), places: newLimiter(6*time.Second, 10), accounts: newLimiter(600*time.Millisecond, 100),
		hashing: make(chan struct{}, hashers),
	}, nil
}

// Login is a new session.
type Login struct {
	User User
	// Cookie is the session's secret. It is not kept here.
	Cookie string
	// Expires is when the session ends however much it is used.
	Expires time.Time
}

// Identity is who a request is from.
type Identity struct {
	Actor Actor
	// Key names the session or token, so that what it holds open can be ended.
	Key string
	// Cookie says that a browser's session was given, and not a token.
	Cookie bool
}

// secret makes 256 random bits as text.
func secret() (string, error) {
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// digest is how a secret of 256 bits is kept; it needs no salt.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Login opens a session for a name, in whatever case, and a password. The error is
// [ErrDenied] or a [*LimitError]; an unknown name costs what a wrong password does.
func (s *Service) Login(ctx context.Context, name, password string, from Origin) (Login, error) {
	u, err := s.users.UserByName(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Login{}, err
	}
	stored := u.PasswordHash
	if err != nil || u.Disabled || stored == "" {
		stored = s.decoy
	}
	if err := s.prove(ctx, name, stored, password, from.Address); err != nil {
		return Login{}, err
	}
	return s.open(ctx, u, from)
}

// prove checks a password, within what a name and an address may try.
func (s *Service) prove(ctx context.Context, name, stored, password, address string) error {
	// By its key: another case is no other account to try.
	name, from := NameKey(name), network(address)
	if err := s.admit(name, from, s.now()); err != nil {
		return err
	}
	ok, err := s.check(ctx, stored, password)
	if err != nil {
		return err
	}
	if !ok {
		return ErrDenied
	}
	s.places.forget(place(name, from))
	s.known.add(place(name, from))
	return nil
}

func (s *Service) check(ctx context.Context, stored, password string) (bool, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	return checkPassword(stored, password)
}

func (s *Service) hash(ctx context.Context, password string) (string, error) {
	done, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return hashPassword(password)
}

func (s *Service) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.hashing <- struct{}{}:
		return func() { <-s.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// maxAgent is how much is kept of what a browser calls itself, in bytes.
const maxAgent = 256

func (s *Service) open(ctx context.Context, u User, from Origin) (Login, error) {
	cookie, err := secret()
	if err != nil {
		return Login{}, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return Login{}, err
	}
	now := s.now()
	from.Agent = strings.ToValidUTF8(from.Agent[:min(len(from.Agent), maxAgent)], "")
	session := Session{Hash: digest(cookie), ID: id.String(), UserID: u.ID, Created: now, Expires: now.Add(sessionLife), LastSeen: now, Origin: from}
	ctx = WithActor(ctx, u.actor())
	return Login{User: u, Cookie: cookie, Expires: session.Expires}, s.sessions.InsertSession(ctx, session)
}

// Session tells whose a cookie is; [ErrDenied] where it is nobody's any more.
func (s *Service) Session(ctx context.Context, cookie string) (Identity, error) {
	key := digest(cookie)
	session, u, err := s.sessions.Session(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Identity{}, ErrDenied
	}
	if err != nil {
		return Identity{}, err
	}
	now := s.now()
	if u.Disabled || !session.lasts(now) {
		return Identity{}, ErrDenied
	}
	if now.Sub(session.LastSeen) > touchEvery {
		if err := s.sessions.TouchSession(ctx, key, now); err != nil {
			return Identity{}, err
		}
	}
	return Identity{Actor: u.actor(), Key: key, Cookie: true}, nil
}

// lasts says whether a session hasn't ended by its age or for want of use.
func (n *Session) lasts(now time.Time) bool {
	return now.Before(n.Expires) && now.Sub(n.LastSeen) <= sessionIdle
}

// Bearer tells whose a token is; [ErrDenied] where it is nobody's, or its owner is
// disabled. It does no more than its owner may.
func (s *Service) Bearer(ctx context.Context, token string) (Identity, error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return Identity{}, ErrDenied
	}
	t, err := s.tokens.Token(ctx, digest(token))
	if errors.Is(err, ErrNotFound) {
		return Identity{}, ErrDenied
	}
	if err != nil {
		return Identity{}, err
	}
	role, err := s.roleOf(ctx, &t)
	if err != nil {
		return Identity{}, err
	}
	if now := s.now(); now.Sub(t.LastUsed) > touchEvery {
		if err := s.tokens.TouchToken(ctx, t.ID, now); err != nil {
			return Identity{}, err
		}
	}
	return Identity{Actor: Actor{ID: t.ID, Name: t.Name, Kind: "token", Role: role, User: t.UserID}, Key: t.ID}, nil
}

// roleOf is the lesser of a token's role and its owner's.
func (s *Service) roleOf(ctx context.Context, t *Token) (Role, error) {
	if t.UserID == "" {
		return t.Role, nil
	}
	owner, err := s.users.User(ctx, t.UserID)
	if errors.Is(err, ErrNotFound) || err == nil && owner.Disabled {
		return "", ErrDenied
	}
	return lesser(t.Role, owner.Role), err
}

// Valid says whether a session or token that was good still is, by its key.
func (s *Service) Valid(ctx context.Context, id Identity) bool {
	if id.Cookie {
		session, u, err := s.sessions.Session(ctx, id.Key)
		return err == nil && !u.Disabled && s.now().Before(session.Expires)
	}
	list, err := s.tokens.Tokens(ctx)
	if err != nil {
		return false
	}
	for i := range list {
		if list[i].ID == id.Key {
			_, err := s.roleOf(ctx, &list[i])
			return err == nil
		}
	}
	return false
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, id Identity) error {
	if !id.Cookie {
		return nil // a token has no session
	}
	_, err := s.sessions.DeleteSessions(ctx, id.Actor.ID, func(n Session) bool { return n.Hash == id.Key })
	if errors.Is(err, ErrNotFound) {
		return nil // it has ended meanwhile
	}
	return err
}

// CreateToken makes a token of a role and gives its secret, which is not kept.
func (s *Service) CreateToken(ctx context.Context, name string, role Role) (Token, string, error) {
	if n := utf8.RuneCountInString(strings.TrimSpace(name)); n == 0 || n > 100 {
		return Token{}, "", ErrName
	}
	raw, err := secret()
	if err != nil {
		return Token{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Token{}, "", err
	}
	value := tokenPrefix + raw
	by := ActorFrom(ctx)
	t := Token{ID: id.String(), Hash: digest(value), Name: strings.TrimSpace(name), Role: role, UserID: by.User, CreatedBy: by.Name, Created: s.now()}
	return t, value, s.tokens.InsertToken(ctx, t)
}

// Tokens lists all tokens, without their secrets.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) { return s.tokens.Tokens(ctx) }

// DeleteToken ends a token.
func (s *Service) DeleteToken(ctx context.Context, id string) error {
	return s.tokens.DeleteToken(ctx, id)
}
