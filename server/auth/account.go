package auth

import (
	"context"
	"errors"
)

// ChangePassword gives whoever asks another password; their other sessions end, and it
// gives the keys of those. The error is a [*FieldError], [ErrPassword], [ErrNoPerson]
// or a [*LimitError]: the one there is is tried as at a log-in.
func (s *Service) ChangePassword(ctx context.Context, id Identity, current, password, address string) ([]string, error) {
	if !id.Cookie {
		return nil, ErrNoPerson
	}
	u, err := s.users.User(ctx, id.Actor.ID)
	if err != nil {
		return nil, err
	}
	if err := s.prove(ctx, u.Name, u.PasswordHash, current, address); err != nil {
		if errors.Is(err, ErrDenied) {
			return nil, &FieldError{"current", "password.current", "this isn't your password"}
		}
		return nil, err
	}
	if err := checkNew(u.Name, password); err != nil {
		return nil, err
	}
	stored, err := s.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	_, keys, err := s.users.ChangeUser(ctx, u.ID, func(now User, _ []User) (UserChange, error) {
		// An admin may have made a link meanwhile: what was proved counts no more.
		if now.PasswordHash != u.PasswordHash || now.Disabled {
			return UserChange{}, ErrDenied
		}
		return UserChange{Action: "user.password", Role: now.Role, PasswordHash: stored, EndSessions: true, KeepSession: id.Key}, nil
	})
	return keys, err
}

// Sessions lists where whoever asks is logged in; a token is nowhere.
func (s *Service) Sessions(ctx context.Context, id Identity) ([]Session, error) {
	if !id.Cookie {
		return nil, nil
	}
	list, err := s.sessions.UserSessions(ctx, id.Actor.ID)
	if err != nil {
		return nil, err
	}
	now, last := s.now(), list[:0]
	for i := range list {
		if list[i].lasts(now) {
			last = append(last, list[i])
		}
	}
	return last, nil
}

// EndSession ends one of the sessions of whoever asks, by its id, and gives its key.
func (s *Service) EndSession(ctx context.Context, id Identity, session string) (string, error) {
	ended, err := s.endSessions(ctx, id, func(n Session) bool { return n.ID == session })
	if err != nil {
		return "", err
	}
	return ended[0], nil
}

// EndOtherSessions ends all sessions of whoever asks but the one that is asking, and
// gives their keys.
func (s *Service) EndOtherSessions(ctx context.Context, id Identity) ([]string, error) {
	ended, err := s.endSessions(ctx, id, func(n Session) bool { return n.Hash != id.Key })
	if errors.Is(err, ErrNotFound) {
		return nil, nil // this is the only one
	}
	return ended, err
}

func (s *Service) endSessions(ctx context.Context, id Identity, which func(Session) bool) ([]string, error) {
	if !id.Cookie {
		return nil, ErrNoPerson
	}
	ended, err := s.sessions.DeleteSessions(ctx, id.Actor.ID, which)
	keys := make([]string, len(ended))
	for i := range ended {
		keys[i] = ended[i].Hash
	}
	return keys, err
}
