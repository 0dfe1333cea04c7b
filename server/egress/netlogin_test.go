package egress_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/catalog"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

// streams is a guest's side of a call, and a server that it may reach unencrypted.
type streams struct {
	*world
	session egress.Session
	port    int
	said    chan string // all that the server read of a connection
}

// newStreams lets a server talk that reads everything. Its credential logs in by SMTP
// and LDAP.
func newStreams(t *testing.T, tls bool, talk func(net.Conn)) *streams {
	t.Helper()
	s := &streams{world: newWorld(t), said: make(chan string, 8)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				if talk != nil {
					talk(conn)
				}
				all, _ := io.ReadAll(conn)
				s.said <- string(all)
			}()
		}
	}()
	s.port = listener.Addr().(*net.TCPAddr).Port
	s.grant.Net = []catalog.NetRule{{Host: "127.0.0.1", Port: s.port, TLS: tls}}
	s.caller.Credential = &egress.Credential{
		ID: "c", Type: abi.CredentialOf{Type: "demo.login", Apply: "login", Login: []string{abi.LoginSMTPPlain, abi.LoginSMTPLogin, abi.LoginLDAPSimple}},
		Hosts: []string{fmt.Sprintf("127.0.0.1:%d", s.port)}, Fields: map[string]string{"username": "alice"},
	}
	return s
}

func (s *streams) do(function string, in abi.NetRequest) abi.NetResponse {
	s.t.Helper()
	if s.session == nil {
		s.session = egress.New(s.options).Begin(s.caller)
		opened := s.session
		s.t.Cleanup(func() { _ = opened.Close() })
	}
	request, _ := json.Marshal(in)
	raw, err := s.session.Do(s.t.Context(), function, request)
	if err != nil {
		s.t.Fatal(err)
	}
	var out abi.NetResponse
	if err := json.Unmarshal(raw, &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// open opens a stream, writes, and gives its handle.
func (s *streams) open(tls, written string) int {
	s.t.Helper()
	out := s.do(abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: s.port, TLS: tls})
	if out.Error != nil {
		s.t.Fatal(out.Error)
	}
	if written != "" {
		if e := s.write(out.Handle, written); e != nil {
			s.t.Fatal(e)
		}
	}
	return out.Handle
}

func (s *streams) write(handle int, text string) *abi.Error {
	return s.do(abi.HostNetWrite, abi.NetRequest{Handle: handle, Data: base64.StdEncoding.EncodeToString([]byte(text))}).Error
}

func (s *streams) login(handle int, way string) abi.NetResponse {
	return s.do(abi.HostNetWrite, abi.NetRequest{Handle: handle, Login: way, Credential: egress.CredentialHandle})
}

// TestLoginHasItsPlace tries to have the secret written where a guest, or whoever gets
// a mail, would read it.
func TestLoginHasItsPlace(t *testing.T) {
	s := newStreams(t, false, nil)
	for way, before := range map[string][]string{
		abi.LoginSMTPPlain: {
			"", "EHLO a\r\n", "EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nAUTH PLAIN\r\n", "EHLO a\r\nVRFY \r\nAUTH PLAIN\r\n", "EHLO a\r\nAUTH PLAIN",
			"AUTH PLAIN\r\n\r\n", "EHLO a\nAUTH PLAIN\r\n", strings.Repeat("EHLO aaaaaaaaaaaaaaaa\r\n", 300) + "AUTH PLAIN\r\n",
		},
		abi.LoginSMTPLogin:  {"AUTH LOGIN\r\n", "AUTH LOGIN\r\nDATA \r\n", "AUTH LOGIN\r\nQQ==\r\nQQ==\r\n"},
		abi.LoginLDAPSimple: {"\x30\x0c", "0"},
		abi.LoginIMAPPlain:  {"a AUTHENTICATE PLAIN\r\n"}, // not declared
	} {
		for _, text := range before {
			handle := s.open("", text)
			if out := s.login(handle, way); out.Error == nil || out.Error.Code != abi.CodeDenied {
				t.Errorf("%s after %.60q: %+v", way, text, out)
			}
			s.do(abi.HostNetClose, abi.NetRequest{Handle: handle})
			if said := <-s.said; said != text {
				t.Errorf("%s after %.60q: the server got %q", way, text, said)
			}
		}
	}
}

// TestWhatIsNotLookedAtIsNoPlace writes more than the host keeps, so that what it kept
// would end with a place for a log-in, and then begins a mail.
func TestWhatIsNotLookedAtIsNoPlace(t *testing.T) {
	s := newStreams(t, false, nil)
	line := "EHLO " + strings.Repeat("a", 255) + "\r\n"
	first, second, mail := strings.Repeat(line, 15), line+"AUTH PLAIN\r\n", "*\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n\r\n"
	handle := s.open(abi.TLSNone, first)
	for _, text := range []string{second, mail} {
		if e := s.write(handle, text); e != nil {
			t.Fatal(e)
		}
	}
	if out := s.login(handle, abi.LoginSMTPPlain); out.Error == nil || out.Error.Code != abi.CodeDenied {
		t.Errorf("the password went into a mail: %+v", out)
	}
	s.do(abi.HostNetClose, abi.NetRequest{Handle: handle})
	if said := <-s.said; said != first+second+mail {
		t.Errorf("the server got %d bytes", len(said))
	}
}

func TestLogin(t *testing.T) {
	s := newStreams(t, false, nil)
	plain := base64.StdEncoding.EncodeToString([]byte("\x00alice\x00"+canary)) + "\r\n"
	bind := "\x30" + string([]byte{byte(len(canary) + 17)}) + "\x02\x01\x02\x60" + string([]byte{byte(len(canary) + 12)}) + "\x02\x01\x03\x04\x05alice\x80" + string([]byte{byte(len(canary))}) + canary
	for way, tt := range map[string][2]string{
		abi.LoginSMTPPlain:  {"ehlo [127.0.0.1]\r\nSTARTTLS\r\nEHLO a.example\r\nAUTH PLAIN\r\n", plain},
		abi.LoginSMTPLogin:  {"EHLO a\r\nAUTH LOGIN\r\nYWxpY2U=\r\n", base64.StdEncoding.EncodeToString([]byte(canary)) + "\r\n"},
		abi.LoginLDAPSimple: {"", bind},
	} {
		handle := s.open(abi.TLSNone, tt[0])
		if out := s.login(handle, way); out.Error != nil || out.Credential != "Scanner" {
			t.Errorf("%s: %+v", way, out)
		}
		if out := s.login(handle, way); out.Error == nil || !strings.Contains(out.Error.Message, "already") {
			t.Errorf("%s twice: %+v", way, out)
		}
		s.do(abi.HostNetClose, abi.NetRequest{Handle: handle})
		if said := <-s.said; said != tt[0]+tt[1] {
			t.Errorf("%s: the server got %q", way, said)
		}
	}
}

// TestLoginGoesToItsHosts over encrypted lines, or plain ones of granted networks.
func TestLoginGoesToItsHosts(t *testing.T) {
	s := newStreams(t, false, nil)
	s.caller.Credential.Hosts = []string{"127.0.0.1", "127.0.0.1:1"}
	if out := s.login(s.open("", ""), abi.LoginLDAPSimple); out.Error == nil || !strings.Contains(out.Error.Message, "may not be sent") {
		t.Errorf("another port: %+v", out)
	}
	s = newStreams(t, true, nil)
	if out := s.login(s.open(abi.TLSStart, ""), abi.LoginLDAPSimple); out.Error == nil || !strings.Contains(out.Error.Message, "unencrypted") {
		t.Errorf("before the encryption: %+v", out)
	}
}

// TestEncryptedStreams holds that under a grant of encrypted streams nothing of a
// guest's goes out in plain text.
func TestEncryptedStreams(t *testing.T) {
	s := newStreams(t, true, nil)
	if out := s.do(abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: s.port, TLS: abi.TLSNone}); out.Error == nil || out.Error.Code != abi.CodeDenied {
		t.Errorf("none: %+v", out)
	}
	if out := s.do(abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: s.port, TLS: "later"}); out.Error == nil {
		t.Errorf("unknown: %+v", out)
	}
	for _, text := range []string{"MAIL FROM:<>\r\n", "EHLO a\r\nsecret\r\n", "GET / HTTP/1.1\r\n", "\x30\x0c\x02\x01\x01\x60\x07", "EHLO " + strings.Repeat("a", 5000) + "\r\n", strings.Repeat("EHLO a\r\n", 512) + "\r\nsecret"} {
		if e := s.write(s.open(abi.TLSStart, ""), text); e == nil || e.Code != abi.CodeDenied {
			t.Errorf("%.20q: %v", text, e)
		}
		_ = s.session.Close()
		s.session = nil
		if said := <-s.said; said != "" {
			t.Errorf("the server got %.30q", said)
		}
	}
	for _, text := range []string{"EHLO a\r\n", "a CAPABILITY\r\n", "\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"} {
		if e := s.write(s.open(abi.TLSStart, ""), text); e != nil {
			t.Errorf("%.20q: %v", text, e)
		}
		_ = s.session.Close()
		s.session = nil
	}
}

// TestAnyHostIsThoseOfTheCredential opens only what the step's credential names.
func TestAnyHostIsThoseOfTheCredential(t *testing.T) {
	s := newStreams(t, false, nil)
	s.grant.Net = []catalog.NetRule{{Host: catalog.AnyHost}}
	s.open("", "")
	if out := s.do(abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: s.port + 1}); out.Error == nil || out.Error.Code != abi.CodeDenied {
		t.Errorf("another port: %+v", out)
	}
	s.caller.Credential, s.session = nil, nil
	if out := s.do(abi.HostNetOpen, abi.NetRequest{Host: "127.0.0.1", Port: s.port}); out.Error == nil || out.Error.Code != abi.CodeDenied {
		t.Errorf("without a credential: %+v", out)
	}
}

// TestEchoesAreMasked whatever pieces they come and are read in.
func TestEchoesAreMasked(t *testing.T) {
	message := base64.StdEncoding.EncodeToString([]byte("\x00alice\x00" + canary))
	echoed := "you said " + canary + ", that is " + message + " " + canary[:5] + "\r\n"
	s := newStreams(t, false, func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, len(message)+2+len("AUTH PLAIN\r\n")))
		for i := range len(echoed) {
			_, _ = conn.Write([]byte{echoed[i]})
			if i%7 == 0 {
				<-time.After(time.Millisecond)
			}
		}
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	handle := s.open("", "AUTH PLAIN\r\n")
	if out := s.login(handle, abi.LoginSMTPPlain); out.Error != nil {
		t.Fatal(out.Error)
	}
	var got []byte
	for {
		out := s.do(abi.HostNetRead, abi.NetRequest{Handle: handle, Max: 1})
		if out.Error != nil {
			t.Fatal(out.Error)
		}
		piece, _ := base64.StdEncoding.DecodeString(out.Data)
		got = append(got, piece...)
		if out.EOF {
			break
		}
	}
	want := "you said " + strings.Repeat("*", len(canary)) + ", that is " + strings.Repeat("*", len(message)) + " " + canary[:5] + "\r\n"
	if string(got) != want {
		t.Errorf("read %q", got)
	}
}
