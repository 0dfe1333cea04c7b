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

// RescueUser gives a user of a data folder a one-time link, by which they choose a new
// password; the old one and their sessions end at once. A server may be running on the
// folder. A disabled user is refused unless they are to be enabled.
func RescueUser(ctx context.Context, data, name string, enable bool) (in auth.Invitation, err error) {
	err = withUsers(ctx, data, func(ctx context.Context, service *auth.Service) error {
		in, err = service.Rescue(ctx, name, enable)
		return err
	})
	return in, err
}

// Users lists the users of a data folder. A server may be running on it.
func Users(ctx context.Context, data string) (list []auth.User, err error) {
	err = withUsers(ctx, data, func(ctx context.Context, service *auth.Service) error {
		list, err = service.Users(ctx)
		return err
	})
	return list, err
}

// withUsers works with the users of a data folder in the name of the machine's owner.
// A folder without a database isn't made one: its name was misspelt.
func withUsers(ctx context.Context, data string, work func(ctx context.Context, service *auth.Service) error) error {
	if _, err := os.Stat(filepath.Join(data, "drawbridge.db")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is no data folder: name the server's with --data", data)
	}
	s, err := store.Open(ctx, store.Options{Folder: data})
	if err != nil {
		return err
	}
	service, err := auth.New(s, s, s, s, time.Now)
	if err == nil {
		err = work(auth.WithActor(ctx, auth.Actor{ID: "cli", Name: "command line", Kind: "system", Role: auth.Admin}), service)
	}
	return errors.Join(err, s.Close())
}
