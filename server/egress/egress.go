// Package egress decides what a connector may reach outside its sandbox. Every
// host call of a connector that is not answered within the sandbox comes here,
// to the session of the call that makes it, and leaves here as an answer or as
// a refusal with its reason.
//
// A session grants what the connector's grant holds: requests to hosts, streams,
// values that it keeps, and networks besides the public internet. With a request
// it sends the credential that the call's node names, which the guest never sees,
// to that credential's hosts only, and takes its echo out of the answer. Of blobs
// it grants those that the call was given as input, and those that it writes
// itself. Everything else is refused as denied.
package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Caller says for whom a session is opened.
type Caller struct {
	Connector string
	Version   string
	Digest    string
	Action    string
	// Blobs are the ids of the blobs in the call's input, the only ones that it
	// may read besides its own.
	Blobs []string
	// Credential is the one that the node names, or nil.
	Credential *Credential
}

// Record says what a host call did.
type Record struct {
	Function string
	// What was asked, such as GET https://api.example.com/v1/hosts.
	What string
	// Outcome is the status or the reason why not.
	Outcome  string
	Duration time.Duration
	// Reached says that the other side may have heard of it: what was refused here, and
	// a connection that never came about, did nothing.
	Reached bool
}

// CredentialHandle is what a guest names the call's credential by. There is one
// at most, so that there is nothing to guess.
const CredentialHandle = "credential"

// Credential is the one that a call's node names, without its secrets: the broker
// fetches those for the moment of a request.
type Credential struct {
	ID string
	// Type is how the connector declares it, with how it is put into requests.
	Type abi.CredentialOf
	// Hosts are the only ones that it is sent to.
	Hosts []string
	// Fields may be known to the guest.
	Fields map[string]string
}

// Broker opens one session a call.
type Broker interface {
	Begin(Caller) Session
}

// Session is the host's side of one call. Its methods are called by one
// goroutine. An error that is a [*Refusal] carries what the guest is told; any
// other is told as an I/O failure.
type Session interface {
	// Do runs http, net_*, sign or kv_* with its JSON request and answers JSON.
	Do(ctx context.Context, function string, request []byte) ([]byte, error)
	// OpenBlob answers a handle above 0 for reading.
	OpenBlob(ctx context.Context, id string) (int32, error)
	// ReadBlob reads like io.ReaderAt; at the end it answers 0 and no error.
	ReadBlob(handle int32, p []byte, off int64) (int, error)
	// WriteBlob appends to a blob; handle 0 begins one. It answers the handle.
	WriteBlob(ctx context.Context, handle int32, p []byte) (int32, error)
	// CloseBlob ends a handle. For a written blob it answers what was stored,
	// for a read one nil.
	CloseBlob(handle int32) (*abi.Blob, error)
	// Records answers what was done for the guest since it was last asked: every
	// request and stream, without secrets.
	Records() []Record
	// Close gives up what is still open; blobs that weren't closed are lost.
	Close() error
}

// Blobs keeps large values. The store implements it.
type Blobs interface {
	// Open answers an error that is fs.ErrNotExist where there is no such blob.
	Open(ctx context.Context, id string) (BlobReader, error)
	Create(ctx context.Context) (BlobWriter, error)
}

// BlobReader reads one blob at any place.
type BlobReader interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// BlobWriter takes the bytes of a new blob. Abort after Commit does nothing.
type BlobWriter interface {
	io.Writer
	Commit() (abi.Blob, error)
	Abort() error
}

// Refusal is an error that a guest is told the kind of.
type Refusal struct {
	Errno  abi.Errno
	Reason string
}

// Error implements the error interface.
func (r *Refusal) Error() string { return r.Reason }

func refuse(errno abi.Errno, format string, args ...any) error {
	return &Refusal{Errno: errno, Reason: fmt.Sprintf(format, args...)}
}

// Errno is what a guest is told of an error.
func Errno(err error) abi.Errno {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Errno
	}
	return abi.ErrnoIO
}
