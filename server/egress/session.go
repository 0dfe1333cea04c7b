package egress

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Limits of one call.
const (
	MaxHandles   = 16       // blobs open at once
	MaxBlobBytes = 64 << 20 // written in all
)

// Options are what a broker works with. Blobs is required; without the others
// nothing that needs them is granted.
type Options struct {
	Blobs Blobs
	// Grants says what a connector may do.
	Grants Grants
	Vault  Vault
	KV     KV
	// Resolve finds addresses; nil asks the system.
	Resolve Resolver
	// Reroutes are addresses that lead elsewhere; nil are none.
	Reroutes Reroutes
	// RootCAs are who is believed; nil are the system's.
	RootCAs *x509.CertPool
	Now     func() time.Time
	// HTTP sends requests in place of the network, as tests of connectors need it.
	HTTP http.RoundTripper
	// GrantBy is how a connector is given what it lacks where there is no server, for
	// refusals: %s stands for the entry of a file of grants. Empty is an admin, on the
	// page Connectors.
	GrantBy string
}

// grantBy says how a connector is given what it lacks.
func (o *Options) grantBy(entry string) string {
	if o.GrantBy == "" {
		return "an admin has to grant it, on the page Connectors"
	}
	return strings.Replace(o.GrantBy, "%s", entry, 1)
}

// Grants says what an admin lets a connector of a digest do.
type Grants interface {
	Grant(connector, version, digest string) catalog.Grant
}

// New makes a broker.
func New(o Options) Broker {
	if o.Resolve == nil {
		o.Resolve = systemResolver
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &broker{options: o, clients: map[string]*http.Transport{}}
}

type broker struct {
	options Options

	mu      sync.Mutex
	clients map[string]*http.Transport // by connector and networks

	tokens tokens
}

// maxClients bounds the clients that are kept: one a connector, and those of
// grants that were changed since.
const maxClients = 200

// Begin implements [Broker].
func (b *broker) Begin(c Caller) Session {
	s := &session{broker: b, caller: c, blobs: b.options.Blobs, open: map[int32]handle{}, conns: map[int32]*stream{}}
	if b.options.Grants != nil {
		s.grant = b.options.Grants.Grant(c.Connector, c.Version, c.Digest)
	}
	if s.client = b.options.HTTP; s.client == nil {
		s.client = b.client(c, s.grant.Networks)
	}
	return s
}

func (b *broker) client(c Caller, networks []catalog.Network) *http.Transport {
	key := c.Connector + " " + c.Digest + " " + fmt.Sprint(networks)
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.clients[key]
	if found == nil {
		if len(b.clients) >= maxClients {
			for old, client := range b.clients {
				client.CloseIdleConnections()
				delete(b.clients, old)
			}
		}
		found = b.options.client(networks)
		b.clients[key] = found
	}
	return found
}

// handle is one open blob: one of the two is set.
type handle struct {
	r BlobReader
	w BlobWriter
}

type session struct {
	broker  *broker
	caller  Caller
	grant   catalog.Grant
	client  http.RoundTripper
	blobs   Blobs
	open    map[int32]handle
	conns   map[int32]*stream
	last    int32
	calls   int
	written int64
	opened  *applied // the credential, once it was used
	// sent says that a request has gone out, of the one that is being made.
	sent    bool
	records []Record
}

// Do implements [Session].
func (s *session) Do(ctx context.Context, function string, request []byte) ([]byte, error) {
	if err := s.count(); err != nil {
		return nil, err
	}
	switch function {
	case abi.HostHTTP:
		return s.http(ctx, request)
	case abi.HostNetOpen, abi.HostNetRead, abi.HostNetWrite, abi.HostNetClose:
		return s.streams(ctx, function, request)
	case abi.HostKVGet, abi.HostKVPut:
		return s.keyValue(ctx, function, request)
	case abi.HostSign:
		return s.sign(ctx, request)
	}
	return nil, refuse(abi.ErrnoDenied, "%s: connector %s has no grant for it", function, s.caller.Connector)
}

// Records implements [Session].
func (s *session) Records() []Record {
	list := s.records
	s.records = nil
	return list
}

// decodeRequest reads what a guest asks. Unknown fields are its mistake.
func decodeRequest(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(abi.ErrnoBadCall, "the request isn't right: %v", err)
	}
	return nil
}

// loadBlob reads a whole blob of the call, to be sent.
func (s *session) loadBlob(ctx context.Context, id string) ([]byte, error) {
	if !slices.Contains(s.caller.Blobs, id) {
		return nil, refuse(abi.ErrnoDenied, "blob %q is not in the input of this call", id)
	}
	r, err := s.blobs.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // only read from
	if r.Size() > MaxBlobBytes {
		return nil, refuse(abi.ErrnoTooLarge, "the blob has more than %d MiB", MaxBlobBytes>>20)
	}
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
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
	for id, conn := range s.conns {
		delete(s.conns, id)
		errs = append(errs, conn.Close())
	}
	return errors.Join(errs...)
}
