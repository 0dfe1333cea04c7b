package sandbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// host answers one host call of the guest through the broker's session.
func (x *exchange) host(ctx context.Context, st *stream, body []byte) error {
	if len(body) == 0 {
		return errors.New("empty host frame")
	}
	if x.session == nil {
		x.session = x.sandbox.opts.Broker.Begin(x.caller())
	}
	// The guest's time goes on while it waits: what is done for it ends with it.
	ctx, cancel := context.WithDeadline(ctx, x.until)
	defer cancel()
	at := st.begin(kindReply)
	st.out = append(st.out, make([]byte, replyHeader)...)
	x.clock = 0
	result := x.dispatch(ctx, st, body[0], body[1:])
	head := st.out[at+frameHeader:]
	binary.LittleEndian.PutUint64(head, uint64(result))
	binary.LittleEndian.PutUint64(head[8:], uint64(x.clock))
	st.end(at)
	return st.send()
}

// record keeps what was done for the guest in the step's log, whatever the guest
// says of it.
func (x *exchange) record(r egress.Record) {
	x.result.Reached = x.result.Reached || r.Reached
	message := r.What + " -> " + r.Outcome + ", " + r.Duration.Round(time.Millisecond).String()
	x.result.Logs = append(x.result.Logs, LogLine{Level: levelCall, At: time.Now().UTC(), Message: cleanLine(message)})
}

func (x *exchange) caller() egress.Caller {
	m := x.connector.Manifest
	return egress.Caller{
		Connector: m.ID, Version: m.Version, Digest: x.connector.Module.Digest,
		Action: x.call.Action,
		Blobs:  x.blobs, Credential: x.call.Credential,
	}
}

// dispatch runs a host function, appends the bytes it yields to the stream and
// answers its result.
func (x *exchange) dispatch(ctx context.Context, st *stream, function byte, args []byte) int64 {
	switch function {
	case hostBlobOpen:
		h, err := x.session.OpenBlob(ctx, string(args))
		return handleOr(h, err)
	case hostBlobRead:
		return x.readBlob(st, args)
	case hostBlobWrite:
		if len(args) < 4 || len(args) > 4+maxPiece {
			return int64(abi.ErrnoBadCall)
		}
		h, err := x.session.WriteBlob(ctx, int32(binary.LittleEndian.Uint32(args)), args[4:])
		return handleOr(h, err)
	case hostBlobClose:
		return x.closeBlob(st, args)
	}
	if i := int(function - hostFirstNamed); i < len(namedHosts) {
		answer, errno := x.named(ctx, namedHosts[i], args)
		if errno < 0 {
			return errno
		}
		st.out = append(st.out, answer...)
		return int64(len(answer))
	}
	return int64(abi.ErrnoBadCall)
}

// named does what takes JSON and answers JSON, and tapes it; or it is answered from
// the tape, and nothing is done.
func (x *exchange) named(ctx context.Context, function string, request []byte) (answer []byte, errno int64) {
	if x.taping.replay != nil {
		return x.replayed(function, request)
	}
	began := time.Now()
	answer, err := x.session.Do(ctx, function, request)
	if err != nil {
		answer, errno = nil, int64(egress.Errno(err))
	}
	records := x.session.Records()
	for _, r := range records {
		x.record(r)
	}
	x.taping.keep(function, request, answer, errno, began, records)
	x.clock = x.taping.clock()
	return answer, errno
}

func (x *exchange) replayed(function string, request []byte) (answer []byte, errno int64) {
	c := x.taping.find(function, request)
	if c == nil {
		return nil, int64(abi.ErrnoIO)
	}
	if c.What != "" {
		x.record(egress.Record{What: c.What, Outcome: c.Outcome + ", recorded", Duration: time.Duration(c.Took) * time.Microsecond})
	}
	x.taping.tape.Calls = append(x.taping.tape.Calls, *c)
	x.clock = x.taping.clock()
	return c.Answer, c.Errno
}

func (x *exchange) readBlob(st *stream, args []byte) int64 {
	if len(args) != 16 {
		return int64(abi.ErrnoBadCall)
	}
	le := binary.LittleEndian
	size := int(min(le.Uint32(args[12:]), maxPiece))
	at := len(st.out)
	st.out = append(st.out, make([]byte, size)...)
	n, err := x.session.ReadBlob(int32(le.Uint32(args)), st.out[at:], int64(le.Uint64(args[4:])))
	st.out = st.out[:at+n]
	if err != nil {
		st.out = st.out[:at]
		return int64(egress.Errno(err))
	}
	return int64(n)
}

func (x *exchange) closeBlob(st *stream, args []byte) int64 {
	if len(args) != 4 {
		return int64(abi.ErrnoBadCall)
	}
	ref, err := x.session.CloseBlob(int32(binary.LittleEndian.Uint32(args)))
	if err != nil {
		return int64(egress.Errno(err))
	}
	if ref == nil {
		return 0
	}
	raw, _ := json.Marshal(ref) // a Blob always has a JSON form
	st.out = append(st.out, raw...)
	return int64(len(raw))
}

func handleOr(h int32, err error) int64 {
	if err != nil {
		return int64(egress.Errno(err))
	}
	return int64(h)
}
