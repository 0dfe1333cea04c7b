package egress_test

import (
	"os"
	"strings"
	"testing"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/server/egress"
)

func blobs(t *testing.T) *egress.FolderBlobs {
	t.Helper()
	f, err := egress.NewFolderBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func store(t *testing.T, b egress.Blobs, text string) string {
	t.Helper()
	w, err := b.Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return ref.ID
}

func TestSessionReadsOnlyBlobsOfItsInput(t *testing.T) {
	b := blobs(t)
	mine, other := store(t, b, "mine"), store(t, b, "other")
	s := egress.New(egress.Options{Blobs: b}).Begin(egress.Caller{Blobs: []string{mine}})
	defer s.Close()
	h, err := s.OpenBlob(t.Context(), mine)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 8)
	if n, err := s.ReadBlob(h, p, 1); string(p[:n]) != "ine" || err != nil {
		t.Errorf("read %q, %v", p[:n], err)
	}
	if n, err := s.ReadBlob(h, p, 99); n != 0 || err != nil {
		t.Errorf("past the end: %d, %v", n, err)
	}
	if _, err := s.OpenBlob(t.Context(), other); egress.Errno(err) != abi.ErrnoDenied {
		t.Errorf("a blob of another run: %v", err)
	}
}

func TestSessionReadsBackWhatItWrote(t *testing.T) {
	s := egress.New(egress.Options{Blobs: blobs(t)}).Begin(egress.Caller{})
	defer s.Close()
	h, err := s.WriteBlob(t.Context(), 0, []byte("one "))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.WriteBlob(t.Context(), h, []byte("two")); err != nil {
		t.Fatal(err)
	}
	ref, err := s.CloseBlob(h)
	if err != nil || ref.Size != 7 {
		t.Fatalf("stored %+v, %v", ref, err)
	}
	if _, err := s.OpenBlob(t.Context(), ref.ID); err != nil {
		t.Error(err)
	}
}

func TestSessionRefuses(t *testing.T) {
	s := egress.New(egress.Options{Blobs: blobs(t)}).Begin(egress.Caller{Connector: "demo"})
	for function, request := range map[string]string{
		abi.HostHTTP: `{"url":"https://example.com/"}`, abi.HostNetOpen: `{"host":"example.com","port":25}`, abi.HostKVGet: `{"key":"a"}`, abi.HostKVPut: `{"key":"a","value":"b"}`,
	} {
		answer, err := s.Do(t.Context(), function, []byte(request))
		if err != nil || !strings.Contains(string(answer), `"code":"denied"`) || !strings.Contains(string(answer), "demo") {
			t.Errorf("%s with no grant: %s, %v", function, answer, err)
		}
		if _, err := s.Do(t.Context(), function, []byte(`{"unknown":1}`)); egress.Errno(err) != abi.ErrnoBadCall {
			t.Errorf("%s with nonsense: %v", function, err)
		}
	}
	_, err := s.Do(t.Context(), abi.HostSign, []byte("{}"))
	if egress.Errno(err) != abi.ErrnoDenied {
		t.Errorf("sign: %v", err)
	}
	if _, err := s.CloseBlob(7); egress.Errno(err) != abi.ErrnoBadCall {
		t.Errorf("unknown handle: %v", err)
	}
	if _, err := s.WriteBlob(t.Context(), 0, make([]byte, egress.MaxBlobBytes+1)); egress.Errno(err) != abi.ErrnoTooLarge {
		t.Errorf("too many bytes: %v", err)
	}
	for range abi.MaxHostCalls {
		_, err = s.Do(t.Context(), abi.HostHTTP, nil)
	}
	if egress.Errno(err) != abi.ErrnoLimit {
		t.Errorf("call after the limit: %v", err)
	}
}

func TestSessionCloseDropsUnfinishedBlobs(t *testing.T) {
	dir := t.TempDir()
	f, err := egress.NewFolderBlobs(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := egress.New(egress.Options{Blobs: f}).Begin(egress.Caller{})
	for range egress.MaxHandles {
		if _, err := s.WriteBlob(t.Context(), 0, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.WriteBlob(t.Context(), 0, nil); egress.Errno(err) != abi.ErrnoLimit {
		t.Errorf("one more than the limit: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if names := entries(t, dir); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
