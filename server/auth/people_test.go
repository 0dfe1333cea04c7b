package auth_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
)

// join invites somebody who sets their password and logs in.
func join(t *testing.T, s *auth.Service, name string, role auth.Role) (auth.User, auth.Identity) {
	t.Helper()
	in, err := s.Invite(t.Context(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.SetUp(t.Context(), in.Token, password, at("192.0.2.9"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Session(t.Context(), l.Cookie)
	if err != nil {
		t.Fatal(err)
	}
	return l.User, id
}

func change(t *testing.T, s *auth.Service, u auth.User, role auth.Role, disabled bool) []string {
	t.Helper()
	_, keys, err := s.ChangeUser(t.Context(), u.ID, 0, role, disabled)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestInvitation(t *testing.T) {
	s, st, c := open(t)
	admin(t, s)
	first, err := s.Invite(t.Context(), "nightshift", auth.Author)
	if err != nil || first.Expires.Sub(c.at) != 72*time.Hour || first.User.State() != auth.Invited {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := st.Setup(t.Context(), first.Token, c.at); !errors.Is(err, auth.ErrNotFound) {
		t.Error("a link is kept as it is")
	}
	second, _, err := s.NewLink(t.Context(), first.User.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Setup(t.Context(), first.Token, at("")); !errors.Is(err, auth.ErrSetupUsed) {
		t.Errorf("the link before the last is good: %v", err)
	}
	for range 3 {
		if u, err := s.Setup(t.Context(), second.Token, at("")); err != nil || u.Name != "nightshift" || !u.LinkExpires.Equal(second.Expires) {
			t.Fatalf("%+v, %v", u, err)
		}
	}
	c.at = second.Expires
	if _, err := s.SetUp(t.Context(), second.Token, password, at("")); !errors.Is(err, auth.ErrSetupUsed) {
		t.Errorf("a link after its end: %v", err)
	}
	c.at = c.at.Add(-time.Second)
	var wait sync.WaitGroup
	var mu sync.Mutex
	in := 0
	for range 8 {
		wait.Go(func() {
			if _, err := s.SetUp(t.Context(), second.Token, password, at("")); err == nil {
				mu.Lock()
				in++
				mu.Unlock()
			}
		})
	}
	if wait.Wait(); in != 1 {
		t.Errorf("one link is used %d times", in)
	}
	if l, err := s.Login(t.Context(), "NIGHTSHIFT", password, at("")); err != nil || l.User.Name != "nightshift" {
		t.Errorf("another case: %+v, %v", l.User, err)
	}
}

// TestDisabledIsOut shuts out somebody with a session, a token, and a link.
func TestDisabledIsOut(t *testing.T) {
	s, _, _ := open(t)
	admin(t, s)
	u, id := join(t, s, "nightshift", auth.Admin)
	token, secret, err := s.CreateToken(auth.WithActor(t.Context(), id.Actor), "script", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	bearer, err := s.Bearer(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	_, byToken, err := s.CreateToken(auth.WithActor(t.Context(), bearer.Actor), "made by the script", auth.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	keys := change(t, s, u, auth.Admin, true)
	if len(keys) != 3 || keys[0] != token.ID || keys[2] != id.Key {
		t.Errorf("what is open: %v", keys)
	}
	for _, secret := range []string{secret, byToken} {
		if _, err := s.Bearer(t.Context(), secret); !errors.Is(err, auth.ErrDenied) {
			t.Errorf("a token of a disabled user: %v", err)
		}
	}
	if s.Valid(t.Context(), id) || s.Valid(t.Context(), bearer) {
		t.Error("a disabled user's session or token is valid")
	}
	if _, err := s.Login(t.Context(), "nightshift", password, at("")); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("a disabled user logs in: %v", err)
	}
	if _, _, err := s.NewLink(t.Context(), u.ID, 0); !errors.Is(err, auth.ErrDisabled) {
		t.Errorf("a link for a disabled user: %v", err)
	}
	change(t, s, u, auth.Analyst, false)
	if id, err := s.Bearer(t.Context(), secret); err != nil || id.Actor.Role != auth.Analyst {
		t.Errorf("a token does more than its owner: %+v, %v", id, err)
	}
	if s.Valid(t.Context(), id) {
		t.Error("a session comes back with its user")
	}
	invited, err := s.Invite(t.Context(), "late", auth.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	change(t, s, invited.User, auth.Viewer, true)
	change(t, s, invited.User, auth.Viewer, false)
	if _, err := s.Setup(t.Context(), invited.Token, at("")); !errors.Is(err, auth.ErrSetupUsed) {
		t.Errorf("a link outlives that its user was disabled: %v", err)
	}
}

// TestSomebodyManages tries every way to be left without an admin.
func TestSomebodyManages(t *testing.T) {
	s, _, _ := open(t)
	first := admin(t, s)
	if _, err := s.Invite(t.Context(), "invited", auth.Admin); err != nil {
		t.Fatal(err)
	}
	for name, lose := range map[string]func() error{
		"disable": func() error { _, _, err := s.ChangeUser(t.Context(), first.ID, 0, auth.Admin, true); return err },
		"demote":  func() error { _, _, err := s.ChangeUser(t.Context(), first.ID, 0, auth.Author, false); return err },
		"link":    func() error { _, _, err := s.NewLink(t.Context(), first.ID, 0); return err },
		"remove":  func() error { return s.RemoveUser(t.Context(), first.ID) },
	} {
		if err := lose(); !errors.Is(err, auth.ErrLastAdmin) {
			t.Errorf("%s: %v", name, err)
		}
	}
	second, id := join(t, s, "second", auth.Admin)
	as := auth.WithActor(t.Context(), id.Actor)
	if _, _, err := s.ChangeUser(as, second.ID, 0, auth.Admin, true); !errors.Is(err, auth.ErrSelf) {
		t.Errorf("disabling oneself: %v", err)
	}
	if _, _, err := s.NewLink(as, second.ID, 0); !errors.Is(err, auth.ErrOwnLink) {
		t.Errorf("a link for oneself: %v", err)
	}
	// Each disables the other at the same moment: one of them stays.
	done := make(chan error, 2)
	for _, u := range []auth.User{first, second} {
		go func() {
			_, _, err := s.ChangeUser(t.Context(), u.ID, 0, auth.Admin, true)
			done <- err
		}()
	}
	one, other := <-done, <-done
	if errors.Is(one, auth.ErrLastAdmin) == errors.Is(other, auth.ErrLastAdmin) {
		t.Errorf("%v, %v", one, other)
	}
}

func TestNewLinkEndsEverything(t *testing.T) {
	s, _, _ := open(t)
	admin(t, s)
	u, id := join(t, s, "nightshift", auth.Author)
	in, keys, err := s.NewLink(t.Context(), u.ID, u.Revision)
	if err != nil || len(keys) != 1 || keys[0] != id.Key || in.User.State() != auth.Reset {
		t.Fatalf("%+v, %v, %v", in, keys, err)
	}
	if s.Valid(t.Context(), id) {
		t.Error("the session outlives the link")
	}
	if _, err := s.Login(t.Context(), "nightshift", password, at("")); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("the password outlives the link: %v", err)
	}
	if err := s.RemoveUser(t.Context(), u.ID); !errors.Is(err, auth.ErrSeen) {
		t.Errorf("who was here is removed: %v", err)
	}
	var changed *auth.ChangedError
	if _, _, err := s.NewLink(t.Context(), u.ID, u.Revision); !errors.As(err, &changed) || changed.Current.Revision != u.Revision+1 {
		t.Errorf("a second admin's link: %v", err)
	}
	if _, err := s.SetUp(t.Context(), in.Token, password, at("")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.ChangeUser(t.Context(), u.ID, in.User.Revision, auth.Admin, false); !errors.As(err, &changed) {
		t.Errorf("a change from before the link was used: %v", err)
	}
}

// TestStartDoesNotReplaceALink starts a server again while an admin's link is out.
func TestStartDoesNotReplaceALink(t *testing.T) {
	s, _, _ := open(t)
	u := admin(t, s)
	if _, err := s.Login(t.Context(), u.Name, password, at("")); err != nil {
		t.Fatal(err)
	}
	in, err := s.Rescue(t.Context(), "ADMIN", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, pending, err := s.Admin(t.Context()); pending || err != nil {
		t.Errorf("a start would print another link: %v", err)
	}
	if _, err := s.SetUp(t.Context(), in.Token, "another horse battery", at("")); err != nil {
		t.Error(err)
	}
}

func TestChangePassword(t *testing.T) {
	s, _, _ := open(t)
	admin(t, s)
	u, id := join(t, s, "nightshift", auth.Author)
	other, err := s.Login(t.Context(), "nightshift", password, at("192.0.2.7"))
	if err != nil {
		t.Fatal(err)
	}
	var field *auth.FieldError
	if _, err := s.ChangePassword(t.Context(), id, "not this one", "another horse battery", ""); !errors.As(err, &field) || field.Field != "current" {
		t.Errorf("a wrong one: %v", err)
	}
	if _, err := s.ChangePassword(t.Context(), id, password, "nightshift1234", ""); !errors.As(err, &field) || field.Field != "password" {
		t.Errorf("the name: %v", err)
	}
	if _, err := s.ChangePassword(t.Context(), auth.Identity{Actor: auth.Actor{ID: u.ID}}, password, "another horse battery", ""); !errors.Is(err, auth.ErrNoPerson) {
		t.Errorf("a token: %v", err)
	}
	ended, err := s.ChangePassword(t.Context(), id, password, "another horse battery", "")
	if err != nil || len(ended) != 1 || ended[0] == id.Key || !s.Valid(t.Context(), id) {
		t.Errorf("%v, %v", ended, err)
	}
	if _, err := s.Session(t.Context(), other.Cookie); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("another session outlives the password: %v", err)
	}
	var limit *auth.LimitError
	for range 12 {
		_, err = s.ChangePassword(t.Context(), id, "not this one", "third horse battery", "192.0.2.8")
	}
	if !errors.As(err, &limit) {
		t.Errorf("tries aren't limited: %v", err)
	}
	if _, err := s.Login(t.Context(), "Nightshift", "another horse battery", at("192.0.2.8")); !errors.As(err, &limit) {
		t.Errorf("another case is another account to try: %v", err)
	}
}

func TestOwnSessions(t *testing.T) {
	s, _, c := open(t)
	admin(t, s)
	_, id := join(t, s, "nightshift", auth.Author)
	c.at = c.at.Add(time.Minute)
	l, err := s.Login(t.Context(), "nightshift", password, auth.Origin{Address: "192.0.2.7", Agent: "Browser/1\xff"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Sessions(t.Context(), id)
	if err != nil || len(list) != 2 || list[0].Address != "192.0.2.7" || list[0].Agent != "Browser/1" || list[0].ID == list[0].Hash {
		t.Fatalf("%+v, %v", list, err)
	}
	stranger, strangers := join(t, s, "stranger", auth.Admin)
	if _, err := s.EndSession(t.Context(), strangers, list[0].ID); !errors.Is(err, auth.ErrNotFound) {
		t.Errorf("%s ends another's session: %v", stranger.Name, err)
	}
	if _, err := s.EndSession(t.Context(), id, list[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Session(t.Context(), l.Cookie); !errors.Is(err, auth.ErrDenied) {
		t.Errorf("an ended session: %v", err)
	}
	if ended, err := s.EndOtherSessions(t.Context(), id); err != nil || len(ended) != 0 || !s.Valid(t.Context(), id) {
		t.Errorf("%v, %v", ended, err)
	}
	c.at = c.at.Add(13 * time.Hour)
	if list, err := s.Sessions(t.Context(), id); err != nil || len(list) != 0 {
		t.Errorf("sessions that have ended are listed: %+v, %v", list, err)
	}
}
