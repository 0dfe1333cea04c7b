package sdktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk"
	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Line is one captured log line.
type Line struct {
	Level sdk.Level
	Text  string
}

// Host is a fake of the sandbox's host: blobs in memory, a fixed clock, random
// bytes that are the same in every test.
type Host struct {
	Lines []Line
	Steps []string // progress
	Clock time.Time
	// HTTP answers requests; nil denies them.
	HTTP func(abi.HTTPRequest) abi.HTTPResponse
	// Net opens streams, such as one side of a net.Pipe; nil denies them.
	Net func(host string, port int) (net.Conn, error)
	// Sign answers what is to be signed; nil denies it.
	Sign func(abi.SignRequest) abi.SignResponse
	// KV holds what the connector keeps.
	KV       map[string]string
	blobs    map[string][]byte
	random   *rand.ChaCha8
	consumed int
	conns    []net.Conn // by handle, from 1; nil once closed
}

// NewHost makes an empty host whose clock stands at noon of 2 January 2025, UTC.
func NewHost() *Host {
	return &Host{
		Clock:  time.Date(2025, 1, 2, 12, 0, 0, 0, time.UTC),
		KV:     map[string]string{},
		blobs:  map[string][]byte{},
		random: rand.NewChaCha8([32]byte{}),
	}
}

// PutBlob stores a value and answers what to give an action as input.
func (h *Host) PutBlob(value []byte) map[string]abi.Blob {
	sum := sha256.Sum256(value)
	id := hex.EncodeToString(sum[:])
	h.blobs[id] = bytes.Clone(value)
	return map[string]abi.Blob{abi.BlobKey: {ID: id, Size: int64(len(value))}}
}

// Blob answers a stored value, nil when there is none.
func (h *Host) Blob(id string) []byte { return h.blobs[id] }

// Log captures a line.
func (h *Host) Log(level sdk.Level, line string) { h.Lines = append(h.Lines, Line{level, line}) }

// Progress captures a line.
func (h *Host) Progress(line string) { h.Steps = append(h.Steps, line) }

// Now answers Clock.
func (h *Host) Now() time.Time { return h.Clock }

// Random fills p from a fixed seed, within the limit of the real host.
func (h *Host) Random(p []byte) error {
	if h.consumed += len(p); h.consumed > abi.MaxRandomBytes {
		return sdk.TooLarge("random: at most %d bytes a call", abi.MaxRandomBytes)
	}
	_, err := h.random.Read(p)
	return err
}

// OpenBlob reads a value that PutBlob or an action stored.
func (h *Host) OpenBlob(id string) (sdk.BlobReader, error) {
	value, ok := h.blobs[id]
	if !ok {
		return nil, fmt.Errorf("blob %s: %w", id, sdk.ErrBlobNotFound)
	}
	return blobReader{bytes.NewReader(value)}, nil
}

type blobReader struct{ *bytes.Reader }

func (blobReader) Close() error { return nil }

// CreateBlob stores what is written to it.
func (h *Host) CreateBlob() (sdk.BlobWriter, error) { return &blobWriter{host: h}, nil }

type blobWriter struct {
	bytes.Buffer
	host *Host
}

func (w *blobWriter) Commit() (abi.Blob, error) {
	return w.host.PutBlob(w.Bytes())[abi.BlobKey], nil
}

// Call answers http by HTTP, sign by Sign, net_* by Net, and kv_get and kv_put from
// KV.
func (h *Host) Call(function string, request []byte) ([]byte, error) {
	switch function {
	case abi.HostHTTP:
		var in abi.HTTPRequest
		if err := json.Unmarshal(request, &in); err != nil {
			return nil, err
		}
		if h.HTTP == nil {
			return json.Marshal(abi.HTTPResponse{Error: &abi.Error{Code: abi.CodeDenied, Message: "the test's host answers no requests: set HTTP"}})
		}
		return json.Marshal(h.HTTP(in))
	case abi.HostSign:
		var in abi.SignRequest
		if err := json.Unmarshal(request, &in); err != nil {
			return nil, err
		}
		if h.Sign == nil {
			return json.Marshal(abi.SignResponse{Error: &abi.Error{Code: abi.CodeDenied, Message: "the test's host signs nothing: set Sign"}})
		}
		return json.Marshal(h.Sign(in))
	case abi.HostNetOpen, abi.HostNetRead, abi.HostNetWrite, abi.HostNetClose:
		return h.netCall(function, request)
	case abi.HostKVGet, abi.HostKVPut:
		var in abi.KVRequest
		if err := json.Unmarshal(request, &in); err != nil {
			return nil, err
		}
		return json.Marshal(h.keyValue(function, in))
	}
	return nil, sdk.Denied("%s: the test's host doesn't have it", function)
}

func (h *Host) keyValue(function string, in abi.KVRequest) abi.KVResponse {
	switch value, ok := h.KV[in.Key]; {
	case in.If != nil && (ok != (in.If.Value != nil) || ok && value != *in.If.Value):
		return abi.KVResponse{Differs: true}
	case function == abi.HostKVPut && in.Value == nil:
		delete(h.KV, in.Key)
	case function == abi.HostKVPut:
		h.KV[in.Key] = *in.Value
	case ok:
		return abi.KVResponse{Value: &value}
	}
	return abi.KVResponse{}
}
