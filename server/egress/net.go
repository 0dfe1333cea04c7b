package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

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
		outcome, st := "open", s.conns[int32(in.Handle)]
		if in.TLS == abi.TLSInspect {
			outcome = "inspected"
			out.Peer, err = s.inspect(ctx, &in)
		} else {
			out.Handle, err = s.openStream(ctx, &in)
		}
		if st != nil {
			in.Host, in.Port = st.host, st.port
		}
		s.conns[int32(out.Handle)].tells(out)
		record := Record{Function: function, What: cut(s.named(&in), maxShown), Outcome: outcome, Duration: time.Since(began)}
		record.Reached = err == nil || reached(err)
		if err != nil {
			record.Outcome = cut(unsent(err, false)+s.explain(ctx, err).Message, maxShown)
		}
		s.records = append(s.records, record)
	case abi.HostNetWrite:
		out.Credential, err = s.writeStream(ctx, &in)
	case abi.HostNetRead:
		err = s.readStream(ctx, in.Handle, in.Max, out)
	default:
		err = s.closeStream(in.Handle)
	}
	if err != nil {
		out = &abi.NetResponse{Error: s.explain(ctx, err)}
	}
	return json.Marshal(out)
}

// stream is one that a guest opened.
type stream struct {
	net.Conn
	host string
	port int
	// secured says that the host encrypts it; bound, that it was granted as encrypted
	// and so takes nothing but the way there before.
	secured, bound bool
	// near says that the other side is in a network that an admin granted.
	near bool
	// written is what the guest wrote until it logged in, as far as the host has a use for it.
	written  []byte
	overrun  bool // it wrote more than the host looks at
	loggedIn bool
	mask     *mask // nil until a secret was written
	// shell is what the host speaks SSH by; nil where the guest speaks.
	shell *shell
}

func (st *stream) place() string { return net.JoinHostPort(st.host, strconv.Itoa(st.port)) }

func (s *session) openStream(ctx context.Context, in *abi.NetRequest) (int, error) {
	if in.ServerName != "" {
		return in.Handle, refuse(abi.ErrnoBadCall, "serverName is for an inspection: give tls inspect with it")
	}
	if in.Handle != 0 && in.Command != "" {
		return in.Handle, s.startCommand(ctx, in)
	}
	if in.Handle != 0 {
		return in.Handle, s.secureStream(ctx, in)
	}
	rule, err := s.netRule(in)
	if err != nil {
		return 0, err
	}
	if len(s.conns) == maxStreams {
		return 0, refuse(abi.ErrnoLimit, "more than %d streams are open at once", maxStreams)
	}
	var way *ssh.ClientConfig
	if in.TLS == abi.TLSShell { // before anybody is called
		if way, err = s.logsIn(ctx, in); err != nil {
			return 0, err
		}
	}
	g := &guard{networks: s.grant.Networks, resolve: s.broker.options.Resolve, reroutes: s.broker.options.Reroutes}
	conn, err := g.dial(ctx, "tcp", net.JoinHostPort(in.Host, strconv.Itoa(in.Port)))
	if err != nil {
		return 0, err
	}
	st := &stream{Conn: conn, host: in.Host, port: in.Port, bound: rule.TLS, near: g.private(conn.RemoteAddr()) == nil}
	switch {
	case way != nil:
		err = s.openShell(ctx, st, way)
	case in.TLS == abi.TLSImplicit || in.TLS == "" && rule.TLS:
		err = s.encrypt(ctx, st)
	}
	if err != nil {
		return 0, errors.Join(err, conn.Close())
	}
	s.last++
	s.conns[s.last] = st
	return int(s.last), nil
}

var encryptions = []string{abi.TLSImplicit, abi.TLSStart, abi.TLSNone, abi.TLSShell}

// netRule finds the grant of a stream, one of an unencrypted stream where there is a choice.
func (s *session) netRule(in *abi.NetRequest) (catalog.NetRule, error) {
	var found *catalog.NetRule
	for _, r := range s.grant.Net {
		if s.netFits(r, in) && (found == nil || found.TLS) {
			found = &r
		}
	}
	place := net.JoinHostPort(in.Host, strconv.Itoa(in.Port))
	switch {
	case in.TLS != "" && !slices.Contains(encryptions, in.TLS):
		return catalog.NetRule{}, refuse(abi.ErrnoBadCall, "the encryption %q is none of %s", cut(in.TLS, maxMethod), strings.Join(encryptions, ", "))
	case found == nil:
		return catalog.NetRule{}, refuse(abi.ErrnoDenied, "connector %s may not open a stream to %s: an admin has to grant that to it, or to name %s in the step's credential, where it has one", s.caller.Connector, place, place)
	case found.TLS && in.TLS == abi.TLSNone:
		return catalog.NetRule{}, refuse(abi.ErrnoDenied, "connector %s may open none but an encrypted stream to %s: an admin has to grant one without TLS to it", s.caller.Connector, place)
	}
	return *found, nil
}

func (s *session) netFits(r catalog.NetRule, in *abi.NetRequest) bool {
	if !catalog.ExactHost(in.Host) || in.Port < 1 || in.Port > 65535 {
		return false
	}
	if r.Host == catalog.AnyHost {
		return s.caller.Credential != nil && slices.Contains(s.caller.Credential.Hosts, net.JoinHostPort(in.Host, strconv.Itoa(in.Port)))
	}
	want := r.Host
	if strings.HasPrefix(want, "{") && s.caller.Credential != nil {
		want = s.caller.Credential.Fields[strings.Trim(want, "{}")]
	}
	return want == in.Host && r.Port == in.Port
}

// secureStream encrypts a stream that began in plain text.
func (s *session) secureStream(ctx context.Context, in *abi.NetRequest) error {
	st := s.conns[int32(in.Handle)]
	switch {
	case st == nil:
		return refuse(abi.ErrnoBadCall, "the stream %d is not open", in.Handle)
	case st.secured, st.shell != nil:
		return refuse(abi.ErrnoBadCall, "the stream to %s is encrypted already", st.place())
	case in.Host != "" || in.Port != 0 || in.TLS != "":
		return refuse(abi.ErrnoBadCall, "give a host and a port, or the handle of a stream that is to be encrypted")
	}
	return s.encrypt(ctx, st)
}

// encrypt does the handshake, as a client that believes the server's certificate
// authorities.
func (s *session) encrypt(ctx context.Context, st *stream) error {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	if err := st.SetDeadline(time.Time{}); err != nil { // that of the last read
		return err
	}
	secured := tls.Client(st.Conn, &tls.Config{ServerName: st.host, MinVersion: tls.VersionTLS12, RootCAs: s.broker.options.RootCAs})
	err := secured.HandshakeContext(ctx)
	var unknown x509.UnknownAuthorityError
	var garbled tls.RecordHeaderError
	switch {
	case errors.As(err, &unknown):
		return refuse(abi.ErrnoDenied, "the certificate of %s is signed by nobody who is believed here: an admin starts the server with --ca and a file of who signs it", st.place())
	case errors.As(err, &garbled):
		return refuse(abi.ErrnoBadCall, "%s doesn't speak TLS there: choose another encryption or port", st.place())
	case err != nil:
		return err
	}
	st.Conn, st.secured = secured, true
	return nil
}

// useStream does something with an open stream, no longer than the call goes on.
func (s *session) useStream(ctx context.Context, conn *stream, use func() error) error {
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
	err := use()
	if !stop() {
		<-interrupted // or it would strike the next use
	}
	return err
}

// find gives an open stream.
func (s *session) find(handle int) (*stream, error) {
	st := s.conns[int32(handle)]
	if st == nil {
		return nil, refuse(abi.ErrnoBadCall, "the stream %d is not open", handle)
	}
	return st, nil
}

func (s *session) readStream(ctx context.Context, handle, most int, out *abi.NetResponse) error {
	st, err := s.find(handle)
	if err != nil {
		return err
	}
	if most <= 0 || most > maxReadOnce {
		most = maxReadOnce
	}
	if st.shell != nil {
		return st.shell.read(ctx, most, out)
	}
	var got []byte
	err = s.useStream(ctx, st, func() error {
		got, err = st.read(most)
		return err
	})
	out.Data = base64.StdEncoding.EncodeToString(got)
	if len(got) > 0 {
		return nil // what went wrong comes again with the next read
	}
	if errors.Is(err, io.EOF) {
		out.EOF, err = true, nil
	}
	return err
}

// quiet is how long is waited for more of what comes in pieces. A guest may make only
// so many calls, and would spend one on each piece.
const quiet = time.Millisecond

// read waits for something, and takes what comes close behind it.
func (st *stream) read(most int) ([]byte, error) {
	if st.mask != nil {
		return st.mask.read(st.Conn, most)
	}
	buf := make([]byte, most)
	n, err := st.Read(buf)
	for err == nil && n > 0 && n < most {
		more := 0
		if more = readSoon(st.Conn, buf[n:], quiet); more == 0 {
			break
		}
		n += more
	}
	return buf[:n], err
}

// readSoon reads what comes in a moment. What goes wrong comes again with the next
// read.
func readSoon(conn net.Conn, p []byte, moment time.Duration) int {
	if conn.SetReadDeadline(time.Now().Add(moment)) != nil {
		return 0
	}
	n, _ := conn.Read(p)
	return n
}

// writeStream writes what the guest gives, or logs in: then it answers the name of the
// credential.
func (s *session) writeStream(ctx context.Context, in *abi.NetRequest) (string, error) {
	st, err := s.find(in.Handle)
	if err != nil {
		return "", err
	}
	raw, err := written(in)
	if err != nil {
		return "", err
	}
	if st.shell != nil {
		return "", refuse(abi.ErrnoBadCall, "the host speaks SSH with %s: a command's input is given with it", st.place())
	}
	name := ""
	if in.Login != "" || in.Credential != "" {
		if len(raw) > 0 {
			return "", refuse(abi.ErrnoBadCall, "give data or login, not both")
		}
		if raw, name, err = s.login(ctx, st, in); err != nil {
			return "", err
		}
	} else if err := st.note(raw); err != nil {
		return "", err
	}
	return name, s.useStream(ctx, st, func() error {
		_, err := st.Write(raw)
		return err
	})
}

// written is what a guest gives to be written.
func written(in *abi.NetRequest) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(in.Data)
	if err != nil || len(raw) > maxWriteOnce {
		return nil, refuse(abi.ErrnoBadCall, "data must be base64 of at most %d bytes", maxWriteOnce)
	}
	return raw, nil
}

func (s *session) closeStream(handle int) error {
	conn := s.conns[int32(handle)]
	if conn == nil {
		return refuse(abi.ErrnoBadCall, "the stream %d is not open", handle)
	}
	delete(s.conns, int32(handle))
	return conn.Close()
}
