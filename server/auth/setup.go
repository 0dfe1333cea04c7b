package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Admin makes the first admin where there is no user yet, and says whether that
// admin still has to choose a password: nobody else can log in and manage users.
func (s *Service) Admin(ctx context.Context) (admin User, pending bool, err error) {
	list, err := s.users.Users(ctx)
	if err != nil {
		return User{}, false, err
	}
	for i := range list {
		// Who was here before and has a link from elsewhere keeps that link.
		if u := list[i]; u.Name == AdminName && u.State() == Invited && u.Role == Admin {
			return u, !othersManage(u.ID, list), nil
		}
	}
	if len(list) > 0 {
		return User{}, false, nil
	}
	admin, err = s.newUser(AdminName, Admin)
	if err != nil {
		return User{}, false, err
	}
	err = s.users.InsertUser(ctx, admin, nil, func(all []User) error {
		if len(all) > 0 {
			return errMade
		}
		return nil
	})
	if errors.Is(err, errMade) {
		return s.Admin(ctx)
	}
	return admin, true, err
}

// errMade says that another server has made the first user meanwhile.
var errMade = errors.New("there are users already")

func (s *Service) newUser(name string, role Role) (User, error) {
	id, err := uuid.NewV7()
	return User{ID: id.String(), Name: name, Role: role, Created: s.now(), Revision: 1}, err
}

// newLink makes a link's secret, and what is kept of it.
func (s *Service) newLink(life time.Duration) (token string, l Link, err error) {
	token, err = secret()
	return token, Link{digest(token), s.now().Add(life)}, err
}

// BeginSetup makes a new one-time link for a user, to be shown in a terminal; earlier
// ones stop working.
func (s *Service) BeginSetup(ctx context.Context, u User) (token string, err error) {
	token, l, err := s.newLink(printedLife)
	if err != nil {
		return "", err
	}
	return token, s.setups.ReplaceSetup(ctx, l, u.ID)
}

// SetPassword sets a user's password without a link, as the machine's owner wants it.
func (s *Service) SetPassword(ctx context.Context, u User, password string) error {
	stored, err := s.hash(ctx, password)
	if err != nil {
		return fmt.Errorf("password of %s: %w", u.Name, err)
	}
	return s.setups.SetPassword(ctx, u.ID, stored)
}

// Setup tells whose a one-time link is, without using it. The error is
// [ErrSetupUsed], [ErrSetupWrong] or a [*LimitError].
func (s *Service) Setup(ctx context.Context, token string, from Origin) (User, error) {
	if err := s.addresses.take(network(from.Address), s.now()); err != nil {
		return User{}, err
	}
	u, err := s.setups.Setup(ctx, digest(token), s.now())
	return u, s.noSetup(ctx, err)
}

// noSetup says why a link isn't good.
func (s *Service) noSetup(ctx context.Context, err error) error {
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	if _, pending, err := s.Admin(ctx); err == nil && pending {
		return ErrSetupWrong
	}
	return ErrSetupUsed
}

// SetUp sets the password of a one-time link's user and logs in. The error is one of
// [Service.Setup], [ErrPassword] or a [*FieldError].
func (s *Service) SetUp(ctx context.Context, token, password string, from Origin) (Login, error) {
	u, err := s.Setup(ctx, token, from)
	if err != nil {
		return Login{}, err
	}
	if err := checkNew(u.Name, password); err != nil {
		return Login{}, err
	}
	stored, err := s.hash(ctx, password)
	if err != nil {
		return Login{}, err
	}
	u, err = s.setups.UseSetup(ctx, digest(token), stored, s.now())
	if err != nil {
		return Login{}, s.noSetup(ctx, err)
	}
	return s.open(ctx, u, from)
}
