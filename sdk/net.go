package sdk

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of one read and of one write.
const (
	maxNetRead  = 64 << 10
	maxNetWrite = 1 << 20
)

// Conn is a stream to another system, which the host opened. It implements net.Conn.
// Its errors name the place. What is still open when the action returns is closed.
type Conn struct {
	host    Host
	handle  int
	place   place
	timeout time.Duration
	until   time.Time
	limited bool
	limit   int
}

// place is a host and a port; it implements net.Addr.
type place struct {
	host string
	port int
}

func (p place) Network() string { return "tcp" }
func (p place) String() string  { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

// Dial opens a stream to a host and port that the manifest asks for in its
// capabilities and an admin consented to; at most 4 are open at once. It is encrypted,
// unless an unencrypted one was granted. Timeout bounds the opening; zero is what is
// left of the call's time. The error is denied where the stream isn't granted,
// unavailable or timeout where the other side isn't reached.
func (c *Context) Dial(host string, port int, timeout time.Duration) (*Conn, error) {
	return c.DialTLS("", host, port, timeout)
}

// DialTLS is [Context.Dial] with a choice of encryption: [abi.TLSImplicit], or
// [abi.TLSStart] for a stream on which [Conn.StartTLS] follows, or [abi.TLSNone].
func (c *Context) DialTLS(encryption, host string, port int, timeout time.Duration) (*Conn, error) {
	conn := &Conn{host: c.host, place: place{host, port}}
	out, err := conn.call(abi.HostNetOpen, abi.NetRequest{Host: host, Port: port, TLS: encryption}, timeout)
	if err != nil {
		return nil, err
	}
	conn.handle = out.Handle
	return conn, nil
}

// StartTLS encrypts a stream that was opened with [abi.TLSStart], once the other side
// has agreed to it. What was read beyond its agreement came unencrypted: refuse it.
func (c *Conn) StartTLS() error {
	_, err := c.call(abi.HostNetOpen, abi.NetRequest{Handle: c.handle}, c.left())
	return err
}

// Inspect ends the stream with a handshake that takes whatever certificate comes, and
// tells what the other side showed. It is asked for a name, or for the host where that is
// empty. The stream was opened with [abi.TLSStart], and holds what agrees on an encryption
// or nothing. Where there is no handshake the error is [abi.CodeNoTLS],
// [abi.CodeHandshake], unavailable or timeout.
func (c *Conn) Inspect(name string) (*abi.Peer, error) {
	out, err := c.call(abi.HostNetOpen, abi.NetRequest{Handle: c.handle, TLS: abi.TLSInspect, ServerName: name}, c.left())
	if err != nil {
		return nil, err
	}
	if out.Peer == nil {
		return nil, Unavailable("the host tells nothing of %s: it is older than this connector", c.place)
	}
	return out.Peer, nil
}

// Login has the host log in with the call's credential, in one of the ways that its
// type declares, such as [abi.LoginSMTPPlain]; the connector never sees the secret. It
// answers the credential's name. Whether the log-in was taken the other side says.
func (c *Conn) Login(way string, credential *abi.Credential) (name string, err error) {
	in := abi.NetRequest{Handle: c.handle, Login: way}
	if credential != nil {
		in.Credential = credential.Handle
	}
	out, err := c.call(abi.HostNetWrite, in, c.left())
	if err != nil {
		return "", err
	}
	return out.Credential, nil
}

// SetTimeout bounds each read and write from here on; zero is what is left of the
// call's time.
func (c *Conn) SetTimeout(d time.Duration) { c.timeout = d }

// SetLimit bounds what is read from here on, in bytes: a server that never stops
// sending is no reason to fill the memory. Reading more is an error with the code
// too_large.
func (c *Conn) SetLimit(bytes int) { c.limited, c.limit = true, bytes }

// SetDeadline implements net.Conn: from then on nothing is read or written.
func (c *Conn) SetDeadline(t time.Time) error {
	c.until = t
	return nil
}

// SetReadDeadline is [Conn.SetDeadline]: there is one for both.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.SetDeadline(t) }

// SetWriteDeadline is [Conn.SetDeadline]: there is one for both.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.SetDeadline(t) }

// LocalAddr implements net.Conn; only the host knows the address.
func (c *Conn) LocalAddr() net.Addr { return place{} }

// RemoteAddr implements net.Conn: the host and port that were dialed.
func (c *Conn) RemoteAddr() net.Addr { return c.place }

// left is how long the next call may take; 0 is what is left of the action's time.
func (c *Conn) left() time.Duration {
	if c.until.IsZero() {
		return c.timeout
	}
	left := max(c.until.Sub(c.host.Now()), time.Nanosecond)
	if c.timeout > 0 {
		left = min(left, c.timeout)
	}
	return left
}

// Read implements io.Reader: it waits for something, and reads at most 64 KiB.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	most := min(len(p), maxNetRead)
	if c.limited {
		if most = min(most, c.limit); most <= 0 {
			return 0, &NetError{abi.Error{Code: abi.CodeTooLarge, Message: c.place.String() + " sends more than is taken of it"}}
		}
	}
	out, err := c.call(abi.HostNetRead, abi.NetRequest{Handle: c.handle, Max: most}, c.left())
	if err != nil {
		return 0, err
	}
	data, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		return 0, err
	}
	c.limit -= len(data)
	if n := copy(p, data); n > 0 || !out.EOF {
		return n, nil
	}
	return 0, io.EOF
}

// Write implements io.Writer.
func (c *Conn) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		part := p[done:min(len(p), done+maxNetWrite)]
		if _, err := c.call(abi.HostNetWrite, abi.NetRequest{Handle: c.handle, Data: base64.StdEncoding.EncodeToString(part)}, c.left()); err != nil {
			return done, err
		}
		done += len(part)
	}
	return done, nil
}

// Close implements io.Closer.
func (c *Conn) Close() error {
	_, err := c.call(abi.HostNetClose, abi.NetRequest{Handle: c.handle}, 0)
	return err
}

// Lost explains why an answer didn't come: by the host's error, or because the other
// side closed the stream. Any other error stays as it is.
func (c *Conn) Lost(err error) error {
	var known *NetError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Unavailable("%s closed the connection without an answer", c.place)
	}
	return err
}

// NetError is what went wrong with a stream. It implements net.Error, and wraps the
// host's [abi.Error].
type NetError struct{ Fault abi.Error }

// Error implements the error interface.
func (e *NetError) Error() string { return e.Fault.Error() }

// Unwrap gives the host's error, with the place in its message.
func (e *NetError) Unwrap() error { return &e.Fault }

// Timeout implements net.Error.
func (e *NetError) Timeout() bool { return e.Fault.Code == abi.CodeTimeout }

// Temporary implements net.Error.
func (e *NetError) Temporary() bool { return e.Fault.Retryable }

// Is knows a time-out as os.ErrDeadlineExceeded.
func (e *NetError) Is(target error) bool { return target == os.ErrDeadlineExceeded && e.Timeout() }

func (c *Conn) call(function string, in abi.NetRequest, timeout time.Duration) (*abi.NetResponse, error) {
	if timeout > 0 {
		in.Timeout = timeout.String()
	}
	var out abi.NetResponse
	err := (&Context{host: c.host}).ask(function, in, &out)
	if err == nil && out.Error != nil {
		err = out.Error
	}
	var known *abi.Error
	switch {
	case err == nil:
		return &out, nil
	case !errors.As(err, &known):
		return nil, err
	}
	named := NetError{*known}
	if at := c.place.String(); !strings.Contains(named.Fault.Message, at) {
		named.Fault.Message = at + ": " + named.Fault.Message
	}
	return nil, &named
}
