package auth_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// meddler is a store in which something else happens just before a write.
type meddler struct {
	*store.Store
	first func()
}

func (m *meddler) meddle() {
	if first := m.first; first != nil {
		m.first = nil
		first()
	}
}

func (m *meddler) ChangeUser(ctx context.Context, id string, decide func(u auth.User, all []auth.User) (auth.UserChange, error)) (auth.User, []string, error) {
	m.meddle()
	return m.Store.ChangeUser(ctx, id, decide)
}

func (m *meddler) InsertSession(ctx context.Context, n auth.Session) error {
	m.meddle()
	return m.Store.InsertSession(ctx, n)
}

func meddled(t *testing.T) (*auth.Service, *meddler) {
	t.Helper()
	_, st, c := open(t)
	m := &meddler{Store: st}
	s, err := auth.New(m, m, m, m, c.now)
	if err != nil {
		t.Fatal(err)
	}
	admin(t, s)
	return s, m
}

// TestAdminsComeFirst has an admin shut somebody out while a password is being checked.
func TestAdminsComeFirst(t *testing.T) {
	s, m := meddled(t)
	u, id := join(t, s, "nightshift", auth.Author)
	m.first = func() {
		if _, _, err := s.NewLink(t.Context(), u.ID, 0); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.ChangePassword(t.Context(), id, password, "another horse battery", ""); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a password that an admin voided meanwhile is changed: %v", err)
	}
	late, _ := join(t, s, "late", auth.Author)
	m.first = func() { change(t, s, late, auth.Author, true) }
	if _, err := s.Login(t.Context(), "late", password, at("")); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("who is disabled meanwhile logs in: %v", err)
	}
}

// TestLinkIsUsedOnce uses one link from everywhere at once.
func TestLinkIsUsedOnce(t *testing.T) {
	s, st, c := open(t)
	admin(t, s)
	in, err := s.Invite(t.Context(), "nightshift", auth.Author)
	if err != nil {
		t.Fatal(err)
	}
	l := auth.Link{Hash: "hash", Expires: in.Expires}
	for range 20 {
		if err := st.ReplaceSetup(t.Context(), l, in.User.ID); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		var used atomic.Int32
		for range 16 {
			wait.Go(func() {
				if _, err := st.UseSetup(t.Context(), l.Hash, "stored", c.at); err == nil {
					used.Add(1)
				}
			})
		}
		if wait.Wait(); used.Load() != 1 {
			t.Fatalf("one link is used %d times", used.Load())
		}
	}
}

// TestLinkOfADisabledUser is one that lies there all the same.
func TestLinkOfADisabledUser(t *testing.T) {
	s, st, _ := open(t)
	admin(t, s)
	in, err := s.Invite(t.Context(), "nightshift", auth.Author)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := st.ChangeUser(t.Context(), in.User.ID, func(u auth.User, _ []auth.User) (auth.UserChange, error) {
		return auth.UserChange{Action: "test", Role: u.Role, Disabled: true}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetUp(t.Context(), in.Token, password, at("")); !errors.Is(err, auth.ErrSetupUsed) {
		t.Errorf("it lets them in: %v", err)
	}
}
