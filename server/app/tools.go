package app

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// Location is where a server keeps its data.
type Location struct {
	// Data is the folder of everything that is kept.
	Data string
	// Database is the address of a PostgreSQL database; empty is SQLite inside Data.
	Database string
}

func (l Location) open(ctx context.Context) (*store.Store, error) {
	return store.Open(ctx, store.Options{Folder: l.Data, Database: l.Database})
}

// CreateToken makes an API token and gives its secret. A server may be running there; a
// folder that is not there yet is made, so that a script can have its token before the
// first start.
func CreateToken(ctx context.Context, at Location, name string, role auth.Role) (string, error) {
	s, err := at.open(ctx)
	if err != nil {
		return "", err
	}
	service, err := auth.New(s, s, s, s, time.Now)
	if err != nil {
		return "", errors.Join(err, s.Close())
	}
	ctx = auth.WithActor(ctx, auth.Actor{ID: "cli", Name: "command line", Kind: "system", Role: auth.Admin})
	_, secret, err := service.CreateToken(ctx, name, role)
	return secret, errors.Join(err, s.Close())
}

// OpenAPI gives the description of the API as JSON, from a throwaway server that
// takes no requests.
func OpenAPI(ctx context.Context) ([]byte, error) {
	folder, err := os.MkdirTemp("", "drawbridge-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // temporary
	s, err := OpenServer(ctx, ServeConfig{Data: folder, Listen: "127.0.0.1:0", Version: "1", Instance: "ID"})
	if err != nil {
		return nil, err
	}
	return s.OpenAPI(), s.Close(ctx)
}
