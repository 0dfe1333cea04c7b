package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// RescueUser gives a user of a server a one-time link, by which they choose a new
// password; the old one and their sessions end at once. A server may be running on the
// folder. A disabled user is refused unless they are to be enabled.
func RescueUser(ctx context.Context, at Location, name string, enable bool) (in auth.Invitation, err error) {
	err = withUsers(ctx, at, func(ctx context.Context, service *auth.Service) error {
		in, err = service.Rescue(ctx, name, enable)
		return err
	})
	return in, err
}

// Users lists the users of a server, which may be running.
func Users(ctx context.Context, at Location) (list []auth.User, err error) {
	err = withUsers(ctx, at, func(ctx context.Context, service *auth.Service) error {
		list, err = service.Users(ctx)
		return err
	})
	return list, err
}

// withUsers works with the users of a data folder in the name of the machine's owner.
// A folder without a database isn't made one: its name was misspelt.
func withUsers(ctx context.Context, at Location, work func(ctx context.Context, service *auth.Service) error) error {
	if _, err := os.Stat(filepath.Join(at.Data, store.FileName)); at.Database == "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is no data folder: name the server's with --data", at.Data)
	}
	s, err := at.open(ctx)
	if err != nil {
		return err
	}
	service, err := auth.New(s, s, s, s, time.Now)
	if err == nil {
		err = work(auth.WithActor(ctx, auth.Actor{ID: "cli", Name: "command line", Kind: "system", Role: auth.Admin}), service)
	}
	return errors.Join(err, s.Close())
}
