package auth

import (
	"context"
	"time"
)

// Users lists everybody who may log in.
func (s *Service) Users(ctx context.Context) ([]User, error) { return s.users.Users(ctx) }

// User gives one of them.
func (s *Service) User(ctx context.Context, id string) (User, error) { return s.users.User(ctx, id) }

// Invitation is a user with the secret of their one-time link, which isn't kept.
type Invitation struct {
	User    User
	Token   string
	Expires time.Time
}

// Invite makes a user who chooses a password by a one-time link. A [*FieldError] says
// what is wrong with the name.
func (s *Service) Invite(ctx context.Context, name string, role Role) (Invitation, error) {
	if err := CheckName(name); err != nil {
		return Invitation{}, err
	}
	token, l, err := s.newLink(linkLife)
	if err != nil {
		return Invitation{}, err
	}
	u, err := s.newUser(name, role)
	if err != nil {
		return Invitation{}, err
	}
	u.LinkExpires = l.Expires
	return Invitation{u, token, l.Expires}, s.users.InsertUser(ctx, u, &l, func(all []User) error { return free(name, all) })
}

// NewLink gives a user a new one-time link. The links before it, the password and all
// sessions end at once: whoever else has them is out from now on, and not from when
// the link is used. Base is the revision that this was decided on, 0 for any. It gives
// the keys of the sessions.
func (s *Service) NewLink(ctx context.Context, id string, base int64) (Invitation, []string, error) {
	by := ActorFrom(ctx)
	if by.User == id {
		return Invitation{}, nil, ErrOwnLink
	}
	return s.relink(ctx, id, linkLife, func(u User, all []User) error {
		switch {
		case base != 0 && base != u.Revision:
			return &ChangedError{base, u}
		case u.Disabled:
			return ErrDisabled
		case u.manages() && !othersManage(id, all):
			return ErrLastAdmin
		}
		return nil
	})
}

// Rescue gives a user a new one-time link, as the machine's owner wants it: also the
// last admin. Of a disabled one it is [ErrDisabled] unless they are to be enabled.
func (s *Service) Rescue(ctx context.Context, name string, enable bool) (Invitation, error) {
	u, err := s.users.UserByName(ctx, name)
	if err != nil {
		return Invitation{}, err
	}
	in, _, err := s.relink(ctx, u.ID, printedLife, func(u User, _ []User) error {
		if u.Disabled && !enable {
			return ErrDisabled
		}
		return nil
	})
	return in, err
}

func (s *Service) relink(ctx context.Context, id string, life time.Duration, may func(u User, all []User) error) (Invitation, []string, error) {
	token, l, err := s.newLink(life)
	if err != nil {
		return Invitation{}, nil, err
	}
	u, keys, err := s.users.ChangeUser(ctx, id, func(u User, all []User) (UserChange, error) {
		if err := may(u, all); err != nil {
			return UserChange{}, err
		}
		detail := map[string]any{"name": u.Name, "expires": l.Expires}
		if u.Disabled {
			detail["enabled"] = true
		}
		return UserChange{Action: "user.setup", Detail: detail, Role: u.Role, Counts: true, EndSessions: true, Link: &l}, nil
	})
	return Invitation{u, token, l.Expires}, keys, err
}

// ChangeUser gives a user a role and says whether they are disabled. Who may do less
// than before is logged out, and what their tokens hold open is closed, by the keys
// that it gives. Base is the revision that this was decided on, 0 for any: the error
// is a [*ChangedError] where another came first.
func (s *Service) ChangeUser(ctx context.Context, id string, base int64, role Role, disabled bool) (User, []string, error) {
	by := ActorFrom(ctx)
	return s.users.ChangeUser(ctx, id, func(u User, all []User) (UserChange, error) {
		less := disabled || role != u.Role && lesser(role, u.Role) == role
		c := UserChange{
			Action: "user.role", Role: role, Disabled: disabled, PasswordHash: u.PasswordHash, Counts: true, EndSessions: less, CloseTokens: less,
			Detail: map[string]any{"name": u.Name, "role": role},
		}
		switch {
		case base != 0 && base != u.Revision:
			return c, &ChangedError{base, u}
		case disabled && by.User == id:
			return c, ErrSelf
		case u.manages() && (disabled || role != Admin) && !othersManage(id, all):
			return c, ErrLastAdmin
		}
		if role != u.Role {
			c.Detail["was"] = u.Role
		}
		if disabled != u.Disabled {
			c.Action = map[bool]string{true: "user.disable", false: "user.enable"}[disabled]
		}
		return c, nil
	})
}

// RemoveUser forgets a user who never logged in.
func (s *Service) RemoveUser(ctx context.Context, id string) error {
	return s.users.DeleteUser(ctx, id, func(u User, all []User) error {
		switch {
		case !u.LastSeen.IsZero():
			return ErrSeen
		case u.manages() && !othersManage(id, all):
			return ErrLastAdmin
		}
		return nil
	})
}
