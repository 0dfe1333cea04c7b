package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
)

// inspect ends a stream with a handshake that takes whatever certificate comes, and
// tells what the other side showed. Nothing can be sent to it then: who it is isn't
// known.
func (s *session) inspect(ctx context.Context, in *abi.NetRequest) (*abi.Peer, error) {
	switch {
	case in.Handle == 0:
		return nil, refuse(abi.ErrnoBadCall, "to look at a certificate, open the stream by starttls first, and give its handle")
	case in.Host != "" || in.Port != 0 || in.Command != "" || in.Data != "" || in.Login != "" || in.Credential != "":
		return nil, refuse(abi.ErrnoBadCall, "an inspection takes a handle, a serverName and a timeout, and nothing else")
	case in.ServerName != "" && !catalog.ExactHost(in.ServerName): // it is sent in the clear
		return nil, refuse(abi.ErrnoBadCall, "serverName must be the name of a host, or its address")
	}
	st, err := s.find(in.Handle)
	if err != nil {
		return nil, err
	}
	if st.secured || st.shell != nil || st.loggedIn {
		return nil, refuse(abi.ErrnoBadCall, "the stream to %s is in use already: open another to look at its certificate", st.place())
	}
	defer s.closeStream(in.Handle) //nolint:errcheck // nothing is left to be said
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	if err := st.SetDeadline(time.Time{}); err != nil { // that of the last read
		return nil, err
	}
	client := tls.Client(st.Conn, s.curious(st, in.ServerName))
	if err := client.HandshakeContext(ctx); err != nil {
		return nil, noHandshake(ctx, err, st.place())
	}
	state := client.ConnectionState()
	peer := &abi.Peer{
		Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), ALPN: state.NegotiatedProtocol, Certificates: []string{},
	}
	for _, c := range state.PeerCertificates {
		peer.Certificates = append(peer.Certificates, base64.StdEncoding.EncodeToString(c.Raw))
	}
	if err := s.believes(state.PeerCertificates); err != nil {
		peer.Untrusted = cut(err.Error(), maxMessage)
	}
	return peer, nil
}

// curious is the configuration of a handshake with anybody, by old ways as well: an old
// endpoint is to be looked at, not believed.
func (s *session) curious(st *stream, name string) *tls.Config {
	config := &tls.Config{
		InsecureSkipVerify: true, //nolint:gosec // to see what is wrong with a certificate is what this is for
		MinVersion:         tls.VersionTLS10,
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		config.CipherSuites = append(config.CipherSuites, suite.ID)
	}
	if name == "" {
		name = st.host
	}
	if net.ParseIP(name) == nil {
		config.ServerName = name
	}
	if len(st.written) == 0 && !st.overrun { // what begins in another protocol goes on with it
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config
}

// believes says why a chain leads to nobody whom the server believes; nil says that it
// does. Expiry and names are matters of their own: it looks at a time at which the whole
// chain held.
func (s *session) believes(chain []*x509.Certificate) error {
	if len(chain) == 0 {
		return errors.New("no certificate was shown")
	}
	from, until := chain[0].NotBefore, chain[0].NotAfter
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
		if c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if c.NotAfter.Before(until) {
			until = c.NotAfter
		}
	}
	at := s.broker.options.Now()
	switch {
	case at.Before(from):
		at = from
	case at.After(until) && until.After(from):
		at = until
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: s.broker.options.RootCAs, Intermediates: between, CurrentTime: at})
	return err
}

// noHandshake tells an endpoint that doesn't speak TLS from one that refuses to.
func noHandshake(ctx context.Context, err error, place string) error {
	var garbled tls.RecordHeaderError
	var wire net.Error
	switch {
	case errors.As(err, &garbled):
		return &abi.Error{Code: abi.CodeNoTLS, Message: place + " doesn't speak TLS there: look at the port, or at what has to be said before"}
	case ctx.Err() != nil, errors.As(err, &wire) && wire.Timeout():
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &abi.Error{Code: abi.CodeUnavailable, Message: place + " closed the connection within the handshake: it may not speak TLS there", Retryable: true}
	case errors.As(err, new(tls.AlertError)):
		return &abi.Error{Code: abi.CodeHandshake, Message: place + " refuses the handshake: " + err.Error()}
	case errors.As(err, new(*net.OpError)):
		return err
	}
	return &abi.Error{Code: abi.CodeHandshake, Message: place + ": the handshake fails: " + err.Error()}
}
