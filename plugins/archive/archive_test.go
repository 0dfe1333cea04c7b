package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/drawbridge-soar/drawbridge/sdk/abi"
	"github.com/drawbridge-soar/drawbridge/sdk/sdktest"
)

func TestExamples(t *testing.T) { sdktest.Examples(t, Connector()) }

// zipped makes a zip of names and contents.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err == nil {
			_, err = io.WriteString(w, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func run(t *testing.T, action string, file []byte, more map[string]any) *sdktest.Result {
	t.Helper()
	h := sdktest.NewHost()
	input := map[string]any{"file": h.PutBlob(file)}
	for k, v := range more {
		input[k] = v
	}
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	return sdktest.Run(t, Connector(), action, json.RawMessage(raw), sdktest.WithHost(h))
}

// TestBombs sees each refused, at once, with nothing taken out.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 40<<20)
	lying := zipped(t, "a", zeros)
	// The directory says that the file is small; what comes out is not.
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	copy(lying[at+24:], []byte{10, 0, 0, 0})
	var many []string
	for i := range 12_000 {
		many = append(many, fmt.Sprint(i), "")
	}
	for name, file := range map[string][]byte{
		"ratio":            zipped(t, "a", zeros),
		"a lying header":   lying,
		"gzip":             gzipped(t, []byte(zeros)),
		"gzip in gzip":     gzipped(t, gzipped(t, []byte(zeros))),
		"nested":           zipped(t, "b.zip", string(zipped(t, "c.zip", string(zipped(t, "a", zeros))))),
		"too many entries": zipped(t, many...),
		"too many files":   zipped(t, many[:400]...),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			got := run(t, "extract", file, map[string]any{"depth": 3})
			took := time.Since(began)
			if name == "gzip in gzip" && got.Error == nil { // the outer one is small, and named so that it isn't opened
				return
			}
			if got.Error == nil || got.Error.Code != abi.CodeTooLarge && got.Error.Code != abi.CodeBadInput {
				t.Errorf("answered %.200s %v", got.Output, got.Error)
			}
			if took > 100*time.Millisecond {
				t.Errorf("took %s", took)
			}
		})
	}
}

// TestWhatIsOdd sees that links aren't followed, names lead nowhere, and bounds hold for
// what is inside as well.
func TestWhatIsOdd(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "/etc/passwd", Typeflag: tar.TypeReg, Size: 4, Mode: 0o600},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/shadow"},
		{Name: "dev", Typeflag: tar.TypeChar},
		{Name: "dir/", Typeflag: tar.TypeDir},
		{Name: `a\..\..\b.txt`, Typeflag: tar.TypeReg, Size: 4, Mode: 0o600},
	} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = io.WriteString(w, "root")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out ExtractOutput
	run(t, "extract", gzipped(t, b.Bytes()), nil).Into(&out)
	if out.Format != "tar.gz" || len(out.Files) != 2 || out.Files[0].Name != "etc/passwd" || !out.Files[0].Unsafe || out.Files[1].Name != "a/b.txt" {
		t.Errorf("%+v", out)
	}
	if len(out.Skipped) != 2 || out.Skipped[0] != (Skipped{"link", "link"}) || out.Skipped[1].Why != "other" {
		t.Errorf("skipped %+v", out.Skipped)
	}
	nested := zipped(t, "in.zip", string(zipped(t, "x/y.txt", "deep")), "odd.zip", "no archive at all")
	out = ExtractOutput{}
	run(t, "extract", nested, map[string]any{"depth": 1}).Into(&out)
	if len(out.Files) != 2 || out.Files[0].Name != "in.zip!x/y.txt" || out.Files[1].Name != "odd.zip" {
		t.Errorf("%+v", out.Files)
	}
	out = ExtractOutput{}
	run(t, "extract", nested, map[string]any{"depth": 1, "names": []string{"*.txt"}}).Into(&out)
	if len(out.Files) != 1 {
		t.Errorf("%+v", out.Files)
	}
	if got := run(t, "extract", zipped(t, "a", "12345"), map[string]any{"maxSize": 4}); got.Error == nil || got.Error.Code != abi.CodeTooLarge {
		t.Errorf("above maxSize: %v", got.Error)
	}
}

// FuzzWalk wants that no archive breaks the reader, or has a name that leads out of its
// folder once it is made safe.
func FuzzWalk(f *testing.F) {
	f.Add(zipped(f, "a.txt", "hello", "b.zip", string(zipped(f, "c", "d"))))
	f.Add(gzipped(f, []byte("hello")))
	f.Add([]byte("PK\x05\x06"))
	sample, err := base64.StdEncoding.DecodeString(sampleZip)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := walk(source{bytes.NewReader(file), int64(len(file))}, "in", "infected", func(e Entry, open func() (io.ReadCloser, error)) error {
			if clean, _ := inside(e.Name); !fs.ValidPath(clean) || clean == "." {
				t.Errorf("%q is made %q", e.Name, clean)
			}
			if open == nil {
				return nil
			}
			r, err := open()
			if err != nil {
				return nil
			}
			_, _ = io.CopyN(io.Discard, r, 1<<20) // what it gives, or why not, is the archive's
			_ = r.Close()                         // which tells once more what was wrong
			return nil
		})
		if known := new(abi.Error); err != nil && !errors.As(err, &known) {
			t.Errorf("%v tells nobody what to do", err)
		}
	})
}
