package egress

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

var blobID = regexp.MustCompile(`^[0-9a-f]{64}$`)

// FolderBlobs keeps each blob as a file named by its digest, for runs without
// a server. Its folder belongs to it alone.
type FolderBlobs struct {
	root *os.Root
	next atomic.Int64
}

// NewFolderBlobs opens an existing folder. Close it when done.
func NewFolderBlobs(dir string) (*FolderBlobs, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &FolderBlobs{root: root}, nil
}

// Close lets go of the folder; the blobs stay.
func (f *FolderBlobs) Close() error { return f.root.Close() }

// Open implements [Blobs].
func (f *FolderBlobs) Open(_ context.Context, id string) (BlobReader, error) {
	if !blobID.MatchString(id) {
		return nil, fs.ErrNotExist
	}
	file, err := f.root.Open(id)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return folderReader{File: file, size: info.Size()}, nil
}

// Create implements [Blobs].
func (f *FolderBlobs) Create(context.Context) (BlobWriter, error) {
	name := "new-" + strconv.FormatInt(f.next.Add(1), 10)
	file, err := f.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &folderWriter{root: f.root, file: file, name: name, sum: sha256.New()}, nil
}

type folderReader struct {
	*os.File
	size int64
}

func (r folderReader) Size() int64 { return r.size }

type folderWriter struct {
	root *os.Root
	file *os.File
	name string
	sum  hash.Hash
	size int64
	done bool
}

func (w *folderWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.sum.Write(p[:n])
	w.size += int64(n)
	return n, err
}

func (w *folderWriter) Commit() (abi.Blob, error) {
	b := abi.Blob{ID: hex.EncodeToString(w.sum.Sum(nil)), Size: w.size}
	if err := w.file.Close(); err != nil {
		return b, err
	}
	err := w.root.Rename(w.name, b.ID)
	w.done = err == nil
	return b, err
}

func (w *folderWriter) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	_ = w.file.Close() // a failed Commit has closed it already
	return w.root.Remove(w.name)
}
