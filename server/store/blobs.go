package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
)

// Blobs keeps large values by the SHA-256 of their bytes. A value is durable once it
// was written; the same bytes are kept once.
type Blobs interface {
	// Open opens a blob for reading at any place, or says [ErrNoBlob].
	Open(ctx context.Context, id string) (*os.File, error)
	// Read gives a whole blob of at most limit bytes, or says [ErrNoBlob].
	Read(ctx context.Context, id string, limit int64) ([]byte, error)
	// Put keeps a value and gives its id.
	Put(ctx context.Context, data []byte) (id string, err error)
	// Create begins a blob.
	Create(ctx context.Context) (BlobWriter, error)
	// Close lets go of what it holds.
	Close() error
}

// BlobWriter takes the bytes of a new blob. Commit or Discard ends it.
type BlobWriter interface {
	Write(p []byte) (int, error)
	// Commit makes the blob durable and gives its id and size.
	Commit() (id string, size int64, err error)
	// Discard removes what was written.
	Discard() error
}

// fileBlobs are files in a folder.
type fileBlobs struct {
	root *os.Root
}

// ErrNoBlob says that no value has the id.
var ErrNoBlob = errors.New("there is no such blob")

// OpenBlobs opens or makes the folder, for its owner alone.
func OpenBlobs(folder string) (Blobs, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("blob folder: %w", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("blob folder: %w", err)
	}
	return &fileBlobs{root: root}, nil
}

// Close implements [Blobs].
func (b *fileBlobs) Close() error { return b.root.Close() }

// place gives a blob's path; only what is a digest gets one.
func place(id string) (string, error) {
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != id {
		return "", ErrNoBlob
	}
	return path.Join(id[:2], id[2:]), nil
}

// Open implements [Blobs].
func (b *fileBlobs) Open(_ context.Context, id string) (*os.File, error) {
	name, err := place(id)
	if err != nil {
		return nil, err
	}
	f, err := b.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoBlob
	}
	return f, err
}

// Read implements [Blobs].
func (b *fileBlobs) Read(ctx context.Context, id string, limit int64) ([]byte, error) {
	f, err := b.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("the blob %s has %d bytes, at most %d can be loaded here", id, info.Size(), limit)
	}
	return io.ReadAll(f)
}

// Put implements [Blobs].
func (b *fileBlobs) Put(ctx context.Context, data []byte) (id string, err error) {
	sum := sha256.Sum256(data)
	id = hex.EncodeToString(sum[:])
	if f, err := b.Open(ctx, id); err == nil {
		return id, f.Close()
	}
	w, err := b.Create(ctx)
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(w, bytes.NewReader(data)); err != nil {
		return "", errors.Join(err, w.Discard())
	}
	id, _, err = w.Commit()
	return id, err
}

type fileWriter struct {
	blobs *fileBlobs
	file  *os.File
	name  string
	sum   hash.Hash
	size  int64
}

// Create implements [Blobs].
func (b *fileBlobs) Create(context.Context) (BlobWriter, error) {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return nil, err
	}
	name := "new-" + hex.EncodeToString(raw[:])
	f, err := b.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &fileWriter{blobs: b, file: f, name: name, sum: sha256.New()}, nil
}

// Write implements [BlobWriter].
func (w *fileWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	return n, err
}

// Discard implements [BlobWriter].
func (w *fileWriter) Discard() error {
	return errors.Join(w.file.Close(), w.blobs.root.Remove(w.name))
}

// Commit implements [BlobWriter].
func (w *fileWriter) Commit() (id string, size int64, err error) {
	id = hex.EncodeToString(w.sum.Sum(nil))
	if err := errors.Join(w.file.Sync(), w.file.Close()); err != nil {
		return "", 0, errors.Join(err, w.blobs.root.Remove(w.name))
	}
	name, err := place(id)
	if err != nil {
		return "", 0, err
	}
	folder := path.Dir(name)
	if err := w.blobs.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", 0, errors.Join(err, w.blobs.root.Remove(w.name))
	}
	if err := w.blobs.root.Rename(w.name, name); err != nil {
		return "", 0, errors.Join(err, w.blobs.root.Remove(w.name))
	}
	return id, w.size, errors.Join(w.blobs.sync(folder), w.blobs.sync("."))
}

// sync makes a folder's entries durable: a renamed file is lost with the power otherwise.
func (b *fileBlobs) sync(folder string) error {
	f, err := b.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
