package abi

// Host functions of module [Version]. Every one that yields bytes does so in two
// steps, so that the host never calls back into a guest that is calling out: the
// first call answers a length (or a negative [Errno]) and keeps the bytes with
// the host; take(ptr, cap) copies them into memory that the guest gives and
// forgets them.
//
//	log(level i32, ptr i32, len i32)                  level: 0 debug, 1 info, 2 warn, 3 error
//	progress(ptr i32, len i32)                        a line for the person who watches the run
//	now() -> i64                                      Unix nanoseconds
//	random(ptr i32, len i32) -> i32                   0 or Errno
//	blob_open(ptr i32, len i32) -> i64                id of the blob -> handle, or Errno
//	blob_read(handle i32, off i64, ptr i32, cap i32) -> i32   bytes copied; 0 at the end; or Errno
//	blob_write(handle i32, ptr i32, len i32) -> i32   handle 0 begins a new blob; -> handle, or Errno
//	blob_close(handle i32) -> i32                     a written blob: length of its {"id","size"} for take; a read one: 0
//	take(ptr i32, cap i32) -> i32                     bytes copied, or Errno
//	http, net_open, net_read, net_write, net_close, sign, kv_get, kv_put: as http(ptr i32, len i32) -> i32,
//	with JSON in and JSON out through take
const (
	HostLog       = "log"
	HostProgress  = "progress"
	HostNow       = "now"
	HostRandom    = "random"
	HostBlobOpen  = "blob_open"
	HostBlobRead  = "blob_read"
	HostBlobWrite = "blob_write"
	HostBlobClose = "blob_close"
	HostTake      = "take"
	HostHTTP      = "http"
	HostNetOpen   = "net_open"
	HostNetRead   = "net_read"
	HostNetWrite  = "net_write"
	HostNetClose  = "net_close"
	HostSign      = "sign"
	HostKVGet     = "kv_get"
	HostKVPut     = "kv_put"
)

// Errno is a negative number that a host function answers when it refuses.
type Errno int32

// Refusals of host functions.
const (
	ErrnoDenied   Errno = -1 // no such capability was granted
	ErrnoBadCall  Errno = -2 // a pointer, length or handle is out of range
	ErrnoNotFound Errno = -3
	ErrnoTooLarge Errno = -4
	ErrnoLimit    Errno = -5 // too many calls, handles or bytes in this call
	ErrnoIO       Errno = -6
)

// Limits of one call, unless an action declares more.
const (
	DefaultPages   = 384     // linear memory, in pages of 64 KiB
	MaxPages       = 1024    // what an action may declare
	MaxInput       = 4 << 20 // bytes of a request
	MaxOutput      = 8 << 20 // bytes of an answer
	MaxHostCalls   = 1000    // besides blob_read, blob_write and log
	MaxLogLine     = 8 << 10
	MaxLogBytes    = 1 << 20
	MaxRandomBytes = 64 << 10
)
