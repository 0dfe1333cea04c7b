//go:build wasip1

package sdk

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unsafe"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

//go:wasmimport drawbridge_v1 log
func hostLog(level int32, p unsafe.Pointer, n int32)

//go:wasmimport drawbridge_v1 progress
func hostProgress(p unsafe.Pointer, n int32)

//go:wasmimport drawbridge_v1 now
func hostNow() int64

//go:wasmimport drawbridge_v1 random
func hostRandom(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_open
func hostBlobOpen(p unsafe.Pointer, n int32) int64

//go:wasmimport drawbridge_v1 blob_read
func hostBlobRead(handle int32, off int64, p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_write
func hostBlobWrite(handle int32, p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 blob_close
func hostBlobClose(handle int32) int32

//go:wasmimport drawbridge_v1 take
func hostTake(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 http
func hostHTTP(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 kv_get
func hostKVGet(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 kv_put
func hostKVPut(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 net_open
func hostNetOpen(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 net_read
func hostNetRead(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 net_write
func hostNetWrite(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 net_close
func hostNetClose(p unsafe.Pointer, n int32) int32

//go:wasmimport drawbridge_v1 sign
func hostSign(p unsafe.Pointer, n int32) int32

// named are the host functions that take JSON and leave JSON for take.
var named = map[string]func(unsafe.Pointer, int32) int32{
	abi.HostHTTP: hostHTTP, abi.HostKVGet: hostKVGet, abi.HostKVPut: hostKVPut,
	abi.HostSign: hostSign, abi.HostNetOpen: hostNetOpen, abi.HostNetRead: hostNetRead, abi.HostNetWrite: hostNetWrite, abi.HostNetClose: hostNetClose,
}

// wasmHost is the Host of a connector inside the sandbox.
type wasmHost struct{}

func (wasmHost) Log(level Level, line string) {
	hostLog(int32(level), unsafe.Pointer(unsafe.StringData(line)), int32(len(line)))
}

func (wasmHost) Progress(line string) {
	hostProgress(unsafe.Pointer(unsafe.StringData(line)), int32(len(line)))
}

func (wasmHost) Now() time.Time { return time.Unix(0, hostNow()).UTC() }

func (wasmHost) Random(p []byte) error {
	if code := hostRandom(unsafe.Pointer(unsafe.SliceData(p)), int32(len(p))); code < 0 {
		return hostError("random", abi.Errno(code))
	}
	return nil
}

func (wasmHost) OpenBlob(id string) (BlobReader, error) {
	handle := hostBlobOpen(unsafe.Pointer(unsafe.StringData(id)), int32(len(id)))
	if handle < 0 {
		return nil, hostError("open blob "+id, abi.Errno(handle))
	}
	return wasmReader{int32(handle)}, nil
}

func (wasmHost) CreateBlob() (BlobWriter, error) { return &wasmWriter{}, nil }

func (wasmHost) Call(function string, request []byte) ([]byte, error) {
	call := named[function]
	if call == nil {
		return nil, Denied("%s: the host has no such function", function)
	}
	n := call(unsafe.Pointer(unsafe.SliceData(request)), int32(len(request)))
	if n < 0 {
		return nil, hostError(function, abi.Errno(n))
	}
	answer := make([]byte, n)
	if got := hostTake(unsafe.Pointer(unsafe.SliceData(answer)), n); got != n {
		return nil, hostError(function, abi.Errno(got))
	}
	return answer, nil
}

type wasmReader struct{ handle int32 }

// maxChunk bounds one copy between guest and host.
const maxChunk = 1 << 20

func (r wasmReader) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		chunk := p[done:min(len(p), done+maxChunk)]
		n := hostBlobRead(r.handle, off+int64(done), unsafe.Pointer(&chunk[0]), int32(len(chunk)))
		if n < 0 {
			return done, hostError("read blob", abi.Errno(n))
		}
		if n == 0 {
			return done, io.EOF
		}
		done += int(n)
	}
	return done, nil
}

func (r wasmReader) Close() error {
	hostBlobClose(r.handle)
	return nil
}

// wasmWriter begins its blob with the first write: handle 0 asks for a new one.
type wasmWriter struct{ handle int32 }

func (w *wasmWriter) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) || w.handle == 0 {
		chunk := p[done:min(len(p), done+maxChunk)]
		handle := hostBlobWrite(w.handle, unsafe.Pointer(unsafe.SliceData(chunk)), int32(len(chunk)))
		if handle < 0 {
			return done, hostError("write blob", abi.Errno(handle))
		}
		w.handle = handle
		done += len(chunk)
	}
	return done, nil
}

func (w *wasmWriter) Commit() (abi.Blob, error) {
	var ref abi.Blob
	if w.handle == 0 {
		if _, err := w.Write(nil); err != nil {
			return ref, err
		}
	}
	n := hostBlobClose(w.handle)
	if n < 0 {
		return ref, hostError("close blob", abi.Errno(n))
	}
	raw := make([]byte, n)
	if got := hostTake(unsafe.Pointer(unsafe.SliceData(raw)), n); got != n {
		return ref, hostError("close blob", abi.Errno(got))
	}
	return ref, json.Unmarshal(raw, &ref)
}

// hostError turns a refusal of a host function into an error that says what to do.
func hostError(what string, code abi.Errno) error {
	switch code {
	case abi.ErrnoDenied:
		return Denied("%s: not granted; ask an admin to grant it to this connector", what)
	case abi.ErrnoNotFound:
		return fmt.Errorf("%s: %w", what, ErrBlobNotFound)
	case abi.ErrnoTooLarge:
		return TooLarge("%s: too large", what)
	case abi.ErrnoLimit:
		return TooLarge("%s: this call has used up its limit", what)
	case abi.ErrnoIO:
		return Unavailable("%s: the host could not do it", what)
	case abi.ErrnoBadCall:
	}
	return fmt.Errorf("%s: refused with %d", what, code)
}
