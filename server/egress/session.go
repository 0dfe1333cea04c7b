package egress

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Limits of one call.
const (
	MaxHandles   = 16       // blobs open at once
	MaxBlobBytes = 64 << 20 // written in all
)

// New makes a broker over a blob store.
func New(blobs Blobs) Broker { return broker{blobs} }

type broker struct{ blobs Blobs }

func (b broker) Begin(c Caller) Session {
	return &session{caller: c, blobs: b.blobs, open: map[int32]handle{}}
}

// handle is one open blob: one of the two is set.
type handle struct {
	r BlobReader
	w BlobWriter
}

type session struct {
	caller  Caller
	blobs   Blobs
	open    map[int32]handle
	last    int32
	calls   int
	written int64
}

func (s *session) Do(_ context.Context, function string, _ []byte) ([]byte, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	return nil, refuse(abi.ErrnoDenied, "%s: connector %s has no grant for it", function, s.caller.Connector)
}

func (s *session) count() error {
	if s.calls++; s.calls > abi.MaxHostCalls {
		return refuse(abi.ErrnoLimit, "more than %d host calls in one call of %s.%s", abi.MaxHostCalls, s.caller.Connector, s.caller.Action)
	}
	return nil
}

func (s *session) OpenBlob(ctx context.Context, id string) (int32, error) {
	if err := s.count(); err != nil {
		return 0, err
	}
	if !slices.Contains(s.caller.Blobs, id) {
		return 0, refuse(abi.ErrnoDenied, "blob %q is not in the input of this call", id)
	}
	if len(s.open) == MaxHandles {
		return 0, refuse(abi.ErrnoLimit, "more than %d blobs open at once", MaxHandles)
	}
	r, err := s.blobs.Open(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, refuse(abi.ErrnoNotFound, "blob %s is no longer stored", id)
	}
	if err != nil {
		return 0, err
	}
	return s.keep(handle{r: r}), nil
}

func (s *session) keep(h handle) int32 {
	s.last++
	s.open[s.last] = h
	return s.last
}

func (s *session) ReadBlob(id int32, p []byte, off int64) (int, error) {
	h := s.open[id]
	if h.r == nil || off < 0 {
		return 0, refuse(abi.ErrnoBadCall, "handle %d is not open for reading, or offset %d is below 0", id, off)
	}
	n, err := h.r.ReadAt(p, off)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

func (s *session) WriteBlob(ctx context.Context, id int32, p []byte) (int32, error) {
	if s.written += int64(len(p)); s.written > MaxBlobBytes {
		return 0, refuse(abi.ErrnoTooLarge, "more than %d bytes of blobs written in one call", MaxBlobBytes)
	}
	if id == 0 {
		var err error
		if id, err = s.create(ctx); err != nil {
			return 0, err
		}
	}
	h := s.open[id]
	if h.w == nil {
		return 0, refuse(abi.ErrnoBadCall, "handle %d is not open for writing", id)
	}
	_, err := h.w.Write(p)
	return id, err
}

func (s *session) create(ctx context.Context) (int32, error) {
	if err := s.count(); err != nil {
		return 0, err
	}
	if len(s.open) == MaxHandles {
		return 0, refuse(abi.ErrnoLimit, "more than %d blobs open at once", MaxHandles)
	}
	w, err := s.blobs.Create(ctx)
	if err != nil {
		return 0, err
	}
	return s.keep(handle{w: w}), nil
}

func (s *session) CloseBlob(id int32) (*abi.Blob, error) {
	h, ok := s.open[id]
	if !ok {
		return nil, refuse(abi.ErrnoBadCall, "handle %d is not open", id)
	}
	delete(s.open, id)
	if h.r != nil {
		return nil, h.r.Close()
	}
	b, err := h.w.Commit()
	if err != nil {
		return nil, errors.Join(err, h.w.Abort())
	}
	if !slices.Contains(s.caller.Blobs, b.ID) {
		s.caller.Blobs = append(slices.Clip(s.caller.Blobs), b.ID) // what it wrote it may read back
	}
	return &b, nil
}

func (s *session) Close() error {
	var errs []error
	for id, h := range s.open {
		delete(s.open, id)
		if h.r != nil {
			errs = append(errs, h.r.Close())
		} else {
			errs = append(errs, h.w.Abort())
		}
	}
	return errors.Join(errs...)
}
