package app

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
	"github.com/drawbridge-soar/drawbridge/server/store"
)

// blobs lets the sandbox use the store's blobs.
type blobs struct {
	store store.Blobs
}

// Open implements [egress.Blobs].
func (b blobs) Open(ctx context.Context, id string) (egress.BlobReader, error) {
	f, err := b.store.Open(ctx, id)
	if errors.Is(err, store.ErrNoBlob) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return blobReader{f, info.Size()}, nil
}

// Create implements [egress.Blobs].
func (b blobs) Create(ctx context.Context) (egress.BlobWriter, error) {
	w, err := b.store.Create(ctx)
	if err != nil {
		return nil, err
	}
	return &blobWriter{BlobWriter: w}, nil
}

type blobReader struct {
	*os.File
	size int64
}

// Size implements [egress.BlobReader].
func (r blobReader) Size() int64 { return r.size }

type blobWriter struct {
	store.BlobWriter
	ended bool
}

// Commit implements [egress.BlobWriter].
func (w *blobWriter) Commit() (abi.Blob, error) {
	w.ended = true
	id, size, err := w.BlobWriter.Commit()
	return abi.Blob{ID: id, Size: size}, err
}

// Abort implements [egress.BlobWriter].
func (w *blobWriter) Abort() error {
	if w.ended {
		return nil
	}
	w.ended = true
	return w.Discard()
}
