package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T) (*auth.Service, *store.Store, *clock) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	service, err := auth.New(s, s, s, s, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return service, s, c
}

func at(address string) auth.Origin { return auth.Origin{Address: address} }

const password = "correct horse battery"

func admin(t *testing.T, s *auth.Service) auth.User {
	t.Helper()
	u, pending, err := s.Admin(t.Context())
	if err != nil || !pending {
		t.Fatalf("%+v, %v, %v", u, pending, err)
	}
	if err := s.SetPassword(t.Context(), u, password); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestSessionsEnd(t *testing.T) {
	s, _, c := open(t)
	u := admin(t, s)
	login := func() string {
		l, err := s.Login(t.Context(), u.Name, password, at("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		return l.Cookie
	}
	good := func(cookie string) bool {
		_, err := s.Session(t.Context(), cookie)
		if err != nil && !errors.Is(err, auth.ErrDenied) {
			t.Fatal(err)
		}
		return err == nil
	}
	idle := login()
	c.at = c.at.Add(13 * time.Hour)
	if good(idle) {
		t.Error("a session that was not used for 13 hours is good")
	}
	used := login()
	for range 28 {
		if c.at = c.at.Add(6 * time.Hour); !good(used) && c.at.Sub(time.Date(2026, 1, 2, 16, 4, 5, 0, time.UTC)) < 7*24*time.Hour {
			t.Fatalf("a session in use ends at %v", c.at)
		}
	}
	if good(used) {
		t.Error("a session in use is good after a week")
	}
	old := login()
	if err := s.SetPassword(t.Context(), u, "another password"); err != nil {
		t.Fatal(err)
	}
	if good(old) || good("") || good("x") {
		t.Error("a session outlives the password")
	}
}

func TestNothingSecretIsKept(t *testing.T) {
	s, st, _ := open(t)
	u := admin(t, s)
	l, err := s.Login(t.Context(), u.Name, password, at("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	_, token, err := s.CreateToken(auth.WithActor(t.Context(), auth.Actor{Name: "me"}), "n", auth.Viewer)
	if err != nil || !strings.HasPrefix(token, "dbt_") {
		t.Fatalf("%s, %v", token, err)
	}
	kept, err := st.UserByName(t.Context(), u.Name)
	if err != nil || !strings.HasPrefix(kept.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("%+v, %v", kept, err)
	}
	if _, _, err := st.Session(t.Context(), l.Cookie); !errors.Is(err, auth.ErrNotFound) {
		t.Error("a session is kept by its cookie")
	}
	if _, err := st.Token(t.Context(), token); !errors.Is(err, auth.ErrNotFound) {
		t.Error("a token is kept as it is")
	}
	id, err := s.Bearer(t.Context(), token)
	if err != nil || id.Actor.Role != auth.Viewer || id.Actor.Kind != "token" || !s.Valid(t.Context(), id) {
		t.Errorf("%+v, %v", id, err)
	}
	if err := s.DeleteToken(t.Context(), id.Key); err != nil || s.Valid(t.Context(), id) {
		t.Errorf("a deleted token is good: %v", err)
	}
}

// TestUnknownNamesCostTheSame compares the work, not the clock's noise: both take
// at least half of what hashing takes.
func TestUnknownNamesCostTheSame(t *testing.T) {
	s, _, _ := open(t)
	u := admin(t, s)
	cost := func(name string) time.Duration {
		begun := time.Now()
		if _, err := s.Login(t.Context(), name, "wrong password", at("192.0.2.2")); !errors.Is(err, auth.ErrDenied) {
			t.Fatal(err)
		}
		return time.Since(begun)
	}
	known, unknown := cost(u.Name), cost("nobody")
	if unknown < known/4 {
		t.Errorf("a wrong password takes %v, an unknown name %v", known, unknown)
	}
}

func TestLimit(t *testing.T) {
	s, _, c := open(t)
	u := admin(t, s)
	var limit *auth.LimitError
	fails := func(name, address string) error {
		_, err := s.Login(t.Context(), name, "x", at(address))
		return err
	}
	for !errors.As(fails(u.Name, "192.0.2.1"), &limit) {
	}
	if limit.After <= 0 || limit.After > 6*time.Second {
		t.Errorf("wait %v", limit.After)
	}
	if err := fails("other", "192.0.2.1"); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("another account is limited too: %v", err)
	}
	c.at = c.at.Add(6 * time.Second)
	if _, err := s.Login(t.Context(), u.Name, password, at("192.0.2.1")); err != nil {
		t.Errorf("after waiting: %v", err)
	}
}

// TestStrangersDontLockOut lets a stranger use up all that an address is allowed:
// the owner still logs in from another one.
func TestStrangersDontLockOut(t *testing.T) {
	s, _, _ := open(t)
	u := admin(t, s)
	refused := 0
	for range 200 {
		var limit *auth.LimitError
		if _, err := s.Login(t.Context(), u.Name, "x", at("192.0.2.1")); errors.As(err, &limit) {
			refused++
		}
	}
	if refused != 190 {
		t.Errorf("%d of 200 tries are refused", refused)
	}
	if _, err := s.Login(t.Context(), u.Name, password, at("192.0.2.2")); err != nil {
		t.Errorf("the owner elsewhere: %v", err)
	}
	if _, err := s.Login(t.Context(), u.Name, password, at("::ffff:192.0.2.1")); err == nil {
		t.Error("an IPv4 address written as IPv6 is another one")
	}
}

func TestDamagedHashIsNoLogin(t *testing.T) {
	s, st, _ := open(t)
	u := admin(t, s)
	for _, damaged := range []string{"x", "$argon2id$v=19$m=1,t=0,p=0$$", "$argon2id$v=18$m=19456,t=2,p=1$YQ$YQ"} {
		if err := st.SetPassword(context.WithoutCancel(t.Context()), u.ID, damaged); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Login(t.Context(), u.Name, password, at("192.0.2.3")); err == nil {
			t.Errorf("the hash %q logs in", damaged)
		}
	}
}
