package app

import (
	"context"
	"errors"
	"io"

	"github.com/drawbridge-soar/drawbridge/server/cases"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// caseFiles keeps what is attached to cases among the store's blobs.
type caseFiles struct {
	blobs store.Blobs
}

// Create implements [cases.Files].
func (f caseFiles) Create(ctx context.Context) (cases.FileWriter, error) { return f.blobs.Create(ctx) }

// Open implements [cases.Files].
func (f caseFiles) Open(ctx context.Context, sha256 string) (io.ReadCloser, int64, error) {
	file, err := f.blobs.Open(ctx, sha256)
	if errors.Is(err, store.ErrNoBlob) {
		return nil, 0, cases.ErrNoAttachment
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}
