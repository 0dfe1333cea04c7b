package sdk

import (
	"encoding/base64"
	"io"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Bounds of one read and of one write.
const (
	maxNetRead  = 64 << 10
	maxNetWrite = 1 << 20
)

// Conn is a stream to another system, which the host opened: by TLS, unless an
// unencrypted one was granted. It implements io.ReadWriteCloser. What is still open
// when the action returns is closed.
type Conn struct {
	host    Host
	handle  int
	timeout time.Duration
}

// Dial opens a stream to a host and port that the manifest asks for in its
// capabilities and an admin consented to; at most 4 are open at once. Timeout bounds
// the opening; zero is what is left of the call's time. The error is denied where the
// stream isn't granted, unavailable or timeout where the other side isn't reached.
func (c *Context) Dial(host string, port int, timeout time.Duration) (*Conn, error) {
	out, err := netCall(c.host, abi.HostNetOpen, abi.NetRequest{Host: host, Port: port}, timeout)
	if err != nil {
		return nil, err
	}
	return &Conn{host: c.host, handle: out.Handle}, nil
}

// SetTimeout bounds each read and write from here on; zero is what is left of the
// call's time.
func (c *Conn) SetTimeout(d time.Duration) { c.timeout = d }

// Read implements io.Reader: it waits for something, and reads at most 64 KiB.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	out, err := netCall(c.host, abi.HostNetRead, abi.NetRequest{Handle: c.handle, Max: min(len(p), maxNetRead)}, c.timeout)
	if err != nil {
		return 0, err
	}
	data, err := base64.StdEncoding.DecodeString(out.Data)
	if err != nil {
		return 0, err
	}
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
		if _, err := netCall(c.host, abi.HostNetWrite, abi.NetRequest{Handle: c.handle, Data: base64.StdEncoding.EncodeToString(part)}, c.timeout); err != nil {
			return done, err
		}
		done += len(part)
	}
	return done, nil
}

// Close implements io.Closer.
func (c *Conn) Close() error {
	_, err := netCall(c.host, abi.HostNetClose, abi.NetRequest{Handle: c.handle}, 0)
	return err
}

func netCall(host Host, function string, in abi.NetRequest, timeout time.Duration) (*abi.NetResponse, error) {
	if timeout > 0 {
		in.Timeout = timeout.String()
	}
	var out abi.NetResponse
	if err := (&Context{host: host}).ask(function, in, &out); err != nil {
		return nil, err
	}
	if out.Error != nil {
		return nil, out.Error
	}
	return &out, nil
}
