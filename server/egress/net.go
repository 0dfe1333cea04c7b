package egress

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// Bounds of streams.
const (
	maxStreams   = 4
	maxReadOnce  = 64 << 10
	maxWriteOnce = 1 << 20
)

// streams answers net_open, net_read, net_write and net_close.
func (s *session) streams(ctx context.Context, function string, raw []byte) ([]byte, error) {
	var in abi.NetRequest
	if err := decodeRequest(raw, &in); err != nil {
		return nil, err
	}
	ctx, cancel, err := within(ctx, in.Timeout)
	if err != nil {
		return nil, err
	}
	defer cancel()
	out := &abi.NetResponse{}
	switch function {
	case abi.HostNetOpen:
		began := time.Now()
		out.Handle, err = s.openStream(ctx, in.Host, in.Port)
		record := Record{Function: function, What: cut(net.JoinHostPort(in.Host, strconv.Itoa(in.Port)), maxShown), Outcome: "open", Duration: time.Since(began)}
		if err != nil {
			record.Outcome = cut(unsent(err, false)+s.explain(ctx, err).Message, maxShown)
		}
		s.records = append(s.records, record)
	case abi.HostNetRead:
		out.Data, out.EOF, err = s.readStream(ctx, in.Handle, in.Max)
	case abi.HostNetWrite:
		err = s.writeStream(ctx, in.Handle, in.Data)
	default:
		err = s.closeStream(in.Handle)
	}
	if err != nil {
		out = &abi.NetResponse{Error: s.explain(ctx, err)}
	}
	return json.Marshal(out)
}

func (s *session) openStream(ctx context.Context, host string, port int) (int, error) {
	rule, ok := s.netRule(host, port)
	if !ok {
		return 0, refuse(abi.ErrnoDenied, "connector %s may not open a stream to %s port %d: an admin has to grant that to it", s.caller.Connector, host, port)
	}
	if len(s.conns) == maxStreams {
		return 0, refuse(abi.ErrnoLimit, "more than %d streams are open at once", maxStreams)
	}
	g := &guard{networks: s.grant.Networks, resolve: s.broker.options.Resolve}
	conn, err := g.dial(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	if rule.TLS {
		secured := tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: s.broker.options.RootCAs})
		if err := secured.HandshakeContext(ctx); err != nil {
			return 0, errors.Join(err, conn.Close())
		}
		conn = secured
	}
	s.last++
	s.conns[s.last] = conn
	return int(s.last), nil
}

func (s *session) netRule(host string, port int) (catalog.NetRule, bool) {
	for _, r := range s.grant.Net {
		want := r.Host
		if strings.HasPrefix(want, "{") && s.caller.Credential != nil {
			want = s.caller.Credential.Fields[strings.Trim(want, "{}")]
		}
		if want == host && catalog.ExactHost(host) && r.Port == port {
			return r, true
		}
	}
	return catalog.NetRule{}, false
}

// useStream does something with an open stream, no longer than the call goes on.
func (s *session) useStream(ctx context.Context, handle int, use func(net.Conn) error) error {
	conn := s.conns[int32(handle)]
	if conn == nil {
		return refuse(abi.ErrnoBadCall, "the stream %d is not open", handle)
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Minute)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		_ = conn.SetDeadline(time.Unix(1, 0)) // it fails for a stream that is closed
	})
	err := use(conn)
	if !stop() {
		<-interrupted // or it would strike the next use
	}
	return err
}

func (s *session) readStream(ctx context.Context, handle, most int) (data string, eof bool, err error) {
	if most <= 0 || most > maxReadOnce {
		most = maxReadOnce
	}
	buf := make([]byte, most)
	n := 0
	err = s.useStream(ctx, handle, func(conn net.Conn) error {
		n, err = conn.Read(buf)
		return err
	})
	if errors.Is(err, io.EOF) {
		eof, err = true, nil
	}
	if n > 0 {
		err = nil // the error comes again with the next read
	}
	return base64.StdEncoding.EncodeToString(buf[:n]), eof && n == 0, err
}

func (s *session) writeStream(ctx context.Context, handle int, data string) error {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(raw) > maxWriteOnce {
		return refuse(abi.ErrnoBadCall, "data must be base64 of at most %d bytes", maxWriteOnce)
	}
	return s.useStream(ctx, handle, func(conn net.Conn) error {
		_, err := conn.Write(raw)
		return err
	})
}

func (s *session) closeStream(handle int) error {
	conn := s.conns[int32(handle)]
	if conn == nil {
		return refuse(abi.ErrnoBadCall, "the stream %d is not open", handle)
	}
	delete(s.conns, int32(handle))
	return conn.Close()
}
