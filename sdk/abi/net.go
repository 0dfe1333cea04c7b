package abi

// Encryptions that net_open takes in tls.
const (
	// TLSImplicit encrypts from the first byte.
	TLSImplicit = "implicit"
	// TLSStart begins in plain text, to be encrypted by net_open with the handle. Under a
	// grant of encrypted streams nothing but the usual way there can be written before.
	TLSStart = "starttls"
	// TLSNone is a stream that stays as it is: the guest encrypts, or nobody does. An
	// admin has to grant an unencrypted stream for it.
	TLSNone = "none"
	// TLSShell is a connection on which the host speaks SSH: it compares the server's key
	// with those that the call's credential names, and logs in with Credential by
	// [LoginSSH]. One command runs on it, whose output is read. Source: RFC 4251 to 4254.
	TLSShell = "ssh"
	// TLSInspect is for net_open with the handle of a stream that was opened by [TLSStart]
	// or [TLSNone]: the host does the handshake whatever certificate comes, tells what was
	// shown in Peer, and closes the stream.
	TLSInspect = "inspect"
)

// Ways to log in, for [NetRequest] and for login of [CredentialOf]. The host fills
// each from the fields username and password.
const (
	// LoginSMTPPlain answers AUTH PLAIN, LoginSMTPLogin the second question of AUTH
	// LOGIN. Source: RFC 4954, RFC 4616.
	LoginSMTPPlain = "smtp-plain"
	LoginSMTPLogin = "smtp-login"
	// LoginIMAPPlain answers AUTHENTICATE PLAIN. Source: RFC 9051, 6.2.2.
	LoginIMAPPlain = "imap-plain"
	// LoginLDAPSimple is a whole simple bind with the message id 1. Source: RFC 4511, 4.2.
	LoginLDAPSimple = "ldap-simple"
	// LoginSSH is that of [TLSShell]: by the field privateKey, with passphrase where it has
	// one, or else by password, which also answers the one question that a server may ask
	// for it. The field hostKeys holds the server's keys, as fingerprints or as known_hosts
	// has them. Source: RFC 4252, RFC 4256.
	LoginSSH = "ssh"
)

// NetRequest is what the host functions net_* take: net_open a host and a port, the
// others a handle. To net_open a handle means that the stream is to be encrypted or, by
// [TLSInspect], looked at.
type NetRequest struct {
	Host   string `json:"host,omitempty"`
	Port   int    `json:"port,omitempty"`
	Handle int    `json:"handle,omitempty"`
	// TLS is one of [TLSImplicit], [TLSStart], [TLSNone] and [TLSShell], or with a handle
	// [TLSInspect]; empty is what the grant says.
	TLS string `json:"tls,omitempty"`
	// ServerName is asked for in a handshake by [TLSInspect]; empty is the host.
	ServerName string `json:"serverName,omitempty"`
	// Command is run, with Data as its input: net_open takes it with the handle of a
	// connection by [TLSShell], once.
	Command string `json:"command,omitempty"`
	// Data is written, in base64.
	Data string `json:"data,omitempty"`
	// Login is written instead: how the call's credential logs in, such as [LoginSMTPPlain].
	Login      string `json:"login,omitempty"`
	Credential string `json:"credential,omitempty"` // its handle
	// Max is the most bytes to read; 0 is 64 KiB, the most.
	Max int `json:"max,omitempty"`
	// Timeout is a Go duration; empty is what is left of the call's.
	Timeout string `json:"timeout,omitempty"`
}

// NetResponse is what they answer.
type NetResponse struct {
	Handle int    `json:"handle,omitempty"`
	Data   string `json:"data,omitempty"` // what was read, in base64
	EOF    bool   `json:"eof,omitempty"`
	// Credential is the name of the credential that was written, for people.
	Credential string `json:"credential,omitempty"`
	// Server are the words that a server of SSH names itself by, HostKey the type and the
	// fingerprint of its key.
	Server  string `json:"server,omitempty"`
	HostKey string `json:"hostKey,omitempty"`
	// Stderr is what a command wrote to its standard error, in base64, and Exit how it
	// ended: with EOF.
	Stderr string `json:"stderr,omitempty"`
	Exit   *Exit  `json:"exit,omitempty"`
	Peer   *Peer  `json:"peer,omitempty"`
	Error  *Error `json:"error,omitempty"`
}

// Peer is what the other side shows in a handshake by [TLSInspect]. Source: RFC 8446.
type Peer struct {
	Version string `json:"version"` // such as TLS 1.3
	Cipher  string `json:"cipher"`
	ALPN    string `json:"alpn,omitempty"` // the protocol that was agreed on, such as h2
	// Certificates are as they were sent, that of the other side first, each its DER in
	// base64.
	Certificates []string `json:"certificates"`
	// Untrusted says why nobody whom the server believes vouches for them, whatever their
	// names and their time; empty where somebody does.
	Untrusted string `json:"untrusted,omitempty"`
}

// Exit is how a command ended: by its exit status, or by the signal that is named.
type Exit struct {
	Status int    `json:"status"`
	Signal string `json:"signal,omitempty"`
}
