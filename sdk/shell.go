package sdk

import (
	"encoding/base64"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
)

// Shell is a connection on which the host speaks SSH: it has compared the server's key
// with those that the call's credential names, and logged in. One command runs on it.
type Shell struct {
	conn *Conn
	// Server is what the server names itself, such as SSH-2.0-OpenSSH_9.2; HostKey the type
	// and the fingerprint of its key; Credential the name of the credential.
	Server, HostKey, Credential string
}

// DialShell opens a connection by SSH to a host and port of the call's credential, whose
// type declares [abi.LoginSSH], and logs in with it. Neither the secret nor the encryption is seen here. The error is
// denied where the server's key isn't one that the credential names, or where it lets
// nobody in.
func (c *Context) DialShell(host string, port int, credential *abi.Credential, timeout time.Duration) (*Shell, error) {
	conn := &Conn{host: c.host, place: place{host, port}}
	in := abi.NetRequest{Host: host, Port: port, TLS: abi.TLSShell}
	if credential != nil {
		in.Credential = credential.Handle
	}
	out, err := conn.call(abi.HostNetOpen, in, timeout)
	if err != nil {
		return nil, err
	}
	conn.handle = out.Handle
	return &Shell{conn, out.Server, out.HostKey, out.Credential}, nil
}

// Place is the host and port that were dialed.
func (s *Shell) Place() string { return s.conn.place.String() }

// SetDeadline has everything fail with the code timeout from then on.
func (s *Shell) SetDeadline(t time.Time) { _ = s.conn.SetDeadline(t) }

// Start runs a command: a text that the shell of the user there reads. Its input, at
// most 1 MiB, ends after these bytes.
func (s *Shell) Start(command string, input []byte) error {
	in := abi.NetRequest{Handle: s.conn.handle, Command: command, Data: base64.StdEncoding.EncodeToString(input)}
	_, err := s.conn.call(abi.HostNetOpen, in, s.conn.left())
	return err
}

// Read waits for what the command writes to its output and to its standard error, at
// most 64 KiB in all. Once there is no more of either, it says how the command ended.
func (s *Shell) Read() (stdout, stderr []byte, exit *abi.Exit, err error) {
	out, err := s.conn.call(abi.HostNetRead, abi.NetRequest{Handle: s.conn.handle, Max: maxNetRead}, s.conn.left())
	if err != nil {
		return nil, nil, nil, err
	}
	if stdout, err = base64.StdEncoding.DecodeString(out.Data); err != nil {
		return nil, nil, nil, err
	}
	stderr, err = base64.StdEncoding.DecodeString(out.Stderr)
	return stdout, stderr, out.Exit, err
}

// Close ends the connection, and with it a command that still runs, as far as its
// server ends it.
func (s *Shell) Close() error { return s.conn.Close() }
