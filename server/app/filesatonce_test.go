package app_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// sends writes the begin of a request to a connection of its own.
func (h *house) sends(format string, args ...any) *net.TCPConn {
	h.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.base, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { conn.Close() })
	tcp := conn.(*net.TCPConn)
	if err := errors.Join(tcp.SetReadBuffer(4<<10), tcp.SetDeadline(time.Now().Add(30*time.Second))); err != nil { // what is not read stays with the server
		h.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, format, args...); err != nil {
		h.t.Fatal(err)
	}
	return tcp
}

// answered reads what a connection is answered but for its body.
func (h *house) answered(conn net.Conn) *http.Response {
	h.t.Helper()
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return response
}

const (
	beginOfUpload   = "POST /api/v1/cases/1/attachments?name=a HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
	beginOfDownload = "GET /api/v1/cases/1/attachments/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
)

// TestAttachManyAtOnce takes some files at once, and further ones once those are through.
func TestAttachManyAtOnce(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Many"}, nil}).want(201)
	before := len(h.stored())
	var coming []net.Conn
	for range 16 {
		coming = append(coming, h.sends(beginOfUpload, h.tokens["analyst"]))
	}
	for deadline := time.Now().Add(20 * time.Second); len(h.stored()) < before+len(coming) && time.Now().Before(deadline); {
		h.attachments("1") // they are being taken
	}
	refused := h.attach("analyst", "1", "further.txt", strings.NewReader("further"))
	refused.want(503)
	if refused.header.Get("Retry-After") == "" {
		t.Errorf("%v", refused.header)
	}
	for _, conn := range coming {
		fmt.Fprint(conn, "0\r\n\r\n")
		if got := h.answered(conn); got.StatusCode != 201 {
			t.Errorf("one that was under way is answered %d", got.StatusCode)
		}
	}
	h.attach("analyst", "1", "further.txt", strings.NewReader("further")).want(201)
}

// TestAttachmentsTakenByMany sends some files at once, and further ones once somebody who
// takes nothing of theirs is gone.
func TestAttachmentsTakenByMany(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Many"}, nil}).want(201)
	a := h.attach("analyst", "1", "disk.img", generated(24<<20)).want(201)
	one := call{"GET", "/cases/1/attachments/" + a["id"].(string), "viewer", nil, nil}
	var taking []*net.TCPConn
	for range 32 {
		conn := h.sends(beginOfDownload, a["id"], h.tokens["viewer"])
		if got := h.answered(conn); got.StatusCode != 200 {
			t.Fatalf("answered %d", got.StatusCode)
		}
		taking = append(taking, conn)
	}
	if refused := h.do(one); refused.status != 503 || refused.header.Get("Retry-After") == "" {
		t.Errorf("%d %v", refused.status, refused.header)
	}
	taking[0].Close()
	if got := h.do(one); got.status != 200 || len(got.body) != 24<<20 {
		t.Errorf("%d with %d bytes", got.status, len(got.body))
	}
}

// TestAttachRefusedToMany lets some senders read their answers who send what nobody reads, and
// hangs up on others: none of them is known.
func TestAttachRefusedToMany(t *testing.T) {
	h := open(t, t.TempDir())
	var last *net.TCPConn
	for range 65 {
		last = h.sends(beginOfUpload, "nobody")
		if got := h.answered(last); got.StatusCode != 401 || !got.Close {
			t.Fatalf("answered %d", got.StatusCode)
		}
	}
	if err := last.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, last); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("one more lingers as well")
	}
}
