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
	"strings"
	"sync"
	"time"
)

// Blobs keeps large values by the SHA-256 of their bytes. A value is durable once it
// was written; the same bytes are kept once.
type Blobs interface {
	// Open opens a blob for reading at any place, or says [ErrNoBlob].
	Open(ctx context.Context, id string) (*os.File, error)
	// Stream opens a blob for reading it once from its begin, and gives its size, or says
	// [ErrNoBlob].
	Stream(ctx context.Context, id string) (io.ReadCloser, int64, error)
	// Read gives a whole blob of at most limit bytes, or says [ErrNoBlob].
	Read(ctx context.Context, id string, limit int64) ([]byte, error)
	// Put keeps a value and gives its id.
	Put(ctx context.Context, data []byte) (id string, err error)
	// Create begins a blob.
	Create(ctx context.Context) (BlobWriter, error)
	// Renew marks a blob as written now, or says [ErrNoBlob].
	Renew(ctx context.Context, id string) error
	// Older gives the ids of blobs that nobody has written since a time.
	Older(ctx context.Context, since time.Time, each func(id string)) error
	// Remove removes a blob that nobody has written since a time, and gives its size;
	// removed is false where there is no such blob.
	Remove(ctx context.Context, id string, since time.Time) (size int64, removed bool, err error)
	// Close lets go of what it holds.
	Close() error
}

// freshFor is for how long a blob that is written again needs no mark that it was:
// less than any time after which one is removed.
const freshFor = time.Hour

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
	// mu keeps a blob from being removed while it is written again. Only one process
	// uses the folder.
	mu sync.RWMutex
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

// Stream implements [Blobs].
func (b *fileBlobs) Stream(ctx context.Context, id string) (io.ReadCloser, int64, error) {
	f, err := b.Open(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
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
	if there, err := b.renew(id); there || err != nil {
		return id, err
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

// Renew implements [Blobs].
func (b *fileBlobs) Renew(_ context.Context, id string) error { return mustBe(b.renew(id)) }

func mustBe(there bool, err error) error {
	if err == nil && !there {
		return ErrNoBlob
	}
	return err
}

// renew marks a blob as written now, and says whether there is one.
func (b *fileBlobs) renew(id string) (bool, error) {
	name, err := place(id)
	if err != nil {
		return false, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	info, err := b.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if now := time.Now(); err == nil && now.Sub(info.ModTime()) > freshFor {
		err = b.root.Chtimes(name, now, now)
	}
	return err == nil, err
}

// Older implements [Blobs]. It removes what writers left that ended in the middle.
func (b *fileBlobs) Older(ctx context.Context, since time.Time, each func(id string)) error {
	folders, err := fs.ReadDir(b.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !folder.IsDir() {
			if err := b.removeLeft(folder, since); err != nil {
				return err
			}
			continue
		}
		files, err := fs.ReadDir(b.root.FS(), folder.Name())
		if err != nil {
			return err
		}
		for _, file := range files {
			id := folder.Name() + file.Name()
			if _, err := place(id); err != nil {
				continue // none of ours
			}
			if info, err := file.Info(); err == nil && info.ModTime().Before(since) { // gone meanwhile is well
				each(id)
			}
		}
	}
	return nil
}

func (b *fileBlobs) removeLeft(file fs.DirEntry, since time.Time) error {
	info, err := file.Info()
	if err != nil || !strings.HasPrefix(file.Name(), unfinished) || !info.ModTime().Before(since) {
		return nil //nolint:nilerr // its writer has finished meanwhile
	}
	return b.root.Remove(file.Name())
}

// Remove implements [Blobs].
func (b *fileBlobs) Remove(_ context.Context, id string, since time.Time) (size int64, removed bool, err error) {
	name, err := place(id)
	if err != nil {
		return 0, false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	info, err := b.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, false, nil
	case err != nil || !info.ModTime().Before(since):
		return 0, false, err
	}
	return info.Size(), true, b.root.Remove(name)
}

// unfinished begins the names of files that are being written.
const unfinished = "new-"

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
	name := unfinished + hex.EncodeToString(raw[:])
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
	if err := w.move(name); err != nil {
		return "", 0, errors.Join(err, w.blobs.root.Remove(w.name))
	}
	return id, w.size, errors.Join(w.blobs.sync(folder), w.blobs.sync("."))
}

// move gives a written file its name.
func (w *fileWriter) move(name string) error {
	w.blobs.mu.RLock()
	defer w.blobs.mu.RUnlock()
	return w.blobs.root.Rename(w.name, name)
}

// sync makes a folder's entries durable: a renamed file is lost with the power otherwise.
func (b *fileBlobs) sync(folder string) error {
	f, err := b.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
