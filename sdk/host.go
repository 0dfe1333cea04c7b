package sdk

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Host is what a connector can ask of the outside world. In WebAssembly it is
// backed by the host functions of package abi, in a test by sdktest.
type Host interface {
	Log(level Level, line string)
	Progress(line string)
	Now() time.Time
	// Random fills p, at most abi.MaxRandomBytes in one call of an action.
	Random(p []byte) error
	OpenBlob(id string) (BlobReader, error)
	CreateBlob() (BlobWriter, error)
	// Call runs one of the host functions that take JSON and answer JSON: http,
	// net_*, sign, kv_*.
	Call(function string, request []byte) ([]byte, error)
}

// BlobReader reads a stored value at any offset.
type BlobReader interface {
	io.ReaderAt
	io.Closer
}

// BlobWriter stores a value. Commit ends it and answers its reference.
type BlobWriter interface {
	io.Writer
	Commit() (abi.Blob, error)
}

// Level says how important a log line is.
type Level int32

// Levels of log lines.
const (
	LevelDebug Level = iota
	LevelInfo
	LevelWarn
	LevelError
)

// String is the level's name in logs.
func (l Level) String() string {
	if l < LevelDebug || l > LevelError {
		return fmt.Sprintf("level%d", int32(l))
	}
	return [...]string{"debug", "info", "warn", "error"}[l]
}

// ErrBlobNotFound is answered for a blob that the host does not have.
var ErrBlobNotFound = errors.New("the blob is not there; it may have passed its retention")
