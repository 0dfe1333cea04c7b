package sandbox

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Kinds of frames on a slot. A call is kindCall, then any number of the others,
// then kindAnswer or kindFailure.
const (
	kindCall    byte = iota + 1 // to the child: callHeader, connector, request
	kindReply                   // to the child: i64 result, i64 the guest's clock, bytes; after kindHost
	kindModule                  // to the child: the code; after kindNeed
	kindAnswer                  // what the guest used (a byte), the guest's answer
	kindFailure                 // failure code, message
	kindHost                    // function, arguments
	kindLog                     // level, i64 Unix nanoseconds, text
	kindNeed                    // the module isn't here: send it
	kindLoading                 // another call is loading the module
	kindStarted                 // the module is loaded, the guest's time begins
)

const (
	replyHeader = 16
	frameHeader = 5 // u32 length of what follows the header, u8 kind
	// maxFrame is what the server takes from a child: an answer or a piece of a
	// blob, with room for its header.
	maxFrame = abi.MaxOutput + 4096
	// maxChildFrame is what a child takes from the server.
	maxChildFrame = max(catalog.MaxFile, abi.MaxInput) + 64<<10
	// maxPiece is the most of a blob that one host call moves.
	maxPiece    = 1 << 20
	flushAt     = 32 << 10
	keepBuffer  = 256 << 10
	readBufSize = 8 << 10
)

// stream reads and writes frames on one socket. Frames are gathered and sent in
// one write, and buffers are used again: at a small call's cost a second system
// call or an allocation would show.
type stream struct {
	w   io.Writer
	r   *bufio.Reader
	max int
	in  []byte
	out []byte
}

func newStream(rw io.ReadWriter, limit int) *stream {
	return &stream{w: rw, r: bufio.NewReaderSize(rw, readBufSize), max: limit}
}

// begin starts a frame; the caller appends its contents to s.out, then ends it.
func (s *stream) begin(kind byte) int {
	at := len(s.out)
	s.out = append(s.out, 0, 0, 0, 0, kind)
	return at
}

// end completes the frame that begin answered at.
func (s *stream) end(at int) {
	binary.LittleEndian.PutUint32(s.out[at:], uint32(len(s.out)-at-frameHeader))
}

// send sends what was gathered.
func (s *stream) send() error {
	_, err := s.w.Write(s.out)
	if s.out = s.out[:0]; cap(s.out) > keepBuffer {
		s.out = nil
	}
	return err
}

// frame sends one frame at once, with all that was gathered before.
func (s *stream) frame(kind byte, parts ...[]byte) error {
	at := s.begin(kind)
	for _, p := range parts {
		s.out = append(s.out, p...)
	}
	s.end(at)
	return s.send()
}

// read answers the next frame; its contents are valid until the next read.
func (s *stream) read() (byte, []byte, error) {
	head, err := s.r.Peek(frameHeader)
	if err != nil {
		return 0, nil, err
	}
	size, kind := int(binary.LittleEndian.Uint32(head)), head[4]
	if size > s.max {
		return 0, nil, fmt.Errorf("frame of %d bytes, the limit is %d", size, s.max)
	}
	if _, err := s.r.Discard(frameHeader); err != nil {
		return 0, nil, err
	}
	if cap(s.in) < size || cap(s.in) > keepBuffer {
		s.in = make([]byte, max(size, 1024))
	}
	body := s.in[:size]
	_, err = io.ReadFull(s.r, body)
	return kind, body, err
}

// callHeader is the fixed part of a call's frame.
type callHeader struct {
	Seq     uint64   // of the slot; names the call to cancel
	Wall    int64    // the guest's clock at the start, Unix nanoseconds
	Timeout int64    // nanoseconds
	Pages   uint32   // limit of linear memory
	Probe   bool     // load and instantiate, run nothing
	Digest  [32]byte // of the module's file
	Seed    [32]byte // of the guest's random numbers
}

const callHeaderSize = 8 + 8 + 8 + 4 + 1 + 32 + 32

func (h *callHeader) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint64(b, h.Seq)
	b = le.AppendUint64(b, uint64(h.Wall))
	b = le.AppendUint64(b, uint64(h.Timeout))
	b = le.AppendUint32(b, h.Pages)
	if h.Probe {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = append(b, h.Digest[:]...)
	return append(b, h.Seed[:]...)
}

// parse reads what append wrote. The child trusts the server, so that a short
// frame is a fault of the program.
func (h *callHeader) parse(b []byte) {
	le := binary.LittleEndian
	h.Seq = le.Uint64(b)
	h.Wall = int64(le.Uint64(b[8:]))
	h.Timeout = int64(le.Uint64(b[16:]))
	h.Pages = le.Uint32(b[24:])
	h.Probe = b[28] != 0
	copy(h.Digest[:], b[29:])
	copy(h.Seed[:], b[61:])
}

// Host functions that cross the slot, as a byte.
const (
	hostBlobOpen byte = iota
	hostBlobRead
	hostBlobWrite
	hostBlobClose
	hostFirstNamed // from here on: namedHosts[b-hostFirstNamed]
)

// namedHosts take JSON and answer JSON.
var namedHosts = [...]string{
	abi.HostHTTP, abi.HostNetOpen, abi.HostNetRead, abi.HostNetWrite, abi.HostNetClose,
	abi.HostSign, abi.HostKVGet, abi.HostKVPut,
}

// Failures that a child reports instead of an answer.
const (
	failCrashed byte = iota
	failTimeout
	failTooLarge
	failInternal
	failCanceled
	failRefused    // the module can't be loaded
	failUncompiled // its compiled code isn't where it should be
	failNoSpace    // there is no room on the disk for its compiled code
)
