package app

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/drawbridge-soar/drawbridge/server/auth"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// CreateToken makes an API token in a data folder and gives its secret. A server
// may be running on the folder; one that is not there yet is made, so that a
// script can have its token before the first start.
func CreateToken(ctx context.Context, data, name string, role auth.Role) (string, error) {
	s, err := store.Open(ctx, store.Options{Folder: data})
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
