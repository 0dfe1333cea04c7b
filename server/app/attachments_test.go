package app_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/server/app"
	"github.com/drawbridge-soar/drawbridge/server/auth"
)

const octets = "application/octet-stream"

// attach sends a file, whose length is told where it is a slice.
func (h *house) attach(as auth.Role, ref, name string, content io.Reader) *reply {
	h.t.Helper()
	path := "/cases/" + ref + "/attachments?name=" + url.QueryEscape(name)
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.base+"/api/v1"+path, content)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", octets)
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+h.tokens[as])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return &reply{h.t, call{"POST", path, as, nil, nil}, response.StatusCode, response.Header, body}
}

// attachments lists the files of a case.
func (h *house) attachments(ref string) []any {
	h.t.Helper()
	return h.do(call{"GET", "/cases/" + ref + "/attachments", "viewer", nil, nil}).want(200)["items"].([]any)
}

// stored lists the files that the server keeps of blobs, finished or not.
func (h *house) stored() (names []string) {
	h.t.Helper()
	err := filepath.WalkDir(filepath.Join(h.data, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, filepath.Base(filepath.Dir(path))+d.Name())
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	return names
}

// generated is a body of some bytes that is never whole anywhere.
func generated(size int64) io.Reader { return io.LimitReader(pattern{}, size) }

type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i * 7)
	}
	return len(p), nil
}

// TestAttachments attaches, lists, saves and removes files.
func TestAttachments(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "With files"}, nil}).want(201)
	page := []byte("<!DOCTYPE html><script>alert(document.cookie)</script>")
	sum := sha256.Sum256(page)
	a := h.attach("analyst", "1", "..\\invoice\u202elmth.报告 \"1\".html", bytes.NewReader(page)).want(201)
	if a["name"] != `invoicelmth.报告 "1".html` || a["type"] != "text/html" || a["size"] != float64(len(page)) || a["sha256"] != hex.EncodeToString(sum[:]) || a["addedBy"].(map[string]any)["name"] != "analyst" {
		t.Errorf("%v", a)
	}
	one := "/cases/1/attachments/" + a["id"].(string)
	saved := h.do(call{"GET", one, "viewer", nil, nil})
	if saved.status != 200 || !bytes.Equal(saved.body, page) {
		t.Errorf("%d: %q", saved.status, saved.body)
	}
	for name, want := range map[string]string{
		"Content-Type": octets, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
		"Content-Disposition": `attachment; filename*=UTF-8''invoicelmth.%E6%8A%A5%E5%91%8A%20%221%22.html`,
	} {
		if got := saved.header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	hash := h.do(call{"GET", "/cases/1/artifacts", "viewer", nil, nil}).want(200)["items"].([]any)[0].(map[string]any)
	if hash["type"] != "hash" || hash["value"] != a["sha256"] || hash["note"] != a["name"] {
		t.Errorf("the artifact is %v", hash)
	}
	h.do(call{"DELETE", one, "analyst", nil, nil}).want(200)
	h.do(call{"GET", one, "viewer", nil, nil}).want(404)
	entries := h.do(call{"GET", "/cases/1/timeline", "viewer", nil, nil}).want(200)["items"].([]any)
	if last := entries[0].(map[string]any); last["kind"] != "attachment_removed" || last["data"].(map[string]any)["sha256"] != a["sha256"] {
		t.Errorf("%v", last)
	}
}

// TestWhoMayAttach refuses as everywhere else, and takes only a file under a name.
func TestWhoMayAttach(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "With files"}, nil}).want(201)
	body := func() io.Reader { return strings.NewReader("content") }
	h.attach("", "1", "a.txt", body()).want(401)
	h.attach("viewer", "1", "a.txt", body()).want(403)
	h.attach("analyst", "2", "a.txt", body()).want(404)
	for _, name := range []string{"", "\u202e..", strings.Repeat("n", 5000)} {
		h.attach("analyst", "1", name, body()).want(422)
	}
	long := h.attach("analyst", "1", strings.Repeat("n", 300)+".txt", body()).want(201)
	if name := long["name"].(string); len(name) != 200 || !strings.HasSuffix(name, ".txt") {
		t.Errorf("a long name is %q", name)
	}
	h.do(call{"POST", "/cases/1/attachments?name=a.txt", "analyst", map[string]any{}, nil}).want(415)
	h.do(call{"POST", "/cases/1/attachments?name=a.txt", "analyst", []byte("--x"), map[string]string{"Content-Type": "multipart/form-data; boundary=x"}}).want(415)
	h.do(call{"GET", "/cases/1/attachments/" + long["id"].(string), "", nil, nil}).want(401)
	h.do(call{"GET", "/cases/1/attachments/..%2f..%2fkey", "viewer", nil, nil}).want(404)
	h.do(call{"DELETE", "/cases/1/attachments/" + long["id"].(string), "viewer", nil, nil}).want(403)
	if list := h.attachments("1"); len(list) != 1 {
		t.Errorf("%v", list)
	}
}

// TestALargeFileTakesNoMemory sends more than it ever holds, and reads it again.
func TestALargeFileTakesNoMemory(t *testing.T) {
	const size = 300 << 20
	h := &house{t: t, data: t.TempDir(), tokens: map[auth.Role]string{}}
	t.Cleanup(h.startWith(t, app.ServeConfig{FileLimit: size}))
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Large"}, nil}).want(201)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := h.attach("analyst", "1", "disk.img", generated(size)).want(201) // chunked
	response, err := http.DefaultClient.Do(h.request(call{"GET", "/cases/1/attachments/" + a["id"].(string), "viewer", nil, nil}))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, response.Body); n != size || err != nil || hex.EncodeToString(sum.Sum(nil)) != a["sha256"] {
		t.Errorf("%d bytes came back, %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > size/10 {
		t.Errorf("a file of %d MiB took %d MiB of memory in all", size>>20, took>>20)
	}
}

// pieces sends so many pieces of a MiB of a chunked body, and not its end.
func pieces(to io.Writer, n int) error {
	piece := append(append([]byte("100000\r\n"), make([]byte, 1<<20)...), "\r\n"...)
	for range n {
		if _, err := to.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// TestFilesThatAreTooLarge are refused unread where their length is told, and cut off where
// it is not; nothing of them is left.
func TestFilesThatAreTooLarge(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Large"}, nil}).want(201)
	before := len(h.stored())
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	for name, length := range map[string]string{"told": "Content-Length: 500000000\r\n\r\n" + strings.Repeat("x", 10_000), "chunked": "Transfer-Encoding: chunked\r\n\r\n"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/v1/cases/1/attachments?name=a HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nAuthorization: Bearer %s\r\n%s", octets, h.tokens["analyst"], length)
		if name == "chunked" {
			sent := make(chan error, 1)
			go func() { sent <- pieces(conn, 120) }() // more than is read: the rest is thrown away
			defer func() {
				if err := <-sent; err != nil {
					t.Errorf("the sender of a chunked body was cut off: %v", err)
				}
			}()
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var problem struct {
			Detail   string
			Problems []struct{ Code string }
		}
		if err := json.NewDecoder(response.Body).Decode(&problem); err != nil || response.StatusCode != 413 || !response.Close || len(problem.Problems) != 1 || problem.Problems[0].Code != "attachment.size" ||
			!strings.Contains(problem.Detail, "100 MiB") || !strings.Contains(problem.Detail, "--attachment-limit") {
			t.Errorf("%s: %d %+v, %v", name, response.StatusCode, problem, err)
		}
		response.Body.Close()
		if name == "told" {
			conn.Close()
		}
	}
	runtime.ReadMemStats(&m1)
	if took := m1.TotalAlloc - m0.TotalAlloc; took > 20<<20 {
		t.Errorf("refusing took %d MiB of memory", took>>20)
	}
	if left := h.stored(); len(left) != before {
		t.Errorf("there are left %v", left)
	}
	if list := h.attachments("1"); len(list) != 0 {
		t.Errorf("%v", list)
	}
}

// TestAFileThatBreaksOff leaves nothing, with its length told or not.
func TestAFileThatBreaksOff(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "Broken"}, nil}).want(201)
	before := len(h.stored())
	for _, sent := range []string{
		"Content-Length: 100000\r\n\r\n" + strings.Repeat("x", 50_000), "Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n" + strings.Repeat("x", 5000), "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/v1/cases/1/attachments?name=a HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nAuthorization: Bearer %s\r\n%s", octets, h.tokens["analyst"], sent)
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(conn) // which says so, or the connection ends
		conn.Close()
		if bytes.Contains(answer, []byte(" 201 ")) {
			t.Errorf("%.60q is answered %s", sent, answer)
		}
	}
	if list := h.attachments("1"); len(list) != 0 {
		t.Errorf("%v", list)
	}
	if left := h.stored(); len(left) != before {
		t.Errorf("there are left %v", left)
	}
}

// zipped packs a byte that is repeated, which packs well.
func zipped(t *testing.T, size int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	f, err := w.Create("zeros")
	if err == nil {
		_, err = f.Write(make([]byte, size))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// TestAFlowAttachesFiles attaches a text and the attachment of a mail, and has what a case
// has listed: a bomb is kept as it came, and refused where it would be unpacked.
func TestAFlowAttachesFiles(t *testing.T) {
	h := open(t, t.TempDir())
	h.do(call{"POST", "/cases", "analyst", map[string]any{"title": "By flow"}, nil}).want(201)
	bomb := zipped(t, 40<<20)
	a := h.attach("analyst", "1", "bomb.zip", bytes.NewReader(bomb)).want(201)
	if a["type"] != "application/zip" || a["size"] != float64(len(bomb)) {
		t.Errorf("%v", a)
	}
	id, _ := h.publish("case-attachments")
	got := h.reads("/runs/"+h.begin(id, map[string]any{"case": 1}), func(r map[string]any) bool { return r["state"] == "succeeded" || r["state"] == "failed" })
	if got["state"] != "succeeded" {
		t.Fatalf("%v", got["error"])
	}
	out := got["output"].(map[string]any)
	if out["refused"] != "too_large" && !strings.Contains(fmt.Sprint(out["refused"]), "bomb") {
		t.Errorf("the archive says %v", out["refused"])
	}
	if fmt.Sprint(out["names"]) != "[bomb.zip invoice.pdf notes.txt]" {
		t.Errorf("attached are %v", out["names"])
	}
	if list := h.attachments("1"); len(list) != 3 || list[1].(map[string]any)["addedBy"].(map[string]any)["run"] != got["id"] {
		t.Errorf("%v", list)
	}
}
